"""The presentation: slides.yaml drawn with native shapes. One function for each kind of slide."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.util import Pt

from . import look, picture, scheme, sources
from .canvas import HEIGHT, WIDTH, Canvas

MARGIN = 56.0
INNER = WIDTH - 2 * MARGIN
TITLE_SIZE = 30.0
TOP = 116.0
"""Where the content of a slide begins."""
BOTTOM = HEIGHT - 48
TITLE_ONLY = 5
"""Number of that layout in the template of python-pptx."""
Content = Mapping[str, Any]


def build(path: Path) -> None:
    """Write the presentation. Raises DoesNotFit for a text that is too long for its place."""
    content = yaml.safe_load(sources.slides_text())
    deck = Presentation()
    deck.slide_width, deck.slide_height = Pt(WIDTH), Pt(HEIGHT)
    layout = _prepare(deck)
    for number, one in enumerate(content["slides"], 1):
        slide = deck.slides.add_slide(layout)
        canvas = Canvas(slide)
        KINDS[one["kind"]](canvas, one)
        if one["kind"] != "cover":
            _foot(canvas, number)
        slide.notes_slide.notes_text_frame.text = one["notes"]
    _describe(deck, content)
    deck.save(str(path))


def _prepare(deck: Any) -> Any:
    """Keep the one layout that is used, with our font and colours in the theme. Returns the layout."""
    layout = deck.slide_layouts[TITLE_ONLY]
    for other in [one for one in deck.slide_layouts if one is not layout]:
        deck.slide_layouts.remove(other)
    for owner in (layout, deck.slide_master):
        for shape in [one for one in owner.placeholders if one.placeholder_format.type != 1]:
            shape._element.getparent().remove(shape._element)
    theme = deck.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    text = theme.blob.decode("utf-8").replace("Calibri", look.FONT)
    for old, new in (("4F81BD", look.ACCENT), ("1F497D", look.ACCENT_DEEP), ("C0504D", look.ACCENT_SOFT)):
        text = text.replace(old, new)
    theme._blob = text.encode("utf-8")
    return layout


def _describe(deck: Any, content: Content) -> None:
    about = deck.core_properties
    about.title, about.author, about.language = content["title"], "OfferLoop", "ru-RU"
    about.subject = "Персональные маркетинговые предложения банка"
    about.keywords = sources.content_hash(sources.SLIDES)
    about.version = sources.product_version()
    day = content["date"]
    about.created = about.modified = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - python-pptx takes naive times
    about.last_modified_by = "OfferLoop"
    about.revision = 1


def _foot(canvas: Canvas, number: int) -> None:
    canvas.slide.shapes.add_picture(
        picture.mark(96, look.WHITE, ground=look.ACCENT), Pt(MARGIN), Pt(505), Pt(15), Pt(15)
    )
    canvas.text("OfferLoop", MARGIN + 22, 504, 120, 18, 11, colour=look.QUIET, bold=True, middle=True)
    canvas.text(str(number), WIDTH - MARGIN - 40, 504, 40, 18, 11, colour=look.QUIET, align="right", middle=True)


def _head(canvas: Canvas, one: Content) -> None:
    canvas.ground(look.WHITE)
    canvas.title(one["title"], MARGIN, 48, INNER, TITLE_SIZE)


def _banner(canvas: Canvas, text: str, y: float) -> None:
    """A sentence to take home."""
    canvas.box(MARGIN, y, INNER, 70, fill=look.ACCENT, line=None, radius=14)
    canvas.text(text, MARGIN + 24, y, INNER - 48, 70, 21, colour=look.WHITE, bold=True, middle=True)


def cover(canvas: Canvas, one: Content) -> None:
    canvas.ground(look.ACCENT)
    loop = picture.mark(900, look.ACCENT_DEEP)
    canvas.slide.shapes.add_picture(loop, Pt(430), Pt(-70), Pt(690), Pt(690))
    canvas.slide.shapes.add_picture(
        picture.mark(192, look.ACCENT, ground=look.WHITE), Pt(MARGIN), Pt(62), Pt(44), Pt(44)
    )
    canvas.title(one["title"], MARGIN, 176, 560, 64, look.WHITE)
    canvas.text(one["text"], MARGIN, 276, 520, 120, 22, colour=look.WHITE)
    canvas.text(one["foot"], MARGIN, 462, 520, 24, 14, colour=look.ACCENT_SOFT)


def problem(canvas: Canvas, one: Content) -> None:
    _head(canvas, one)
    gap = 24.0
    w = (INNER - 2 * gap) / 3
    for index, card in enumerate(one["cards"]):
        x = MARGIN + index * (w + gap)
        canvas.box(x, TOP, w, 236, fill=look.GROUND, line=None, radius=14)
        canvas.text(str(index + 1), x + 24, TOP + 22, 60, 44, 32, colour=look.ACCENT, bold=True)
        canvas.text(card["head"], x + 24, TOP + 76, w - 44, 28, 19, bold=True)
        canvas.text(card["text"], x + 24, TOP + 110, w - 44, 112, 15, colour=look.QUIET)
    _banner(canvas, one["close"], TOP + 262)


def journey(canvas: Canvas, one: Content) -> None:
    _head(canvas, one)
    steps = one["steps"]
    gap = 26.0
    w = (INNER - gap * (len(steps) - 1)) / len(steps)
    for index, step in enumerate(steps):
        x = MARGIN + index * (w + gap)
        last = index == len(steps) - 1
        canvas.box(x, TOP, w, 168, fill=look.ACCENT if last else look.GROUND, line=None, radius=12)
        canvas.text(step["head"], x + 14, TOP + 16, w - 26, 26, 18, bold=True, colour=look.WHITE if last else look.INK)
        canvas.text(step["text"], x + 14, TOP + 46, w - 26, 54, 12.5, colour=look.WHITE if last else look.QUIET)
        canvas.box(x + 10, TOP + 104, w - 20, 54, fill=look.WHITE, line=None, radius=8)
        canvas.text(
            step["example"], x + 17, TOP + 104, w - 32, 54, 11.5, colour=look.ACCENT_DEEP, bold=True, middle=True
        )
        if not last:
            canvas.path(((x + w + 4, TOP + 84), (x + w + gap - 4, TOP + 84)), look.QUIET, 1.75)
    result, y = one["result"], TOP + 198
    canvas.box(MARGIN, y, 520, 152, fill=look.ACCENT_PALE, line=None, radius=18)
    canvas.text(result["head"], MARGIN + 28, y + 16, 300, 18, 12, colour=look.ACCENT_DEEP, bold=True)
    canvas.box(MARGIN + 24, y + 42, 472, 94, fill=look.WHITE, line=None, radius=14)
    mark = picture.mark(192, look.WHITE, ground=look.ACCENT)
    canvas.slide.shapes.add_picture(mark, Pt(MARGIN + 38), Pt(y + 58), Pt(34), Pt(34))
    canvas.text(result["title"], MARGIN + 86, y + 54, 396, 22, 15, bold=True)
    canvas.text(result["text"], MARGIN + 86, y + 76, 396, 56, 13.5)
    canvas.text(one["aside"], MARGIN + 552, y, INNER - 552, 152, 17, colour=look.INK, middle=True)


def technical(canvas: Canvas, one: Content) -> None:
    _head(canvas, one)
    unit = INNER / scheme.WIDTH
    top = TOP - 12

    def at(x: float, y: float) -> tuple[float, float]:
        return MARGIN + x * unit, top + y * unit * 0.92

    for arrow in scheme.ARROWS:
        canvas.path([at(*point) for point in arrow.points], look.QUIET, 1.5, both=arrow.both)
        if arrow.word:
            x, y = at(*arrow.at)
            canvas.text(arrow.word, x, y, 90, 18, 12, colour=look.QUIET)
    for box in scheme.BOXES:
        fill, line, ink = picture.FILLS[box.kind]
        (x, y), (right, below) = at(box.x, box.y), at(box.x + box.w, box.y + box.h)
        w, h = right - x, below - y
        canvas.box(x, y, w, h, fill=fill, line=line, radius=9, thick=1.25)
        rows = box.text.count("\n") + 1
        height = (16.5 + rows * 13) * look.LEADING
        begin = y + (h - height) / 2
        canvas.text(box.head, x + 5, begin, w - 10, 24, 16.5, colour=ink, bold=True, align="center")
        lower = begin + 16.5 * look.LEADING
        canvas.text(box.text, x + 4, lower, w - 8, 64, 13, colour=ink, align="center")
    canvas.text(scheme.CAPTION, *at(0, 42), 300, 56, 14, colour=look.QUIET)


def feature(canvas: Canvas, one: Content) -> None:
    _head(canvas, one)
    left = 300.0
    canvas.text(f"Ключевая функция {one['number']}", MARGIN, 28, 300, 18, 12.5, colour=look.ACCENT, bold=True)
    y = TOP
    for point in one["points"]:
        canvas.dot(MARGIN, y + 6, 8, look.ACCENT)
        y += canvas.text(point, MARGIN + 22, y, left - 22, 80, 16) + 14
    below = 356.0
    w = (left - 16) / 2
    for index, figure in enumerate(one["figures"]):
        x = MARGIN + index * (w + 16)
        canvas.box(x, below, w, 124, fill=look.ACCENT_PALE, line=None, radius=12)
        canvas.text(figure["value"], x + 14, below + 12, w - 24, 38, 26, colour=look.ACCENT, bold=True)
        canvas.text(figure["text"], x + 14, below + 52, w - 24, 64, 12, colour=look.INK)
    x, air = MARGIN + left + 28, 14.0
    w, h = WIDTH - MARGIN - x, 480 - TOP
    canvas.box(x, TOP, w, h, fill=look.GROUND, line=None, radius=14)
    place = (x + air, TOP + air, w - 2 * air, h - 2 * air)
    about = f"Снимок страницы: {one['title']}"
    canvas.picture(sources.PICTURES / one["picture"], *place, one["crop"], about=about)


def charts(canvas: Canvas, one: Content) -> None:
    _head(canvas, one)
    gap = 24.0
    w = (INNER - 2 * gap) / 3
    for index, chart in enumerate(one["charts"]):
        x = MARGIN + index * (w + gap)
        canvas.box(x, TOP, w, 318, fill=look.GROUND, line=None, radius=14)
        canvas.text(chart["head"], x + 20, TOP + 18, w - 36, 46, 16, bold=True)
        canvas.bars(x + 14, TOP + 62, w - 28, 216, [tuple(bar) for bar in chart["bars"]])
        canvas.text(chart["note"], x + 20, TOP + 284, w - 36, 20, 13, colour=look.QUIET)
    canvas.text(one["source"], MARGIN, TOP + 332, INNER, 40, 12.5, colour=look.QUIET)


def team(canvas: Canvas, one: Content) -> None:
    _head(canvas, one)
    gap = 20.0
    w, h = (INNER - 3 * gap) / 4, 158.0
    for index, role in enumerate(one["roles"]):
        x, y = MARGIN + index % 4 * (w + gap), TOP + index // 4 * (h + gap)
        canvas.box(x, y, w, h, fill=look.GROUND, line=None, radius=14)
        canvas.box(x + 22, y + 26, 30, 5, fill=look.ACCENT, line=None, radius=2.5)
        canvas.text(role["head"], x + 22, y + 46, w - 40, 28, 19, bold=True)
        canvas.text(role["text"], x + 22, y + 78, w - 40, 70, 14, colour=look.QUIET)


def close(canvas: Canvas, one: Content) -> None:
    _head(canvas, one)
    gap = 24.0
    w = (INNER - 2 * gap) / 3
    for index, column in enumerate(one["columns"]):
        x = MARGIN + index * (w + gap)
        last = index == len(one["columns"]) - 1
        canvas.box(x, TOP, w, 252, fill=look.ACCENT_PALE if last else look.GROUND, line=None, radius=14)
        canvas.text(column["head"], x + 24, TOP + 22, w - 44, 30, 20, bold=True)
        y = TOP + 70
        for item in column["items"]:
            canvas.dot(x + 24, y + 6, 8, look.ACCENT)
            y += canvas.text(item, x + 44, y, w - 64, 66, 16) + 14
    _banner(canvas, one["close"], TOP + 276)


KINDS: Mapping[str, Callable[[Canvas, Content], None]] = {
    "cover": cover,
    "problem": problem,
    "journey": journey,
    "scheme": technical,
    "feature": feature,
    "charts": charts,
    "team": team,
    "close": close,
}

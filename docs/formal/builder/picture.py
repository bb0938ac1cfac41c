"""Pictures that are drawn and not taken: the mark of OfferLoop, and the technical scheme for the document."""

from io import BytesIO

from PIL import Image, ImageDraw

from . import look, scheme

SHARP = 4
"""Everything is drawn so many times larger and then made smaller, which smooths its edges."""
UNIT = 16
"""Pixels of a unit of the scheme."""
FILLS = {
    "outside": (look.WHITE, look.LINE, look.INK),
    "entry": (look.WHITE, look.ACCENT_SOFT, look.INK),
    "core": (look.ACCENT, look.ACCENT, look.WHITE),
    "model": (look.ACCENT_DEEP, look.ACCENT_DEEP, look.WHITE),
    "store": (look.ACCENT_PALE, look.ACCENT_SOFT, look.INK),
    "work": (look.WHITE, look.ACCENT_SOFT, look.INK),
}
"""Fill, line and letters by kind of box."""
HEAD, TEXT, WORD = 2.15, 1.7, 1.6
"""Sizes of letters in units."""


def mark(pixels: int, ink: str, *, ground: str | None = None) -> BytesIO:
    """The mark, frontend/public/icon.svg, as a PNG of so many pixels; without a ground only its loop."""
    scale = pixels * SHARP / 32
    image = Image.new("RGBA", (pixels * SHARP, pixels * SHARP), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    if ground:
        draw.rounded_rectangle((0, 0, *image.size), 8 * scale, fill="#" + ground)
    thick = 3 * scale
    x, y, r = 16.1 * scale, 16 * scale, 7.5 * scale + thick / 2
    draw.arc((x - r, y - r, x + r, y + r), 17, 328, fill="#" + ink, width=round(thick))
    corners = [(24.5, 6.5), (24.5, 13.0), (18.0, 13.0)]
    points = [(a * scale, b * scale) for a, b in corners]
    draw.line(points, fill="#" + ink, width=round(thick), joint="curve")
    for a, b in (*points, (22.5 * scale, 12 * scale), (23.3 * scale, 18.2 * scale)):
        draw.ellipse((a - thick / 2, b - thick / 2, a + thick / 2, b + thick / 2), fill="#" + ink)
    return _png(image.resize((pixels, pixels), Image.Resampling.LANCZOS))


def scheme_png() -> BytesIO:
    """The technical scheme, 1,920 pixels wide."""
    size = (round((scheme.WIDTH + 1) * UNIT), round((scheme.HEIGHT + 1) * UNIT))
    image = Image.new("RGB", (size[0] * SHARP, size[1] * SHARP), "#" + look.WHITE)
    draw = ImageDraw.Draw(image)
    scale = UNIT * SHARP
    for arrow in scheme.ARROWS:
        _arrow(draw, arrow, scale)
    for box in scheme.BOXES:
        _box(draw, box, scale)
    return _png(image.resize(size, Image.Resampling.LANCZOS))


def _box(draw: ImageDraw.ImageDraw, box: scheme.Box, scale: float) -> None:
    fill, line, ink = FILLS[box.kind]
    corners = tuple((part + 0.5) * scale for part in (box.x, box.y, box.x + box.w, box.y + box.h))
    draw.rounded_rectangle(corners, 1.2 * scale, fill="#" + fill, outline="#" + line, width=round(0.14 * scale))
    rows = [(box.head, HEAD, True), *((row, TEXT, False) for row in box.text.split("\n"))]
    height = sum(size * look.LEADING for _, size, _ in rows)
    y = box.y + 0.5 + (box.h - height) / 2
    for words, size, bold in rows:
        y += size * look.LEADING
        draw.text(
            ((box.x + 0.5 + box.w / 2) * scale, (y - size * 0.36) * scale),
            words,
            font=look.font(size * scale, bold),
            fill="#" + ink,
            anchor="ms",
        )


def _arrow(draw: ImageDraw.ImageDraw, arrow: scheme.Arrow, scale: float) -> None:
    points = [((x + 0.5) * scale, (y + 0.5) * scale) for x, y in arrow.points]
    draw.line(points, fill="#" + look.QUIET, width=round(0.2 * scale))
    _tip(draw, points[-2], points[-1], scale)
    if arrow.both:
        _tip(draw, points[1], points[0], scale)
    if arrow.word:
        place = ((arrow.at[0] + 0.5) * scale, (arrow.at[1] + 0.5) * scale)
        draw.text(place, arrow.word, font=look.font(WORD * scale, False), fill="#" + look.QUIET)


def _tip(draw: ImageDraw.ImageDraw, start: tuple[float, float], end: tuple[float, float], scale: float) -> None:
    """The head of an arrow along one of the axes."""
    (x1, y1), (x2, y2) = start, end
    step_x, step_y = (x2 > x1) - (x2 < x1), (y2 > y1) - (y2 < y1)
    long, half = 1.0 * scale, 0.5 * scale
    base = (x2 - step_x * long, y2 - step_y * long)
    sides = [(base[0] - step_y * half, base[1] - step_x * half), (base[0] + step_y * half, base[1] + step_x * half)]
    draw.polygon([(x2, y2), *sides], fill="#" + look.QUIET)


def _png(image: Image.Image) -> BytesIO:
    content = BytesIO()
    image.save(content, "PNG", optimize=True)
    content.seek(0)
    return content

"""Drawing on a slide in points: text that is measured before it is placed, boxes, lines, pictures, bars."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.slide import Slide
from pptx.text.text import TextFrame
from pptx.util import Pt

from . import look

WIDTH, HEIGHT = 960.0, 540.0
"""Of a slide of 13⅓ by 7½ inches, in points."""
SMALLEST = 11.0
ALIGN = {"left": PP_ALIGN.LEFT, "center": PP_ALIGN.CENTER, "right": PP_ALIGN.RIGHT}


class DoesNotFit(ValueError):
    """A text of slides.yaml is longer than its place."""


class Canvas:
    """One slide. All measures are points from the upper left corner."""

    def __init__(self, slide: Slide) -> None:
        self.slide = slide

    def ground(self, colour: str) -> None:
        fill = self.slide.background.fill
        fill.solid()
        fill.fore_color.rgb = RGBColor.from_string(colour)

    def title(self, text: str, x: float, y: float, w: float, size: float, colour: str = look.INK) -> None:
        """The slide's title, in the placeholder that outlines and screen readers know."""
        shape = self.slide.shapes.title
        shape.left, shape.top, shape.width = Pt(x), Pt(y), Pt(w)
        text = look.bound(text)
        lines = look.wrapped(text, size, w, bold=True)
        shape.height = Pt(len(lines) * size * look.LEADING)
        self._write(shape.text_frame, [text], size, colour, bold=True, align="left", anchor=MSO_ANCHOR.TOP)

    def text(
        self,
        text: str,
        x: float,
        y: float,
        w: float,
        h: float,
        size: float,
        *,
        colour: str = look.INK,
        bold: bool = False,
        align: str = "left",
        middle: bool = False,
    ) -> float:
        """A text in its place; returns the height it takes. Raises DoesNotFit, also for letters too small to read."""
        text = look.bound(text)
        lines = look.wrapped(text, size, w, bold=bold)
        height = len(lines) * size * look.LEADING
        widest = max(look.width(line, size, bold=bold) for line in lines)
        if size < SMALLEST or height > h + 1 or widest > w + 1:
            raise DoesNotFit(f"«{text}»: {height:.0f} × {widest:.0f} pt in a place of {h:.0f} × {w:.0f}, size {size}")
        # a reader without the font gets one of another width: a little room for it
        box = self.slide.shapes.add_textbox(Pt(x), Pt(y), Pt(w + 4), Pt(h))
        anchor = MSO_ANCHOR.MIDDLE if middle else MSO_ANCHOR.TOP
        self._write(box.text_frame, text.split("\n"), size, colour, bold=bold, align=align, anchor=anchor)
        return height

    def box(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        *,
        fill: str | None = look.WHITE,
        line: str | None = look.LINE,
        radius: float = 8.0,
        thick: float = 1.0,
    ) -> Any:
        """A rectangle with round corners of `radius` points."""
        shape = self.slide.shapes.add_shape(
            MSO_SHAPE.ROUNDED_RECTANGLE if radius else MSO_SHAPE.RECTANGLE, Pt(x), Pt(y), Pt(w), Pt(h)
        )
        if radius:
            shape.adjustments[0] = min(0.5, radius / min(w, h))
        return _painted(shape, fill, line, thick)

    def dot(self, x: float, y: float, size: float, fill: str) -> Any:
        """A disc, by its upper left corner."""
        return _painted(self.slide.shapes.add_shape(MSO_SHAPE.OVAL, Pt(x), Pt(y), Pt(size), Pt(size)), fill, None, 1)

    def path(self, points: Sequence[tuple[float, float]], colour: str, thick: float, *, both: bool = False) -> None:
        """An arrow through corners, with a head at its end, or at both."""
        pieces = list(pairwise(points))
        for index, ((x1, y1), (x2, y2)) in enumerate(pieces):
            piece = self.slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, Pt(x1), Pt(y1), Pt(x2), Pt(y2))
            _plain(piece)
            piece.line.color.rgb = RGBColor.from_string(colour)
            piece.line.width = Pt(thick)
            line = piece.line._get_or_add_ln()
            if both and index == 0:
                etree.SubElement(line, qn("a:headEnd"), type="triangle", w="med", len="med")
            if index == len(pieces) - 1:
                etree.SubElement(line, qn("a:tailEnd"), type="triangle", w="med", len="med")

    def picture(
        self, path: Path, x: float, y: float, w: float, h: float, crop: Sequence[float] = (0, 0, 0, 0), about: str = ""
    ) -> None:
        """The part of a picture that `crop` (left, top, right, bottom) leaves, as large as the place allows."""
        shape = self.slide.shapes.add_picture(str(path), 0, 0)
        left, top, right, bottom = crop
        pixel_w, pixel_h = shape.image.size
        shape.crop_left, shape.crop_top, shape.crop_right, shape.crop_bottom = left, top, right, bottom
        shown_w, shown_h = pixel_w * (1 - left - right), pixel_h * (1 - top - bottom)
        scale = min(w / shown_w, h / shown_h)
        shape.width, shape.height = Pt(shown_w * scale), Pt(shown_h * scale)
        shape.left, shape.top = Pt(x + (w - shown_w * scale) / 2), Pt(y + (h - shown_h * scale) / 2)
        shape.line.color.rgb = RGBColor.from_string(look.LINE)
        shape.line.width = Pt(1)
        shape._element.nvPicPr.cNvPr.set("descr", about)

    def bars(self, x: float, y: float, w: float, h: float, bars: Sequence[tuple[str, float]]) -> None:
        """A native bar chart of one series, with its numbers as Russian writes them; the last bar has the accent."""
        data = CategoryChartData()
        data.categories = [name for name, _ in bars]
        data.add_series("", [value for _, value in bars])
        kind = XL_CHART_TYPE.COLUMN_CLUSTERED
        chart = self.slide.shapes.add_chart(kind, Pt(x), Pt(y), Pt(w), Pt(h), data).chart
        chart.has_legend = chart.has_title = False
        chart.font.size, chart.font.name = Pt(14), look.FONT
        chart.font.color.rgb = RGBColor.from_string(look.INK)
        chart.value_axis.visible = chart.value_axis.has_major_gridlines = False
        chart.value_axis.minimum_scale = 0
        chart.category_axis.format.line.color.rgb = RGBColor.from_string(look.LINE)
        chart.category_axis.has_major_gridlines = False
        plot = chart.plots[0]
        plot.gap_width = 60
        for index, (_, value) in enumerate(bars):
            point = plot.series[0].points[index]
            point.format.fill.solid()
            last = index == len(bars) - 1
            point.format.fill.fore_color.rgb = RGBColor.from_string(look.ACCENT if last else look.ACCENT_SOFT)
            label = point.data_label
            label.position = XL_LABEL_POSITION.OUTSIDE_END
            run = label.text_frame.paragraphs[0].add_run()
            run.text = str(value).replace(".", ",")
            run.font.size, run.font.bold, run.font.name = Pt(18), True, look.FONT

    @staticmethod
    def _write(
        frame: TextFrame, paragraphs: Sequence[str], size: float, colour: str, *, bold: bool, align: str, anchor: Any
    ) -> None:
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.vertical_anchor = anchor
        for index, text in enumerate(paragraphs):
            paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
            paragraph.alignment = ALIGN[align]
            paragraph.line_spacing = Pt(size * look.LEADING)
            run = paragraph.add_run()
            run.text = text
            run.font.size, run.font.bold, run.font.name = Pt(size), bold, look.FONT
            run.font.language_id = MSO_LANGUAGE_ID.RUSSIAN
            run.font.color.rgb = RGBColor.from_string(colour)


def _plain(shape: Any) -> None:
    """Without the shadow and the outline that the theme gives to every shape."""
    shape._element.remove(shape._element.find(qn("p:style")))


def _painted(shape: Any, fill: str | None, line: str | None, thick: float) -> Any:
    _plain(shape)
    if fill is None:
        shape.fill.background()
    else:
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(fill)
    if line is None:
        shape.line.fill.background()
    else:
        shape.line.color.rgb = RGBColor.from_string(line)
        shape.line.width = Pt(thick)
    return shape

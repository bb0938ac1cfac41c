"""The look of the documents: the page's own font, accent and ink, and how wide words are in that font."""

import re
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

FONTS = Path(__file__).parents[1] / "fonts"
FONT = "Golos Text"

ACCENT = "0B6E6E"
ACCENT_DEEP = "04585A"
ACCENT_PALE = "E6F6F5"
ACCENT_SOFT = "A0D5D1"
INK = "1B2129"
QUIET = "5A6573"
LINE = "E3E7EB"
GROUND = "F7F8F9"
WHITE = "FFFFFF"

LEADING = 1.28
"""Distance of lines as a multiple of the size."""


@lru_cache
def font(size: float, bold: bool) -> ImageFont.FreeTypeFont:
    """The font in a size in points, one pixel to a point."""
    return ImageFont.truetype(str(FONTS / f"GolosText-{'Bold' if bold else 'Regular'}.ttf"), size)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Points that a line takes."""
    return float(font(size, bold).getlength(text))


def bound(text: str) -> str:
    """The text with spaces that no line breaks at: inside numbers, before their units, before a dash."""
    return re.sub(r"(?<=\d) (?=\d{3}\b|%|мс|с\b|мин\b|п\.)|(?<=п\.) (?=п\.)| (?=—)", "\u00a0", text)


def wrapped(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """The lines that a text breaks into where `room` points are wide. A word that is wider stands alone."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and width(longer, size, bold=bold) > room:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines

"""What python-docx has no words for: styles of our look, borders and shades of tables, numberings, embedded fonts."""

import re
import uuid
from collections.abc import Sequence
from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from . import look

PAGE = (Cm(21), Cm(29.7))
MARGIN = Cm(2.2)
INNER_CM = 16.6
CELL_SIZE = 9.5
NARROWEST_CM = 1.4
POINTS_PER_CM = 28.35
FONT_KEYS = {"Regular": "9f0b7a75-0b6e-4e6e-8458-5a1b21295a65", "Bold": "9f0b7a75-0b6e-4e6e-8458-5a1b21295a66"}
"""Word keeps embedded fonts scrambled with the bytes of such a key."""
OBFUSCATED = "application/vnd.openxmlformats-officedocument.obfuscatedFont"


def set_styles(document: Any) -> None:
    """The page, and every style that is used."""
    section = document.sections[0]
    section.page_width, section.page_height = PAGE
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = MARGIN
    section.different_first_page_header_footer = True
    styles = document.styles
    # spelling is checked in the language that it is written in
    for language in styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "ru-RU")
    for name, size in (
        ("Normal", 10.5),
        ("Heading 1", 20),
        ("Heading 2", 14),
        ("List Bullet", 10.5),
        ("List Number", 10.5),
    ):
        _letters(styles[name], size)
    styles["Normal"].paragraph_format.space_after = Pt(7)
    styles["Normal"].paragraph_format.line_spacing = 1.25
    for name in ("List Bullet", "List Number"):
        styles[name].paragraph_format.space_after = Pt(3)
    for name, colour, before, after in (("Heading 1", look.ACCENT, 26, 10), ("Heading 2", look.INK, 16, 6)):
        style = styles[name]
        style.font.bold, style.font.color.rgb = True, RGBColor.from_string(colour)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        style.paragraph_format.keep_with_next = True
    for name, size, after in (("Cell", CELL_SIZE, 0), ("Gap", 6, 0), ("Cover", 12, 4), ("Foot", 8.5, 0)):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = styles["Normal"]
        _letters(style, size)
        style.paragraph_format.space_after = Pt(after)
        style.paragraph_format.line_spacing = 1.15
    styles["Foot"].font.color.rgb = RGBColor.from_string(look.QUIET)
    styles["Foot"].paragraph_format.tab_stops.add_tab_stop(Cm(INNER_CM), WD_TAB_ALIGNMENT.RIGHT)


def _letters(style: Any, size: float) -> None:
    style.font.name, style.font.size = look.FONT, Pt(size)
    style.font.color.rgb = RGBColor.from_string(look.INK)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(name), None)
    for name in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(name), look.FONT)


def column_widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Centimetres of the columns: what the longest word needs, the rest by how much each has to say."""
    columns = list(zip(*rows, strict=True))
    least = [max(NARROWEST_CM, max(_longest_word(cell) for cell in column) + 0.5) for column in columns]
    scale = min(1.0, INNER_CM / sum(least))
    least = [one * scale for one in least]
    wish = [sum(len(cell) for cell in column) ** 0.8 for column in columns]
    spare = INNER_CM - sum(least)
    return [one + spare * weight / sum(wish) for one, weight in zip(least, wish, strict=True)]


def _longest_word(text: str) -> float:
    words = re.split(r"\s|(?<=[/_,-])", text)
    return max(look.width(word, CELL_SIZE, bold=True) for word in words) / POINTS_PER_CM


def new_numbering(document: Any) -> int:
    """The id of a numbering that begins at 1 again."""
    numbering = document.part.numbering_part.numbering_definitions._numbering
    used = document.styles["List Number"].element.pPr.numPr.numId.val
    number = numbering.add_num(numbering.num_having_numId(used).abstractNumId.val)
    number.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(number.numId)


def border(table: Any) -> None:
    """Thin lines between the rows, none between columns, some air in the cells."""
    drawn = ("top", "bottom", "insideH")
    sides = "".join(
        f'<w:{side} w:val="{"single" if side in drawn else "nil"}" w:sz="4" w:space="0" w:color="{look.LINE}"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    air = "".join(
        f'<w:{side} w:w="{twentieths}" w:type="dxa"/>'
        for side, twentieths in (("top", 60), ("left", 100), ("bottom", 60), ("right", 100))
    )
    layout = table._tbl.tblPr.find(qn("w:tblLayout"))
    layout.addprevious(parse_xml(f"<w:tblBorders {nsdecls('w')}>{sides}</w:tblBorders>"))
    layout.addnext(parse_xml(f"<w:tblCellMar {nsdecls('w')}>{air}</w:tblCellMar>"))


def never_split(row: Any, *, repeat: bool) -> None:
    """A row stays on one page; the head is said again on every page."""
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if repeat:
        properties.append(OxmlElement("w:tblHeader"))


def shade(cell: Any, colour: str) -> None:
    mark = parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{colour}"/>')
    cell._tc.get_or_add_tcPr().append(mark)


def pad(cell: Any, twentieths: int) -> None:
    """Air inside a cell, in twentieths of a point."""
    sides = "".join(f'<w:{side} w:w="{twentieths}" w:type="dxa"/>' for side in ("top", "left", "bottom", "right"))
    cell._tc.get_or_add_tcPr().append(parse_xml(f"<w:tcMar {nsdecls('w')}>{sides}</w:tcMar>"))


def embed_fonts(document: Any) -> None:
    """Put both weights into the file, as Word does when asked to embed fonts."""
    table = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    embedded = ""
    for style, key in FONT_KEYS.items():
        name = PackURI(f"/word/fonts/GolosText-{style}.odttf")
        content = _scrambled((look.FONTS / f"GolosText-{style}.ttf").read_bytes(), key)
        relation = table.relate_to(Part(name, OBFUSCATED, content, table.package), RELATIONSHIP_TYPE.FONT)
        embedded += f'<w:embed{style} r:id="{relation}" w:fontKey="{{{key.upper()}}}"/>'
    about = '<w:altName w:val="Arial"/><w:charset w:val="CC"/><w:family w:val="swiss"/><w:pitch w:val="variable"/>'
    entry = f'<w:font w:name="{look.FONT}">{about}{embedded}</w:font></w:fonts>'
    table._blob = table.blob.decode("utf-8").replace("</w:fonts>", entry).encode("utf-8")
    settings = document.settings.element
    before = next(child for child in settings if child.tag not in {qn("w:writeProtection"), qn("w:view"), qn("w:zoom")})
    before.addprevious(OxmlElement("w:embedTrueTypeFonts"))


def _scrambled(content: bytes, key: str) -> bytes:
    """The first 32 bytes are combined with the key's, last byte first (ECMA-376, part 4)."""
    mask = uuid.UUID(key).bytes[::-1] * 2
    return bytes(a ^ b for a, b in zip(content[:32], mask, strict=True)) + content[32:]

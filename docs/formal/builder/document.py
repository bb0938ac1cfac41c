"""The formal documentation: document.md as a docx with a title page, contents, tables and the scheme."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from . import look, picture, sources, word

SCHEME = "<!-- scheme -->"
CODE_FONT = "Courier New"


def build(path: Path) -> None:
    """Write the document. Raises ValueError for markdown that has no form here."""
    _, head, body = sources.document_text().split("---\n", 2)
    about = yaml.safe_load(head)
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(body))
    document = Document()
    word.set_styles(document)
    word.embed_fonts(document)
    _title_page(document, about)
    _contents(document, tree)
    writer = _Writer(document)
    for node in tree.children:
        writer.block(node)
    _foot(document, about)
    _describe(document, about)
    document.save(str(path))


class _Writer:
    """Puts blocks of markdown behind each other."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.headings = 0

    def block(self, node: SyntaxTreeNode) -> None:
        match node.type:
            case "heading":
                self.heading(node)
            case "paragraph":
                _inline(self.document.add_paragraph(), node)
            case "bullet_list":
                self.items(node, "List Bullet")
            case "ordered_list":
                self.items(node, "List Number")
            case "table":
                self.table(node)
            case "html_block" if node.content.strip() == SCHEME:
                self.document.add_picture(picture.scheme_png(), width=Cm(word.INNER_CM))
            case _:
                raise ValueError(f"document.md, line {node.map}: nothing draws «{node.type}»")

    def heading(self, node: SyntaxTreeNode) -> None:
        paragraph = self.document.add_heading(_plain(node), int(node.tag[1]))
        _bookmark(paragraph, self.headings)
        self.headings += 1

    def items(self, node: SyntaxTreeNode, style: str) -> None:
        """A list; an ordered one begins at 1 again."""
        number = word.new_numbering(self.document) if style == "List Number" else None
        for item in node.children:
            paragraph = self.document.add_paragraph(style=style)
            if number is not None:
                properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
                properties.get_or_add_ilvl().val, properties.get_or_add_numId().val = 0, number
            _inline(paragraph, item.children[0])

    def table(self, node: SyntaxTreeNode) -> None:
        rows = [row.children for part in node.children for row in part.children]
        table = self.document.add_table(len(rows), len(rows[0]))
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.LEFT, False
        word.border(table)
        widths = word.column_widths([[_plain(cell) for cell in row] for row in rows])
        for column, centimetres in zip(table.columns, widths, strict=True):
            column.width = Cm(centimetres)
        for y, row in enumerate(rows):
            word.never_split(table.rows[y], repeat=y == 0)
            for x, cell in enumerate(row):
                place = table.cell(y, x)
                place.width = Cm(widths[x])
                paragraph = place.paragraphs[0]
                paragraph.style = self.document.styles["Cell"]
                _inline(paragraph, cell, bold=y == 0)
                if y == 0:
                    word.shade(place, look.ACCENT_PALE)
        self.document.add_paragraph(style="Gap")


def _plain(node: SyntaxTreeNode) -> str:
    return "".join(text for text, _, _ in _runs(node))


def _inline(paragraph: Any, node: SyntaxTreeNode, *, bold: bool = False) -> None:
    for text, strong, code in _runs(node, bold):
        run = paragraph.add_run(text)
        run.bold = strong or None
        if code:
            run.font.name = CODE_FONT
            run.font.size = Pt(9)
            run.font.color.rgb = RGBColor.from_string(look.ACCENT_DEEP)


def _runs(node: SyntaxTreeNode, strong: bool = False) -> Iterator[tuple[str, bool, bool]]:
    """Pieces of text: what, whether it is strong, whether it is code."""
    if node.type in {"text", "code_inline"}:
        yield node.content, strong, node.type == "code_inline"
    elif node.type == "softbreak":
        yield " ", strong, False
    for child in node.children:
        yield from _runs(child, strong or node.type == "strong")


def _title_page(document: Any, about: dict[str, str]) -> None:
    banner = document.add_table(1, 1)
    banner.autofit = False
    cell = banner.cell(0, 0)
    cell.width = Cm(word.INNER_CM)
    banner.rows[0].height = Cm(11)
    word.shade(cell, look.ACCENT)
    word.pad(cell, 560)
    first = cell.paragraphs[0]
    first.add_run().add_picture(picture.mark(240, look.ACCENT, ground=look.WHITE), width=Cm(1.7))
    first.paragraph_format.space_after = Pt(96)
    for text, size, bold in ((about["title"], 44, True), (about["subtitle"], 17, False)):
        paragraph = cell.add_paragraph()
        paragraph.paragraph_format.line_spacing = 1.1
        run = paragraph.add_run(text)
        run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, RGBColor.from_string(look.WHITE)
    for index, text in enumerate((about["kind"], f"Версия {sources.product_version()}", about["place"])):
        paragraph = document.add_paragraph(style="Cover")
        paragraph.paragraph_format.space_before = Pt(30 if index == 0 else 0)
        run = paragraph.add_run(text)
        run.font.size, run.font.bold = Pt(17 if index == 0 else 12), index == 0
    document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)


def _contents(document: Any, tree: SyntaxTreeNode) -> None:
    """A field of Word's with its entries filled in, so that it reads before it was ever updated."""
    head = document.add_paragraph(style="Cover")
    head.paragraph_format.space_after = Pt(12)
    run = head.add_run("Содержание")
    run.font.size, run.font.bold, run.font.color.rgb = Pt(20), True, RGBColor.from_string(look.ACCENT)
    headings = [node for node in tree.children if node.type == "heading"]
    for index, node in enumerate(headings):
        paragraph = document.add_paragraph(style="Cover")
        top = node.tag == "h1"
        paragraph.paragraph_format.left_indent = Cm(0 if top else 0.8)
        paragraph.paragraph_format.space_before = Pt(6 if top else 0)
        if index == 0:
            _begin_field(paragraph, r' TOC \o "1-2" \h \n ')
        link = parse_xml(f'<w:hyperlink {nsdecls("w")} w:anchor="_Toc{index}" w:history="1"/>')
        paragraph._p.append(link)
        run = paragraph.add_run(_plain(node))
        run.bold = top
        link.append(run._r)
    _end_field(document.paragraphs[-1])
    document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)


def _begin_field(paragraph: Any, instruction: str) -> None:
    """What Word computes; what is added between here and the end is shown until it does."""
    _mark_field(paragraph, "begin")
    text = f'<w:instrText {nsdecls("w")} xml:space="preserve">{instruction}</w:instrText>'
    paragraph.add_run()._r.append(parse_xml(text))
    _mark_field(paragraph, "separate")


def _end_field(paragraph: Any) -> None:
    _mark_field(paragraph, "end")


def _mark_field(paragraph: Any, mark: str) -> None:
    paragraph.add_run()._r.append(parse_xml(f'<w:fldChar {nsdecls("w")} w:fldCharType="{mark}"/>'))


def _bookmark(paragraph: Any, number: int) -> None:
    """The place that the contents lead to."""
    begin, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for mark in (begin, end):
        mark.set(qn("w:id"), str(number))
        paragraph._p.append(mark)
    begin.set(qn("w:name"), f"_Toc{number}")


def _foot(document: Any, about: dict[str, str]) -> None:
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.style = document.styles["Foot"]
    paragraph.add_run(f"{about['title']} {sources.product_version()} · {about['kind']}\t")
    _begin_field(paragraph, " PAGE ")
    paragraph.add_run("1")
    _end_field(paragraph)


def _describe(document: Any, about: dict[str, Any]) -> None:
    core = document.core_properties
    core.title, core.subject, core.author = about["title"], about["kind"], "OfferLoop"
    core.keywords, core.language = sources.content_hash(sources.DOCUMENT), "ru-RU"
    core.version, core.comments, core.last_modified_by = sources.product_version(), "", "OfferLoop"
    day = about["date"]
    core.created = core.modified = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - python-docx takes naive times
    core.revision = 1

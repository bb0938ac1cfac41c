"""Files as banks send them, and as they should not: each mistake is named with its cell."""

import io
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from backend.catalogue import importer, workbook
from backend.catalogue.importer import Row, Sheet
from backend.errors import Invalid, TooLarge, UnsupportedMedia

KNOWN = {"product": ["ПК", "CC", "INS_PROPERTY"], "channel": ["SMS", "EMAIL"]}
Edit = Callable[[Worksheet], Any]


def book(edit: Edit | None = None) -> bytes:
    """A small catalogue in the bank's layout, changed by `edit`."""
    file = Workbook()
    sheet = file.worksheets[0]
    for row in (
        ["Продукт", "Описание", None, None, "Канал", "Описание"],
        ["ПК", "Кредит наличными", None, None, "SMS", "СМС"],
        ["CC", "Кредитная карта", None, None, "EMAIL", "Письмо"],
        ["GOLD", "Золотая карта"],
        [],
        ["* подробнее о продуктах — на сайте банка"],
    ):
        sheet.append(row)
    if edit:
        edit(sheet)
    content = io.BytesIO()
    file.save(content)
    return content.getvalue()


def put(cell: str, value: Any) -> Edit:
    def edit(sheet: Worksheet) -> None:
        sheet[cell] = value

    return edit


def mistakes(content: bytes) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        importer.parse(content, KNOWN)
    return {error.pointer.removeprefix("/file/"): error.detail for error in refused.value.errors}


def repacked(content: bytes, parts: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.pop(name, None) or old.read(name))
        for name, part in parts.items():
            new.writestr(name, part)
    return packed.getvalue()


def test_the_layout_is_read() -> None:
    assert importer.parse(book(), KNOWN) == Sheet(
        rows=[
            Row("product", "ПК", "Кредит наличными", "A2"),
            Row("product", "CC", "Кредитная карта", "A3"),
            Row("product", "GOLD", "Золотая карта", "A4"),
            Row("channel", "SMS", "СМС", "E2"),
            Row("channel", "EMAIL", "Письмо", "E3"),
        ]
    )


def test_the_customers_own_file_is_read(shared_dir: Path) -> None:
    sheet = importer.parse((shared_dir / "data" / "products.xlsx").read_bytes(), {"product": [], "channel": []})
    assert [row.kind for row in sheet.rows].count("product") == 22
    assert [row.kind for row in sheet.rows].count("channel") == 8
    assert [warning.pointer for warning in sheet.warnings] == ["/file/B19"]
    assert next(row for row in sheet.rows if row.code == "INS_PROPERTY").name is None


def test_the_latin_alias_becomes_the_canonical_code() -> None:
    assert importer.parse(book(put("A2", "PK")), KNOWN).rows[0].code == "ПК"


def test_spaces_and_line_breaks_are_tidied() -> None:
    row = importer.parse(book(put("B2", "  Кредит\n\u00a0наличными ")), KNOWN).rows[0]
    assert row.name == "Кредит наличными"


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [
        ("A1", "Код", "ожидается заголовок «Продукт», найдено «Код»"),
        ("E1", None, "ожидается заголовок «Канал»"),
        ("A3", "ПК", "уже есть в ячейке A2"),
        ("A3", "PK", "уже есть в ячейке A2"),
        ("E3", "SMS", "уже есть в ячейке E2"),
        ("A3", "СС", "кириллическая"),
        ("E2", "sms", "строчная латинская"),
        ("A4", "Золото", "заглавные латинские"),
        ("A4", "=A3", "формула"),
        ("B4", '=CONCATENATE("а";"б")', "формула"),
        ("A4", 17, "другого типа"),
        ("B4", True, "другого типа"),
        ("B4", None, "описание — пустая ячейка"),
        ("A4", "  ", "код — пустая ячейка"),
        ("B4", date(2026, 11, 22), "другого типа"),
        ("B4", "Карта {bank}", "фигурные"),
        ("B4", "К" * 301, "длиннее 300"),
        ("A6", "CC", "ниже конца таблицы"),
    ],
)
def test_each_mistake_names_its_cell(cell: str, value: Any, said: str) -> None:
    found = mistakes(book(put(cell, value)))
    assert said in found[cell]
    assert f"Ячейка {cell}: " in found[cell]


def test_all_mistakes_come_at_once() -> None:
    def edit(sheet: Worksheet) -> None:
        sheet["A2"], sheet["B3"], sheet["E2"] = "Кредит", "=1", 5

    assert set(mistakes(book(edit))) == {"A2", "B3", "E2"}


def test_merged_cells_are_refused_in_a_table_and_allowed_in_notes() -> None:
    assert "объединённые ячейки A2:A3" in mistakes(book(lambda sheet: sheet.merge_cells("A2:A3")))["A2"]
    assert importer.parse(book(lambda sheet: sheet.merge_cells("A6:F6")), KNOWN).rows


def test_an_empty_sheet_and_empty_tables_are_refused() -> None:
    assert "лист пуст" in mistakes(book(lambda sheet: sheet.delete_rows(1, 10)))["A1"]
    assert "ни одного" in mistakes(book(lambda sheet: sheet.delete_rows(2, 10)))["A2"]


def test_a_mistaken_description_is_a_warning() -> None:
    def edit(sheet: Worksheet) -> None:
        sheet["A4"], sheet["B4"] = "INS_PROPERTY", "Страхование жизни"

    sheet = importer.parse(book(edit), KNOWN)
    assert sheet.rows[2] == Row("product", "INS_PROPERTY", None, "A4")
    assert "страхование имущества" in sheet.warnings[0].detail


def test_further_sheets_are_mentioned() -> None:
    sheet = importer.parse(book(lambda sheet: sheet.parent.create_sheet("Архив").append(["что-то"])), KNOWN)
    assert "«Архив» не прочитан" in sheet.warnings[0].detail


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", Invalid),
        (b"code;name\n", UnsupportedMedia),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", UnsupportedMedia),
        (b"PK\x03\x04 and nothing more", UnsupportedMedia),
        (b"0" * (workbook.MAX_FILE + 1), TooLarge),
    ],
    ids=["nothing", "csv", "xls or password", "torn archive", "huge"],
)
def test_other_files_are_refused(content: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        importer.parse(content, KNOWN)


def test_another_archive_is_no_workbook() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(UnsupportedMedia, match="не книга Excel"):
        importer.parse(packed.getvalue(), KNOWN)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = repacked(book(), {"xl/worksheets/sheet1.xml": b"<row/>" * 1_000_000})
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge, match="распакованном"):
        importer.parse(bomb, KNOWN)


def test_many_parts_are_refused() -> None:
    with pytest.raises(TooLarge):
        importer.parse(repacked(book(), {f"part{n}.bin": b"x" for n in range(workbook.MAX_PARTS)}), KNOWN)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(encoding: str) -> None:
    strings = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "aaaa">]><sst/>'
    with pytest.raises(Invalid, match="объявления XML"):
        importer.parse(repacked(book(), {"xl/sharedStrings.xml": strings.encode(encoding)}), KNOWN)


def test_a_table_longer_than_any_catalogue_is_refused() -> None:
    with pytest.raises(TooLarge, match="длиннее 2000 строк"):
        importer.parse(book(put("A2001", "CC")), KNOWN)


def test_a_cell_at_the_end_of_the_world_costs_nothing() -> None:
    assert len(importer.parse(book(put("A1048576", "примечание")), KNOWN).rows) == 5


@pytest.mark.parametrize(
    "tail",
    [
        '<mergeCells><mergeCell ref="A7:XFD1048576"/></mergeCells>',
        '<hyperlinks><hyperlink ref="A7:XFD1048576" location="x"/></hyperlinks>',
    ],
)
def test_ranges_over_the_whole_sheet_cost_nothing(tail: str) -> None:
    with zipfile.ZipFile(io.BytesIO(book())) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").replace(b"</sheetData>", b"</sheetData>" + tail.encode())
    started = time.monotonic()
    assert importer.parse(repacked(book(), {"xl/worksheets/sheet1.xml": sheet}), KNOWN).rows
    assert time.monotonic() - started < 5


def test_a_formula_that_excel_has_computed_is_still_a_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(book(put("B4", "=A3")))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").replace(b"<v />", b"<v>7</v>").replace(b"<v/>", b"<v>7</v>")
    assert "формула" in mistakes(repacked(book(), {"xl/worksheets/sheet1.xml": sheet}))["B4"]


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("junk", [b"<a><b></a>", b"not xml", b"<x/>"])
def test_damaged_workbooks_are_refused_with_a_reason(part: str, junk: bytes) -> None:
    with pytest.raises(Invalid):
        importer.parse(repacked(book(), {part: junk}), KNOWN)

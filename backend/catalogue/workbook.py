"""Opens an uploaded xlsx with suspicion: it may be no workbook, a bomb, damaged, or far too large. Pure.

The reader runs in its streaming mode: the full one fills every cell of a merged or linked range with an object, so a
file of one kilobyte could ask for seventeen billion of them.
"""

import io
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

from backend.errors import FieldError, Invalid, TooLarge, UnsupportedMedia

MAX_FILE = 2 * 1024 * 1024
MAX_UNPACKED = 4 * 1024 * 1024
MAX_PARTS = 200
MAX_ROWS = 2000
COLUMNS_READ = 6

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_DECLARATIONS = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Value:
    """What a cell holds; `kind` is s text, n number, d date, b boolean, e error, f formula."""

    content: Any
    kind: str


@dataclass(frozen=True)
class Area:
    """Merged cells, by the numbers of rows and columns from 1."""

    reference: str
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class Grid:
    """The first sheet: its filled cells by address, its merged areas, and what other sheets hold something."""

    title: str
    cells: Mapping[str, Value]
    last_row: int
    merged: tuple[Area, ...]
    other_sheets: tuple[str, ...]


def address(row: int, column: int) -> str:
    """The cell's address, such as A1."""
    return f"{get_column_letter(column)}{row}"


def open_grid(content: bytes) -> Grid:
    """The first sheet of the book. Raises UnsupportedMedia, TooLarge or Invalid with a reason for the sender."""
    _check_file(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_archive(archive)
            return _read(content, archive)
    except (UnsupportedMedia, TooLarge, Invalid):
        raise
    except Exception as error:  # the reader meets damaged files with almost any exception
        raise _wrong("Файл повреждён: книгу Excel не удалось прочитать") from error


def _check_file(content: bytes) -> None:
    if not content:
        raise _wrong("Файл пуст")
    if len(content) > MAX_FILE:
        raise TooLarge(f"Файл больше {MAX_FILE // _MEGABYTE} МБ")
    if content.startswith(_OLD_EXCEL):
        raise UnsupportedMedia("Это старый формат .xls или книга с паролем: сохраните её как .xlsx без пароля")
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise UnsupportedMedia("Это не книга Excel: нужен файл .xlsx")


def _check_archive(archive: zipfile.ZipFile) -> None:
    """The unpacked sizes are what the archive declares; the unpacker never gives out more than that."""
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise TooLarge(f"В распакованном виде книга больше {MAX_UNPACKED // _MEGABYTE} МБ: это не каталог")
    if "xl/workbook.xml" not in archive.namelist():
        raise UnsupportedMedia("Это архив, но не книга Excel: нужен файл .xlsx")
    for part in parts:
        content = archive.read(part)
        if any(declaration in content for declaration in _DECLARATIONS):
            raise _wrong(f"Часть книги {part.filename[:80]} содержит недопустимые объявления XML")


def _read(content: bytes, archive: zipfile.ZipFile) -> Grid:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the reader grumbles about styles and extensions that do not matter here
        book = load_workbook(io.BytesIO(content), read_only=True)
        try:
            if not book.worksheets:
                raise _wrong("В книге нет листов с таблицами")
            first, *others = book.worksheets
            cells, last_row = _filled(first)
            merged = _merged(archive.read(first._worksheet_path))
            filled = tuple(str(sheet.title) for sheet in others if _filled(sheet)[0])
            return Grid(str(first.title), cells, last_row, merged, filled)
        finally:
            book.close()


def _filled(sheet: Any) -> tuple[dict[str, Value], int]:
    """Filled cells of the columns that matter, and the last row that has one."""
    cells: dict[str, Value] = {}
    last = 0
    for number, row in enumerate(sheet.iter_rows(max_row=MAX_ROWS + 1, max_col=COLUMNS_READ), 1):
        for column, cell in enumerate(row, 1):
            if cell.value is not None:
                cells[address(number, column)] = Value(cell.value, cell.data_type)
                last = number
    if last > MAX_ROWS:
        raise TooLarge(f"Лист «{sheet.title}» длиннее {MAX_ROWS} строк: это не каталог")
    return cells, last


def _merged(sheet_xml: bytes) -> tuple[Area, ...]:
    """The streaming reader does not tell about merged cells."""
    root = ElementTree.fromstring(sheet_xml)  # noqa: S314 - small, and without declarations, as checked above
    references = [cell.attrib["ref"] for cell in root.iterfind(".//{*}mergeCell")]
    return tuple(Area(reference, *range_boundaries(reference)) for reference in references)


def _wrong(detail: str) -> Invalid:
    return Invalid(detail, [FieldError("/file", detail)])

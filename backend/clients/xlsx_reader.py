"""Spreadsheets: the first sheet that is visible and not empty, cached values of formulas, rows as they come."""

import re
import warnings
import zipfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, BinaryIO

from openpyxl import load_workbook

from backend.clients.tables import (
    MOST_COLUMNS,
    Header,
    RawRow,
    RowProblem,
    Table,
    TableError,
    count_known,
    make_row,
    parse_header,
)

_HEADER_SEARCHED = 20
_CHUNK = 1 << 20
_OVERLAP = 4096
_MOST_PARTS = 10_000
_MOST_STRINGS = 64 << 20
"""The texts of cells are the one part that is held as a whole, in up to seven times its bytes; a million UUIDs fit."""
_MOST_OTHER = 32 << 20
_MOST_SHEET = 8 << 30
_MOST_RATIO = 200
_MOST_ROWS = 1_048_576
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]{0,200}?\bref="([A-Z0-9:$]{1,40})"')
_UNCOMPUTED = re.compile(
    rb'<(?:\w+:)?c\b[^>]{0,200}?\br="([A-Z]{1,3}\d{1,7})"[^>]{0,200}>'
    rb"<(?:\w+:)?f\b(?:[^>]{0,200}/>|[^>]{0,200}>[^<]{0,2000}</(?:\w+:)?f>)"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
_CELL_ERRORS = frozenset({"#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA", "#SPILL!"})

_Row = tuple[int, Sequence[Any]]


def open_xlsx(stream: BinaryIO) -> Table:
    """Open a workbook. `stream` is seekable. Hidden sheets are passed over, hidden rows are read as others.

    Raises TableError with the address of the cell for merged cells, for formulas without a value, and for a header
    that is not in the first row.
    """
    with _readable():
        _refuse_bombs(stream)
        sheet = _first_filled_sheet(_open_sheets(stream))
    if sheet is None:
        raise TableError("книга", "все видимые листы пустые")
    place = f"лист «{sheet.title}»"
    with _readable():
        _scan(stream, sheet._worksheet_path, place)
        rows = _filled_rows(sheet)
        head = list(islice(rows, _HEADER_SEARCHED))
    header = _header(head, place)
    return Table(_rows(head[1:], rows, header), header.notes())


@contextmanager
def _readable() -> Iterator[None]:
    """Turn whatever the parser of a broken file raises into a TableError.

    openpyxl checks little, so a broken part shows itself as a KeyError or TypeError from anywhere inside.
    """
    try:
        yield
    except TableError:
        raise
    except Exception:  # noqa: BLE001
        raise TableError("книга", "файл xlsx повреждён или это не книга Excel") from None


def _open_sheets(stream: BinaryIO) -> list[Any]:
    stream.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # styles and extensions that openpyxl does not know are of no interest here
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not visible:
        raise TableError("книга", "нет ни одного видимого листа")
    for sheet in visible:
        sheet.reset_dimensions()  # what the file says of its size is often wrong
    return visible


def _first_filled_sheet(sheets: list[Any]) -> Any:
    return next((sheet for sheet in sheets if next(_filled_rows(sheet), None)), None)


def _filled_rows(sheet: Any) -> Iterator[_Row]:
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        # A forged row or column number would make the parser pad millions of empty cells
        if number > _MOST_ROWS or (number > _HEADER_SEARCHED and len(cells) > MOST_COLUMNS):
            raise TableError(f"лист «{sheet.title}», строка {number}", "таблица слишком велика для листа")
        if any(cell is not None and cell != "" for cell in cells):
            yield number, _without_tail(cells)


def _without_tail(cells: Sequence[Any]) -> Sequence[Any]:
    last = len(cells)
    while last and cells[last - 1] is None:
        last -= 1
    return cells[:last]


def _header(head: Sequence[_Row], place: str) -> Header:
    number, cells = head[0]
    if not count_known(cells):
        lower = next((number for number, candidate in head[1:] if count_known(candidate)), None)
        if lower:
            detail = "заголовок должен быть первой строкой: удалите строки над ним"
            raise TableError(f"{place}, ячейка A{lower}", detail)
    return parse_header(cells, f"{place}, ячейка A{number}")


def _rows(head: Sequence[_Row], rows: Iterator[_Row], header: Header) -> Generator[RawRow, None, None]:
    with _readable():
        for row in chain(head, rows):
            yield _row(row, header)


def _row(row: _Row, header: Header) -> RawRow:
    number, cells = row
    problems = [
        RowProblem(number, header.columns[index] or "", f"в ячейке {address(index, number)} ошибка {cell}")
        for index, cell in enumerate(cells[: len(header.columns)])
        if isinstance(cell, str) and header.columns[index] and cell in _CELL_ERRORS
    ]
    return make_row(number, header, cells, problems)


def address(index: int, row: int) -> str:
    """The address of a cell, A1 for index 0 in row 1."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def _refuse_bombs(stream: BinaryIO) -> None:
    """A few kilobytes of zip can unpack to gigabytes; honest workbooks shrink some twenty times."""
    stream.seek(0)
    with zipfile.ZipFile(stream) as archive:
        parts = archive.infolist()
        if len(parts) > _MOST_PARTS:
            raise TableError("книга", f"частей больше {_MOST_PARTS}: это не таблица клиентов")
        for part in parts:
            limit = _MOST_SHEET if "/worksheets/" in part.filename else _MOST_OTHER
            if part.filename.lower().endswith("sharedstrings.xml"):
                _refuse_many_texts(part)
                limit = _MOST_STRINGS
            is_bomb = part.file_size > (16 << 20) and part.file_size > _MOST_RATIO * max(part.compress_size, 1)
            if part.file_size > limit or is_bomb:
                raise TableError(
                    "книга", f"часть {part.filename} слишком велика; передайте таблицу как csv или parquet"
                )


def _refuse_many_texts(part: zipfile.ZipInfo) -> None:
    if part.file_size > _MOST_STRINGS:
        told = f"текстов в ячейках больше {_MOST_STRINGS >> 20} МиБ ({part.filename})"
        raise TableError("книга", f"{told}: сохраните таблицу как csv или parquet")


def _scan(stream: BinaryIO, path: str, place: str) -> None:
    """Look through the sheet's own XML for what the streaming parser does not show: merges, values never computed."""
    checks: tuple[tuple[re.Pattern[bytes], Callable[[str], TableError]], ...] = (
        (_MERGED, lambda ref: TableError(f"{place}, ячейки {ref}", "ячейки объединены: разъедините их")),
        (_UNCOMPUTED, lambda ref: _no_value(place, ref)),
    )
    stream.seek(0)
    with zipfile.ZipFile(stream) as archive, archive.open(path) as part:
        tail = b""
        while chunk := part.read(_CHUNK):
            window = tail + chunk
            for pattern, complaint in checks:
                found = pattern.search(window)
                if found:
                    raise complaint(found[1].decode("ascii"))
            tail = window[-_OVERLAP:]


def _no_value(place: str, ref: str) -> TableError:
    return TableError(f"{place}, ячейка {ref}", "формула без значения: откройте файл в Excel и сохраните его")

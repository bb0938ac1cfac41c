"""Tables in text: comma, semicolon, tab or bar; any Russian encoding; row problems do not stop the rest."""

import csv
import io
import re
from collections.abc import Generator, Iterator, Sequence
from itertools import chain, islice
from typing import BinaryIO

from backend.clients.encodings import detect_encoding
from backend.clients.tables import Header, RawRow, RowProblem, Table, TableError, count_known, make_row, parse_header

DELIMITERS = ",;\t|"
LONGEST_LINE = 1_000_000
_MOST_LINES_IN_ROW = 20
_HEADER_SEARCHED = 20
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)

_Record = tuple[int, list[str] | None]
"""Row number and cells; None where a quotation mark never closes."""


def open_csv(stream: BinaryIO) -> Table:
    """Open a text table. `stream` is seekable. Rows are read as they are asked for, memory stays flat."""
    text = io.TextIOWrapper(stream, encoding=detect_encoding(stream), newline=None)
    try:
        lines = _lines(text)
        head = list(islice(lines, _HEADER_SEARCHED))
        skipped, delimiter = _delimiter(head)
        header_row, header = _header(head, skipped, delimiter)
    except BaseException:
        text.detach()  # the stream belongs to the caller
        raise
    records = _records(chain(head[header_row:], lines), delimiter, header_row + 1)
    return Table(_rows(records, header, text), header.notes())


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        try:
            line = text.readline(LONGEST_LINE)
        except UnicodeError:
            raise TableError(
                f"строка {number}", "байты не складываются в текст; сохраните файл как CSV UTF-8"
            ) from None
        if not line:
            return
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            raise TableError(f"строка {number}", f"длиннее {LONGEST_LINE} знаков: это не таблица клиентов")
        yield line


def _delimiter(head: Sequence[str]) -> tuple[int, str]:
    """How many lines stand before the header, and the delimiter: the one that reveals most known columns."""
    if not head:
        raise TableError("файл", "пустой файл")
    named = _SEPARATOR_LINE.fullmatch(head[0])  # Excel writes such a line and reads it back
    if named:
        return 1, named[1]
    line = next((line for line in head if line.strip()), "")
    return 0, max(DELIMITERS, key=lambda sign: count_known(_cells(line, sign) or ()))


def _header(head: Sequence[str], skipped: int, delimiter: str) -> tuple[int, Header]:
    """The number of the header's row and the header itself: the first line with anything in it."""
    filled = [number for number, line in enumerate(head, 1) if number > skipped and line.strip()]
    if not filled:
        raise TableError("файл", "в файле нет таблицы")
    first = filled[0]
    cells = _cells(head[first - 1], delimiter)
    if cells is None:
        raise TableError(f"строка {first}", "в заголовке не закрыта кавычка")
    if not count_known(cells):
        _point_at_header(head, filled[1:])
    return first, parse_header(cells, f"строка {first}")


def _point_at_header(head: Sequence[str], candidates: Sequence[int]) -> None:
    for number in candidates:
        if any(count_known(_cells(head[number - 1], sign) or ()) for sign in DELIMITERS):
            raise TableError(f"строка {number}", "заголовок должен быть первой строкой: удалите строки над ним")


def _cells(line: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _records(lines: Iterator[str], delimiter: str, number: int) -> Iterator[_Record]:
    """Cells by row. A row may span lines inside quotation marks; one that never closes costs only itself.

    Rows count as a spreadsheet shows them: a row that spans lines is one row.
    """
    waiting: list[str] = []
    while True:
        line = waiting.pop(0) if waiting else next(lines, None)
        if line is None:
            return
        cells = _cells(line, delimiter)
        if cells is None:
            following = waiting + list(islice(lines, _MOST_LINES_IN_ROW - len(waiting)))
            cells, used = _joined(line, following, delimiter)
            waiting = following[used:]
        yield number, cells
        number += 1


def _joined(line: str, following: Sequence[str], delimiter: str) -> tuple[list[str] | None, int]:
    for used in range(1, len(following) + 1):
        line += following[used - 1]
        if len(line) > LONGEST_LINE:
            break
        cells = _cells(line, delimiter)
        if cells is not None:
            return cells, used
    return None, 0


def _rows(records: Iterator[_Record], header: Header, text: io.TextIOWrapper) -> Generator[RawRow, None, None]:
    try:
        for number, cells in records:
            if cells is None:
                yield make_row(number, header, (), [RowProblem(number, "", "кавычки в строке расставлены неверно")])
            elif any(cell.strip() for cell in cells):
                yield make_row(number, header, cells)
    finally:
        text.detach()  # the stream belongs to the caller

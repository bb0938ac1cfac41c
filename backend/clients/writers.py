"""Tables of results, written row by row into a file that is whole at every end: xlsx, csv or ndjson.

Cells that a spreadsheet would take for a formula are neutralised: a region or an id comes from outside and must not
run on the desk of whoever opens the file.
"""

import csv
import json
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

Cell = str | int | float | None

FORMATS = (".xlsx", ".csv", ".ndjson")
MOST_XLSX_ROWS = 1_048_576
MOST_EXCEL_DIGITS = 10**15
"""From here on Excel shows and saves other numbers; long ids are texts to it."""
_FORMULA = re.compile(r"[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9]+")
"""A phone number or a negative id: nothing runs from it, and with an apostrophe it would be another client's."""
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def neutral(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula: such a text gets an apostrophe in front, numbers stay."""
    # Leading blanks and control signs do not stop a spreadsheet from seeing the formula behind them
    if isinstance(cell, str) and _FORMULA.match(cell.lstrip()) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


class RowWriter(ABC):
    """Writes into a neighbour of `path` and takes its name at the end, so a reader never sees half a file."""

    readable_unfinished = True
    """Whether the rows before a full disk can be read."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.columns = tuple(columns)
        self.count = 0
        self._gave_up = False
        self._draft = path.with_name(f".{path.name}.{os.getpid()}.part")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Whatever happened, the rows so far become the file: they were paid for."""
        readable = self.readable_unfinished
        try:
            self._finish()
            readable = True
        finally:
            former_stays = self._gave_up and not self.count and self.path.exists()
            if readable and not former_stays:
                self._draft.replace(self.path)
            self._draft.unlink(missing_ok=True)

    def give_up(self) -> None:
        """The work has failed: if nothing was written, the file of an earlier run stays."""
        self._gave_up = True

    def write(self, row: Mapping[str, Cell]) -> None:
        self._append([_clean(row.get(name)) for name in self.columns])
        self.count += 1

    @abstractmethod
    def _append(self, cells: Sequence[Cell]) -> None: ...

    @abstractmethod
    def _finish(self) -> None: ...


def _clean(cell: Cell) -> Cell:
    return _UNWRITABLE.sub("", cell) if isinstance(cell, str) else cell


class CsvWriter(RowWriter):
    """Semicolons and a byte order mark: a Russian Excel opens it by a double click."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        super().__init__(path, columns)
        self._file = self._draft.open("w", encoding="utf-8-sig", newline="")
        self._table = csv.writer(self._file, delimiter=";")
        self._table.writerow(self.columns)

    def _append(self, cells: Sequence[Cell]) -> None:
        self._table.writerow([neutral(cell) for cell in cells])

    def _finish(self) -> None:
        self._file.close()


class NdjsonWriter(RowWriter):
    """One object per line. Values stay as they are: no program takes JSON for a formula."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        super().__init__(path, columns)
        self._file = self._draft.open("w", encoding="utf-8")

    def _append(self, cells: Sequence[Cell]) -> None:
        self._file.write(json.dumps(dict(zip(self.columns, cells, strict=True)), ensure_ascii=False) + "\n")

    def _finish(self) -> None:
        self._file.close()


class XlsxWriter(RowWriter):
    """Streams to disk; texts are marked as texts, so that they need no apostrophe and stay exact."""

    readable_unfinished = False

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        super().__init__(path, columns)
        self._draft.touch()  # a folder that cannot be written must show itself before the work, not after it
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("offers")
        self._sheet.freeze_panes = "A2"
        self._sheet.append(self.columns)

    def write(self, row: Mapping[str, Cell]) -> None:
        check_room(self.path, self.count + 1)
        super().write(row)

    def _append(self, cells: Sequence[Cell]) -> None:
        self._sheet.append([self._cell(cell) for cell in cells])

    def _cell(self, cell: Cell) -> Any:
        if isinstance(cell, int) and abs(cell) >= MOST_EXCEL_DIGITS:
            cell = str(cell)
        if not isinstance(cell, str) or neutral(cell) == cell:
            return cell
        marked = WriteOnlyCell(self._sheet, cell)
        marked.data_type = "s"
        marked.quotePrefix = True
        return marked

    def _finish(self) -> None:
        self._book.save(self._draft)


def check_room(path: Path, rows: int) -> None:
    """Raises OSError where a table of this format cannot hold so many rows below its header."""
    if path.suffix.lower() == ".xlsx" and rows + 1 > MOST_XLSX_ROWS:
        raise OSError(f"в листе xlsx помещается {MOST_XLSX_ROWS} строк: выберите csv или ndjson")


def open_writer(path: Path, columns: Sequence[str]) -> RowWriter:
    """A writer by the name of the file. ValueError for a format that is not written, OSError for the folder."""
    match path.suffix.lower():
        case ".xlsx":
            return XlsxWriter(path, columns)
        case ".csv":
            return CsvWriter(path, columns)
        case ".ndjson" | ".jsonl":
            return NdjsonWriter(path, columns)
    raise ValueError(f"не знаю формата «{path.suffix}»: годятся {', '.join(FORMATS)}")

"""Reads a catalogue in the layout in which a bank hands it over. Pure: bytes in, rows and mistakes out.

Row 1 holds the headings. A:B are products, E:F channels, code and description. Each table ends at its first empty
row or at a note (a text that starts with an asterisk); what stands below is notes and is ignored. Everything else that
does not fit is a mistake with the address of its cell, and one mistake refuses the whole file.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from backend.catalogue import codes
from backend.catalogue.workbook import Grid, Value, address, open_grid
from backend.errors import FieldError, Invalid

Kind = Literal["product", "channel"]

HEADINGS = {"A1": "Продукт", "B1": "Описание", "E1": "Канал", "F1": "Описание"}
COLUMNS: Mapping[Kind, tuple[int, int]] = {"product": (1, 2), "channel": (5, 6)}
LONGEST_NAME = 300
MOST_MISTAKES = 100

_NEW_CODE = re.compile(codes.NEW_CODE)
_UNPRINTABLE = re.compile(r"[{}<>\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# A mistake that the bank's own files are known to carry: property insurance described as life insurance.
_SWAPPED_CODE = "INS_PROPERTY"
_LIFE = re.compile("жизн", re.IGNORECASE)
_PROPERTY = re.compile("имуществ|недвижим|дом|кварт", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One product or channel of the file. `name` is None where the file's description must not be taken."""

    kind: Kind
    code: str
    name: str | None
    cell: str


@dataclass
class Sheet:
    """What was read so far."""

    rows: list[Row] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    warnings: list[FieldError] = field(default_factory=list)

    def wrong(self, cell: str, detail: str) -> None:
        self.errors.append(FieldError(f"/file/{cell}", f"Ячейка {cell}: {detail}"))

    def odd(self, cell: str, detail: str) -> None:
        self.warnings.append(FieldError(f"/file/{cell}", f"Ячейка {cell}: {detail}"))


def parse(content: bytes, known: Mapping[Kind, Collection[str]]) -> Sheet:
    """Products and channels of the first sheet. Raises Invalid with all mistakes; `known` holds the codes in use."""
    grid = open_grid(content)
    read = Sheet()
    _check_headings(grid, read)
    if not read.errors:
        for kind in COLUMNS:
            _read_table(grid, kind, known[kind], read)
        if not read.rows and not read.errors:
            read.wrong("A2", "нет ни одного продукта и ни одного канала")
    if read.errors:
        raise Invalid("Файл отклонён целиком: исправьте отмеченные ячейки", read.errors[:MOST_MISTAKES])
    for title in grid.other_sheets:
        detail = f"Лист «{title}» не прочитан: каталог берётся с первого листа «{grid.title}»"
        read.warnings.append(FieldError("/file", detail))
    return read


def _check_headings(grid: Grid, read: Sheet) -> None:
    if not grid.cells:
        read.wrong("A1", "лист пуст")
        return
    for cell, heading in HEADINGS.items():
        found = str(grid.cells[cell].content).strip() if cell in grid.cells else ""
        if found.casefold() != heading.casefold():
            read.wrong(cell, f"ожидается заголовок «{heading}», найдено «{found[:40]}»")


def _read_table(grid: Grid, kind: Kind, known: Collection[str], read: Sheet) -> None:
    seen: dict[str, str] = {}
    last = 1
    for number in _table_rows(grid, kind):
        last = number
        row = _row(grid, kind, number, known, read)
        if row is None:
            continue
        if row.code in seen:
            read.wrong(row.cell, f"код «{row.code}» уже есть в ячейке {seen[row.code]}")
            continue
        seen[row.code] = row.cell
        read.rows.append(row)
    _check_merged(grid, kind, last, read)
    _check_below(grid, kind, last, known, read)


def _table_rows(grid: Grid, kind: Kind) -> Iterator[int]:
    """Numbers of the rows up to the first empty row or note."""
    for number in range(2, grid.last_row + 1):
        code, name = (grid.cells.get(address(number, column)) for column in COLUMNS[kind])
        if (_is_empty(code) and _is_empty(name)) or _is_note(code):
            return
        yield number


def _is_empty(value: Value | None) -> bool:
    return value is None or not str(value.content).strip()


def _is_note(value: Value | None) -> bool:
    return value is not None and str(value.content).lstrip().startswith("*")


def _row(grid: Grid, kind: Kind, number: int, known: Collection[str], read: Sheet) -> Row | None:
    code_cell, name_cell = (address(number, column) for column in COLUMNS[kind])
    code, name = _text(grid, code_cell, "код", read), _text(grid, name_cell, "описание", read)
    if code is None or name is None or not _is_good_code(code, code_cell, known, read):
        return None
    code = codes.canonical(code)
    if kind == "product" and code == _SWAPPED_CODE and _LIFE.search(name) and not _PROPERTY.search(name):
        read.odd(
            name_cell,
            f"{code} — страхование имущества, а описание говорит о страховании жизни; название из файла не принято",
        )
        return Row(kind, code, None, code_cell)
    return Row(kind, code, name, code_cell)


def _text(grid: Grid, cell: str, what: str, read: Sheet) -> str | None:
    """The cell's text in one line, or None after noting what is wrong with it."""
    value = grid.cells.get(cell)
    if value is None or _is_empty(value):
        read.wrong(cell, f"{what} — пустая ячейка")
    elif fault := _fault(value):
        read.wrong(cell, f"{what} — {fault}")
    else:
        return " ".join(str(value.content).split())
    return None


def _fault(value: Value) -> str | None:
    if value.kind == "f":
        return "формула вместо текста: вставьте значение"
    if value.kind == "e":
        return f"ошибка Excel «{value.content}» вместо текста"
    if not isinstance(value.content, str):
        return "ожидается текст, найдено значение другого типа"
    if _UNPRINTABLE.search(value.content):
        return "управляющие символы, фигурные и угловые скобки недопустимы"
    if len(value.content) > LONGEST_NAME:
        return f"текст длиннее {LONGEST_NAME} знаков"
    return None


def _is_good_code(code: str, cell: str, known: Collection[str], read: Sheet) -> bool:
    if codes.canonical(code) in known:
        return True
    if meant := codes.advice(code, known):
        read.wrong(cell, f"код «{code[:40]}» неизвестен; {meant}")
    elif not _NEW_CODE.match(code):
        read.wrong(cell, f"код «{code[:40]}» — допустимы заглавные латинские буквы, цифры и знак подчёркивания")
    else:
        return True
    return False


def _check_merged(grid: Grid, kind: Kind, last: int, read: Sheet) -> None:
    """Merged cells hide all values but one, so inside a table they are refused; notes may be merged."""
    left, right = COLUMNS[kind]
    for area in grid.merged:
        if area.top <= last and area.left <= right and area.right >= left:
            read.wrong(address(area.top, area.left), f"объединённые ячейки {area.reference} внутри таблицы")


def _check_below(grid: Grid, kind: Kind, last: int, known: Collection[str], read: Sheet) -> None:
    """A known code below the end of its table was probably cut off by an empty row."""
    for number in range(last + 1, grid.last_row + 1):
        cell = address(number, COLUMNS[kind][0])
        if cell in grid.cells and codes.canonical(str(grid.cells[cell].content).strip()) in known:
            read.wrong(cell, "код стоит ниже конца таблицы: уберите пустую строку над ним")

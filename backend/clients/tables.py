"""What every reader of client tables shares: the rows, the header, the errors."""

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from backend.clients import values
from backend.clients.features import ALIASES, BY_NAME, closest_name
from backend.errors import FieldError, Invalid

OWN_COLUMNS = ("client_id", "product", "channel")
MOST_COLUMNS = 500
MOST_ID = 128
_NAME, _DIGIT = re.compile(r"[^\W\d_][\w ]*"), re.compile(r"\d")


class TableError(Invalid):
    """The table as a whole cannot be read. `place` names the sheet, row or cell as the user sees it in his program."""

    def __init__(self, place: str, detail: str) -> None:
        super().__init__(f"{place}: {detail}", [FieldError("/file", f"{place}: {detail}")])
        self.place = place
        self.reason = detail


@dataclass(frozen=True)
class RowProblem:
    """Why one row cannot be served. `row` counts as a spreadsheet does: the header is row 1."""

    row: int
    column: str
    detail: str


@dataclass(frozen=True)
class RawRow:
    """One client as the table has it. Without an id column the row number serves as the id.

    `problems` are what the reader itself found; such a row must be reported and not served.
    """

    number: int
    client_id: int | str
    features: Mapping[str, Any]
    product: str | None = None
    channel: str | None = None
    events: Any = None
    problems: tuple[RowProblem, ...] = ()


@dataclass(frozen=True)
class Table:
    """An opened table: rows are read as they are asked for. `notes` tell which columns are not used."""

    rows: Generator[RawRow, None, None]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Header:
    """Which position of a row holds what. `columns` is None for columns that are not used."""

    columns: tuple[str | None, ...]
    written: tuple[str, ...]
    ignored: tuple[str, ...] = field(default=())

    def notes(self) -> tuple[str, ...]:
        return tuple(_note(name) for name in self.ignored)


def canonical_column(cell: Any) -> str | None:
    """The column that a header cell names, whatever its case and spaces; None when it is not ours."""
    if not isinstance(cell, str):
        return None
    name = cell.strip().strip("\ufeff\"'").strip().lower()
    name = ALIASES.get(name, name)
    return name if name in BY_NAME or name in OWN_COLUMNS else None


def count_known(cells: Iterable[Any]) -> int:
    """How many header cells name features; ids alone do not make a table of clients."""
    return sum(canonical_column(cell) in BY_NAME for cell in cells)


def parse_header(cells: Sequence[Any], place: str) -> Header:
    """Match the header. Raises TableError for no known column, a column given twice, too many columns."""
    if len(cells) > MOST_COLUMNS:
        raise TableError(place, f"столбцов {len(cells)}, а прочесть можно не больше {MOST_COLUMNS}")
    columns = tuple(canonical_column(cell) for cell in cells)
    written = tuple("" if cell is None else str(cell).strip()[: values.MOST_TEXT] for cell in cells)
    if not count_known(cells):
        raise TableError(place, f"нет ни одного известного столбца{_seen(written)}")
    _refuse_twice(columns, written, place)
    ignored = tuple(name for name, column in zip(written, columns, strict=True) if name and column is None)
    return Header(columns, written, ignored)


def _may_be_a_name(cell: str) -> bool:
    """What holds digits is a client's value where a header is lacking, and must not stay in a message."""
    return bool(_NAME.fullmatch(cell)) and ("_" in cell or not _DIGIT.search(cell))


def _seen(written: Sequence[str]) -> str:
    names = [values.shown(name) for name in written if _may_be_a_name(name)][:5]
    return f"; прочитаны {', '.join(names)}" if names else ""


def _refuse_twice(columns: Sequence[str | None], written: Sequence[str], place: str) -> None:
    first: dict[str, int] = {}
    for index, column in enumerate(columns):
        if column is None:
            continue
        if column in first:
            both = f"{values.shown(written[first[column]])} и {values.shown(written[index])}"
            numbers = f"{first[column] + 1} и {index + 1}"
            raise TableError(place, f"столбец {column} встречается дважды: {both} (столбцы {numbers})")
        first[column] = index


def _note(name: str) -> str:
    near = closest_name(name[:64])
    advice = f"; возможно, это {near}" if near else ""
    return f"столбец {values.shown(name)} не используется{advice}"


def make_row(number: int, header: Header, cells: Sequence[Any], problems: Sequence[RowProblem] = ()) -> RawRow:
    """A row of a table with a header. Missing cells at the end are unknown, filled ones beyond the header a problem."""
    raw = {column: cell for column, cell in zip(header.columns, cells, strict=False) if column}
    found = list(problems)
    beyond = [cell for cell in cells[len(header.columns) :] if not values.is_unknown(cell)]
    if beyond:
        found.append(RowProblem(number, "", f"ячеек больше, чем столбцов в заголовке ({len(header.columns)})"))
    return row_of(number, raw, found)


def row_of(number: int, raw: Mapping[str, Any], problems: Sequence[RowProblem] = (), *, events: Any = None) -> RawRow:
    """A row from canonical column names. Takes id, product and channel out of the features."""
    found = list(problems)
    own: dict[str, Any] = {}
    for name in OWN_COLUMNS:
        try:
            own[name] = _own_value(name, raw.get(name))
        except ValueError as error:
            found.append(RowProblem(number, name, str(error)))
    if "client_id" in raw and values.is_unknown(raw["client_id"]):
        found.append(RowProblem(number, "client_id", "пустой идентификатор клиента"))
    return RawRow(
        number=number,
        client_id=number if own.get("client_id") is None else own["client_id"],
        features={name: value for name, value in raw.items() if name not in OWN_COLUMNS},
        product=own.get("product"),
        channel=own.get("channel"),
        events=events,
        problems=tuple(found),
    )


def _own_value(name: str, value: Any) -> int | str | None:
    if values.is_unknown(value):
        return None
    if isinstance(value, UUID):  # of a database table
        value = str(value)
    if name == "client_id" and not isinstance(value, str):
        number = values.whole(value)
        if isinstance(value, float) and abs(number) >= values.EXACT:
            raise ValueError(f"число {values.shown(value)} уже округлено: передайте идентификатор текстом")
        if abs(number) >= 2**63:
            raise ValueError(f"слишком большой идентификатор {values.shown(value)}")
        return number
    text = values.text(value)
    if name == "client_id" and len(text) > MOST_ID:
        raise ValueError(f"идентификатор длиннее {MOST_ID} знаков")
    return text

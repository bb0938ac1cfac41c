"""Tables in parquet, batch by batch.

A few kilobytes can stand for gigabytes here: a long string once in the dictionary and a million times in the rows, a
page that unpacks a thousandfold, a list in a cell. So sizes are looked at before anything is unpacked, strings are read
as dictionaries, and their lengths are looked at before the rows are made. A file whose own figures lie costs the worker
that reads it, and the batch fails after some tries.
"""

import math
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pyarrow
from pyarrow import compute, types
from pyarrow.parquet import ParquetFile

from backend.clients.tables import Header, RawRow, Table, TableError, make_row, parse_header

_BATCH = 1000
_MOST_ROWS = 10_000_000
_MOST_GROUP = 1 << 30
"""Bytes of one row group, unpacked; a million rows of all fields take a quarter of it."""
_LONGEST = 10_000
"""Bytes of a string: far more than any field may have, far less than a bomb needs."""


def open_parquet(stream: BinaryIO) -> Table:
    """Open a parquet table. `stream` is seekable. Row 1 is the header, as in a spreadsheet."""
    with _readable("файл"):
        file = ParquetFile(stream)
        names = list(file.schema_arrow.names)
        header = parse_header(names, "схема")
        used = {names[index] for index, column in enumerate(header.columns) if column}
        _refuse_bombs(file, used)
        words = [field.name for field in file.schema_arrow if field.name in used and _is_words(field.type)]
        return Table(_rows(ParquetFile(stream, read_dictionary=words), names, header), header.notes())


@contextmanager
def _readable(place: str) -> Iterator[None]:
    """Turn what the library raises for a broken file into a TableError."""
    try:
        yield
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise TableError(place, f"parquet не читается: {_first_line(error)}") from None


def _is_words(kind: Any) -> bool:
    return any(test(kind) for test in (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary))


def _refuse_bombs(file: Any, used: Collection[str]) -> None:
    """By what the file says of itself."""
    if file.metadata.num_rows > _MOST_ROWS:
        raise TableError("файл", f"строк больше {_MOST_ROWS}: разделите его")
    for field in file.schema_arrow:
        if field.name in used and types.is_nested(field.type):
            raise TableError(f"столбец {field.name}", "в ячейках списки или записи, а нужны числа и строки")
    for number in range(file.metadata.num_row_groups):
        # not asked of its columns: of a damaged file the library would answer by ending the process
        if file.metadata.row_group(number).total_byte_size > _MOST_GROUP:
            raise TableError("файл", f"в одной группе строк больше {_MOST_GROUP >> 20} МБ: запишите группы короче")


def _refuse_long(column: Any, name: str) -> Any:
    """The column, if no string of it is too long."""
    values = column.dictionary if types.is_dictionary(column.type) else column
    longest = compute.max(compute.binary_length(values)).as_py() if _is_words(values.type) else None
    if longest is not None and longest > _LONGEST:
        raise TableError(f"столбец {name}", f"строка длиннее {_LONGEST} байт: это не таблица клиентов")
    return column


def _rows(file: Any, names: list[str], header: Header) -> Generator[RawRow, None, None]:
    used = [index for index, column in enumerate(header.columns) if column]
    narrow = Header(tuple(header.columns[i] for i in used), tuple(header.written[i] for i in used))
    number = 1
    try:
        for batch in file.iter_batches(batch_size=_BATCH, columns=[names[i] for i in used], use_threads=False):
            order = [batch.schema.names.index(names[i]) for i in used]
            read = zip(order, used, strict=True)
            columns = [_refuse_long(batch.column(place), names[i]).to_pylist() for place, i in read]
            for cells in zip(*columns, strict=True):
                number += 1
                yield make_row(number, narrow, [_clean(cell) for cell in cells])
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise TableError(f"строки после {number}", f"parquet не читается: {_first_line(error)}") from None


def _clean(cell: Any) -> Any:
    """A float NaN is how data frames write an unknown number."""
    return None if isinstance(cell, float) and math.isnan(cell) else cell


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]

"""Tables in parquet, batch by batch."""

import math
from collections.abc import Generator
from typing import Any, BinaryIO

import pyarrow
from pyarrow.parquet import ParquetFile

from backend.clients.tables import Header, RawRow, Table, TableError, make_row, parse_header

_BATCH = 1000


def open_parquet(stream: BinaryIO) -> Table:
    """Open a parquet table. `stream` is seekable. Row 1 is the header, as in a spreadsheet."""
    try:
        file = ParquetFile(stream)
        names = list(file.schema_arrow.names)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise TableError("файл", f"parquet не читается: {_first_line(error)}") from None
    header = parse_header(names, "схема")
    return Table(_rows(file, names, header), header.notes())


def _rows(file: Any, names: list[str], header: Header) -> Generator[RawRow, None, None]:
    used = [index for index, column in enumerate(header.columns) if column]
    narrow = Header(tuple(header.columns[i] for i in used), tuple(header.written[i] for i in used))
    number = 1
    try:
        for batch in file.iter_batches(batch_size=_BATCH, columns=[names[i] for i in used], use_threads=False):
            order = [batch.schema.names.index(names[i]) for i in used]
            columns = [batch.column(position).to_pylist() for position in order]
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

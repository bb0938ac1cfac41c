"""Tables of clients in any of the formats, told apart by what is in the file and not by its name."""

import io
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from backend.clients.csv_reader import open_csv
from backend.clients.json_reader import looks_like_json, open_json
from backend.clients.tables import RawRow, Table, TableError

_START = 4096
_OLE = b"\xd0\xcf\x11\xe0"
"""Excel before 2007, or a workbook with a password."""
_REFUSED = frozenset({".xls", ".xlsb", ".ods", ".pdf", ".doc", ".docx", ".zip", ".rar", ".7z", ".gz"})


def read_table(source: Path | str | BinaryIO, filename: str | None = None) -> Iterator[RawRow]:
    """The rows of a table, one after another. Raises TableError for what is wrong with the whole.

    Memory stays flat, but for the texts of a workbook's cells, which are held as a whole.
    `filename` is the name that the user gave the file; it helps to say what is wrong, never to decide the format.
    The errors of the header come with the first row asked for.
    """
    with open_table(source, filename) as table:
        yield from table.rows


@contextmanager
def open_table(source: Path | str | BinaryIO, filename: str | None = None) -> Iterator[Table]:
    """As read_table, with the notes on columns that are not used. Header and first row are checked at once."""
    with ExitStack() as stack:
        if isinstance(source, Path | str):
            filename = filename or Path(source).name
            stream: BinaryIO = stack.enter_context(Path(source).open("rb"))
        else:
            stream = _seekable(source, stack)
        table = _open(stream, filename or "")
        stack.callback(table.rows.close)
        yield _with_first_row(table)


def _seekable(source: BinaryIO, stack: ExitStack) -> BinaryIO:
    try:
        source.seek(0)
        return source
    except (OSError, ValueError, AttributeError):
        copy = cast(BinaryIO, stack.enter_context(tempfile.TemporaryFile()))  # noqa: SIM115
        shutil.copyfileobj(source, copy)
        copy.seek(0)
        return copy


def _open(stream: BinaryIO, filename: str) -> Table:
    start = stream.read(_START)
    stream.seek(0)
    if not start:
        raise TableError("файл", "пустой файл")
    # Imported late: the libraries behind take tens of megabytes, which a process that reads no such file should not pay
    if start.startswith(b"PAR1"):
        from backend.clients.parquet_reader import open_parquet  # noqa: PLC0415

        return open_parquet(stream)
    if start.startswith(b"PK"):
        from backend.clients.xlsx_reader import open_xlsx  # noqa: PLC0415

        return open_xlsx(stream)
    if start.startswith(_OLE) or Path(filename).suffix.lower() in _REFUSED:
        raise TableError("файл", "нужен csv, xlsx, parquet или json; книгу xls или с паролем сохраните как xlsx")
    if Path(filename).suffix.lower() in {".xlsx", ".xlsm", ".parquet"}:
        raise TableError("файл", f"содержимое не похоже на {Path(filename).suffix.lower()[1:]}")
    return open_json(stream) if looks_like_json(start) else open_csv(stream)


def _with_first_row(table: Table) -> Table:
    first = next(table.rows, None)
    if first is None:
        raise TableError("таблица", "под заголовком нет ни одной строки")
    return Table(_again(first, table.rows), table.notes)


def _again(first: RawRow, rows: Iterator[RawRow]) -> Generator[RawRow, None, None]:
    yield first
    yield from rows


def read_bytes(content: bytes, filename: str | None = None) -> Iterator[RawRow]:
    """As read_table, for a table that is already in memory."""
    return read_table(io.BytesIO(content), filename)

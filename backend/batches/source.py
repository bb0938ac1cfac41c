"""Where the rows of a batch come from: the uploaded file, or a table or view of the same database server."""

import uuid
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection, inspect, literal_column, select, table
from sqlalchemy import text as sql
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.sql import quoted_name

from backend.batches import files
from backend.clients.service import RawRow, Table, TableError, open_table
from backend.clients.tables import Header, make_row, parse_header
from backend.common.db import db
from backend.config import settings
from backend.errors import FieldError, Invalid

_AT_ONCE = 1000
_LONGEST_READ = "2h"


@contextmanager
def open_source(batch_id: uuid.UUID, source: Mapping[str, str]) -> Iterator[Table]:
    """The table of clients. Raises TableError where it cannot be read."""
    if "table" in source:
        with _open_database_table(source["table"]) as opened:
            yield opened
        return
    path = files.upload_path(batch_id)
    if not path.exists():
        raise TableError("файл", "обработчик его не видит: папка VAR_DIR/batches должна быть общей с API")
    with path.open("rb") as stream, open_table(stream, source["file"]) as opened:
        yield opened


def check_table(name: str) -> None:
    """Refuse what may not be read or is not there. Raises Invalid that points at the field."""
    if problem := _problem(name):
        raise Invalid("Таблицу прочесть нельзя", [FieldError("/table", problem)])


def _problem(name: str) -> str | None:
    schema, _, relation = name.partition(".")
    allowed = settings().readable_schemas
    if not allowed:
        return "таблицы не открыты: администратор называет их схемы в настройке BATCH_SCHEMAS"
    if schema not in allowed:
        return f"схема {schema} не открыта (BATCH_SCHEMAS)"
    inspector = inspect(db.engine)
    if schema == inspector.default_schema_name and (relation in db.metadata.tables or relation == "alembic_version"):
        return "это таблица самой системы"
    return None if inspector.has_table(relation, schema=schema) else "такой таблицы нет"


@contextmanager
def _open_database_table(name: str) -> Iterator[Table]:
    """Rows by a cursor of the server, in a transaction that can only read."""
    if problem := _problem(name):
        raise TableError(name, problem)
    schema, _, relation = name.partition(".")
    named = table(quoted_name(relation, quote=True), schema=quoted_name(schema, quote=True))
    with db.engine.connect() as connection:
        connection.execute(sql("SET TRANSACTION READ ONLY"))
        connection.execute(sql(f"SET LOCAL statement_timeout = '{_LONGEST_READ}'"))
        try:
            yield _rows_of(connection, select(literal_column("*")).select_from(named), name)
        except ProgrammingError as error:
            raise TableError(name, "таблицу прочесть нельзя: нет прав или она изменилась") from error
        finally:
            connection.rollback()


def _rows_of(connection: Connection, statement: object, name: str) -> Table:
    streaming = connection.execution_options(stream_results=True, yield_per=_AT_ONCE)
    result = streaming.execute(statement)  # type: ignore[call-overload]
    header = parse_header(list(result.keys()), name)

    def rows() -> Generator[RawRow, None, None]:
        for number, cells in enumerate(result, 1):
            yield _row(number, header, tuple(cells))

    return Table(rows(), header.notes())


def _row(number: int, header: Header, cells: tuple[object, ...]) -> RawRow:
    return make_row(number, header, cells)

"""Tables out of the database and into it, by PostgreSQL's own COPY: no row passes through Python objects."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from alembic import command
from alembic.script import ScriptDirectory
from flask import current_app
from psycopg2 import Error as DriverError
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from backend.backup.archive import BackupError, TableEntry
from backend.common.audit import AuditEntry
from backend.common.db import MIGRATIONS, db

VERSIONS, AUDIT, KEPT = "alembic_version", AuditEntry.__tablename__, "kept_audit_log"
FORGET = "privacy.forget"


@contextmanager
def explained() -> Iterator[None]:
    """What the database refuses or breaks off, as a BackupError; without its own words, which may quote a client."""
    try:
        yield
    except (SQLAlchemyError, DriverError) as error:
        cause = getattr(error, "orig", None) or error
        code = getattr(cause, "pgcode", None)
        reason = f"{type(cause).__name__}, SQLSTATE {code}" if code else type(cause).__name__
        raise BackupError(f"База данных прервала работу: {reason}") from error


def head() -> str:
    """The newest migration of this code."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def knows(revision: str) -> bool:
    """Whether this code has that migration."""
    return revision in {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}


def revision_of(connection: Connection) -> str | None:
    """The migration that the database is at; None for one that was never migrated."""
    if not inspect(connection).has_table(VERSIONS):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {VERSIONS}")).scalar()  # noqa: S608
    return found


def migrate(connection: Connection, revision: str) -> None:
    """Bring the database to this revision in the caller's transaction."""
    config = current_app.extensions["migrate"].migrate.get_config(str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@contextmanager
def snapshot() -> Iterator[Connection]:
    """One moment of the whole database, however long it is read; writers do not wait for it, nor it for them."""
    steady = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with db.engine.connect().execution_options(**steady) as connection, connection.begin():
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield connection


def columns_of(connection: Connection, table: str) -> list[str]:
    """The columns that hold data of their own."""
    return [column["name"] for column in inspect(connection).get_columns(table) if not column.get("computed")]


def copy_out(connection: Connection, table: str, columns: list[str], target: Any) -> int:
    """Write all rows to a stream; returns how many."""
    cursor = _cursor(connection)
    cursor.copy_expert(f"COPY {_quoted(connection, table, columns)} TO STDOUT (ENCODING 'UTF8')", target, size=1 << 16)
    return int(cursor.rowcount)


def copy_in(connection: Connection, entry: TableEntry, source: IO[bytes]) -> None:
    """Append the rows of a stream to the table. Raises BackupError when there are fewer or more than were saved."""
    if unknown := set(entry.columns) - set(columns_of(connection, entry.table)):
        raise BackupError(f"В таблице {entry.table} нет столбцов {', '.join(sorted(unknown))}")
    cursor = _cursor(connection)
    target = _quoted(connection, entry.table, entry.columns)
    cursor.copy_expert(f"COPY {target} FROM STDIN (ENCODING 'UTF8')", source, size=1 << 16)
    if cursor.rowcount != entry.rows:
        raise BackupError(f"В таблицу {entry.table} вошло {cursor.rowcount} строк из {entry.rows}")


def _cursor(connection: Connection) -> Any:
    return connection.connection.cursor()


def _quoted(connection: Connection, table: str, columns: list[str]) -> str:
    quote = connection.dialect.identifier_preparer.quote_identifier
    return f"{quote(table)} ({', '.join(map(quote, columns))})"


def sequences_of(connection: Connection) -> dict[str, int]:
    """How far each sequence of the schema has counted; one that was never used is left out.

    A sequence counts outside of transactions, so what is read here is never less than what the snapshot shows.
    """
    wanted = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema()"
    return {name: value for name, value in connection.execute(text(wanted)) if value is not None}


def set_sequences(connection: Connection, values: dict[str, int]) -> None:
    """Go on counting where the saved database was. Raises BackupError for a sequence that is not there."""
    wanted = text("SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema()")
    if unknown := set(values) - set(connection.scalars(wanted)):
        raise BackupError(f"В базе нет последовательности {min(unknown)}")
    advance = text("SELECT setval(format('%I.%I', current_schema(), CAST(:name AS text))::regclass, :value)")
    for name, value in values.items():
        connection.execute(advance, {"name": name, "value": value})


def present(connection: Connection) -> list[str]:
    """Our tables that the database has."""
    there = set(inspect(connection).get_table_names())
    return [table.name for table in db.metadata.sorted_tables if table.name in there]


def filled(connection: Connection) -> list[str]:
    """Our tables that hold rows."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    names = present(connection)
    return [name for name in names if connection.execute(text(f"SELECT 1 FROM {quote(name)} LIMIT 1")).first()]  # noqa: S608


def others_at_work(connection: Connection) -> int:
    """Connections of a running OfferLoop to this database, without this one."""
    wanted = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'offerloop' AND pid <> pg_backend_pid()"
    )
    return int(connection.execute(text(wanted)).scalar_one())


def set_audit_aside(connection: Connection) -> list[str]:
    """Keep the audit log until the caller's transaction ends: a restore must not undo what it tells. Its columns."""
    if AUDIT not in present(connection):
        return []
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {KEPT} ON COMMIT DROP AS SELECT * FROM {AUDIT}")  # noqa: S608
    return columns_of(connection, AUDIT)


def bring_audit_back(connection: Connection, kept: list[str]) -> int:
    """Add the entries that the backup has not; returns how many of them tell of a client who was forgotten."""
    if not kept:
        return 0
    columns = ", ".join(name for name in columns_of(connection, AUDIT) if name in kept)
    entries = f"INSERT INTO {AUDIT} ({columns}) SELECT {columns} FROM {KEPT}"  # noqa: S608
    added = connection.exec_driver_sql(f"{entries} ON CONFLICT (id) DO NOTHING RETURNING action").scalars()
    return sum(action == FORGET for action in added)


def drop(connection: Connection) -> None:
    """Remove our tables in the caller's transaction; anything else in the database stays.

    Waits ten seconds at most for whoever else looks at them.
    """
    connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
    db.metadata.drop_all(connection)
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {VERSIONS}")

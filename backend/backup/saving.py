"""Taking a backup of a system that works: one snapshot of the database, and the files that it speaks of."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from sqlalchemy import Connection

from backend.backup import archive, files, tables
from backend.backup.archive import BackupError, Manifest
from backend.common import audit
from backend.common.clock import now
from backend.common.db import db
from backend.config import settings

SNAPSHOT_TRIES = 20

Say = Callable[[str], None]


def save(path: Path, *, with_secret_key: bool, say: Say) -> Manifest:
    """Write the backup to `path` and return what it holds. Raises BackupError; then there is no file.

    The audit entry comes first, so that the backup itself tells when and how it was taken.
    """
    with tables.explained():
        _note(path, with_secret_key)
        return _save(path, with_secret_key, say)


def _save(path: Path, with_secret_key: bool, say: Say) -> Manifest:
    with _moment() as (connection, uploads):
        manifest = Manifest(now().isoformat(), _revision(connection), _server(connection))
        if with_secret_key:
            manifest.secret_key = settings().secret_key.get_secret_value()
        with archive.new(path, manifest) as writer:
            for table in db.metadata.sorted_tables:
                columns = tables.columns_of(connection, table.name)
                entry = writer.add_table(table.name, columns, partial(_fill, connection, table.name, columns))
                say(f"  {entry.table}: строк {entry.rows}")
            _add_files(writer, uploads, say)
            files.check_versions(connection, manifest.files)
            manifest.sequences = tables.sequences_of(connection)
    return manifest


def _fill(connection: Connection, table: str, columns: list[str], target: IO[bytes]) -> int:
    return tables.copy_out(connection, table, columns, target)


def _note(path: Path, with_secret_key: bool) -> None:
    audit.record("backup.save", f"file:{path.name}"[:200], {"with_secret_key": with_secret_key})
    db.session.commit()
    db.session.remove()


@contextmanager
def _moment() -> Iterator[tuple[Connection, dict[str, IO[bytes]]]]:
    """A snapshot together with all uploads that it needs; taken again where a batch moved on in between."""
    for _ in range(SNAPSHOT_TRIES):
        with ExitStack() as stack:
            connection = stack.enter_context(tables.snapshot())
            try:
                uploads = files.open_uploads(connection, stack)
            except files.Moved:
                continue
            yield connection, uploads
            return
    raise BackupError("Файлы рассылок не видны отсюда: папка VAR_DIR/batches должна быть общей с API")


def _revision(connection: Connection) -> str:
    found, wanted = tables.revision_of(connection), tables.head()
    if found != wanted:
        raise BackupError(f"База устроена по версии {found}, а эта программа по {wanted}: возьмите ту, что работает")
    return found


def _server(connection: Connection) -> str:
    return str(connection.exec_driver_sql("SHOW server_version").scalar_one())


def _add_files(writer: archive.Writer, uploads: dict[str, IO[bytes]], say: Say) -> None:
    for path, source in uploads.items():
        writer.add_file(files.BATCHES, path, source)
    for folder, path, place in files.lasting():
        try:
            with place.open("rb") as source:
                writer.add_file(folder, path, source)
        except FileNotFoundError:
            continue  # a run that was decided meanwhile has tidied up after itself
    say(f"  файлов: {len(writer.manifest.files)}")

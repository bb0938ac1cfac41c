"""Restoring a backup: everything is verified first, the database changes in one transaction, files come with it."""

import os
from pathlib import Path

from sqlalchemy import Connection

from backend.backup import archive, tables
from backend.backup.archive import BackupError, Manifest, Reader
from backend.backup.files import Placed
from backend.backup.saving import Say
from backend.common import audit
from backend.common.db import db
from backend.config import settings
from backend.errors import Conflict
from backend.learning import manifest as serving_manifest
from backend.learning import serving

SECRET_KEY_FILE = Path("secrets") / "secret-key"


def restore(path: Path, *, overwrite: bool, with_secret_key: bool, say: Say) -> Manifest:
    """Make the database and the files what they were. Raises BackupError, and then the database has not changed."""
    try:
        return _restore(path, overwrite, with_secret_key, say)
    except OSError as error:
        raise BackupError(f"Файл {error.filename} не записан: {error.strerror or error}") from error


def _restore(path: Path, overwrite: bool, with_secret_key: bool, say: Say) -> Manifest:
    with archive.opened(path) as reader:
        manifest = reader.manifest
        if not tables.knows(manifest.revision):
            raise BackupError("Базу этой копии устроила более новая версия OfferLoop: обновите эту и повторите")
        if with_secret_key and manifest.secret_key is None:
            raise BackupError("В копии нет SECRET_KEY: её сделали без --with-secret-key")
        say("Проверка копии…")
        reader.verify()
        with Placed() as placed, tables.explained():
            with db.engine.connect() as connection, connection.begin():
                _refuse(connection, overwrite=overwrite)
                for entry in manifest.files:
                    placed.add(reader, entry, overwrite=overwrite)
                _fill(connection, reader, say)
            placed.commit()
            with db.engine.connect() as connection, connection.begin():
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                connection.exec_driver_sql("ANALYZE")
    if with_secret_key and manifest.secret_key is not None:
        _take_secret(manifest.secret_key, say)
    _tell_the_component(say)
    audit.record("backup.restore", f"file:{path.name}"[:200], {"taken_at": manifest.created_at})
    db.session.commit()
    return manifest


def _refuse(connection: Connection, *, overwrite: bool) -> None:
    if others := tables.others_at_work(connection):
        raise BackupError(f"С базой работает OfferLoop (соединений: {others}): сначала остановите его")
    found = tables.revision_of(connection)
    if found is not None and not tables.knows(found):
        # what this code does not know would stay, and stand in the way of the next update
        raise BackupError("Эту базу устроила более новая версия OfferLoop: укажите пустую")
    filled = tables.filled(connection)
    if filled and not overwrite:
        raise BackupError(f"База не пуста ({', '.join(filled)}): укажите пустую, или замените эту: --overwrite")


def _fill(connection: Connection, reader: Reader, say: Say) -> None:
    """The tables as the backup's own version made them, its rows, then what newer versions changed."""
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    known = tables.set_audit_aside(connection)
    tables.drop(connection)
    tables.migrate(connection, reader.manifest.revision)
    for entry in reader.manifest.tables:
        with reader.open(entry) as source:
            tables.copy_in(connection, entry, source)
        say(f"  {entry.table}: строк {entry.rows}")
    tables.set_sequences(connection, reader.manifest.sequences)
    tables.migrate(connection, tables.head())
    if forgotten := tables.bring_audit_back(connection, known):
        say(f"Внимание: после этой копии удаляли данные клиентов ({forgotten}), повторите: privacy.forget в журнале.")


def _take_secret(value: str, say: Say) -> None:
    """Write the key to where `make run` keeps its own; a key that comes from elsewhere would go on to be used."""
    path, known = settings().var_dir / SECRET_KEY_FILE, settings().secret_key.get_secret_value()
    own = path.read_text(encoding="utf-8").strip() if path.exists() else None
    if known in (own, value):
        _write_secret(path, value)
        return
    say("Внимание: SECRET_KEY задан в окружении или в файле SECRET_KEY_FILE, и ключ из копии не записан.")
    say(f"  Положите туда сами secret_key из {archive.MANIFEST} внутри копии, иначе все войдут заново.")


def _write_secret(path: Path, value: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(value + "\n")


def _tell_the_component(say: Say) -> None:
    """Write the manifest by which the model component serves the restored versions, with the paths of this machine."""
    versions = serving.state().versions
    learnt = any(version.path is not None for version in versions)
    try:
        content = serving_manifest.content(serving.entries(versions)) if learnt else None
    except Conflict as error:
        say(f"Внимание: {error.detail}")
        return
    serving_manifest.put(settings().models_folder, content)

"""What a backup and a restore refuse, and that a refusal changes nothing."""

import json
import uuid
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask_migrate import upgrade
from pydantic import SecretStr
from sqlalchemy import text

from backend.backup import archive, restoring, tables
from backend.backup.archive import BackupError, Manifest
from backend.batches import files as uploads
from backend.common import audit
from backend.common.db import db
from backend.learning import manifest
from tests.backup.conftest import copied, quiet, restore, rows, save, send
from tests.learning.conftest import store_version


def test_only_an_empty_database_is_filled_unless_told(
    app: APIFlask, places: Path, empty: APIFlask, demo_catalogue: None, tmp_path: Path
) -> None:
    path = tmp_path / "small.zip"
    save(app, path)
    upgrade()
    restore(empty, path)
    before = rows(empty)
    with pytest.raises(BackupError, match=r"не пуста .*products"):
        restore(empty, path)
    assert rows(empty) == before
    empty.config["SETTINGS"].models_folder.mkdir(parents=True)
    manifest.put(empty.config["SETTINGS"].models_folder, b"of a version that is not there any more")
    restore(empty, path, overwrite=True)
    assert rows(empty)["products"] == before["products"]
    assert manifest.read(empty.config["SETTINGS"].models_folder) is None


def test_a_restore_does_not_undo_the_audit_log(
    app: APIFlask, places: Path, empty: APIFlask, demo_catalogue: None, tmp_path: Path
) -> None:
    """Who was forgotten after the backup is back: the entries by which that is repeated must not be gone."""
    save(app, tmp_path / "small.zip")
    upgrade()
    restore(empty, tmp_path / "small.zip")
    with empty.app_context():
        audit.record("privacy.forget", "client:1")
        db.session.commit()
    told: list[str] = []
    for _ in range(2):
        restore(empty, tmp_path / "small.zip", overwrite=True, say=told.append)
    actions = Counter(json.loads(row)["action"] for row in rows(empty)["audit_log"])
    assert (actions["privacy.forget"], actions["backup.restore"]) == (1, 3)
    assert [line for line in told if "privacy.forget" in line] == [told[-1]] * 2


def test_a_system_that_works_is_not_overwritten(app: APIFlask, places: Path, empty: APIFlask, tmp_path: Path) -> None:
    save(app, tmp_path / "small.zip")
    with empty.app_context(), db.engine.connect() as busy:
        busy.execute(text("SELECT 1"))
        with pytest.raises(BackupError, match="работает OfferLoop"):
            restoring.restore(tmp_path / "small.zip", overwrite=True, with_secret_key=False, say=quiet)
    assert tables.revision_of(db.session.connection()) is None


def test_what_does_not_fit_changes_nothing(
    app: APIFlask, places: Path, empty: APIFlask, demo_catalogue: None, tmp_path: Path
) -> None:
    path = tmp_path / "small.zip"
    with app.app_context():
        places.joinpath("models").mkdir(parents=True)
        places.joinpath("models", "bred.2.gguf").write_bytes(b"weights")
    save(app, path)
    restore(empty, path)
    before = rows(empty)

    def manifests(**members: object) -> Path:
        with archive.opened(path) as reader:
            wrong = tmp_path / "wrong.zip"
            wrong.unlink(missing_ok=True)
            held = reader.manifest
            with archive.new(wrong, Manifest(held.created_at, held.revision, held.server)) as writer:
                for entry in held.tables:
                    writer.add_table(entry.table, entry.columns, lambda out, e=entry: copied(reader, e, out))
                vars(writer.manifest).update(members)
        return wrong

    with pytest.raises(BackupError, match="более новая версия"):
        restore(empty, manifests(revision="9999"), overwrite=True)
    with pytest.raises(BackupError, match="последовательности"):
        restore(empty, manifests(sequences={"nobody_knows": 1}), overwrite=True)
    with archive.opened(path) as reader:
        products = next(entry for entry in reader.manifest.tables if entry.table == "products")
    twice = [*reader.manifest.tables, products]
    with pytest.raises(BackupError, match="База данных прервала работу: UniqueViolation"):
        restore(empty, manifests(tables=twice), overwrite=True)
    assert rows(empty) == before, "a restore that fails leaves what was there"

    weights = empty.config["SETTINGS"].models_folder / "bred.2.gguf"
    weights.write_bytes(b"other weights")
    with pytest.raises(BackupError, match="отличается от копии"):
        restore_anew(empty, path)
    assert weights.read_bytes() == b"other weights"
    assert not list(weights.parent.glob(".*"))


def restore_anew(app: APIFlask, path: Path) -> None:
    """Into a database whose tables are gone."""
    with app.app_context(), db.engine.connect() as connection, connection.begin():
        tables.drop(connection)
    restore(app, path)


def test_the_secret_key_only_when_asked_for(app: APIFlask, places: Path, empty: APIFlask, tmp_path: Path) -> None:
    secret = app.config["SETTINGS"].secret_key.get_secret_value()
    save(app, tmp_path / "without.zip")
    assert secret.encode() not in b"".join(_members(tmp_path / "without.zip"))
    with pytest.raises(BackupError, match="нет SECRET_KEY"):
        restore(empty, tmp_path / "without.zip", with_secret_key=True)
    save(app, tmp_path / "with.zip", with_secret_key=True)
    restore(empty, tmp_path / "with.zip", with_secret_key=True)
    kept = empty.config["SETTINGS"].var_dir / restoring.SECRET_KEY_FILE
    assert kept.read_text(encoding="utf-8").strip() == secret
    assert kept.stat().st_mode & 0o077 == 0


def test_a_key_that_comes_from_elsewhere_is_not_replaced_in_vain(
    app: APIFlask, places: Path, empty: APIFlask, tmp_path: Path
) -> None:
    save(app, tmp_path / "with.zip", with_secret_key=True)
    settings = empty.config["SETTINGS"]
    empty.config["SETTINGS"] = settings.model_copy(update={"secret_key": SecretStr("another key, " * 3)})
    told: list[str] = []
    restore(empty, tmp_path / "with.zip", with_secret_key=True, say=told.append)
    assert not (settings.var_dir / restoring.SECRET_KEY_FILE).exists()
    assert [line for line in told if "SECRET_KEY_FILE" in line]
    assert settings.secret_key.get_secret_value() not in "".join(told)


def test_the_key_that_make_run_keeps_is_replaced(app: APIFlask, places: Path, empty: APIFlask, tmp_path: Path) -> None:
    save(app, tmp_path / "with.zip", with_secret_key=True)
    settings, made_up = empty.config["SETTINGS"], "made up by make run, long enough"
    empty.config["SETTINGS"] = settings.model_copy(update={"secret_key": SecretStr(made_up)})
    kept = settings.var_dir / restoring.SECRET_KEY_FILE
    kept.parent.mkdir(parents=True)
    kept.write_text(made_up + "\n", encoding="utf-8")
    restore(empty, tmp_path / "with.zip", with_secret_key=True)
    assert kept.read_text(encoding="utf-8").strip() == app.config["SETTINGS"].secret_key.get_secret_value()


def test_a_database_of_a_newer_version_is_not_emptied_by_halves(
    app: APIFlask, places: Path, empty: APIFlask, tmp_path: Path
) -> None:
    """Its new tables would stay, and the next update would find them in its way."""
    save(app, tmp_path / "small.zip")
    upgrade()
    with empty.app_context(), db.engine.begin() as connection:
        connection.execute(text(f"UPDATE {tables.VERSIONS} SET version_num = '9999'"))
    with pytest.raises(BackupError, match=r"более новая версия.*пустую"):
        restore(empty, tmp_path / "small.zip", overwrite=True)
    with empty.app_context(), db.engine.connect() as connection:
        assert tables.revision_of(connection) == "9999"
        assert set(tables.present(connection)) == set(db.metadata.tables)


def _members(path: Path) -> list[bytes]:
    with zipfile.ZipFile(path) as opened:
        return [opened.read(name) for name in opened.namelist()]


def test_a_version_without_its_weights_is_told(app: APIFlask, places: Path, db_session: Any, tmp_path: Path) -> None:
    store_version("bred.9", path="bred.9.gguf")
    with pytest.raises(BackupError, match=r"Файла версии bred\.9 нет"):
        save(app, tmp_path / "none.zip")
    assert not list(tmp_path.glob("none*"))


def test_uploads_out_of_sight_are_told(
    app: APIFlask, places: Path, demo_catalogue: None, auth: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    batch_id = send(app.test_client(), auth("marketer"), 3)
    with app.app_context():
        uploads.remove(uuid.UUID(batch_id))
    with pytest.raises(BackupError, match="должна быть общей"):
        save(app, tmp_path / "none.zip")

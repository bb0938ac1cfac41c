"""A system is saved while calls go on and restored onto an empty database: the same history, and it works on."""

import io
import json
import os
import shutil
import socket
import sys
import threading
import tracemalloc
import uuid
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import func, select, text

from backend.app import create_app
from backend.backup import archive, restoring, saving, tables
from backend.backup.archive import BackupError, Manifest
from backend.batches import files as uploads
from backend.batches import jobs
from backend.common.db import db
from backend.launch.postgres import EmbeddedPostgres
from backend.launch.processes import Child
from backend.learning import component, manifest, promotion, release, versions
from backend.learning.models import Promotion
from backend.offers.model_pool import close_clients
from backend.offers.models import Offer
from tests.batches.conftest import table
from tests.conftest import MODEL_START_S, ROOT, OwnContextClient, _answers
from tests.learning.conftest import store_version
from tests.learning.test_success import model as success_model
from tests.offers.bodies import call_body, some_clients, store_offer
from tests.offers.conftest import PATIENCE_MS

OFFERS, BATCHES = "/api/v1/offers", "/api/v1/batches"
CALL = 3
"""Clients of each call."""
LEARNT = "bred.1"


def quiet(_line: str) -> None:
    """What the commands would print."""


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "_known", release._Known())
        yield
    close_clients()


@pytest.fixture
def places(app: APIFlask, tmp_path: Path, weights: Path) -> Iterator[Path]:
    """A VAR_DIR of its own for the system that is saved."""
    usual = app.config["SETTINGS"]
    changes = {"var_dir": tmp_path / "old", "deadline_ms": PATIENCE_MS, "model_path": weights, "batch_chunk": 4}
    app.config["SETTINGS"] = usual.model_copy(update=changes)
    yield tmp_path / "old"
    app.config["SETTINGS"] = usual


@pytest.fixture
def empty(app: APIFlask, places: Path, postgres: EmbeddedPostgres, tmp_path: Path) -> Iterator[APIFlask]:
    """The application over another database, which was never migrated, in another VAR_DIR."""
    name = f"restored_{uuid.uuid4().hex}"
    postgres.create_database(name)
    changes = {"database_url": postgres.url(name), "var_dir": tmp_path / "new"}
    fresh = create_app(app.config["SETTINGS"].model_copy(update=changes))
    fresh.test_client_class = OwnContextClient
    with fresh.app_context():
        yield fresh
        db.session.remove()
        db.engine.dispose()


def save(app: APIFlask, path: Path, **options: Any) -> Manifest:
    with app.app_context():
        return saving.save(path, **({"with_secret_key": False} | options), say=quiet)


def restore(app: APIFlask, path: Path, **options: Any) -> Manifest:
    """In a context of its own, as the command has; idle connections of the application are closed before."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
        return restoring.restore(path, **({"overwrite": False, "with_secret_key": False} | options), say=quiet)


def rows(app: APIFlask) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables as text, in a fixed order."""
    with app.app_context():
        found = {}
        for known in db.metadata.sorted_tables:
            statement = text(f'SELECT row_to_json("{known.name}")::text FROM "{known.name}" ORDER BY 1')
            found[known.name] = [row[0] for row in db.session.execute(statement)]
        db.session.remove()
    return found


def pages(client: FlaskClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    """The whole history through the API, each offer with all its details."""
    found, cursor = [], ""
    while cursor is not None:
        page = client.get(f"{OFFERS}?limit=50" + (f"&cursor={cursor}" if cursor else ""), headers=headers).get_json()
        found += [client.get(f"{OFFERS}/{item['offer_id']}", headers=headers).get_json() for item in page["items"]]
        cursor = page["next_cursor"]
    return found


def exported(client: FlaskClient, path: str, headers: dict[str, str]) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def promote_learnt(app: APIFlask, weights: Path) -> None:
    """The shipped model is the root; a version bred from it, with weights and a score of its own, serves."""
    with app.app_context():
        root = versions.register_root(component.ask())
        assert root is not None
        folder = app.config["SETTINGS"].models_folder
        folder.mkdir(parents=True)
        shutil.copy(weights, folder / f"{LEARNT}.gguf")
        (folder / "half.gguf.part").write_bytes(b"not finished")
        score = success_model(slope=0.5).to_json()
        store_version(LEARNT, status="candidate", parent=root.name, path=f"{LEARNT}.gguf", score=score)
        promotion._mark(promotion.serving.state(), promotion.Serving(versions.get(LEARNT)))
        db.session.add(Promotion(version=LEARNT, former=root.name, share=1.0, kind="full", actor="ann", reason=""))
        db.session.commit()


def send(client: FlaskClient, headers: dict[str, str], clients: int) -> str:
    form = {"product": "CC", "channel": "SMS", "file": (io.BytesIO(table(clients).encode()), "clients.csv")}
    answer = client.post(BATCHES, data=form, headers=headers, content_type="multipart/form-data")
    assert answer.status_code == 202, answer.get_data(as_text=True)
    return str(answer.get_json()["batch_id"])


class Calls:
    """Calls for texts and labels that go on until told to stop. `accepted`: offers that were answered."""

    def __init__(self, app: APIFlask, headers: dict[str, str]) -> None:
        self._app, self._headers = app, headers
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.accepted: list[str] = []

    def __enter__(self) -> "Calls":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        client = self._app.test_client()
        while not self._stop.is_set():
            answer = client.post(OFFERS, json=call_body(*some_clients(CALL)), headers=self._headers)
            assert answer.status_code == 200
            offers = [offer["offer_id"] for offer in answer.get_json()["offers"]]
            client.put(f"{OFFERS}/{offers[0]}/label", json={"label": "success"}, headers=self._headers)
            self.accepted += offers

    def wait_for(self, more: int) -> list[str]:
        """Until so many more are accepted; returns all of them."""
        wanted = len(self.accepted) + more
        for _ in range(1200):
            if len(self.accepted) >= wanted:
                return list(self.accepted)
            self._stop.wait(0.05)
        raise AssertionError("calls stand still")


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def restored_model(empty: APIFlask, weights: Path, tmp_path: Path, free_port: int) -> Iterator[Callable[[], str]]:
    """restored_model() starts a model component over the restored folder and returns its address."""
    folder = empty.config["SETTINGS"].models_folder
    command = [sys.executable, "-m", "model.serving.server", "--model", str(weights), "--port", str(free_port)]
    environment = {**os.environ, "MODEL_MANIFEST": str(folder / manifest.NAME)}
    child = Child("model", command, tmp_path / "model.log", env=environment, cwd=ROOT)

    def start() -> str:
        child.start()
        url = f"http://127.0.0.1:{free_port}"
        child.wait_ready(lambda: _answers(f"{url}/health"), MODEL_START_S, "model component")
        return url

    yield start
    child.stop()


def test_the_whole_system_comes_back(
    app: APIFlask,
    places: Path,
    empty: APIFlask,
    demo_catalogue: None,
    auth: Callable[..., dict[str, str]],
    model_url: str,
    restored_model: Callable[[], str],
    weights: Path,
    tmp_path: Path,
) -> None:
    client, headers = app.test_client(), auth("marketer")
    with Calls(app, headers) as calls:
        calls.wait_for(10 * CALL)
    done = send(client, headers, 9)
    with app.app_context():
        jobs.work()
    client.put(f"{OFFERS}/{calls.accepted[1]}/label", json={"label": "failure", "comment": "no"}, headers=headers)
    waiting = send(client, headers, 7)
    promote_learnt(app, weights)

    saved = save(app, tmp_path / "all.zip")
    assert Counter(entry.folder for entry in saved.files) == {"models": 1, "batches": 1}
    restore(empty, tmp_path / "all.zip")

    before, after = rows(app), rows(empty)
    told = [json.loads(row) for row in after.pop("audit_log") if row not in before["audit_log"]]
    before.pop("audit_log")
    assert [entry["action"] for entry in told] == ["backup.restore"]
    assert after == before

    again = empty.test_client()
    history = pages(client, headers)
    assert len(history) == len(calls.accepted) + 9
    assert pages(again, headers) == history
    for path in (f"{OFFERS}/export?format=ndjson", f"{BATCHES}/{done}/results?format=ndjson"):
        assert exported(again, path, headers) == exported(client, path, headers)

    empty.config["SETTINGS"] = empty.config["SETTINGS"].model_copy(update={"model_url": restored_model()})
    assert set(component.ask().names) == {LEARNT}
    release.forget()
    answer = again.post(OFFERS, json=call_body(*some_clients(CALL)), headers=headers).get_json()
    assert answer["model_version"] == LEARNT
    assert all(offer["text"] and offer["calibrated"] for offer in answer["offers"])
    jobs.work()
    batch = again.get(f"{BATCHES}/{waiting}", headers=headers).get_json()
    assert (batch["status"], batch["done"] + batch["failed"]) == ("done", 7)


def test_a_backup_beside_calls_is_one_moment(
    app: APIFlask,
    places: Path,
    empty: APIFlask,
    demo_catalogue: None,
    auth: Callable[..., dict[str, str]],
    model_url: str,
    tmp_path: Path,
) -> None:
    with Calls(app, auth("marketer")) as calls:
        known = calls.wait_for(5 * CALL)
        save(app, tmp_path / "busy.zip")
        calls.wait_for(2 * CALL)
    restore(empty, tmp_path / "busy.zip")
    before, after = rows(app), rows(empty)
    assert len(after["offers"]) < len(before["offers"])
    ids = {json.loads(row)["id"] for row in after["offers"]}
    assert set(known) <= ids, "what was answered before is in it"
    assert set(Counter(json.loads(row)["request_id"] for row in after["offers"]).values()) == {CALL}, "no half call"
    assert set(after["labels"]) <= set(before["labels"])
    labelled = {json.loads(row)["id"] for row in after["offers"] if json.loads(row)["label"]}
    assert labelled == {json.loads(row)["offer_id"] for row in after["labels"]}


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
                    writer.add_table(entry.table, entry.columns, lambda out, e=entry: _copied(reader, e, out))
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


def _copied(reader: archive.Reader, entry: archive.Entry, target: Any) -> int:
    with reader.open(entry) as source:
        target.write(source.read())
    return entry.rows  # type: ignore[attr-defined, no-any-return]


def restore_anew(app: APIFlask, path: Path) -> None:
    """Into a database whose tables are gone."""
    with app.app_context(), db.engine.connect() as connection, connection.begin():
        tables.drop(connection)
    restore(app, path)


def test_an_older_backup_is_brought_up_to_date(
    app: APIFlask, places: Path, empty: APIFlask, demo_catalogue: None, tmp_path: Path
) -> None:
    """What `flask db upgrade` would have done with the database that was saved."""
    path, older = tmp_path / "new.zip", tmp_path / "old.zip"
    save(app, path)
    with archive.opened(path) as reader:
        held = reader.manifest
        with archive.new(older, Manifest(held.created_at, "0003", held.server)) as writer:
            for entry in held.tables:
                if entry.table in ("users", "products", "channels", "bank_profiles"):
                    writer.add_table(entry.table, entry.columns, lambda out, e=entry: _copied(reader, e, out))
    restore(empty, older)
    with empty.app_context():
        assert tables.revision_of(db.session.connection()) == tables.head()
        db.session.remove()
    assert rows(empty)["products"] == rows(app)["products"]


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


def test_memory_does_not_grow_with_the_history(
    app: APIFlask, places: Path, empty: APIFlask, db_session: Any, tmp_path: Path
) -> None:
    """Twenty thousand offers of 4 kB pass through in less memory than one in ten of them takes."""
    offer = store_offer(text="Карта " * 300)
    columns = [column.name for column in Offer.__table__.columns if column.name not in ("id", "client_id")]
    names = ", ".join(columns)
    db.session.execute(
        text(
            f"INSERT INTO offers (id, client_id, {names}) SELECT gen_random_uuid(), n::text, {names}"
            " FROM offers, generate_series(1, 20000) AS n WHERE id = :id"
        ),
        {"id": offer.id},
    )
    db.session.commit()
    tracemalloc.start()
    try:
        save(app, tmp_path / "large.zip")
        restore(empty, tmp_path / "large.zip")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    with empty.app_context():
        assert db.session.scalar(select(func.count()).select_from(Offer)) == 20_001
        db.session.remove()
    assert peak < 8 * 2**20

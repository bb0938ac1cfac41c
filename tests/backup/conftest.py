"""What the tests of backups share: a system that is saved, an empty one, and how to compare them."""

import io
import os
import shutil
import socket
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text

from backend.app import create_app
from backend.backup import archive, restoring, saving
from backend.backup.archive import Manifest
from backend.common.db import db
from backend.launch.postgres import EmbeddedPostgres
from backend.launch.processes import Child
from backend.learning import component, manifest, promotion, release, versions
from backend.learning.models import Promotion
from backend.offers.model_pool import close_clients
from tests.batches.conftest import table
from tests.conftest import MODEL_START_S, ROOT, OwnContextClient, _answers
from tests.learning.conftest import store_version
from tests.learning.test_success import model as success_model
from tests.offers.bodies import call_body, some_clients
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
        return restoring.restore(path, **({"overwrite": False, "with_secret_key": False, "say": quiet} | options))


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


def copied(reader: archive.Reader, entry: archive.Entry, target: Any) -> int:
    """Fill a table of another backup with that of an open one."""
    with reader.open(entry) as source:
        target.write(source.read())
    return entry.rows  # type: ignore[attr-defined, no-any-return]

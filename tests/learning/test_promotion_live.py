"""Promotion and roll-back of real weights in the real model component, while calls for texts go on."""

import os
import shutil
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from backend.common.db import db
from backend.launch.processes import Child
from backend.learning import component, manifest, promotion, versions
from tests.conftest import MODEL_START_S, ROOT
from tests.learning.conftest import statuses, store_version
from tests.offers.bodies import call_body, some_clients
from tests.offers.conftest import PATIENCE_MS

CALLERS = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def live_url(weights: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A model component of these tests alone, which watches a manifest."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "model.serving.server", "--model", str(weights), "--port", str(port)]
    environment = {**os.environ, "MODEL_MANIFEST": str(folder / manifest.NAME)}
    child = Child("model", command, tmp_path_factory.mktemp("log") / "server.log", env=environment, cwd=ROOT)
    child.start()
    try:
        url = f"http://127.0.0.1:{port}"
        child.wait_ready(lambda: _answers(url), MODEL_START_S, "model component")
        yield url
    finally:
        child.stop()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@pytest.fixture
def live(
    app: APIFlask, db_session: Any, live_url: str, folder: Path, weights: Path, with_settings: Callable[..., None]
) -> None:
    """The shipped model serves; base-4.1 is a copy of it under another name."""
    with_settings(model_url=live_url, models_dir=folder, model_path=weights, deadline_ms=PATIENCE_MS)
    root = versions.register_root(component.ask())
    assert root is not None
    shutil.copy(weights, folder / "bred.1.gguf")
    store_version("bred.1", parent=root.name, path="bred.1.gguf")


class Callers:
    """Ask for texts without a pause until told to stop; keep what came back."""

    def __init__(self, make_client: Callable[[], FlaskClient], headers: dict[str, str]) -> None:
        self._make_client, self._headers = make_client, headers
        self._stop = threading.Event()
        self.answers: list[tuple[int, str | None]] = []
        self._threads = [threading.Thread(target=self._call) for _ in range(CALLERS)]

    def __enter__(self) -> "Callers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _call(self) -> None:
        client, body = self._make_client(), call_body(*some_clients(2))
        while not self._stop.is_set():
            answer = client.post("/api/v1/offers", json=body, headers=self._headers)
            self.answers.append((answer.status_code, answer.get_json().get("model_version")))

    def wait_for(self, version: str, times: int = 5) -> None:
        """Until so many answers more were written by the version."""
        seen = Counter(self.answers)[(200, version)]
        for _ in range(600):
            if Counter(self.answers)[(200, version)] >= seen + times:
                return
            self._stop.wait(0.05)
        raise AssertionError(f"{version} writes nothing: {Counter(self.answers)}")


def test_no_call_fails_while_versions_change(
    app: APIFlask, live: None, demo_catalogue: None, auth: Callable[..., dict[str, str]], folder: Path
) -> None:
    root = next(name for name, status in statuses().items() if status == "champion")
    with Callers(app.test_client, auth("marketer")) as callers:
        callers.wait_for(root)
        promotion.promote("bred.1", 0.5, actor="ann")
        callers.wait_for("bred.1")
        callers.wait_for(root)
        promotion.promote("bred.1", actor="ann")
        callers.wait_for("bred.1")
        promotion.rollback(actor="ann")
        callers.wait_for(root)
        for row in db.session.query(promotion.Promotion):
            row.at -= 2 * promotion.SETTLE_AFTER
        db.session.commit()
        assert promotion.settle()
        callers.wait_for(root, 20)
    assert {status for status, _ in callers.answers} == {200}
    assert {version for _, version in callers.answers} == {root, "bred.1"}


def test_a_damaged_file_does_not_get_to_work(live: None, folder: Path) -> None:
    before = manifest.read(folder)
    (folder / "bred.1.gguf").write_bytes((folder / "bred.1.gguf").read_bytes()[:100_000])
    with pytest.raises(promotion.Conflict, match="не загрузил версию"):
        promotion.promote("bred.1", actor="ann")
    assert manifest.read(folder) == before
    assert statuses()["bred.1"] == "candidate"

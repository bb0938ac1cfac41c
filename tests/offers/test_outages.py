"""What happens when the model, the database or Redis is away: 503 at once, nothing half-done, recovery by itself."""

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import scoped_session

from backend.app import create_app
from backend.catalogue import service as catalogue
from backend.common.db import db
from backend.config import Settings
from backend.launch.postgres import EmbeddedPostgres
from backend.launch.processes import Child
from backend.offers.models import IdempotencyKey, Offer
from tests import factories
from tests.conftest import MODEL_START_S, ROOT, OwnContextClient, basic, problem
from tests.offers.bodies import call_body, some_clients
from tests.offers.conftest import PATIENCE_MS, Post

HEADERS = basic("marketer-user", factories.PASSWORD)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def with_settings(app: APIFlask) -> Iterator[Callable[..., None]]:
    """with_settings(model_url=…): the application goes on with changed settings until the test ends."""
    usual = app.config["SETTINGS"]

    def change(**changes: Any) -> None:
        app.config["SETTINGS"] = usual.model_copy(update=changes)

    yield change
    app.config["SETTINGS"] = usual


def count(session: scoped_session[Any], record: type[Any] = Offer) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(record)) or 0


def test_without_a_model_the_answer_is_503_at_once_and_the_key_stays_free(
    post_without_model: Post,
    with_settings: Callable[..., None],
    free_port: int,
    db_session: scoped_session[Any],
) -> None:
    with_settings(model_url=f"http://127.0.0.1:{free_port}")
    started = time.monotonic()
    response = post_without_model(call_body(*some_clients(3)), key="k1")
    assert time.monotonic() - started < 1.9
    problem(response, 503)
    assert int(response.headers["Retry-After"]) >= 1
    assert count(db_session) == 0
    assert count(db_session, IdempotencyKey) == 0


def test_mistakes_are_told_even_without_a_model(
    post_without_model: Post, with_settings: Callable[..., None], free_port: int
) -> None:
    with_settings(model_url=f"http://127.0.0.1:{free_port}")
    problem(post_without_model(call_body(product="XX")), 422)


def test_a_silent_model_cannot_make_the_answer_late(
    post_without_model: Post, with_settings: Callable[..., None], db_session: scoped_session[Any]
) -> None:
    """A port that accepts and never answers, as a hung process does."""
    with socket.socket() as hung:
        hung.bind(("127.0.0.1", 0))
        hung.listen()
        with_settings(model_url=f"http://127.0.0.1:{hung.getsockname()[1]}", deadline_ms=1000)
        started = time.monotonic()
        problem(post_without_model(call_body()), 503)
        assert time.monotonic() - started < 1.5
    assert count(db_session) == 0


def test_the_model_may_come_back_without_a_restart_of_the_application(
    post_without_model: Post,
    with_settings: Callable[..., None],
    free_port: int,
    weights: Path,
    tmp_path: Path,
) -> None:
    url = f"http://127.0.0.1:{free_port}"
    with_settings(model_url=url, deadline_ms=PATIENCE_MS)
    command = [sys.executable, "-m", "model.serving.server", "--model", str(weights), "--port", str(free_port)]
    child = Child("model", command, tmp_path / "server.log", env=dict(os.environ), cwd=ROOT)
    problem(post_without_model(call_body()), 503)
    child.start()
    try:
        child.wait_ready(lambda: _answers(f"{url}/health"), MODEL_START_S, "model component")
        assert post_without_model(call_body()).status_code == 200
    finally:
        child.stop()
    problem(post_without_model(call_body()), 503)


def test_redis_is_not_needed_to_generate(test_settings: Settings, post: Post, free_port: int, app: APIFlask) -> None:
    post(call_body())  # makes the user and the catalogue
    lonely = create_app(
        test_settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{free_port}/0", "deadline_ms": PATIENCE_MS})
    )
    client = _client_of(lonely)
    response = client.post("/api/v1/offers", json=call_body(), headers=HEADERS)
    with lonely.app_context():
        db.engine.dispose()
    assert response.status_code == 200, response.get_data(as_text=True)


def test_without_a_database_nothing_is_generated_and_afterwards_all_is_well(
    test_settings: Settings, model_url: str, tmp_path: Path
) -> None:
    with EmbeddedPostgres(tmp_path / "data", durable=False) as server:
        app = create_app(test_settings.model_copy(update={"database_url": server.url(), "deadline_ms": PATIENCE_MS}))
        client = _client_of(app)
        with app.app_context():
            db.create_all()
            catalogue.seed_demo()
            factories.user_with_role("marketer")
            db.session.commit()
        assert client.post("/api/v1/offers", json=call_body(), headers=HEADERS).status_code == 200
        written = _texts_written(model_url)
        server.stop()
        response = client.post("/api/v1/offers", json=call_body(), headers=HEADERS)
        problem(response, 503)
        assert int(response.headers["Retry-After"]) >= 1
        assert _texts_written(model_url) == written
        server.start()
        assert client.post("/api/v1/offers", json=call_body(), headers=HEADERS).status_code == 200
        with app.app_context():
            assert count(db.session) == 2
            db.session.remove()
            db.engine.dispose()


def test_a_crowd_is_served_or_refused_but_never_late(
    app: APIFlask,
    post_without_model: Post,
    model_url: str,
    auth: Callable[..., dict[str, str]],
    db_session: scoped_session[Any],
) -> None:
    """Ten calls at once of 32 clients each: more than the deadline holds on a small machine."""
    headers, body = auth(), call_body(*some_clients(32))

    def call(_: int) -> tuple[int, float]:
        started = time.monotonic()
        response = app.test_client().post("/api/v1/offers", json=body, headers=headers)
        return response.status_code, time.monotonic() - started

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(call, range(10)))
    assert {status for status, _ in answers} <= {200, 503}
    # half a second of slack: the threads of the test share one interpreter, the deadline is measured inside
    assert max(seconds for _, seconds in answers) < app.config["SETTINGS"].deadline_ms / 1000 + 0.5
    assert count(db_session) == 32 * sum(status == 200 for status, _ in answers)


def _client_of(app: APIFlask) -> FlaskClient:
    app.test_client_class = OwnContextClient
    return app.test_client()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _texts_written(model_url: str) -> list[str]:
    """The model component's own count of finished texts."""
    lines = httpx.get(f"{model_url}/metrics", timeout=5).text.splitlines()
    return [line for line in lines if "texts_total" in line and not line.startswith("#")]

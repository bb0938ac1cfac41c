"""Fixtures: real servers from wheels, started once a session; every test sees an empty database and Redis.

`app` and what builds on it start the servers; a test that takes none of these fixtures starts nothing.
"""

import os
import socket
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from apiflask import APIFlask
from argon2 import PasswordHasher
from flask import Response
from flask.testing import FlaskClient
from flask_migrate import upgrade
from redis import Redis
from sqlalchemy import text
from sqlalchemy.orm import scoped_session

from backend.app import create_app
from backend.common.db import db
from backend.config import Settings
from backend.launch.postgres import EmbeddedPostgres
from backend.launch.processes import Child
from backend.launch.valkey import EmbeddedValkey
from backend.users import passwords
from tests import factories

ROOT = Path(__file__).parents[1]
MODEL_START_S = 120.0


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz", type=int, help="examples for each operation and role; without it some seconds' worth")
    parser.addoption("--fuzz-seed", type=int, help="other examples than those of every day")


class OwnContextClient(FlaskClient):
    """Gives each call a context of its own, also inside a test that has one open, as a server would.

    Otherwise `g` and the database session of the test would leak into the call. The answer is read completely.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["buffered"] = True
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture(scope="session", autouse=True)
def cheap_hashing() -> Iterator[None]:
    """Real argon2 with the least cost: the tests hash hundreds of passwords."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres") / "data", durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(tmp_path_factory.mktemp("valkey") / "data") as server:
        yield server


@pytest.fixture(scope="session")
def redis_url(valkey: EmbeddedValkey) -> str:
    return valkey.url()


@pytest.fixture(scope="session")
def model_port() -> int:
    """A port that nothing listens on; the model component takes it when a test asks for `model_url`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def test_settings(
    postgres: EmbeddedPostgres, redis_url: str, model_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    return Settings(
        database_url=postgres.url(),
        redis_url=redis_url,
        model_url=f"http://127.0.0.1:{model_port}",
        secret_key="a secret of the tests, longer than 32 characters",
        admin_password=None,
        var_dir=tmp_path_factory.mktemp("var"),
        page_dir=tmp_path_factory.mktemp("page"),
        auth_failures=10,
        log_level="WARNING",
    )


@pytest.fixture(scope="session")
def application(test_settings: Settings) -> APIFlask:
    """The application over a migrated, empty database."""
    application = create_app(test_settings)
    application.test_client_class = OwnContextClient
    with application.app_context():
        upgrade()
    return application


@pytest.fixture
def app(application: APIFlask, redis_url: str) -> Iterator[APIFlask]:
    """The application; whatever the test stores is removed after it."""
    yield application
    with application.app_context():
        _empty_database()
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    passwords.right_passwords.clear()


def _empty_database() -> None:
    """DELETE in one round trip: on tables of a few rows many times faster than TRUNCATE.

    A test that left a transaction open somewhere fails here instead of waiting for ever.
    """
    db.session.execute(text("SET LOCAL lock_timeout = '10s'"))
    tables = reversed(db.metadata.sorted_tables)
    db.session.execute(text(";".join(f'DELETE FROM "{table.name}"' for table in tables)))
    db.session.commit()


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def db_session(app: APIFlask) -> Iterator[scoped_session[Any]]:
    """An open application context with its database session. Commit what a call of `client` should see."""
    with app.app_context():
        yield db.session


@pytest.fixture
def auth(app: APIFlask) -> Callable[[str], dict[str, str]]:
    """auth("admin") -> headers of a user with this role, who is created on the first call."""

    def headers(role: str = "marketer") -> dict[str, str]:
        with app.app_context():
            factories.user_with_role(role)
        return basic(f"{role}-user", factories.PASSWORD)

    return headers


def basic(username: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode()}


@pytest.fixture
def demo_catalogue(app: APIFlask) -> None:
    """Products, channels and the bank of the demo, committed."""
    from backend.catalogue import service

    with app.app_context():
        service.seed_demo()
        db.session.commit()


@pytest.fixture(scope="session")
def weights() -> Path:
    """The shipped language model."""
    found = sorted((ROOT / "model" / "weights").glob("*.gguf"))
    if not found:
        pytest.skip("model/weights holds no model: run `make train`")
    return found[0]


@pytest.fixture(scope="session")
def model_url(weights: Path, model_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The running model component, at the address that the application's settings name."""
    command = [sys.executable, "-m", "model.serving.server", "--model", str(weights), "--port", str(model_port)]
    log = tmp_path_factory.mktemp("model") / "server.log"
    child = Child("model", command, log, env=dict(os.environ), cwd=ROOT)
    url = f"http://127.0.0.1:{model_port}"
    child.start()
    try:
        child.wait_ready(lambda: _answers(f"{url}/health"), MODEL_START_S, "model component")
        yield url
    finally:
        child.stop()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The customer's reference files (OFFERLOOP_SHARED, or `shared` beside the repository), where they are present."""
    folder = Path(os.environ.get("OFFERLOOP_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("the customer's reference files are not here")
    return folder


def problem(response: Response, status: int) -> dict[str, Any]:
    """The problem of an error answer, after a check of its form."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.mimetype == "application/problem+json"
    body: dict[str, Any] = response.get_json()
    assert body["status"] == status
    assert {"type", "title", "detail"} <= body.keys()
    return body

"""Every way an error can leave the API."""

import errno

import httpx
import psycopg2
import pytest
import redis
from sqlalchemy import exc, text

from backend import errors
from backend.app import create_app
from backend.common.db import db
from backend.common.logs import JsonFormatter
from backend.common.messages import in_russian
from backend.users.models import User
from tests.conftest import problem


def raise_it(error: Exception):
    def view():
        raise error

    return view


RAISED = {
    "bad": (errors.BadRequest("плохо"), 400),
    "missing": (errors.NotFound("нет"), 404),
    "conflict": (errors.Conflict("занято"), 409),
    "large": (errors.TooLarge("много"), 413),
    "later": (errors.Unavailable("позже", retry_after=7), 503),
    "often": (errors.TooManyRequests("часто", retry_after=0), 429),
    "pool": (exc.TimeoutError(), 503),
    "down": (exc.OperationalError("SELECT 1", {}, psycopg2.OperationalError("down")), 503),
    "redis": (redis.ConnectionError("down"), 503),
    "model": (httpx.ConnectError("down"), 503),
    "slow": (httpx.ReadTimeout("slow"), 503),
    "disk": (OSError(errno.ENOSPC, "No space left on device", "/var/lib/Иванов"), 503),
    "no file": (FileNotFoundError(errno.ENOENT, "No such file", "/var/lib/Иванов"), 500),
    "defect": (RuntimeError("Иванов Иван"), 500),
}


@pytest.fixture(scope="module")
def broken_client(test_settings):
    app = create_app(test_settings)
    for name, (error, _) in RAISED.items():
        app.add_url_rule(f"/{name}", name, raise_it(error))
    app.add_url_rule("/too-long", "too-long", lambda: db.session.execute(text("SELECT 'x'::int8")))
    app.add_url_rule("/slow-query", "slow-query", slow_query)
    app.add_url_rule("/no-null", "no-null", lambda: insert(User(username="x", role="admin")))
    app.add_url_rule("/no-such-row", "no-such-row", foreign_key)
    return app.test_client()


def slow_query():
    db.session.execute(text("SET LOCAL statement_timeout = 20"))
    db.session.execute(text("SELECT count(*) FROM generate_series(1, 100000000)"))


def insert(record):
    db.session.add(record)
    db.session.flush()


def foreign_key():
    db.session.execute(
        text("INSERT INTO sessions VALUES (gen_random_uuid(), gen_random_uuid(), now(), now(), now())"),
    )


@pytest.mark.parametrize(("name", "status"), [(name, status) for name, (_, status) in RAISED.items()])
def test_status_and_form(broken_client, name, status) -> None:
    response = broken_client.get(f"/{name}")
    body = problem(response, status)
    assert "Иванов" not in str(body)
    if status in {429, 503}:
        assert int(response.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    ("name", "status"), [("too-long", 422), ("slow-query", 503), ("no-null", 500), ("no-such-row", 409)]
)
def test_errors_of_the_database(app, broken_client, name, status) -> None:
    problem(broken_client.get(f"/{name}"), status)


def test_framework_errors(client) -> None:
    assert problem(client.get("/nothing-here"), 404)["type"] == "/problems/not_found"
    response = client.delete("/healthz")
    assert problem(response, 405)["type"] == "/problems/method_not_allowed"
    assert "GET" in response.headers["Allow"]


def test_field_errors_point_into_body_and_query(client, auth) -> None:
    headers = auth("admin")
    body = problem(client.post("/api/v1/users", json={"role": "king", "x/y": 1}, headers=headers), 422)
    assert {error["pointer"] for error in body["errors"]} == {"/username", "/password", "/role", "/x~1y"}
    query = problem(client.get("/api/v1/users?limit=0", headers=headers), 422)
    assert query["errors"] == [{"pointer": "/query/limit", "detail": "Допустимо от 1 до 200"}]


def test_the_log_of_a_defect_has_a_stack_and_no_data(broken_client, caplog) -> None:
    broken_client.get("/defect")
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert any("RuntimeError" in line and "test_errors.py" in line for line in lines)
    assert not any("Иванов" in line for line in lines)


def test_messages_without_translation_stay() -> None:
    assert in_russian("Уже по-русски") == "Уже по-русски"
    assert in_russian("Must be one of: a, b.") == "Допустимые значения: a, b"

"""What callers send is looked for in everything that is logged: it must not be there."""

import json
import logging
import uuid
from collections.abc import Iterator

import pytest

from backend.common.logs import OURS, JsonFormatter
from tests.conftest import basic
from tests.offers.bodies import call_body

SECRET = "Заклятов71948"
PASSWORD = "wrong-Заклятов71948"


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Lines as the formatter of the processes writes them with LOG_LEVEL=DEBUG."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keep()
    handler.setFormatter(JsonFormatter())
    levels = {logging.getLogger(): logging.INFO} | {logging.getLogger(name): logging.DEBUG for name in OURS}
    usual = {logger: logger.level for logger in levels}
    for logger, level in levels.items():
        logger.setLevel(level)
    logging.getLogger().addHandler(handler)
    yield lines
    logging.getLogger().removeHandler(handler)
    for logger, level in usual.items():
        logger.setLevel(level)


CALLS = [
    ("POST", "/api/v1/offers", call_body({"client_id": SECRET, "features": {"reg_region_nm": SECRET, "age": 40}})),
    ("POST", "/api/v1/offers", call_body({"client_id": SECRET, "features": {"age": SECRET}})),
    ("POST", "/api/v1/offers", {"product": SECRET, "channel": "SMS", "clients": [{"client_id": 1}]}),
    ("POST", "/api/v1/offers", [SECRET]),
    ("GET", f"/api/v1/offers?client_id={SECRET}&q={SECRET}", None),
    ("GET", f"/api/v1/offers?cursor={SECRET}", None),
    ("GET", f"/api/v1/offers/export?q={SECRET}", None),
    ("GET", f"/api/v1/{SECRET}", None),
    ("POST", f"/api/v1/offers/{uuid.uuid4()}/regenerate", {"comment": SECRET}),
    ("PUT", f"/api/v1/offers/{uuid.uuid4()}/label", {"label": "failure", "comment": SECRET, "corrected_text": SECRET}),
    ("POST", "/api/v1/compliance/check", {"text": SECRET, "product": "CC", "channel": "SMS"}),
    ("POST", "/api/v1/batches", {"table": f"{SECRET}.clients", "product": "CC", "channel": "SMS"}),
    ("POST", "/api/v1/privacy/forget-client", {"client_id": SECRET}),
    ("POST", "/api/v1/users", {"username": "olga", "role": "admin", "password": SECRET, "full_name": SECRET}),
    ("POST", "/api/v1/session", {"username": SECRET, "password": PASSWORD}),
]


@pytest.mark.parametrize(("method", "address", "body"), CALLS)
def test_nothing_of_a_call_is_logged(client, auth, demo_catalogue, logged, method, address, body) -> None:
    headers = {} if address.endswith("/session") else auth("admin")
    client.open(address, method=method, json=body, headers=headers)
    assert any(json.loads(line)["message"] == "request" for line in logged)
    assert not [line for line in logged if SECRET in line]


def test_broken_json_is_not_logged(client, auth, logged) -> None:
    body = f'{{"clients": ["{SECRET}'
    client.post("/api/v1/offers", data=body.encode(), content_type="application/json", headers=auth("admin"))
    assert logged
    assert not [line for line in logged if SECRET in line]


def test_credentials_are_not_logged(client, auth, logged) -> None:
    auth("admin")
    client.get("/api/v1/me", headers=basic("admin-user", PASSWORD))
    client.get("/api/v1/me", headers=basic(SECRET, PASSWORD))
    client.get("/api/v1/me", headers={"Authorization": f"Bearer {SECRET}", "Cookie": f"offerloop_session={SECRET}"})
    wrong = [json.loads(line) for line in logged if "wrong password" in line]
    assert [line["account"] for line in wrong] == ["admin-user", None]
    assert not [line for line in logged if SECRET in line or PASSWORD in line]


def test_a_line_feed_in_a_request_makes_no_line_of_its_own(client, logged) -> None:
    client.get("/api/v1/me", headers={"X-Request-ID": "a b", "User-Agent": "x"})
    client.get("/api/v1/%0a%0d{forged}")
    assert logged
    assert all("\n" not in line for line in logged)


def test_a_failing_statement_says_nothing_of_its_values(client, auth, app, logged, monkeypatch) -> None:
    from backend.offers import service

    def fail(*_: object) -> None:
        from sqlalchemy import text

        from backend.common.db import db

        db.session.execute(text("SELECT CAST(:value AS integer) / (1 - 1)"), {"value": 7194871948})

    monkeypatch.setattr(service, "list_offers", fail)
    response = client.get("/api/v1/offers", headers=auth("admin"))
    assert response.status_code in (422, 500)
    assert not [line for line in logged if "71948" in line]

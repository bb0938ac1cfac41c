"""Health, metrics, headers, docs, and recovery without a restart."""

import re
from pathlib import Path

import pytest

from backend.app import create_app
from backend.common import docs
from tests.conftest import problem


def test_healthz_asks_nobody(client) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_ready_when_everything_answers(client, model_url) -> None:
    body = client.get("/readyz").get_json()
    assert body == {"status": "ready", "checks": {"database": "ok", "redis": "ok", "model": "ok"}}


def test_not_ready_names_what_is_down(app, test_settings) -> None:
    nowhere = test_settings.model_copy(
        update={
            "database_url": "postgresql+psycopg2://u:p@127.0.0.1:1/x",
            "redis_url": "redis://127.0.0.1:1",
            "model_url": "http://127.0.0.1:1",
        }
    )
    client = create_app(nowhere).test_client()
    response = client.get("/readyz")
    assert problem(response, 503)["detail"] == "Не отвечает: database, redis, model"
    assert "Retry-After" in response.headers
    assert client.get("/healthz").status_code == 200


def test_the_api_survives_a_restart_of_the_database(client, auth, postgres) -> None:
    headers = auth("admin")
    assert client.get("/api/v1/me", headers=headers).status_code == 200
    postgres.stop()
    try:
        response = client.get("/api/v1/me", headers=headers)
        problem(response, 503)
        assert "Retry-After" in response.headers
    finally:
        postgres.start()
    assert client.get("/api/v1/me", headers=headers).status_code == 200


def test_people_can_sign_in_without_redis(app, auth, test_settings) -> None:
    lonely = create_app(test_settings.model_copy(update={"redis_url": "redis://127.0.0.1:1"}))
    assert lonely.test_client().get("/api/v1/me", headers=auth("admin")).status_code == 200


def test_metrics_label_the_route_and_not_the_address(client) -> None:
    client.get("/api/v1/users/01a2015b-d2f6-7801-92e3-27ce82bceca9")
    client.get("/no/such/place")
    text = client.get("/metrics").text
    assert 'route="/api/v1/users/<uuid:user_id>",status="401"' in text
    assert "01a2015b" not in text
    assert "/no/such/place" not in text


def test_security_headers(client) -> None:
    for path in ("/healthz", "/api/v1/me", "/docs"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert client.get("/api/v1/me").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("given", "kept"), [("abc-123", True), ("", False), ("a b", False), ("x" * 65, False)])
def test_request_id_comes_back(client, given, kept) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert (answer == given) is kept
    assert answer


def test_docs_need_no_other_server(client) -> None:
    for path in sorted((Path(docs.__file__).parent / "assets").iterdir()):
        response = client.get("/docs" if path.name == "index.html" else f"/docs/{path.name}")
        assert response.status_code == 200
        assert not re.search(r"https?://", response.text)
        assert not re.search(r"(?:src|href)=\"//", response.text)

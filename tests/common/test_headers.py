"""What tells a browser to be careful stands on every answer: of the API, the documents, errors, defects."""

import pytest

from backend.app import create_app
from tests.contract.access import ACCESS
from tests.contract.test_access import call

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def check(response) -> None:
    for name, value in ALWAYS.items():
        assert response.headers[name] == value, name
    policy = dict(rule.partition(" ")[::2] for rule in response.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'", "covers object-src too"
    assert (policy["base-uri"], policy["frame-ancestors"]) == ("'none'", "'none'")
    assert "unsafe-eval" not in str(policy)
    assert "unsafe-inline" not in policy.get("script-src", "")
    assert "Access-Control-Allow-Origin" not in response.headers
    assert "Server" not in response.headers


@pytest.mark.parametrize("role", ["admin", "nobody"])
def test_every_operation(client, auth, role, subtests) -> None:
    headers = {} if role == "nobody" else auth(role)
    for method, path in ACCESS:
        with subtests.test(f"{method} {path}"):
            response = call(client, method, path, headers)
            check(response)
            if path.startswith("/api/"):
                assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/docs", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/", 302),
        ("GET", "/api/v1/nothing", 404),
        ("TRACE", "/api/v1/me", 405),
        ("OPTIONS", "/api/v1/me", 200),
        ("DELETE", "/api/v1/audit", 405),
    ],
)
def test_other_addresses_and_methods(client, method, path, status) -> None:
    response = client.open(path, method=method)
    assert response.status_code == status
    check(response)


def test_refused_bodies(client, auth, test_settings) -> None:
    large = client.post("/api/v1/offers", data=b"x" * (test_settings.max_body_bytes + 1), headers=auth("marketer"))
    assert large.status_code == 413
    check(large)
    broken = client.post("/api/v1/offers", data=b"{", content_type="application/json", headers=auth("marketer"))
    assert broken.status_code == 400
    check(broken)


def test_a_defect(test_settings) -> None:
    app = create_app(test_settings)

    @app.get("/defect")
    def defect() -> None:
        raise RuntimeError

    response = app.test_client().get("/defect")
    assert response.status_code == 500
    check(response)


def test_https_is_insisted_on_where_there_is_https(test_settings) -> None:
    secure = create_app(test_settings.model_copy(update={"cookie_secure": True})).test_client()
    for path in ("/healthz", "/api/v1/nothing", "/docs"):
        with secure.get(path) as response:
            assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"

"""Who may call: Basic credentials, the memory of right passwords, pauses, roles."""

from base64 import b64encode

import pytest
import time_machine

from backend.app import create_app
from backend.common.clock import now
from backend.common.security import SESSION_COOKIE, cookie_name
from backend.users import passwords, service, throttle
from backend.users.models import ROLES
from tests.conftest import basic, problem
from tests.factories import PASSWORD, UserFactory

ME = "/api/v1/me"


@pytest.fixture
def hashings(monkeypatch):
    """Counts how often a password is really hashed."""
    calls = []
    real = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda *args: calls.append(args) or real(*args))
    return calls


@pytest.mark.parametrize("role", ROLES)
def test_every_role_can_ask_who_it_is(client, auth, role) -> None:
    body = client.get(ME, headers=auth(role)).get_json()
    assert body["role"] == role
    assert "password_hash" not in body


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic " + b64encode(b"no colon").decode(),
        "Basic " + b64encode(b":").decode(),
        "Basic " + b64encode(b"admin-user:wrong").decode(),
        "Basic " + b64encode(b"nobody:wrong").decode(),
        "Basic " + b64encode(b"a\x00b:x").decode(),
        "Basic " + b64encode(b"\xff\xfe:\xff").decode(),
        "Bearer " + b64encode(f"admin-user:{PASSWORD}".encode()).decode(),
        "Digest x",
    ],
)
def test_wrong_credentials(client, auth, header) -> None:
    auth("admin")
    response = client.get(ME, headers={"Authorization": header} if header is not None else {})
    problem(response, 401)
    assert response.headers["WWW-Authenticate"].startswith("Basic ")


def test_scheme_is_case_insensitive(client, auth) -> None:
    header = auth("admin")["Authorization"].replace("Basic", "bAsIc")
    assert client.get(ME, headers={"Authorization": header}).status_code == 200


@pytest.mark.parametrize("headers", [{"X-Requested-With": "fetch"}, {"Accept": "text/event-stream"}])
def test_the_pages_script_gets_no_browser_dialog(client, headers) -> None:
    response = client.get(ME, headers=headers)
    assert not response.headers["WWW-Authenticate"].startswith("Basic")


def test_a_download_of_an_ended_session_gets_no_browser_dialog(client, test_settings) -> None:
    client.set_cookie(cookie_name(SESSION_COOKIE, test_settings), "of yesterday")
    response = client.get(ME)
    problem(response, 401)
    assert not response.headers["WWW-Authenticate"].startswith("Basic")


def test_a_right_password_is_hashed_once(client, auth, hashings) -> None:
    for _ in range(5):
        assert client.get(ME, headers=auth("marketer")).status_code == 200
    assert len(hashings) == 1


def test_a_wrong_password_is_hashed_every_time_also_for_nobody(client, auth, hashings) -> None:
    auth("marketer")
    for name in ("marketer-user", "marketer-user", "nobody", "НИКТО"):
        problem(client.get(ME, headers=basic(name, "wrong")), 401)
    assert len(hashings) == 4


def test_a_changed_password_takes_effect_at_once(client, auth, db_session) -> None:
    headers = auth("marketer")
    assert client.get(ME, headers=headers).status_code == 200
    service.reset_password(service.by_username("marketer-user"), "another password")
    db_session.commit()
    problem(client.get(ME, headers=headers), 401)
    assert client.get(ME, headers=basic("marketer-user", "another password")).status_code == 200


def test_a_disabled_user_is_out_at_once(client, auth) -> None:
    headers, admin = auth("marketer"), auth("admin")
    user = client.get(ME, headers=headers).get_json()
    client.patch(f"/api/v1/users/{user['id']}", json={"disabled": True}, headers=admin)
    problem(client.get(ME, headers=headers), 401)
    client.patch(f"/api/v1/users/{user['id']}", json={"disabled": False}, headers=admin)
    assert client.get(ME, headers=headers).status_code == 200


def test_guessing_leads_to_a_pause(client, auth, test_settings) -> None:
    right = auth("marketer")
    for _ in range(test_settings.auth_failures):
        problem(client.get(ME, headers=basic("marketer-user", "guess")), 401)
    response = client.get(ME, headers=basic("marketer-user", "guess"))
    problem(response, 429)
    assert 1 <= int(response.headers["Retry-After"]) <= test_settings.auth_pause_s
    problem(client.get(ME, headers=right), 429)
    assert client.get(ME, headers=auth("admin")).status_code == 200


def test_a_guesser_does_not_lock_out_who_is_working(client, auth, test_settings) -> None:
    right = auth("marketer")
    assert client.get(ME, headers=right).status_code == 200
    for _ in range(test_settings.auth_failures + 1):
        client.get(ME, headers=basic("marketer-user", "guess"))
    assert client.get(ME, headers=right).status_code == 200


@pytest.fixture
def few_an_hour(app):
    """Three wrong passwords an hour from everywhere, and no other limit."""
    usual = app.config["SETTINGS"]
    app.config["SETTINGS"] = usual.model_copy(update={"auth_failures_hour": 3})
    yield
    app.config["SETTINGS"] = usual


def from_address(client, address, headers):
    return client.get(ME, headers=headers, environ_base={"REMOTE_ADDR": address})


def test_guessing_from_many_addresses_leads_to_a_pause(client, auth, few_an_hour) -> None:
    right = auth("marketer")
    for last in range(3):
        problem(from_address(client, f"10.0.0.{last}", basic("marketer-user", "guess")), 401)
    response = from_address(client, "10.0.0.9", basic("marketer-user", "guess"))
    problem(response, 429)
    assert 1 <= int(response.headers["Retry-After"]) <= 3600
    problem(from_address(client, "10.0.0.9", right), 429)
    assert from_address(client, "10.0.0.9", auth("admin")).status_code == 200


def test_guessing_elsewhere_does_not_lock_out_a_known_address(client, auth, few_an_hour) -> None:
    right = auth("marketer")
    assert from_address(client, "10.0.0.9", right).status_code == 200
    passwords.right_passwords.clear()
    for last in range(4):
        from_address(client, f"10.0.0.{last}", basic("marketer-user", "guess"))
    assert from_address(client, "10.0.0.9", right).status_code == 200
    passwords.right_passwords.clear()
    problem(from_address(client, "10.0.0.8", right), 429)


def test_own_old_password_cannot_be_guessed_on_and_on(client, auth, test_settings) -> None:
    headers = auth("marketer")
    change = {"old_password": "a wild guess", "new_password": "brand new password"}
    for _ in range(test_settings.auth_failures):
        problem(client.post("/api/v1/me/password", json=change, headers=headers), 422)
    problem(client.post("/api/v1/me/password", json=change, headers=headers), 429)


def test_calls_of_a_user_are_limited(client, auth, app) -> None:
    usual = app.config["SETTINGS"]
    app.config["SETTINGS"] = usual.model_copy(update={"calls_per_min": 3})
    try:
        with time_machine.travel(now().replace(second=20, microsecond=0), tick=False):
            for _ in range(3):
                assert client.get(ME, headers=auth("marketer")).status_code == 200
            response = client.get(ME, headers=auth("marketer"))
            problem(response, 429)
            assert response.headers["Retry-After"] == "40"
            assert client.get(ME, headers=auth("admin")).status_code == 200
    finally:
        app.config["SETTINGS"] = usual


def test_without_redis_people_work(app, test_settings, auth, monkeypatch) -> None:
    headers = auth("marketer")
    away = create_app(test_settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    monkeypatch.setattr(throttle, "_away", throttle._Away())
    client = away.test_client()
    assert [client.get(ME, headers=headers).status_code for _ in range(2)] == [200, 200]
    problem(client.get(ME, headers=basic("marketer-user", "guess")), 401)


def test_roles(client, auth) -> None:
    for role in ROLES:
        expected = 200 if role == "admin" else 403
        assert client.get("/api/v1/users", headers=auth(role)).status_code == expected


def test_passwords_with_any_letters(client, db_session) -> None:
    password = "пароль: с двоеточием 🔑"
    UserFactory(username="olga", password_hash=passwords.hash_password(password))
    assert client.get(ME, headers=basic("olga", password)).status_code == 200

"""Who may call: Basic credentials, the memory of right passwords, pauses, roles."""

from base64 import b64encode

import pytest

from backend.users import passwords, service
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


def test_the_pages_script_gets_no_browser_dialog(client) -> None:
    response = client.get(ME, headers={"X-Requested-With": "fetch"})
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


def test_roles(client, auth) -> None:
    for role in ROLES:
        expected = 200 if role == "admin" else 403
        assert client.get("/api/v1/users", headers=auth(role)).status_code == expected


def test_passwords_with_any_letters(client, db_session) -> None:
    password = "пароль: с двоеточием 🔑"
    UserFactory(username="olga", password_hash=passwords.hash_password(password))
    assert client.get(ME, headers=basic("olga", password)).status_code == 200

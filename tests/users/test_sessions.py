"""The session of the web page: cookies, CSRF, and every way it ends."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from backend.common.clock import now
from backend.common.db import db
from backend.users import passwords
from backend.users.models import Session, User
from tests.conftest import problem
from tests.factories import PASSWORD, UserFactory

SESSION = "/api/v1/session"
ME = "/api/v1/me"


@pytest.fixture
def signed_in(client, auth):
    """The client with cookies of the admin; returns the CSRF header."""
    auth("admin")
    response = client.post(SESSION, json={"username": "admin-user", "password": PASSWORD})
    assert response.status_code == 201
    return {"X-CSRF-Token": response.get_json()["csrf_token"]}


def test_sign_in_answers_with_the_user_and_safe_cookies(client, auth) -> None:
    auth("marketer")
    response = client.post(SESSION, json={"username": "marketer-user", "password": PASSWORD})
    assert response.get_json()["user"]["username"] == "marketer-user"
    session, csrf = sorted(response.headers.getlist("Set-Cookie"), key=lambda cookie: "csrf" in cookie)
    assert "HttpOnly" in session
    assert "HttpOnly" not in csrf
    assert "SameSite=Strict" in session
    assert "SameSite=Strict" in csrf


def test_sign_in_with_basic(client, auth) -> None:
    assert client.post(SESSION, headers=auth("marketer")).status_code == 201
    [entry] = client.get("/api/v1/audit?action=session", headers=auth("admin")).get_json()["items"]
    assert (entry["actor"], entry["target"]) == ("marketer-user", "user:marketer-user")


@pytest.mark.parametrize("body", [{"username": "admin-user", "password": "wrong"}, {}])
def test_refused_sign_in(client, auth, body) -> None:
    auth("admin")
    problem(client.post(SESSION, json=body), 401)
    assert not client.get_cookie("offerloop_session")


def test_half_of_the_credentials(client) -> None:
    problem(client.post(SESSION, json={"username": "admin-user"}), 422)


@pytest.mark.parametrize("change", ["password", "state"])
def test_a_password_that_is_taken_away_while_it_is_checked_signs_nobody_in(client, auth, monkeypatch, change) -> None:
    auth("admin")
    usual = passwords.matches

    def matches(stored: str, password: str) -> bool:
        right = usual(stored, password)
        values = {"password_hash": "another"} if change == "password" else {"disabled": True}
        with db.engine.begin() as another:
            another.execute(update(User).where(User.username == "admin-user").values(**values))
        return right

    monkeypatch.setattr(passwords, "matches", matches)
    problem(client.post(SESSION, json={"username": "admin-user", "password": PASSWORD}), 401)
    assert not client.get_cookie("offerloop_session")


def test_reading_needs_the_cookie_only(client, signed_in) -> None:
    assert client.get(ME).get_json()["username"] == "admin-user"


@pytest.mark.parametrize("token", [None, "", "0" * 64, "я"])
def test_changing_needs_the_token(client, signed_in, token) -> None:
    headers = {} if token is None else {"X-CSRF-Token": token}
    problem(client.post("/api/v1/users", json={}, headers=headers), 403)
    problem(client.post("/api/v1/users", json={}, headers=signed_in), 422)


def test_token_of_another_session_does_not_fit(client, signed_in, app) -> None:
    other = app.test_client()
    token = other.post(SESSION, json={"username": "admin-user", "password": PASSWORD}).get_json()["csrf_token"]
    problem(client.delete(SESSION, headers={"X-CSRF-Token": token}), 403)


def test_readable_cookie_holds_the_token(client, signed_in) -> None:
    assert client.get_cookie("offerloop_csrf").value == signed_in["X-CSRF-Token"]


@pytest.mark.parametrize("value", ["", "x", "01a2015b-d2f6-7801-92e3-27ce82bceca9", '"x".sig', "ы"])
def test_forged_cookie(client, signed_in, value) -> None:
    client.set_cookie("offerloop_session", value)
    problem(client.get(ME), 401)


def test_wrong_basic_is_not_saved_by_the_cookie(client, signed_in) -> None:
    problem(client.get(ME, headers={"Authorization": "Basic eDp5"}), 401)


def test_sign_out_ends_the_session_also_for_a_copied_cookie(client, signed_in, app) -> None:
    copied = client.get_cookie("offerloop_session").value
    assert client.delete(SESSION, headers=signed_in).status_code == 204
    assert not client.get_cookie("offerloop_session")
    thief = app.test_client()
    thief.set_cookie("offerloop_session", copied)
    problem(thief.get(ME), 401)


def test_session_expires(client, signed_in, test_settings) -> None:
    with time_machine.travel(now() + timedelta(hours=test_settings.session_hours, seconds=1), tick=False):
        problem(client.get(ME), 401)


def test_expired_rows_are_swept(client, signed_in, test_settings, db_session) -> None:
    with time_machine.travel(now() + timedelta(hours=test_settings.session_hours, seconds=1), tick=False):
        client.post(SESSION, json={"username": "admin-user", "password": PASSWORD})
    assert db_session.scalar(select(func.count(Session.id))) == 1


def test_a_session_that_lies_unused_is_over(client, signed_in, test_settings) -> None:
    idle = timedelta(minutes=test_settings.session_idle_min)
    start = now()
    for part in (0.7, 1.4, 2.1):  # each call begins the idle time anew
        with time_machine.travel(start + part * idle, tick=False):
            assert client.get(ME).status_code == 200
    with time_machine.travel(start + 2.1 * idle + idle, tick=False):
        problem(client.get(ME), 401)


def test_calls_soon_after_one_another_write_nothing(client, signed_in, db_session) -> None:
    seen = db_session.scalar(select(Session.seen_at))
    assert client.get(ME).status_code == 200
    db_session.rollback()
    assert db_session.scalar(select(Session.seen_at)) == seen


def test_signing_in_gives_a_new_session_and_ends_the_one_of_this_browser(client, signed_in, app) -> None:
    former = client.get_cookie("offerloop_session").value
    assert client.post(SESSION, json={"username": "admin-user", "password": PASSWORD}).status_code == 201
    assert client.get_cookie("offerloop_session").value != former
    thief = app.test_client()
    thief.set_cookie("offerloop_session", former)
    problem(thief.get(ME), 401)


def test_own_password_change_begins_a_new_session_and_ends_all_others(client, signed_in, app) -> None:
    other, thief = app.test_client(), app.test_client()
    other.post(SESSION, json={"username": "admin-user", "password": PASSWORD})
    former = client.get_cookie("offerloop_session").value
    body = {"old_password": PASSWORD, "new_password": "a better password"}
    assert client.post("/api/v1/me/password", json=body, headers=signed_in).status_code == 204
    assert client.get(ME).status_code == 200
    token = client.get_cookie("offerloop_csrf").value
    problem(client.post("/api/v1/users", json={}, headers={"X-CSRF-Token": token}), 422)
    thief.set_cookie("offerloop_session", former)
    for outsider in (other, thief):
        problem(outsider.get(ME), 401)


@pytest.mark.parametrize("change", [{"role": "marketer"}, {"disabled": True}])
def test_losing_a_role_or_being_disabled_ends_sessions(client, signed_in, app, db_session, change) -> None:
    UserFactory(username="boss", role="admin")
    boss = app.test_client()
    token = boss.post(SESSION, json={"username": "boss", "password": PASSWORD}).get_json()["csrf_token"]
    user_id = client.get(ME).get_json()["id"]
    boss.patch(f"/api/v1/users/{user_id}", json=change, headers={"X-CSRF-Token": token})
    problem(client.get(ME), 401)


def test_secure_flag_follows_the_setting(test_settings, app, auth) -> None:
    from backend.app import create_app

    headers = auth("admin")
    secure = create_app(test_settings.model_copy(update={"cookie_secure": True})).test_client()
    response = secure.post(SESSION, headers=headers)
    cookies = response.headers.getlist("Set-Cookie")
    assert all("Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie for cookie in cookies)
    names = {cookie.partition("=")[0] for cookie in cookies}
    assert names == {"__Host-offerloop_csrf", "__Host-offerloop_session"}
    assert "Strict-Transport-Security" in response.headers
    assert secure.get(ME, base_url="https://localhost").get_json()["username"] == "admin-user"

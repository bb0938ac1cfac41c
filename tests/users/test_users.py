"""Administration of accounts, one's own password, the audit log, the commands."""

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event

from backend.common.clock import now
from backend.users import service
from backend.users.models import User
from tests.conftest import basic, problem
from tests.factories import PASSWORD, AuditEntryFactory, UserFactory
from tests.offers.bodies import store_offer

USERS = "/api/v1/users"
NEW = {"username": "olga", "role": "marketer", "password": "a long password", "full_name": "Ольга"}


@pytest.fixture
def admin(auth):
    return auth("admin")


def audit_of(client, admin, **query):
    return client.get("/api/v1/audit", query_string=query, headers=admin).get_json()["items"]


def test_create(client, admin) -> None:
    response = client.post(USERS, json=NEW, headers=admin)
    assert response.status_code == 201
    body = response.get_json()
    assert body.items() >= {"username": "olga", "role": "marketer", "full_name": "Ольга", "disabled": False}.items()
    assert not [name for name in body if "password" in name]
    assert client.get("/api/v1/me", headers=basic("olga", NEW["password"])).status_code == 200
    [entry] = audit_of(client, admin, action="user.create")
    assert (entry["actor"], entry["target"], entry["details"]) == ("admin-user", "user:olga", {"role": "marketer"})
    assert entry["request_id"]


def test_name_is_taken_once(client, admin) -> None:
    client.post(USERS, json=NEW, headers=admin)
    problem(client.post(USERS, json=NEW, headers=admin), 409)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "Ольга"),
        ("username", "OLGA"),
        ("username", "olga\n"),
        ("username", "o:lga"),
        ("username", "o"),
        ("username", 7),
        ("role", "king"),
        ("password", "short"),
        ("password", "x" * 129),
        ("password", "password12345"),
        ("password", "administrator1"),
        ("full_name", None),
        ("disabled", True),
    ],
)
def test_wrong_fields(client, admin, field, value) -> None:
    body = problem(client.post(USERS, json=NEW | {field: value}, headers=admin), 422)
    assert body["errors"][0]["pointer"] == f"/{field}"


def test_list_filters_and_pages(client, admin, db_session) -> None:
    for number in range(5):
        UserFactory(username=f"anna{number}", disabled=number == 0)
    first = client.get(f"{USERS}?limit=2&q=ANNA", headers=admin).get_json()
    assert [user["username"] for user in first["items"]] == ["anna0", "anna1"]
    assert first["total"] == 5
    second = client.get(f"{USERS}?limit=10&q=anna&cursor={first['next_cursor']}", headers=admin).get_json()
    assert [user["username"] for user in second["items"]] == ["anna2", "anna3", "anna4"]
    assert second["next_cursor"] is None
    assert client.get(f"{USERS}?disabled=true", headers=admin).get_json()["total"] == 1
    assert client.get(f"{USERS}?role=admin", headers=admin).get_json()["total"] == 1
    assert client.get(f"{USERS}?q=%25", headers=admin).get_json()["total"] == 0
    problem(client.get(f"{USERS}?cursor=zzz", headers=admin), 422)


def test_last_activity_is_the_latest_trace(client, admin, db_session) -> None:
    start = now()
    writer, quiet = UserFactory(username="writer"), UserFactory(username="quiet")
    AuditEntryFactory(actor_id=writer.id, at=start - timedelta(hours=2))
    seen = {user["username"]: user["last_seen_at"] for user in client.get(USERS, headers=admin).get_json()["items"]}
    assert seen["quiet"] is None
    assert datetime.fromisoformat(seen["writer"]) == start - timedelta(hours=2)
    store_offer(author_id=writer.id, created_at=start - timedelta(hours=1))
    db_session.commit()
    body = client.get(f"{USERS}/{writer.id}", headers=admin).get_json()
    assert datetime.fromisoformat(body["last_seen_at"]) == start - timedelta(hours=1)
    assert client.get(f"{USERS}/{quiet.id}", headers=admin).get_json()["last_seen_at"] is None


def test_ones_own_activity_is_seen_too(client, admin) -> None:
    client.post(USERS, json=NEW, headers=admin)
    [me] = client.get(f"{USERS}?q=admin-user", headers=admin).get_json()["items"]
    assert me["last_seen_at"]


def test_the_list_costs_the_same_for_many_users(client, admin, db_session) -> None:
    def statements() -> int:
        asked: list[str] = []
        listen = lambda *arguments: asked.append(arguments[2])  # noqa: E731
        event.listen(db_session.get_bind(), "before_cursor_execute", listen)
        client.get(USERS, headers=admin)
        event.remove(db_session.get_bind(), "before_cursor_execute", listen)
        return len(asked)

    few = statements()
    UserFactory.create_batch(20)
    assert few == statements()


def test_get_one(client, admin, db_session) -> None:
    user = UserFactory()
    assert client.get(f"{USERS}/{user.id}", headers=admin).get_json()["username"] == user.username
    problem(client.get(f"{USERS}/{uuid.uuid4()}", headers=admin), 404)
    problem(client.get(f"{USERS}/not-an-id", headers=admin), 404)


def test_change(client, admin, db_session) -> None:
    user = UserFactory()
    change = {"role": "ml_engineer", "full_name": "Новое имя"}
    body = client.patch(f"{USERS}/{user.id}", json=change, headers=admin).get_json()
    assert body.items() >= change.items()
    assert body["updated_at"] > body["created_at"]
    [entry] = audit_of(client, admin, action="user.change")
    assert entry["details"]["role"] == ["marketer", "ml_engineer"]


def test_a_change_of_nothing_is_not_audited(client, admin, db_session) -> None:
    user = UserFactory()
    for body in ({}, {"role": "marketer"}):
        assert client.patch(f"{USERS}/{user.id}", json=body, headers=admin).status_code == 200
    assert audit_of(client, admin) == []


@pytest.mark.parametrize("change", [{"role": "marketer"}, {"disabled": True}])
def test_the_last_admin_stays(client, admin, db_session, change) -> None:
    UserFactory(role="admin", disabled=True)
    me = client.get("/api/v1/me", headers=admin).get_json()["id"]
    problem(client.patch(f"{USERS}/{me}", json=change, headers=admin), 409)
    UserFactory(role="admin")
    assert client.patch(f"{USERS}/{me}", json=change, headers=admin).status_code == 200


def test_reset_password(client, admin, db_session) -> None:
    user = UserFactory(username="olga")
    made_up = client.post(f"{USERS}/{user.id}/password", json={}, headers=admin).get_json()["password"]
    assert client.get("/api/v1/me", headers=basic("olga", made_up)).status_code == 200
    problem(client.get("/api/v1/me", headers=basic("olga", PASSWORD)), 401)
    chosen = client.post(f"{USERS}/{user.id}/password", json={"password": "chosen by admin"}, headers=admin)
    assert chosen.get_json() == {"password": "chosen by admin"}
    entries = audit_of(client, admin, action="user.password_reset")
    assert len(entries) == 2
    assert made_up not in str(entries)
    weak = client.post(f"{USERS}/{user.id}/password", json={"password": "qwertyuiop123"}, headers=admin)
    assert problem(weak, 422)["errors"][0]["pointer"] == "/password"


def test_change_own_password(client, auth) -> None:
    headers = auth("service")
    body = {"old_password": "wrong password", "new_password": "brand new password"}
    wrong = problem(client.post("/api/v1/me/password", json=body, headers=headers), 422)
    assert wrong["errors"][0]["pointer"] == "/old_password"
    weak = {"old_password": PASSWORD, "new_password": "service-user1"}
    refused = problem(client.post("/api/v1/me/password", json=weak, headers=headers), 422)
    assert refused["errors"][0]["pointer"] == "/new_password"
    body["old_password"] = PASSWORD
    assert client.post("/api/v1/me/password", json=body, headers=headers).status_code == 204
    problem(client.get("/api/v1/me", headers=headers), 401)
    assert client.get("/api/v1/me", headers=basic("service-user", "brand new password")).status_code == 200


def test_audit_filters(client, admin, db_session) -> None:
    start = now()
    for number in range(4):
        AuditEntryFactory(
            at=start + timedelta(minutes=number),
            actor="olga" if number % 2 else "oleg",
            action="product.change" if number < 2 else "user.change",
            target=f"product:{number}",
        )
    assert [entry["target"] for entry in audit_of(client, admin, action="product")] == ["product:1", "product:0"]
    assert len(audit_of(client, admin, actor="olga")) == 2
    assert len(audit_of(client, admin, target="product:3")) == 1
    middle = (start + timedelta(minutes=2)).isoformat()
    assert len(audit_of(client, admin, **{"from": middle})) == 2
    assert len(audit_of(client, admin, to=middle)) == 2
    page = client.get("/api/v1/audit?limit=3", headers=admin).get_json()
    rest = client.get(f"/api/v1/audit?cursor={page['next_cursor']}", headers=admin).get_json()
    assert [entry["target"] for entry in page["items"] + rest["items"]] == [f"product:{n}" for n in (3, 2, 1, 0)]


def test_audit_wants_a_time_zone(client, admin) -> None:
    problem(client.get("/api/v1/audit?from=2026-11-22T00:00:00", headers=admin), 422)


def test_commands(app, client) -> None:
    runner = app.test_cli_runner()
    made = runner.invoke(args=["user", "add", "boss", "--role", "admin"]).output
    name, _, password = made.strip().partition(": ")
    assert client.get("/api/v1/me", headers=basic(name, password)).get_json()["role"] == "admin"
    again = runner.invoke(args=["user", "reset-password", "boss"]).output.strip().partition(": ")[2]
    problem(client.get("/api/v1/me", headers=basic("boss", password)), 401)
    assert client.get("/api/v1/me", headers=basic("boss", again)).status_code == 200
    with app.app_context():
        assert service.by_username("boss").role == "admin"


def test_commands_explain_themselves(app) -> None:
    runner = app.test_cli_runner()
    result = runner.invoke(args=["user", "reset-password", "nobody"])
    assert result.exit_code == 1
    assert "Пользователя «nobody» нет" in result.output


@pytest.mark.parametrize("name", ["Ivanov", "иванов", "i", "-i", "ivanov petr", "x" * 65, "ivanov\n"])
def test_the_command_makes_no_account_that_cannot_sign_in(app, db_session, name) -> None:
    result = app.test_cli_runner().invoke(args=["user", "add", "--role", "admin", "--", name])
    assert result.exit_code == 1
    assert "строчные латинские" in result.output
    assert db_session.query(User).count() == 0

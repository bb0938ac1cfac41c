"""The demo scenario."""

from sqlalchemy import select

from backend.app import create_app
from backend.users import service as users
from backend.users.models import ROLES, User
from tests.conftest import basic


def run(app, *args: str) -> str:
    result = app.test_cli_runner().invoke(args=list(args))
    assert result.exit_code == 0, result.output
    return result.output


def test_demo_users_of_every_role_can_sign_in(app, client) -> None:
    passwords = dict(line.strip().split(": ") for line in run(app, "seed", "demo").splitlines()[1:])
    assert set(passwords) == set(ROLES)
    for role, password in passwords.items():
        assert client.get("/api/v1/me", headers=basic(role, password)).get_json()["role"] == role
    assert client.get("/api/v1/products", headers=basic("admin", passwords["admin"])).get_json()["total"] == 22


def test_a_second_run_changes_and_shows_nothing(app, db_session) -> None:
    run(app, "seed", "demo")
    before = set(db_session.execute(select(User.id, User.password_hash)).all())
    db_session.rollback()
    assert run(app, "seed", "demo") == ""
    assert set(db_session.execute(select(User.id, User.password_hash)).all()) == before


def test_in_containers_there_is_admin_only_and_nothing_is_printed(app, client, test_settings) -> None:
    """The output of `seed` is a container's log there."""
    given = test_settings.model_validate(test_settings.model_dump() | {"admin_password": "given by the owner"})
    assert run(create_app(given), "seed", "demo", "--only-admin") == ""
    admin = basic("admin", "given by the owner")
    assert [one["username"] for one in client.get("/api/v1/users", headers=admin).get_json()["items"]] == ["admin"]
    assert client.get("/api/v1/products", headers=admin).get_json()["total"] == 22


def test_only_admin_is_made_for_nobody_who_has_accounts(app, db_session) -> None:
    """As after a restore."""
    users.create("boss", "admin", "correct horse battery")
    db_session.commit()
    assert run(app, "seed", "demo", "--only-admin") == ""
    assert list(db_session.scalars(select(User.username))) == ["boss"]


def test_only_admin_wants_a_password(app, db_session) -> None:
    result = app.test_cli_runner().invoke(args=["seed", "demo", "--only-admin"])
    assert result.exit_code == 1
    assert "ADMIN_PASSWORD_FILE" in result.output
    assert db_session.scalar(select(User.id)) is None


def test_a_given_admin_password_is_used_and_not_shown(app, client, test_settings) -> None:
    given = test_settings.model_validate(test_settings.model_dump() | {"admin_password": "given by the owner"})
    assert "given by" not in run(create_app(given), "seed", "demo")
    assert client.get("/api/v1/me", headers=basic("admin", "given by the owner")).status_code == 200

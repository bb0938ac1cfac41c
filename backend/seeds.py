"""`flask --app backend.app seed <scenario>`: deterministic content for a demo or a fresh installation."""

import click

from backend.catalogue import service as catalogue
from backend.common.commands import Group
from backend.common.db import db
from backend.config import settings
from backend.errors import Invalid
from backend.users import passwords
from backend.users import service as users
from backend.users.models import Role

DEMO_USERS = (
    ("admin", Role.ADMIN, "Администратор"),
    ("marketer", Role.MARKETER, "Маркетолог"),
    ("ml_engineer", Role.ML_ENGINEER, "ML-инженер"),
    ("service", Role.SERVICE, "Внешняя система"),
)

seed = Group("seed", help="Наполнить базу: сценарии показа.")


@seed.command("demo")
@click.option("--only-admin", is_flag=True, help="из пользователей — один admin с паролем из ADMIN_PASSWORD")
def demo(only_admin: bool) -> None:
    """Пользователи всех ролей и каталог вымышленного банка. Повторный запуск ничего не портит."""
    fresh = _only_admin() if only_admin else _demo_users()
    catalogue.seed_demo()
    db.session.commit()
    if fresh:
        click.echo("Пароли показываются один раз и нигде не хранятся:")
    for username, password in fresh.items():
        click.echo(f"  {username}: {password}")


def _only_admin() -> dict[str, str]:
    """Create the first account, with the operator's password: where the output is a log, none may be printed.

    Nothing where there are accounts already. Raises Invalid without ADMIN_PASSWORD.
    """
    if users.exist():
        return {}
    username, role, full_name = DEMO_USERS[0]
    given = settings().admin_password
    if given is None:
        raise Invalid(f"Для первой учётной записи {username} нужен ADMIN_PASSWORD или ADMIN_PASSWORD_FILE")
    users.create(username, role, given.get_secret_value(), full_name, by_operator=True)
    return {}


def _demo_users() -> dict[str, str]:
    """Create the users that are missing. Returns the passwords made up here, for printing."""
    shown = {}
    for username, role, full_name in DEMO_USERS:
        if users.by_username(username):
            continue
        given = settings().admin_password if role == Role.ADMIN else None
        password = given.get_secret_value() if given else passwords.generate()
        users.create(username, role, password, full_name, by_operator=given is not None)
        if not given:
            shown[username] = password
    return shown

"""`flask --app backend.app user …`: accounts from the command line, above all the first administrator."""

import click

from backend.common.commands import Group
from backend.common.db import db
from backend.errors import NotFound
from backend.users import passwords, service
from backend.users.models import ROLES

user = Group("user", help="Учётные записи.")


@user.command("add")
@click.argument("username")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--full-name", default="")
def add(username: str, role: str, full_name: str) -> None:
    """Завести пользователя; пароль придумывается и показывается один раз."""
    password = passwords.generate()
    service.create(username, role, password, full_name)
    db.session.commit()
    click.echo(f"{username}: {password}")


@user.command("reset-password")
@click.argument("username")
def reset_password(username: str) -> None:
    """Придумать новый пароль и показать его один раз."""
    found = service.by_username(username)
    if found is None:
        raise NotFound(f"Пользователя «{username}» нет")
    password = service.reset_password(found)
    db.session.commit()
    click.echo(f"{username}: {password}")

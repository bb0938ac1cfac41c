"""`flask --app backend.app privacy …`: the end of clients' data from the command line."""

import click

from backend.common.commands import Group
from backend.common.db import db
from backend.config import settings
from backend.privacy import service

privacy = Group("privacy", help="Данные клиентов.")


@privacy.command("forget-client")
@click.argument("client_id")
def forget_client(client_id: str) -> None:
    """Удалить данные одного клиента: предложения, метки, рассылки, наборы для обучения."""
    done = service.forget_client(client_id)
    db.session.commit()
    click.echo(f"Предложений {done.offers}, строк рассылок {done.batch_rows}, примеров {done.learning_examples}")
    click.echo(f"В журнале: {done.reference}")


@privacy.command("purge")
def purge() -> None:
    """Удалить сейчас всё, что старше RETENTION_DAYS."""
    if not settings().retention_days:
        click.echo("RETENTION_DAYS не задан: ничего не удаляется")
        return
    done = service.purge(float("inf"))
    click.echo(f"Предложений {done.offers}, записей рассылок {done.batch_records}")

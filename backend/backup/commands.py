"""`flask --app backend.app backup …`: save, check and restore. `make backup` and `make restore` call these."""

from datetime import datetime
from pathlib import Path

import click

from backend.backup import archive, restoring, saving
from backend.backup.archive import Manifest
from backend.common.commands import Group

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))

backup = Group("backup", help="Резервная копия: база, версии модели, незаконченные рассылки.")


@backup.command("save")
@FILE
@click.option("--with-secret-key", is_flag=True, help="вложить и SECRET_KEY, которым подписаны сеансы")
def save(file: Path, with_secret_key: bool) -> None:
    """Сделать копию работающей системы в FILE."""
    manifest = saving.save(file, with_secret_key=with_secret_key, say=click.echo)
    _describe(file, manifest)
    click.echo("SECRET_KEY в копии есть." if with_secret_key else "SECRET_KEY и паролей серверов в копии нет.")
    click.echo("В ней тексты и признаки клиентов: храните её там же, где и базу, зашифрованной.")


@backup.command("check")
@FILE
def check(file: Path) -> None:
    """Проверить, что копия цела: прочесть всю и сверить суммы."""
    with archive.opened(file) as reader:
        reader.verify()
        _describe(file, reader.manifest)


@backup.command("restore")
@FILE
@click.option("--overwrite", is_flag=True, help="заменить то, что в базе уже есть")
@click.option("--with-secret-key", is_flag=True, help="положить SECRET_KEY из копии в VAR_DIR/secrets")
def restore(file: Path, overwrite: bool, with_secret_key: bool) -> None:
    """Восстановить систему из FILE в пустую базу. OfferLoop при этом не должен работать."""
    manifest = restoring.restore(file, overwrite=overwrite, with_secret_key=with_secret_key, say=click.echo)
    _describe(file, manifest)
    click.echo("Восстановлено.")


def _describe(file: Path, manifest: Manifest) -> None:
    rows = sum(entry.rows for entry in manifest.tables)
    taken = datetime.fromisoformat(manifest.created_at)
    click.echo(f"{file}: {file.stat().st_size / 2**20:.1f} МБ, снимок {taken:%Y-%m-%d %H:%M:%S} UTC,")
    click.echo(f"  строк {rows} в {len(manifest.tables)} таблицах, файлов {len(manifest.files)}.")

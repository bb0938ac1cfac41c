"""The base of our commands: a domain error is a sentence for a person and exit code 1, not a traceback."""

from typing import Any

import click
from flask.cli import AppGroup

from backend.errors import DomainError


class Group(AppGroup):
    """A group of commands that run inside an application context."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DomainError as error:
            raise click.ClickException(error.detail) from error

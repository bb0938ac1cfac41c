"""Alembic's environment: migrations run over the application's own engine and records."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from backend.common.db import db

LOCK = 0x0FFE12  # two starting processes must not migrate at the same time


def _skip_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """`flask db migrate` without a difference writes no file."""
    if (
        context.config.cmd_opts
        and getattr(context.config.cmd_opts, "autogenerate", False)
        and directives[0].upgrade_ops.is_empty()
    ):
        directives[:] = []


def run_online() -> None:
    """Over a connection of its own; in the caller's transaction where it gave one (a restore)."""
    if given := context.config.attributes.get("connection"):
        _run_over(given)
        return
    with db.engine.connect() as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("SET lock_timeout = '10s'")
        connection.commit()
        _run_over(connection)


def _run_over(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        process_revision_directives=_skip_empty,
        **current_app.extensions["migrate"].configure_args,
    )
    with context.begin_transaction():
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        context.run_migrations()


def run_offline() -> None:
    """Print the SQL, for a bank whose administrators apply it themselves (`flask db upgrade --sql`)."""
    context.configure(dialect_name="postgresql", target_metadata=db.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()

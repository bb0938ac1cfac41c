"""The database: one `db` for all domains, typed records, predictable constraint names.

Services use `db.session` and flush; the route, job or command that called them commits once.
"""

import logging
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Engine, MetaData, QueuePool, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, registry

from backend.common.metrics import connections, connections_limit
from backend.config import BEYOND_POOL, Settings

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parents[1] / "migrations"
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


TYPES: dict[Any, Any] = {
    datetime: DateTime(timezone=True),
    dict[str, Any]: JSONB,
    dict[str, str]: JSONB,
    dict[str, int]: JSONB,
    dict[str, float]: JSONB,
    list[str]: JSONB,
    list[dict[str, Any]]: JSONB,
    list[Any]: JSONB,
}


class Base(DeclarativeBase):
    """Base of all records: `datetime` is timestamptz, `dict` and `list` are JSONB."""

    registry = registry(metadata=MetaData(naming_convention=NAMES), type_annotation_map=TYPES)


db = SQLAlchemy(model_class=Base, disable_autonaming=True)
migrate = Migrate(compare_type=True, render_as_batch=False)


def engine_options(settings: Settings) -> dict[str, Any]:
    """Options of the engine. A broken connection is replaced on its next use; nothing waits for minutes.

    `hide_parameters` keeps client data, which are statement parameters, out of exception texts and so out of logs.
    """
    return {
        "pool_pre_ping": True,
        "pool_size": settings.db_pool,
        "max_overflow": BEYOND_POOL,
        "pool_timeout": 2,
        "pool_recycle": 1800,
        "hide_parameters": True,
        "connect_args": {
            "connect_timeout": 3,
            "keepalives_idle": 30,
            "tcp_user_timeout": 10_000,
            "application_name": "offerloop",
            "options": f"-c timezone=UTC -c statement_timeout={settings.db_statement_timeout_ms}",
        },
    }


def init_app(app: Flask, settings: Settings) -> None:
    """Attach the database and the migrations to the application."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    db.init_app(app)
    app.teardown_appcontext(_close_session)
    with app.app_context():
        _watch(db.engine, settings)
    migrate.init_app(app, db, directory=str(MIGRATIONS))


def _close_session(_error: BaseException | None) -> None:
    """Give the connection back before Flask-SQLAlchemy does: one that broke just now must not spoil a ready answer."""
    try:
        db.session.remove()
    except SQLAlchemyError as error:
        db.session.registry.clear()
        log.warning("a session could not be closed", extra={"error": type(error).__name__})


def _watch(engine: Engine, settings: Settings) -> None:
    """Tell the metrics how many connections of this process are in use."""
    pool = engine.pool
    assert isinstance(pool, QueuePool)  # the engine's default for PostgreSQL
    connections_limit.set(settings.db_pool + BEYOND_POOL)
    event.listen(pool, "checkout", lambda *_: connections.set(pool.checkedout()))
    event.listen(pool, "checkin", lambda *_: connections.set(max(0, pool.checkedout() - 1)))

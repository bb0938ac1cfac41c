"""/healthz: the process lives. /readyz: the database, Redis and the model component answer."""

import logging
from collections.abc import Callable
from contextlib import suppress

import httpx
from apiflask import APIFlask
from apiflask.fields import Dict, String
from flask import current_app
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from backend.common.db import db
from backend.common.redis import redis
from backend.common.schemas import Schema
from backend.config import Settings
from backend.config import settings as current_settings
from backend.errors import Unavailable

OK = "ok"
log = logging.getLogger(__name__)


class HealthOut(Schema):
    status = String(required=True)


class ReadyOut(Schema):
    status = String(required=True)
    checks = Dict(keys=String(), values=String(), required=True)


def init_app(app: APIFlask, settings: Settings) -> None:
    """Probes are rare, so their client keeps no connection open between them."""
    lone = httpx.Limits(max_keepalive_connections=0)
    app.extensions["health_http"] = httpx.Client(timeout=1.0, limits=lone, trust_env=False)
    app.get("/healthz")(app.output(HealthOut)(app.doc(tags=["Служебное"])(healthz)))
    app.get("/readyz")(app.output(ReadyOut)(app.doc(tags=["Служебное"], responses=[503])(readyz)))


def healthz() -> dict[str, str]:
    """Процесс жив."""
    return {"status": "ok"}


def readyz() -> dict[str, object]:
    """База данных, Redis и модель отвечают."""
    checks = {name: state(name) for name in CHECKS}
    if broken := [name for name, found in checks.items() if found != OK]:
        raise Unavailable(f"Не отвечает: {', '.join(broken)}", retry_after=2, reason="not_ready")
    return {"status": "ready", "checks": checks}


def _database() -> None:
    db.session.execute(text("SELECT 1"))


def _redis() -> None:
    redis().ping()


def _model() -> None:
    """One of several servers is enough."""
    client: httpx.Client = current_app.extensions["health_http"]
    *others, last = current_settings().model_urls
    for url in others:
        with suppress(httpx.HTTPError):
            client.get(f"{url}/health").raise_for_status()
            return
    client.get(f"{last}/health").raise_for_status()


CHECKS: dict[str, Callable[[], None]] = {"database": _database, "redis": _redis, "model": _model}


def state(name: str) -> str:
    """Of a dependency: OK or down."""
    try:
        CHECKS[name]()
    except (SQLAlchemyError, RedisError, httpx.HTTPError) as error:
        log.warning("not ready", extra={"dependency": name, "error": type(error).__name__})
        return "down"
    return OK

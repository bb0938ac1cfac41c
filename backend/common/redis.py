"""The connection to Redis: queues, pauses, caches and progress. Losing Redis loses no data."""

from typing import cast

from flask import Flask, current_app
from redis import Redis

from backend.config import Settings


def connect(settings: Settings) -> Redis:
    """A pooled client that gives up in seconds and reconnects by itself."""
    return Redis.from_url(
        settings.redis_url,
        socket_connect_timeout=1,
        socket_timeout=2,
        health_check_interval=15,
    )


def init_app(app: Flask, settings: Settings) -> None:
    app.extensions["redis"] = connect(settings)


def redis() -> Redis:
    """The client of the current application. Raises redis.RedisError when the server is away (a 503 outside)."""
    return cast(Redis, current_app.extensions["redis"])

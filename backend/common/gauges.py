"""Numbers that are looked up when Prometheus asks: in the database, in Redis, on this machine.

Each domain names what it can tell as a source. A scrape must stay cheap whoever asks however often: a source is asked
again only after `kept_s` seconds, the database cuts its statements off soon, and what is away is not asked at all.
"""

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from backend.common import health
from backend.common.db import db
from backend.common.redis import redis
from backend.config import settings

KEPT_S = 5.0
LONG_KEPT_S = 60.0
"""For what changes slowly or costs the database more than a glance."""
STATEMENT_MS = 2000

DATABASE, REDIS = "database", "redis"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """What `read` tells; `needs` is the dependency that it asks: DATABASE, REDIS or None."""

    read: Callable[[], Iterable[Metric]]
    needs: str | None = None
    kept_s: float = KEPT_S


@dataclass
class _Memory:
    """What was read last, and when, by source; one for each process."""

    sources: list[Source] = field(default_factory=list)
    known: dict[Source, tuple[float, list[Metric]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


def init_app(app: Flask) -> None:
    app.extensions["gauges"] = _Memory()
    add(app, Source(_disk), Source(_database, DATABASE, LONG_KEPT_S), Source(_redis, REDIS))


def add(app: Flask, *sources: Source) -> None:
    """Have these sources read with each scrape."""
    app.extensions["gauges"].sources += sources


def forget(app: Flask) -> None:
    """Read everything anew with the next scrape."""
    app.extensions["gauges"].known.clear()


class Read(Collector):
    """All sources, those that can be asked now. For a request of the application."""

    def collect(self) -> Iterator[Metric]:
        memory: _Memory = current_app.extensions["gauges"]
        up = Source(_dependencies)
        with memory.lock:
            [dependencies] = _of(memory, up)
            yield dependencies
            state = {sample.labels["dependency"]: bool(sample.value) for sample in dependencies.samples}
            for source in memory.sources:
                if source.needs is None or state[source.needs]:
                    yield from _of(memory, source)


def _of(memory: _Memory, source: Source) -> list[Metric]:
    """What the source tells, or told a moment ago; nothing where it fails."""
    present = time.monotonic()
    known = memory.known.get(source)
    if known is None or present - known[0] >= source.kept_s:
        known = memory.known[source] = (present, _ask(source))
    return known[1]


def _ask(source: Source) -> list[Metric]:
    try:
        if source.needs == DATABASE:
            db.session.execute(text(f"SET LOCAL statement_timeout = {STATEMENT_MS}"))
        return list(source.read())
    except (SQLAlchemyError, RedisError) as error:
        told = {"source": source.read.__module__, "error": type(error).__name__}
        log.warning("a metric could not be read", extra=told)
        return []
    finally:
        if source.needs == DATABASE:
            db.session.rollback()


def gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    """One number without labels."""
    return GaugeMetricFamily(f"offerloop_{name}", help_text, value=float(value))


def gauges(name: str, help_text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    """A number for each value of one label."""
    family = GaugeMetricFamily(f"offerloop_{name}", help_text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], float(value))
    return family


def _dependencies() -> Iterator[Metric]:
    state = {name: float(health.state(name) == health.OK) for name in health.CHECKS}
    db.session.rollback()
    yield gauges("dependency_up", "1 when the API reaches it", "dependency", state)


def _disk() -> Iterator[Metric]:
    folder: Path = settings().var_dir.expanduser().absolute()
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return
    yield gauge("disk_free_bytes", "Free space where VAR_DIR lies", usage.free)
    yield gauge("disk_size_bytes", "Size of the disk where VAR_DIR lies", usage.total)


def _database() -> Iterator[Metric]:
    """Statistics that PostgreSQL keeps anyway; the size is a look at its files."""
    asked = text(
        "SELECT pg_database_size(current_database()), current_setting('max_connections')::int,"
        " count(*), coalesce(max(extract(epoch FROM now() - xact_start)), 0)"
        " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    size, limit, connections, oldest = db.session.execute(asked).one()
    yield gauge("database_size_bytes", "Size of the database", size)
    yield gauge("database_connections", "Connections to the database, of all programs", connections)
    yield gauge("database_connections_limit", "Connections that the server allows", limit)
    yield gauge("database_oldest_transaction_seconds", "Age of the oldest open transaction", oldest)


def _redis() -> Iterator[Metric]:
    said: Any = redis().info("memory")
    clients: Any = redis().info("clients")
    yield gauge("redis_memory_bytes", "Memory that Redis uses", said["used_memory"])
    yield gauge("redis_memory_limit_bytes", "Most memory that Redis may use, 0: no limit", said["maxmemory"])
    yield gauge("redis_clients", "Connections to Redis", clients["connected_clients"])

"""GET /metrics: what the API's processes count, what workers counted, and what is looked up when Prometheus asks.

With several gunicorn workers PROMETHEUS_MULTIPROC_DIR joins their counts (see gunicorn.conf). RQ workers are
short-lived processes on any machine, so theirs lie in Redis (see shared_counts). Sizes and ages are looked up (see
gauges).
"""

import os
from collections.abc import Iterator
from typing import Any

from apiflask import APIFlask
from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from backend.common import gauges, shared_counts

ANSWER: dict[int | str, dict[str, str | dict[str, dict[str, Any]]]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}}
}


def init_app(app: APIFlask) -> None:
    app.get("/metrics")(app.doc(tags=["Служебное"], responses=ANSWER)(metrics))
    gauges.init_app(app)


def metrics() -> Response:
    """Метрики всех частей в формате Prometheus."""
    registry = CollectorRegistry()
    registry.register(Counts())
    registry.register(gauges.Read())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Counts(Collector):
    """What was counted since the start of a process: by the API's own, and by the workers."""

    def collect(self) -> Iterator[Metric]:
        known = {family.name: family for family in REGISTRY.collect()}
        own = _of_all_processes() if "PROMETHEUS_MULTIPROC_DIR" in os.environ else list(known.values())
        yield from shared_counts.joined(own, known)


def _of_all_processes() -> list[Metric]:
    return list(MultiProcessCollector(CollectorRegistry()).collect())  # type: ignore[no-untyped-call]

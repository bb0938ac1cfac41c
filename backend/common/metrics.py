"""Prometheus metrics. With several gunicorn workers PROMETHEUS_MULTIPROC_DIR joins their counts (see gunicorn.conf)."""

import os
import time
from typing import Any

from apiflask import APIFlask
from flask import Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

ANSWER: dict[int | str, dict[str, str | dict[str, dict[str, Any]]]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}}
}
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)

request_seconds = Histogram(
    "offerloop_http_request_seconds", "Time to answer", ["method", "route", "status"], buckets=SECONDS
)
requests_in_progress = Gauge(
    "offerloop_http_requests_in_progress", "Calls being answered now", multiprocess_mode="livesum"
)
errors_unexpected = Counter("offerloop_unexpected_errors", "Answers 500: each is a defect", ["route"])


def init_app(app: APIFlask) -> None:
    app.before_request(_begin)
    app.after_request(_observe)
    app.teardown_request(_end)
    app.get("/metrics")(app.doc(tags=["Служебное"], responses=ANSWER)(metrics))


def metrics() -> Response:
    """Метрики всех процессов в формате Prometheus."""
    return Response(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _begin() -> None:
    g.metrics_started = time.perf_counter()
    requests_in_progress.inc()


def _observe(response: Response) -> Response:
    """The route's pattern is the label: addresses with ids would make endless series."""
    route = request.url_rule.rule if request.url_rule else "none"
    method = request.method if request.url_rule else "none"
    request_seconds.labels(method, route, response.status_code).observe(time.perf_counter() - g.metrics_started)
    return response


def _end(_error: BaseException | None) -> None:
    if "metrics_started" in g:
        requests_in_progress.dec()

"""What every process of the back end counts. How Prometheus gets to see it is told in `exposition`."""

import time

from flask import Flask, Response, g, request
from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)

request_seconds = Histogram(
    "offerloop_http_request_seconds", "Time to answer", ["method", "route", "status"], buckets=SECONDS
)
requests_in_progress = Gauge(
    "offerloop_http_requests_in_progress", "Calls being answered now", multiprocess_mode="livesum"
)
refusals = Counter("offerloop_refusals", "Answers 429 and 503, all of them deliberate", ["status", "reason"])
errors_unexpected = Counter("offerloop_unexpected_errors", "Answers 500: each is a defect", ["route"])
connections = Gauge("offerloop_database_pool_connections", "Database connections in use", multiprocess_mode="livesum")
connections_limit = Gauge(
    "offerloop_database_pool_limit", "Database connections that may be in use", multiprocess_mode="livesum"
)


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_observe)
    app.teardown_request(_end)


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

"""What /metrics tells of every part, and what it costs."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY, Counter
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select

from backend import queues, worker, worker_check
from backend.app import create_app
from backend.batches.models import Batch, Chunk
from backend.common import gauges, shared_counts
from backend.common.clock import now
from backend.common.redis import redis
from backend.config import BEYOND_POOL
from backend.errors import Unavailable
from backend.learning.models import ModelVersion, Promotion, RetrainRun
from tests.conftest import problem

Numbers = Callable[..., float | None]


@pytest.fixture
def numbers(app, client) -> Numbers:
    """numbers("offerloop_x", label="value") -> its value in a fresh scrape, None where there is no such series."""

    def number(name: str, **labels: str) -> float | None:
        gauges.forget(app)
        for family in text_string_to_metric_families(client.get("/metrics").text):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return sample.value
        return None

    return number


def test_refusals_are_counted_by_their_reason(app, client, numbers: Numbers) -> None:
    before = numbers("offerloop_refusals_total", reason="model_busy") or 0
    with app.test_request_context():
        from backend.errors import problem as answer

        assert answer(Unavailable("later", reason="model_busy")).status_code == 503
    assert numbers("offerloop_refusals_total", reason="model_busy", status="503", part="api") == before + 1


def test_dependencies_that_are_away_cost_only_their_own_numbers(app, test_settings) -> None:
    nowhere = {"database_url": "postgresql+psycopg2://u:p@127.0.0.1:1/x", "redis_url": "redis://127.0.0.1:1"}
    text = create_app(test_settings.model_copy(update=nowhere)).test_client().get("/metrics").text
    assert 'offerloop_dependency_up{dependency="database"} 0.0' in text
    assert 'offerloop_dependency_up{dependency="redis"} 0.0' in text
    assert "offerloop_batches" not in text
    assert "offerloop_queue_jobs" not in text
    assert "offerloop_disk_free_bytes" in text
    assert "offerloop_http_request_seconds" in text


def test_a_scrape_asks_the_database_once_in_a_while(app, client, monkeypatch) -> None:
    asked: list[None] = []
    gauges.add(app, gauges.Source(lambda: asked.append(None) or ()))
    try:
        for _ in range(3):
            client.get("/metrics")
        assert len(asked) == 1
    finally:
        app.extensions["gauges"].sources.pop()
        gauges.forget(app)


def test_a_source_that_fails_does_not_hide_the_others(app, numbers: Numbers) -> None:
    def broken() -> Any:
        from backend.common.db import db

        db.session.execute(db.text("SELECT 1 / 0"))

    app.extensions["gauges"].sources.insert(0, gauges.Source(broken, gauges.DATABASE))
    try:
        assert numbers("offerloop_batches", status="done") == 0
    finally:
        app.extensions["gauges"].sources.pop(0)


def test_queues_and_workers(app, numbers: Numbers, test_settings) -> None:
    with app.app_context():
        queue = queues.open_queue(queues.BATCH, redis())
        job = queue.enqueue("backend.batches.jobs.work")
        Redis.hset(redis(), job.key, "enqueued_at", (now() - timedelta(minutes=7)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    assert numbers("offerloop_queue_jobs", queue="batch", state="queued") == 1
    assert 419 < (numbers("offerloop_queue_oldest_job_age_seconds", queue="batch") or 0) < 480
    assert numbers("offerloop_queue_oldest_job_age_seconds", queue="retrain") == 0
    assert numbers("offerloop_workers", queue="batch", state="idle") == 0
    usual = worker.make_worker(test_settings)
    usual.register_birth()
    try:
        assert numbers("offerloop_workers", queue="batch", state="idle") == 1
        assert numbers("offerloop_workers", queue="retrain", state="idle") == 0
        long_ago = (now() - worker_check.ALIVE - timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        Redis.hset(usual.connection, usual.key, "last_heartbeat", long_ago)
        assert numbers("offerloop_workers", queue="batch", state="idle") == 0
    finally:
        usual.register_death()


def test_batches(db_session, numbers: Numbers) -> None:
    ago = now() - timedelta(minutes=3)
    common = {"stage": "write", "author": "a", "source": {}, "options": {}, "writing_at": ago}
    batch = Batch(status="running", total=100, done=30, failed=2, **common)
    db_session.add_all([batch, Batch(status="done", total=9, done=9, finished_at=ago, **common)])
    db_session.flush()
    for number, at in enumerate((ago + timedelta(seconds=60), now() - timedelta(seconds=20))):
        done = {"first_row": 2, "count": 30, "clients": [], "status": "done", "finished_at": at}
        db_session.add(Chunk(batch_id=batch.id, number=number, **done))
    db_session.commit()
    assert numbers("offerloop_batches", status="running") == 1
    assert numbers("offerloop_batches", status="failed") == 0
    assert numbers("offerloop_batch_clients", state="waiting") == 68
    assert numbers("offerloop_batch_clients", state="failed") == 2
    assert numbers("offerloop_batch_clients_per_second") == 0.5
    assert 19 < (numbers("offerloop_batch_idle_seconds") or 0) < 60


def test_learning(db_session, numbers: Numbers) -> None:
    assert numbers("offerloop_retrain_progress_ratio") == 0
    root = {"weights": "w", "lineage": {}, "metrics": {}}
    db_session.add_all(
        [ModelVersion(name="a", status="champion", **root), ModelVersion(name="b", status="canary", **root)]
    )
    db_session.add(Promotion(version="b", share=0.25, kind="canary", actor="p"))
    run = {"trigger": "person", "author": "p"}
    db_session.add(RetrainRun(status="rejected", decision={"verdict": "veto"}, **run))
    beat = now() - timedelta(seconds=90)
    db_session.add(RetrainRun(status="running", progress=0.4, started_at=beat, heartbeat_at=beat, **run))
    db_session.commit()
    assert numbers("offerloop_version_share_ratio", version="a") == 0.75
    assert numbers("offerloop_version_share_ratio", version="b") == 0.25
    assert numbers("offerloop_version_judged_texts", version="b", label="failure") == 0
    assert numbers("offerloop_retrain_decisions", verdict="veto") == 1
    assert numbers("offerloop_retrain_runs", status="running") == 1
    assert numbers("offerloop_retrain_progress_ratio") == 0.4
    assert 89 < (numbers("offerloop_retrain_silent_seconds") or 0) < 150
    assert numbers("offerloop_labels_since_last_run", label="success") == 0
    assert numbers("offerloop_labels_until_run") == 200


def test_the_pool_is_watched(numbers: Numbers, db_session, test_settings) -> None:
    assert numbers("offerloop_database_pool_limit") == test_settings.db_pool + BEYOND_POOL
    assert numbers("offerloop_database_pool_connections") == 0
    db_session.execute(select(1))
    assert numbers("offerloop_database_pool_connections") == 1


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter("offerloop_counted_by_the_test", "Of this test", ["what"])
    yield made
    REGISTRY.unregister(made)


def test_what_jobs_count_is_shown_once_and_kept_apart(
    app, counter, numbers: Numbers, test_settings, monkeypatch
) -> None:
    monkeypatch.setattr(shared_counts, "_pushed", {})
    with Redis.from_url(test_settings.redis_url) as connection:
        counter.labels("x").inc(3)
        shared_counts.push(connection)
        shared_counts.push(connection)
        counter.labels("x").inc(2)
        shared_counts.push(connection)
        assert numbers("offerloop_counted_by_the_test_total", part="worker", what="x") == 5
        assert numbers("offerloop_counted_by_the_test_total", part="api", what="x") == 5
        connection.hset(shared_counts.KEY, json.dumps(["offerloop_gone", "offerloop_gone_total", {}]), "1")
        assert numbers("offerloop_gone_total") is None
        connection.delete(shared_counts.KEY)
        assert numbers("offerloop_counted_by_the_test_total", part="worker") is None


def test_jobs_are_counted_with_their_outcome(app, numbers: Numbers, test_settings, monkeypatch) -> None:
    monkeypatch.setattr(shared_counts, "_pushed", {})
    with app.app_context():
        usual = worker.make_worker(test_settings)
        queue = Queue("interactive", connection=usual.connection, serializer=JSONSerializer)
        queue.enqueue("backend.offers.jobs.purge_idempotency_keys")
        failing = queue.enqueue("tests.common.test_metrics.fails", SECRET)
        usual.work(burst=True, logging_level="WARNING")
        kept = failing.latest_result().exc_string
    assert "ValueError" in kept
    assert SECRET not in kept
    job = "backend.offers.jobs.purge_idempotency_keys"
    assert numbers("offerloop_jobs_total", queue="interactive", function=job, outcome="done", part="worker") == 1
    assert numbers("offerloop_job_seconds_count", queue="interactive", function=job) == 1
    failed = {"function": "tests.common.test_metrics.fails", "outcome": "failed"}
    assert numbers("offerloop_jobs_total", queue="interactive", **failed) == 1
    assert numbers("offerloop_queue_jobs", queue="interactive", state="failed") == 1


SECRET = "7 744 123-45-67"


def fails(secret: str) -> None:
    raise ValueError(secret)


def test_a_problem_names_the_call(client) -> None:
    answer = client.get("/api/v1/nothing", headers={"X-Request-ID": "call-7"})
    assert problem(answer, 404)["request_id"] == answer.headers["X-Request-ID"] == "call-7"

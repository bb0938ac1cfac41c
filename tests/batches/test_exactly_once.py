"""Each client comes exactly once, whatever is killed in the middle: a worker, connections, the model, the queue."""

import os
import random
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import pytest
from apiflask import APIFlask
from redis import Redis
from sqlalchemy import text

from backend.batches import jobs, lease, queue, writing
from backend.batches.models import Batch, Chunk
from backend.common.db import db
from backend.config import Settings
from backend.errors import Unavailable
from backend.offers import chunks as offer_chunks
from backend.offers.models import Offer
from backend.offers.service import warm_up
from tests.batches.conftest import BATCHES, batch_of, chunk_statuses, clients_of, stored, table, work
from tests.conftest import ROOT
from tests.launch.conftest import until

pytestmark = pytest.mark.usefixtures("db_session")
ROWS = 60
EVERYBODY = [str(number) for number in range(1, ROWS + 1)]


def expire_leases() -> None:
    """As if so much time had passed."""
    db.session.rollback()
    past = text("now() - interval '1 second'")
    db.session.query(Chunk).filter(Chunk.lease_until.is_not(None)).update({"lease_until": past})
    db.session.query(Batch).filter(Batch.lease_until.is_not(None)).update({"lease_until": past})
    db.session.commit()


def assert_everybody_once(batch_id: uuid.UUID) -> None:
    record = stored(batch_id)
    assert (record.status, record.total, record.done + record.failed) == ("done", ROWS, ROWS)
    assert clients_of(batch_id) == EVERYBODY
    assert set(chunk_statuses(batch_id)) == {"done"}
    failed = db.session.query(Offer).filter(Offer.batch_id == batch_id, Offer.text.is_(None)).count()
    assert record.failed == failed


def _turn(app: APIFlask) -> None:
    db_engine(app).dispose(close=False)
    work(app)


def db_engine(app: APIFlask) -> Any:
    with app.app_context():
        return db.engine


@contextmanager
def worker_process(app: APIFlask) -> Iterator[Any]:
    """A turn of work in a child; killed at the end of the block if it still lives."""
    process = get_context("fork").Process(target=_turn, args=(app,))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def test_workers_killed_again_and_again(app, send, model_url) -> None:
    batch_id = batch_of(send(table(ROWS)))
    warm_up()
    rng, kills, patience = random.Random(7), 0, 1.0
    while stored(batch_id).status != "done":
        with worker_process(app) as first, worker_process(app) as second:
            first.join(rng.uniform(0.3, 1.5) * patience)
            second.join(rng.uniform(0.0, 0.5))
            kills += first.is_alive() + second.is_alive()
        patience *= 1.3  # on a busy machine a chunk takes longer than any fixed time
        expire_leases()
        db.session.query(Chunk).update({"attempts": 0})  # this is about the killing and not about giving up
        db.session.query(Batch).update({"attempts": 0})
        db.session.commit()
    assert kills >= 2
    assert_everybody_once(batch_id)


def test_connections_cut_again_and_again(app, send, model_url) -> None:
    batch_id = batch_of(send(table(ROWS)))
    over = threading.Event()
    cut = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    cuts = []

    def scissors() -> None:
        with app.app_context():
            while not over.wait(0.4):
                try:
                    cuts.append(db.session.execute(cut).scalar() or 0)
                    db.session.commit()
                except Exception:  # noqa: BLE001 - its own connection is cut by nobody, but may be stale
                    db.session.rollback()

    cutting = threading.Thread(target=scissors)
    cutting.start()
    try:
        for _ in range(100):
            try:
                work(app)
                if stored(batch_id).status == "done":
                    break
                expire_leases()
            except Exception:  # noqa: BLE001 - a job that fails is called again by the housekeeping
                db.session.rollback()
    finally:
        over.set()
        cutting.join()
    assert sum(cuts) > 3
    assert_everybody_once(batch_id)


def test_without_the_model_chunks_wait_and_are_not_given_up(app, send, model_url, with_settings, monkeypatch) -> None:
    batch_id = batch_of(send(table(ROWS)))
    monkeypatch.setattr(jobs, "TURN_S", 1.5)
    monkeypatch.setattr(writing, "LONGEST_PAUSE_S", 0.1)
    with_settings(model_url="http://127.0.0.1:9", batch_call_s=5, batch_calls=2)
    work(app)
    assert set(chunk_statuses(batch_id)) == {"waiting"}
    assert {chunk.attempts for chunk in db.session.query(Chunk)} == {0}
    assert stored(batch_id).status == "running"
    monkeypatch.setattr(jobs, "TURN_S", 60.0)
    with_settings(model_url=model_url, batch_call_s=60)
    work(app)
    assert_everybody_once(batch_id)


def test_a_worker_that_lives_keeps_its_chunks(app, send, monkeypatch) -> None:
    send(table(4))
    monkeypatch.setattr(lease, "BEAT_S", 0.05)
    with app.app_context(), lease.held() as mine:
        jobs.validation.check(jobs.validation.take(mine).id, mine)
        assert writing.take(mine)
        expire_leases()
        until(lambda: not jobs._has_work(), 10)
        assert writing.take(uuid.uuid4()) is None


def test_a_slow_worker_and_a_cancelled_batch_store_nothing(app, client, auth, send, model_url) -> None:
    batch_id = batch_of(send(table(4)))
    with app.app_context():
        mine, other = uuid.uuid4(), uuid.uuid4()
        batch = jobs.validation.take(mine)
        jobs.validation.check(batch.id, mine)
        slow = writing.take(mine)
        assert writing.take(other) is None
        expire_leases()
        quick = writing.take(other)
        written = writing._write(slow)
        with pytest.raises(lease.Lost):
            writing.settle(slow, written)
        db.session.rollback()
        assert clients_of(batch_id) == []
        writing.settle(quick, written)
        assert clients_of(batch_id) == ["1", "2", "3", "4"]
        assert stored(batch_id).status == "done"
    late = batch_of(send(table(4)))
    with app.app_context():
        jobs.validation.check(jobs.validation.take(mine).id, mine)
        taken = writing.take(mine)
        written = writing._write(taken)
        client.post(f"{BATCHES}/{late}/cancel", headers=auth())
        with pytest.raises(lease.Lost):
            writing.settle(taken, written)
        db.session.rollback()
    assert (clients_of(late), stored(late).status) == ([], "cancelled")


def test_who_was_forgotten_is_not_stored_by_an_earlier_call_of_the_worker(app, client, auth, send, model_url) -> None:
    batch_id = batch_of(send(table(4)))
    with app.app_context():
        mine = uuid.uuid4()
        jobs.validation.check(jobs.validation.take(mine).id, mine)
        first = writing.take(mine)
        written = writing._write(first)
        forgotten = client.post("/api/v1/privacy/forget-client", json={"client_id": 2}, headers=auth("admin"))
        assert forgotten.get_json()["batch_rows"] == 1
        second = writing.take(mine)
        assert second.lease == first.lease
        with pytest.raises(lease.Lost):
            writing.settle(first, written)
        db.session.rollback()
        assert clients_of(batch_id) == []
        writing._put_back(first, counts=False)
        assert chunk_statuses(batch_id) == ["working"], "nor does it give back what another call holds"
        writing.settle(second, writing._write(second))
        record = stored(batch_id)
        assert (record.status, record.total, record.done + record.failed) == ("done", 3, 3)
        assert clients_of(batch_id) == ["1", "3", "4"]


def test_clients_on_whom_workers_die_get_errors(app, client, auth, send, model_url) -> None:
    batch_id = batch_of(send(table(8)))
    with app.app_context():
        mine = uuid.uuid4()
        jobs.validation.check(jobs.validation.take(mine).id, mine)
        db.session.query(Chunk).filter_by(number=0).update({"attempts": writing.MOST_ATTEMPTS})
        db.session.commit()
    work(app)
    record = stored(batch_id)
    assert (record.status, record.done, record.failed) == ("done", 4, 4)
    page = client.get(f"/api/v1/offers?batch_id={batch_id}&sort=created_at", headers=auth()).get_json()
    assert {item["error"]["code"] for item in page["items"] if "error" in item} == {offer_chunks.NOT_WRITTEN}
    client.post(f"{BATCHES}/{batch_id}/resume", headers=auth())
    work(app)
    record = stored(batch_id)
    assert (record.status, record.done, record.failed) == ("done", 8, 0)
    assert clients_of(batch_id) == [str(number) for number in range(1, 9)]


def refusing(monkeypatch, reason: str, *wrong: str) -> list[int]:
    """The model refuses every call with one of these clients in it; returns the sizes of the calls."""
    usual, sizes = writing.offers.write_chunk, []

    def call(options: Any, clients: Any, *rest: Any) -> Any:
        sizes.append(len(clients))
        if {str(client["client_id"]) for client in clients} & set(wrong):
            raise Unavailable("…", reason=reason)
        return usual(options, clients, *rest)

    monkeypatch.setattr(writing.offers, "write_chunk", call)
    monkeypatch.setattr(writing, "LONGEST_PAUSE_S", 0.01)
    return sizes


@pytest.mark.parametrize("reason", ["deadline", "model_nonsense"])
def test_what_the_model_never_writes_ends_and_costs_only_itself(
    app, client, auth, send, model_url, monkeypatch, caplog, with_settings, reason
) -> None:
    with_settings(batch_calls=1)
    batch_id = batch_of(send(table(8)))
    with monkeypatch.context() as patch:
        sizes = refusing(patch, reason, "3")
        work(app)
    assert sorted(sizes) == [1, 1, 2, 2, *[4] * (writing.MOST_ATTEMPTS + 1)]
    told = [record for record in caplog.records if record.message == "the model did not write a chunk"]
    assert [record.__dict__["reason"] for record in told] == [reason] * (writing.MOST_ATTEMPTS - 1)
    record = stored(batch_id)
    assert (record.status, record.done, record.failed) == ("done", 7, 1)
    [failed] = db.session.query(Offer).filter(Offer.batch_id == batch_id, Offer.text.is_(None))
    assert (failed.client_id, failed.error, failed.error_detail) == ("3", "not_written", writing.REFUSED[reason])
    assert clients_of(batch_id) == [str(number) for number in range(1, 9)]
    client.post(f"{BATCHES}/{batch_id}/resume", headers=auth())
    work(app)
    assert (stored(batch_id).done, stored(batch_id).failed) == (8, 0)


def test_a_slow_model_is_not_asked_for_each_client_of_a_chunk(app, send, monkeypatch, with_settings) -> None:
    with_settings(batch_calls=1)
    batch_id = batch_of(send(table(4)))
    monkeypatch.setattr(writing, "LAST_TRY_CALLS", 0)
    sizes = refusing(monkeypatch, "deadline", "1")
    work(app)
    assert sizes == [4] * writing.MOST_ATTEMPTS
    assert (stored(batch_id).status, stored(batch_id).failed) == ("done", 4)


def test_a_product_that_went_out_of_the_catalogue_costs_only_its_clients(app, client, auth, send, model_url) -> None:
    content = "client_id;age;product\n1;40;CC\n2;41;DC\n3;42;CC\n4;43;CC\n"
    batch_id = batch_of(send(content))
    with app.app_context():
        mine = uuid.uuid4()
        jobs.validation.check(jobs.validation.take(mine).id, mine)
    archived = client.post("/api/v1/products/DC/archive", json={"version": 1}, headers=auth("admin"))
    assert archived.status_code == 200, archived.text
    work(app)
    rows = db.session.query(Offer).filter_by(batch_id=batch_id).order_by(Offer.position).all()
    assert [(row.client_id, row.error) for row in rows if row.text is None] == [("2", offer_chunks.NOT_WRITTEN)]
    assert [row.position for row in rows] == [2, 3, 4, 5]


def test_the_common_product_that_went_off_sale_costs_only_who_has_no_own(app, client, auth, send, model_url) -> None:
    batch_id = batch_of(send("client_id;age;product\n1;40;CC\n2;41;\n3;42;CC\n", product="DC"))
    with app.app_context():
        mine = uuid.uuid4()
        jobs.validation.check(jobs.validation.take(mine).id, mine)
    archived = client.post("/api/v1/products/DC/archive", json={"version": 1}, headers=auth("admin"))
    assert archived.status_code == 200, archived.text
    work(app)
    rows = db.session.query(Offer).filter_by(batch_id=batch_id).order_by(Offer.position).all()
    assert [(row.client_id, row.product, bool(row.text)) for row in rows] == [
        ("1", "CC", True),
        ("2", "DC", False),
        ("3", "CC", True),
    ]


@contextmanager
def real_worker(settings: Settings, model_url: str, var_dir: Any) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m backend.worker` with its queues, killed with its children at the end."""
    chosen = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "MODEL_URL": model_url,
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "VAR_DIR": str(var_dir),
        "BATCH_CHUNK": "4",
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "backend.worker"]
    process = subprocess.Popen(command, env={**os.environ, **chosen}, cwd=ROOT, start_new_session=True)
    try:
        yield process
    finally:
        # RQ gives the child of a job a group of its own, so both are ended by their numbers
        for pid in (*_children(process.pid), process.pid):
            _kill(pid)
        process.wait()


def _children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def test_a_killed_worker_and_a_lost_queue(app, send, places, test_settings, model_url) -> None:
    rows = 400
    batch_id = batch_of(send(table(rows)))
    with real_worker(test_settings, model_url, places.parent):
        until(lambda: stored(batch_id).done >= 8, 60)
    assert stored(batch_id).status == "running"
    with Redis.from_url(test_settings.redis_url) as redis:
        redis.flushall()
    expire_leases()
    with real_worker(test_settings, model_url, places.parent):
        until(lambda: stored(batch_id).status == "done", 180)
    record = stored(batch_id)
    assert record.done + record.failed == rows
    assert clients_of(batch_id) == [str(number) for number in range(1, rows + 1)]


def test_housekeeping_calls_workers_only_to_work(app, send, monkeypatch) -> None:
    calls: list[int] = []
    counted: Callable[[], int] = lambda: calls.append(1) or 1  # noqa: E731
    with app.app_context():
        monkeypatch.setattr(queue, "call_workers", counted)
        jobs.keep_up()
        assert calls == []
        send(table(1))
        jobs.keep_up()
    assert len(calls) == 2, "one by the call itself, one by the housekeeping"

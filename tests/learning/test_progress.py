"""A run at work: its lock, its signs of life, its end; and that it goes on after whatever happened."""

import errno
import os
import signal
import uuid
from datetime import timedelta
from multiprocessing import get_context
from typing import Any

import pytest
from rq.timeouts import JobTimeoutException
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from backend.common.clock import now
from backend.common.db import db
from backend.errors import Invalid, Unavailable
from backend.learning import abandoned, jobs, locks, progress, promotion, runs
from backend.learning.models import RetrainRun
from backend.learning.states import GOING, RunStatus, VersionStatus, WrongMove, run_move, version_move
from backend.learning.versions import Made
from tests.learning.conftest import Component, held, queued, statuses, store_version
from tests.learning.test_versions import store_run

OTHERS_END = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()
"""


def again(run: RetrainRun) -> RetrainRun:
    """The run as the database has it."""
    db.session.rollback()
    return runs.get(run.id)


def test_a_run_from_claim_to_decision(db_session: Any) -> None:
    store_version("base-4", "champion")
    run = store_run(status="queued", parent="base-4", challenger="base-4.1")
    with runs.claim(run.id) as mine:
        assert mine
        runs.beat(run.id, "freeze", 0.1)
        runs.write_line(run.id, "600 меток")
        runs.stage_done(run.id, "freeze", {"labels": 500}, seconds=1.0)
        runs.stage_done(run.id, "freeze", {"labels": 600}, seconds=2.0)
        runs.register(run.id, Made("base-4.1", path="base-4.1.gguf"))
        runs.await_approval(run.id, {"winner": "base-4.1"}, {"auroc": 0.85})
    shown = runs.detail(again(run).id)
    assert [shown[name] for name in ("status", "stage", "progress", "error")] == [
        "awaiting_approval",
        "freeze",
        1,
        None,
    ]
    assert [(one["name"], one["result"]) for one in shown["stages"]] == [("freeze", {"labels": 600})]
    assert [one.line for one in shown["log_tail"]] == ["600 меток"]
    assert statuses()["base-4.1"] == "candidate"


def test_a_rejected_challenger_never_serves(db_session: Any) -> None:
    store_version("base-4", "champion")
    run = store_run(parent="base-4", challenger="base-4.1")
    runs.register(run.id, Made("base-4.1"))
    runs.reject(run.id, {"veto": "длина"}, {})
    assert (again(run).status, again(run).decision) == ("rejected", {"veto": "длина"})
    assert statuses()["base-4.1"] == "rejected"


def test_the_policy_begins_with_a_canary(db_session: Any, component: Component, with_settings) -> None:
    with_settings(promotion="policy", canary_share=0.2)
    store_version("base-4", "champion")
    run = store_run(parent="base-4", challenger="base-4.1")
    runs.register(run.id, Made("base-4"))
    runs.await_approval(run.id, {}, {})
    assert (again(run).status, statuses()["base-4.1"]) == ("promoted", "canary")
    assert promotion.serving.state().share == 0.2


def test_a_policy_that_cannot_promote_leaves_it_to_a_person(
    db_session: Any, component: Component, with_settings
) -> None:
    with_settings(promotion="policy")
    store_version("base-4", "champion")
    run = store_run(parent="base-4", challenger="base-4.1")
    runs.register(run.id, Made("base-4.1", path="gone.gguf"))
    runs.await_approval(run.id, {}, {})
    assert again(run).status == "awaiting_approval"
    assert "Файла версии base-4.1 нет" in runs.detail(run.id)["log_tail"][-1].line


def test_the_policy_waits_its_turn(db_session: Any, component: Component, with_settings) -> None:
    with_settings(promotion="policy")
    store_version("base-4", "champion")
    store_version("base-4.1", "canary", weights="base-4")
    for parent, number in (("base-4", 2), ("base-3", 3)):
        store_version(f"base-4.{number}", parent=parent, weights="base-4")
        store_run(status="awaiting_approval", parent=parent, challenger=f"base-4.{number}")
    assert runs.apply_policy() == "пробуется другая версия"
    promotion.rollback(actor="ann")
    jobs.keep_up()
    assert statuses() == {"base-4": "champion", "base-4.1": "retired", "base-4.2": "canary", "base-4.3": "candidate"}


def test_a_cancelled_run_ends_at_its_next_breath(db_session: Any) -> None:
    run = store_run(status="queued")
    reached = []
    with runs.claim(run.id):
        runs.beat(run.id, "freeze", 0.1)
        runs.cancel(run.id)
        db.session.commit()
        runs.beat(run.id, "score", 0.2)
        reached.append("score")
    assert (again(run).status, again(run).stage, reached) == ("cancelled", "freeze", [])


def test_a_cancellation_behind_the_last_breath_is_not_lost(
    db_session: Any, component: Component, with_settings
) -> None:
    with_settings(promotion="policy")
    store_version("base-4", "champion")
    run = store_run(status="queued", parent="base-4", challenger="base-4.1")
    with runs.claim(run.id):
        runs.beat(run.id, "gate", 1.0)
        runs.cancel(again(run).id)
        db.session.commit()
        runs.register(run.id, Made("base-4"))
        runs.await_approval(run.id, {}, {})
    assert (again(run).status, again(run).finished_at is not None) == ("cancelled", True)
    assert statuses() == {"base-4": "champion", "base-4.1": "rejected"}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Invalid("Файла версии нет"), "Файла версии нет"),
        (KeyError("Иванов, 41 год"), "Непредвиденная ошибка (KeyError); подробности в журнале обработчика дообучения"),
    ],
)
def test_a_defect_ends_the_run_in_words(db_session: Any, error: Exception, words: str) -> None:
    run = store_run(status="queued")
    with pytest.raises(type(error)), runs.claim(run.id):
        raise error
    assert (again(run).status, again(run).error) == ("failed", words)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "На диске кончилось место"),
        (MemoryError(), "Не хватило памяти"),
        (JobTimeoutException("Task exceeded maximum timeout value"), "Вышло время одной попытки (6 ч)"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "Не хватило памяти"),
    ],
)
def test_a_shortage_is_told_and_the_run_goes_on_later(db_session: Any, error: Exception, words: str) -> None:
    run = store_run(status="queued", attempts=abandoned.MOST_ATTEMPTS - 1)
    for attempts in (abandoned.MOST_ATTEMPTS, abandoned.MOST_ATTEMPTS):
        with pytest.raises(type(error)), runs.claim(run.id):
            raise error
        assert again(run).status == "running"
        assert words in runs.detail(run.id)["log_tail"][-1].line
        run.heartbeat_at = now() - abandoned.SILENT - timedelta(seconds=1)
        db.session.commit()
        abandoned.resume()
        assert again(run).attempts == attempts
    assert run.status == "failed"
    assert words in (run.error or "")


def test_a_challenger_of_a_run_that_is_given_up_is_rejected(db_session: Any) -> None:
    store_version("base-4", "champion")
    run = store_run(status="running", parent="base-4", challenger="base-4.1", attempts=abandoned.MOST_ATTEMPTS)
    run.heartbeat_at = now() - abandoned.SILENT - timedelta(seconds=1)
    store_version("base-4.1", "candidate")
    abandoned.resume()
    assert again(run).status == "failed"
    assert statuses() == {"base-4": "champion", "base-4.1": "rejected"}


def test_a_part_that_is_away_only_interrupts(db_session: Any) -> None:
    run = store_run(status="queued")
    with pytest.raises(Unavailable), runs.claim(run.id):
        raise Unavailable("Компонент модели не отвечает")
    assert again(run).status == "running"


def test_one_run_is_worked_on_at_a_time(db_session: Any) -> None:
    run = store_run(status="queued")
    with held(locks.RUN), runs.claim(run.id) as mine:
        assert not mine
    with runs.claim(run.id) as mine:
        assert mine
    with runs.claim(uuid.uuid4()) as mine:
        assert not mine


def test_a_broken_connection_is_replaced_and_the_run_goes_on(db_session: Any) -> None:
    """What a restart of PostgreSQL does to those who are connected."""
    run = store_run(status="queued")
    with runs.claim(run.id):
        db.session.execute(text(OTHERS_END))
        db.session.rollback()
        runs.beat(run.id, "score", 0.3)
        with db.engine.connect() as other:
            assert not locks.taken_for_connection(other, locks.RUN)
    assert again(run).stage == "score"


def test_a_database_that_is_away_for_a_minute_is_waited_for(db_session: Any, monkeypatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(progress.time, "sleep", pauses.append)

    def away() -> bool:
        if len(pauses) < 6:
            raise OperationalError("SELECT", {}, Exception("connection refused"))
        return True

    assert progress.durably(away)
    assert pauses == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    moments = iter([0.0, progress.PATIENCE_S + 1])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(moments))
    pauses.clear()
    with pytest.raises(OperationalError):
        progress.durably(away)


def test_another_process_that_took_the_run_over_keeps_it(db_session: Any) -> None:
    run = store_run(status="queued")
    with runs.claim(run.id):
        progress._claim.release()
        with held(locks.RUN):
            runs.beat(run.id, "score", 0.3)
    assert again(run).status == "running"


def test_a_run_that_was_queued_again_is_not_cancelled_by_its_former_process(db_session: Any) -> None:
    run = store_run(status="queued")
    with runs.claim(run.id):
        again(run).status = "queued"
        db.session.commit()
        runs.beat(run.id, "score", 0.3)
    assert again(run).status == "queued"


# --- runs that nobody works on ---------------------------------------------------------------------------------------

LONG_AGO = timedelta(minutes=5)


def test_a_silent_run_is_queued_again(app, db_session: Any) -> None:
    run = store_run(heartbeat_at=now() - LONG_AGO, stage="tune", attempts=1)
    assert abandoned.resume() == 1
    assert (again(run).status, again(run).attempts) == ("queued", 2)
    assert queued(app) == [("retrain.jobs.run", [str(run.id)])]
    assert abandoned.resume() == 0


def test_a_run_that_breathes_or_holds_its_lock_is_left_alone(db_session: Any) -> None:
    store_run(heartbeat_at=now())
    assert abandoned.resume() == 0
    store_run(heartbeat_at=now() - LONG_AGO)
    with held(locks.RUN):
        assert abandoned.resume() == 0


def test_a_job_that_redis_lost_is_queued_again(app, db_session: Any) -> None:
    store_run(status="queued", attempts=1)
    assert abandoned.resume() == 0  # it may just be on its way
    run = store_run(status="queued", attempts=1, created_at=now() - LONG_AGO)
    assert abandoned.resume() == 1
    assert abandoned.resume() == 0
    assert (again(run).attempts, len(queued(app))) == (2, 1)


def test_five_attempts_are_enough(db_session: Any) -> None:
    run = store_run(heartbeat_at=now() - LONG_AGO, stage="tune", attempts=5)
    assert abandoned.resume() == 0
    assert again(run).status == "failed"
    assert again(run).error == "Обработчик прерывался 5 раз подряд; последний этап: tune"


def test_a_cancelled_run_whose_worker_died_is_over(db_session: Any) -> None:
    run = store_run(heartbeat_at=now() - LONG_AGO, cancel_requested=True)
    abandoned.resume()
    assert again(run).status == "cancelled"


def _work_for_ever(app: Any, run_id: uuid.UUID, begun: Any) -> None:
    with app.app_context():
        db.engine.dispose(close=False)  # the connections are the parent's
        with runs.claim(run_id):
            begun.set()
            signal.pause()


def test_a_killed_process_frees_its_run(app, db_session: Any) -> None:
    run = store_run(status="queued")
    db.session.rollback()
    context = get_context("fork")
    begun = context.Event()
    worker = context.Process(target=_work_for_ever, args=(app, run.id, begun))
    worker.start()
    assert begun.wait(20)
    run = again(run)
    run.heartbeat_at = now() - LONG_AGO
    db.session.commit()
    assert abandoned.resume() == 0
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    assert abandoned.resume() == 1
    with runs.claim(run.id) as mine:
        assert mine


def test_statuses_move_one_way() -> None:
    over = [status for status in RunStatus if status not in GOING and status is not RunStatus.AWAITING_APPROVAL]
    for status in over:
        for other in RunStatus:
            if other is not status:
                with pytest.raises(WrongMove):
                    run_move(status, other)
    with pytest.raises(WrongMove):
        version_move("rejected", VersionStatus.CHAMPION)

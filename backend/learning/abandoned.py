"""Runs that nobody works on any more: the worker was killed, or Redis lost the job. They go on where they stopped."""

import logging
from datetime import timedelta

from sqlalchemy import select

from backend.common.clock import now
from backend.common.db import db
from backend.learning import queue, versions
from backend.learning.locks import RUN, taken_for_transaction
from backend.learning.models import RetrainLine, RetrainRun
from backend.learning.states import GOING, RunStatus, run_move

SILENT = timedelta(seconds=90)
"""Without a sign of life for so long a run counts as abandoned, if its lock is free as well."""
YOUNG = timedelta(seconds=15)
"""A row that has just been made may not be in the queue yet."""
MOST_ATTEMPTS = 5

log = logging.getLogger(__name__)


def resume() -> int:
    """Queue abandoned runs again, give up those that were tried too often; returns how many were queued. Commits.

    Raises RedisError when the queue is away: then nothing has changed.
    """
    queued = 0
    for run in db.session.scalars(select(RetrainRun).where(RetrainRun.status.in_(GOING)).with_for_update()).all():
        if _is_abandoned(run) and _may_try_again(run):
            queue.put(run.id, run.attempts)
            log.warning("run queued again", extra={"run_id": str(run.id), "attempt": run.attempts})
            queued += 1
    db.session.commit()
    return queued


def _is_abandoned(run: RetrainRun) -> bool:
    if run.status == RunStatus.QUEUED:
        return now() - run.created_at > YOUNG and not queue.holds(run.id, run.attempts)
    silent = now() - (run.heartbeat_at or run.created_at)
    return silent > SILENT and taken_for_transaction(RUN)


def _may_try_again(run: RetrainRun) -> bool:
    """Prepare the next attempt; False when the run is over instead."""
    if run.cancel_requested:
        _end(run, RunStatus.CANCELLED)
        return False
    if run.attempts >= MOST_ATTEMPTS:
        _end(run, RunStatus.FAILED)
        run.error = f"Обработчик прерывался {MOST_ATTEMPTS} раз подряд; последний этап: {run.stage or 'не начат'}"
        if line := _last_line(run):
            run.error += f"; последняя запись: {line}"
        return False
    run.status = run_move(run.status, RunStatus.QUEUED)
    run.attempts += 1
    return True


def _end(run: RetrainRun, status: RunStatus) -> None:
    """The run is over, and so is a challenger that it had registered before its decision was stored."""
    run.status, run.finished_at = run_move(run.status, status), now()
    versions.reject(run.challenger)


def _last_line(run: RetrainRun) -> str | None:
    newest = select(RetrainLine.line).where(RetrainLine.run_id == run.id).order_by(RetrainLine.id.desc()).limit(1)
    return db.session.scalar(newest)

"""What workers run for batches: a turn of work, and the housekeeping that calls them to it."""

import logging
import time

from redis import RedisError
from sqlalchemy import exists, select

from backend.batches import files, lease, queue, validation, writing
from backend.batches.models import Batch, Chunk
from backend.batches.states import GOING, VALIDATE, WRITE, BatchStatus
from backend.common import temporary
from backend.common.clock import now
from backend.common.db import db

TURN_S = 180.0
"""A worker also has other queues; at the end of a turn the model waits some seconds for the next."""

log = logging.getLogger(__name__)


def work() -> None:
    """Check the rows of batches that wait for it, then write texts for some minutes. Commits as it goes."""
    with lease.held() as mine:
        while batch := validation.take(mine):
            validation.check(batch.id, mine)
        writing.run(mine, time.monotonic() + TURN_S)
    if _has_work():
        _call()


def keep_up() -> None:
    """Call workers to what was left: by a killed worker, by a Redis that lost its queue. Remove files nobody needs."""
    if _has_work():
        _call()
    needed = select(Batch.id).where(Batch.status.in_(GOING), Batch.stage == VALIDATE)
    files.sweep(set(db.session.scalars(needed)))
    temporary.sweep()
    db.session.rollback()


def _has_work() -> bool:
    """Whether there is anything that a worker could take now."""
    free = (Batch.lease_until.is_(None)) | (Batch.lease_until < now())
    unchecked = exists().where(Batch.status.in_(GOING), Batch.stage == VALIDATE, free)
    going = (Batch.status == BatchStatus.RUNNING.value, Batch.stage == WRITE)
    unwritten = exists().where(*going, Chunk.batch_id == Batch.id, writing.free_chunks())
    found = bool(db.session.scalar(select(unchecked | unwritten)))
    db.session.rollback()
    return found


def _call() -> None:
    try:
        queue.call_workers()
    except RedisError as error:
        log.warning("workers cannot be called", extra={"error": type(error).__name__})

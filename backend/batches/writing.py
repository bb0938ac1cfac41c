"""The second stage: workers take chunks, have their texts written, and store texts and state in one transaction.

So each client comes exactly once, whatever is killed: before the transaction the chunk is as it was, after it the
chunk is done. A worker that was too slow, or whose batch was cancelled, finds its lease gone and stores nothing.
"""

import logging
import random
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

from flask import Flask, current_app
from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from backend.batches.lease import Lost, until
from backend.batches.models import Batch, Chunk
from backend.batches.rows import Client
from backend.batches.states import WRITE, BatchStatus, ChunkStatus
from backend.common import request_ids
from backend.common.clock import now
from backend.common.db import db
from backend.config import settings
from backend.errors import Unavailable
from backend.offers import service as offers

MOST_ATTEMPTS = 5
"""After so many tries that killed the worker, met a defect or a refusal of the chunk itself, its clients get errors."""
LONGEST_PAUSE_S = 5.0
LAST_TRY_CALLS = 4
"""Calls of the longest time after which the last try splits its chunk no further."""
GIVEN_UP = f"Обработчик прерывался на этих клиентах {MOST_ATTEMPTS} раз; повторите рассылку для строк с ошибками"
REFUSED: Mapping[str, str] = {
    "deadline": "Языковая модель не успела за BATCH_CALL_S; повторите рассылку для строк с ошибками",
    "model_nonsense": "Сервер языковой модели отклонил запрос; повторите рассылку для строк с ошибками",
}
"""Why the model did not write, where that may be for what the chunk holds and would come again for ever; else it is
away or busy, and the chunk waits."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """A chunk that this worker writes. `options` are those of its batch."""

    batch_id: uuid.UUID
    number: int
    clients: Sequence[Client]
    attempts: int
    options: dict[str, Any]
    author_id: uuid.UUID | None
    lease: uuid.UUID


def run(lease: uuid.UUID, stop_at: float) -> int:
    """Write chunks, several at once so that the model always has some, until there are none or the time is over.

    `stop_at` is a monotonic time, after which no chunk is begun. Returns how many were written.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    calls = settings().batch_calls
    with ThreadPoolExecutor(calls, thread_name_prefix="batch-call") as pool:
        loops = [pool.submit(request_ids.carried(_loop), app, lease, stop_at) for _ in range(calls)]
        return sum(loop.result() for loop in loops)


def _loop(app: Flask, lease: uuid.UUID, stop_at: float) -> int:
    written = 0
    with app.app_context():
        while time.monotonic() < stop_at:
            try:
                taken = take(lease)
                if taken is None:
                    break
                written += _serve(taken)
            except (OperationalError, InterfaceError, PoolTimeout) as error:
                db.session.rollback()
                log.warning("the database is away", extra={"error": type(error).__name__})
                time.sleep(random.uniform(0.5, 2.0))
    return written


def free_chunks() -> Any:
    """The condition of chunks that anybody may take."""
    lapsed = and_(Chunk.status == ChunkStatus.WORKING.value, Chunk.lease_until < func.now())
    return and_(Chunk.status != ChunkStatus.DONE.value, or_(Chunk.status == ChunkStatus.WAITING.value, lapsed))


def take(lease: uuid.UUID) -> Taken | None:
    """The next free chunk of any batch; several batches share the workers evenly. Commits."""
    going = select(Batch.id).where(Batch.status == BatchStatus.RUNNING.value, Batch.stage == WRITE)
    ids = list(db.session.scalars(going))
    random.shuffle(ids)
    taken = next((taken for batch_id in ids if (taken := _take_from(batch_id, lease))), None)
    db.session.commit()
    return taken


def _take_from(batch_id: uuid.UUID, lease: uuid.UUID) -> Taken | None:
    free = select(Chunk).where(Chunk.batch_id == batch_id, free_chunks()).order_by(Chunk.number).limit(1)
    chunk: Chunk | None = db.session.scalar(
        free.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    )
    if chunk is None:
        return None
    batch = db.session.get_one(Batch, batch_id)
    chunk.status, chunk.lease, chunk.lease_until = ChunkStatus.WORKING.value, lease, until()
    chunk.attempts += 1
    return Taken(batch_id, chunk.number, chunk.clients, chunk.attempts, batch.options, batch.author_id, lease)


def _serve(taken: Taken) -> bool:
    """Write one chunk and settle it. False where it goes back to the others."""
    try:
        settle(taken, _write(taken))
        return True
    except Lost:
        db.session.rollback()
        log.info("the chunk is not ours any more", extra=_named(taken))
    except Unavailable as busy:
        counts = busy.reason in REFUSED
        if counts:
            log.warning("the model did not write a chunk", extra={**_named(taken), "reason": busy.reason})
        _put_back(taken, counts=counts)
        time.sleep(min(LONGEST_PAUSE_S, busy.retry_after) * random.uniform(0.5, 1.0))
    except (OperationalError, InterfaceError, PoolTimeout):
        _put_back(taken, counts=False)
        raise
    except Exception:
        log.exception("a chunk could not be written", extra=_named(taken))
        _put_back(taken, counts=True)
    return False


def _write(taken: Taken) -> offers.Written:
    if taken.attempts > MOST_ATTEMPTS:
        return _refuse(taken, taken.clients, GIVEN_UP)
    if taken.attempts == MOST_ATTEMPTS:
        return _write_in_parts(taken, taken.clients, time.monotonic() + LAST_TRY_CALLS * settings().batch_call_s)
    return _call(taken, taken.clients)


def _write_in_parts(taken: Taken, clients: Sequence[Client], stop_at: float) -> offers.Written:
    """The last try. A chunk that the model refuses is written in halves, so that one client does not fail them all."""
    try:
        return _call(taken, clients)
    except Unavailable as refusal:
        if refusal.reason not in REFUSED:
            raise
        if len(clients) == 1 or time.monotonic() > stop_at:
            told = {**_named(taken), "reason": refusal.reason, "clients": len(clients)}
            log.warning("clients of a chunk are given up", extra=told)
            return _refuse(taken, clients, REFUSED[refusal.reason])
    middle = len(clients) // 2
    halves = [_write_in_parts(taken, half, stop_at) for half in (clients[:middle], clients[middle:])]
    return offers.Written([row for half in halves for row in half.rows])


def _call(taken: Taken, clients: Sequence[Client]) -> offers.Written:
    bulk = offers.Bulk(taken.batch_id, settings().batch_candidates)
    return offers.write_chunk(taken.options, clients, taken.author_id, bulk, settings().batch_call_s)


def _refuse(taken: Taken, clients: Sequence[Client], reason: str) -> offers.Written:
    return offers.refuse_chunk(taken.options, clients, taken.author_id, taken.batch_id, reason)


def settle(taken: Taken, written: offers.Written) -> None:
    """Store the texts, the state of the chunk and the counts of the batch. Commits. Raises Lost, and stores nothing.

    The batch's row is changed first: who changes it last sees all other chunks as they are, and so sees the end.
    """
    failed = written.failed
    going = (Batch.id == taken.batch_id, Batch.status == BatchStatus.RUNNING.value)
    counts = {"done": Batch.done + len(written.rows) - failed, "failed": Batch.failed + failed}
    _one(update(Batch).where(*going).values(**counts))
    _one(_mine(taken).values(status=ChunkStatus.DONE.value, clients=[], lease=None, finished_at=now()))
    offers.store_chunk(taken.batch_id, written)
    left = exists().where(Chunk.batch_id == taken.batch_id, Chunk.status != ChunkStatus.DONE.value)
    over = {"status": BatchStatus.DONE.value, "finished_at": now()}
    db.session.execute(update(Batch).where(*going, ~left).values(**over))
    db.session.commit()


def _mine(taken: Taken) -> Any:
    """The chunk while it is held by this very taking: another call of the same worker has the same lease."""
    same = (Chunk.batch_id == taken.batch_id, Chunk.number == taken.number, Chunk.attempts == taken.attempts)
    return update(Chunk).where(*same, Chunk.lease == taken.lease, Chunk.status == ChunkStatus.WORKING.value)


def _one(statement: Any) -> None:
    done = cast("CursorResult[Any]", db.session.execute(statement))
    if done.rowcount != 1:
        raise Lost


def _put_back(taken: Taken, *, counts: bool) -> None:
    """Free the chunk for whoever comes next; where that fails its lease runs out."""
    db.session.rollback()
    attempts = Chunk.attempts if counts else Chunk.attempts - 1
    try:
        db.session.execute(_mine(taken).values(status=ChunkStatus.WAITING.value, lease=None, attempts=attempts))
        db.session.commit()
    except SQLAlchemyError:
        db.session.rollback()


def _named(taken: Taken) -> dict[str, Any]:
    return {"batch_id": str(taken.batch_id), "chunk": taken.number}

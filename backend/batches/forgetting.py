"""Takes clients out of batches: one of them on request, all of them when their time is over. The caller commits."""

import uuid
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, delete, exists, or_, select, tuple_
from sqlalchemy.engine import CursorResult

from backend.batches import files
from backend.batches.models import Batch, Chunk, Problem
from backend.batches.states import ENDED, GOING, VALIDATE, BatchStatus, ChunkStatus
from backend.common.client_ids import spellings
from backend.common.clock import now
from backend.common.db import db
from backend.errors import Conflict

AT_ONCE = 1000


def forget_client(client_id: str) -> int:
    """Take one client out of everything that waits to be written and out of reports; returns how many rows that were.

    Files of cancelled batches go: nobody knows who is in them. Raises Conflict while the rows of a file are being
    checked, since the client may be among them.
    """
    unchecked = list(
        db.session.scalars(select(Batch).where(Batch.stage == VALIDATE, Batch.status != BatchStatus.FAILED))
    )
    if going := [batch for batch in unchecked if batch.status in GOING]:
        names = ", ".join(str(batch.id) for batch in going[:5])
        raise Conflict(f"Клиент может быть в файле, строки которого проверяются: дождитесь конца проверки ({names})")
    for batch in unchecked:
        files.remove(batch.id)
    waiting = select(Chunk.batch_id).where(Chunk.status != ChunkStatus.DONE.value, _holds(client_id)).distinct()
    rows = sum(_forget_in(batch_id, client_id) for batch_id in db.session.scalars(waiting).all())
    return rows + _forget_reported(client_id)


def _forget_reported(client_id: str) -> int:
    """Lines about the client go from the reports of wrong rows, since they quote cells."""
    mine = delete(Problem).where(Problem.client_id == client_id).returning(Problem.batch_id, Problem.row)
    return len({tuple(line) for line in db.session.execute(mine)})


def _holds(client_id: str) -> ColumnElement[bool]:
    return or_(*(Chunk.clients.contains([{"client_id": name}]) for name in spellings(client_id)))


def _forget_in(batch_id: uuid.UUID, client_id: str) -> int:
    """The batch is locked before its chunks, as everybody does."""
    batch = db.session.get_one(Batch, batch_id, with_for_update=True)
    mine = (Chunk.batch_id == batch_id, Chunk.status != ChunkStatus.DONE.value)
    removed = 0
    for chunk in db.session.scalars(select(Chunk).where(*mine, _holds(client_id)).with_for_update()).all():
        left = [client for client in chunk.clients if str(client["client_id"]) != client_id]
        removed += len(chunk.clients) - len(left)
        # whoever writes it just now finds it gone and stores nothing
        chunk.clients, chunk.count, chunk.lease, chunk.lease_until = left, len(left), None, None
        chunk.status = (ChunkStatus.WAITING if left else ChunkStatus.DONE).value
        chunk.finished_at = None if left else now()
    db.session.flush()
    batch.total -= removed
    if batch.status == BatchStatus.RUNNING and db.session.scalar(select(Chunk.number).where(*mine).limit(1)) is None:
        batch.status, batch.finished_at = BatchStatus.DONE.value, now()
    db.session.flush()
    return removed


def purge_older(before: datetime, limit: int = AT_ONCE) -> int:
    """Remove clients and reports of batches that ended before that moment, up to `limit` records; returns how many."""
    leftovers = or_(*(exists().where(record.batch_id == Batch.id) for record in (Chunk, Problem)))
    old = select(Batch.id).where(Batch.status.in_(ENDED), Batch.finished_at < before, leftovers)
    # locked, so that nobody takes a batch up again whose clients are going
    ended = db.session.scalars(old.limit(limit).with_for_update(skip_locked=True)).all()
    chunks = select(Chunk.batch_id, Chunk.number).where(Chunk.batch_id.in_(ended)).limit(limit)
    removed = _delete(Chunk, tuple_(Chunk.batch_id, Chunk.number).in_(chunks))
    problems = select(Problem.id).where(Problem.batch_id.in_(ended)).limit(max(0, limit - removed))
    return removed + _delete(Problem, Problem.id.in_(problems))


def _delete(record: type[Any], *conditions: ColumnElement[bool]) -> int:
    return cast("CursorResult[Any]", db.session.execute(delete(record).where(*conditions))).rowcount

"""The first stage: read every row, report the wrong ones, store the others in chunks.

It begins from the first row when it was interrupted: nothing is written to clients before all rows are checked. Rows
go to the database in small transactions, so memory does not grow with the file.
"""

import logging
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from sqlalchemy import delete, func, insert, or_, select, text, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from backend.batches import files, rows
from backend.batches.lease import Lost, until
from backend.batches.models import Batch, Chunk, Problem
from backend.batches.rows import Checked
from backend.batches.seen import Seen
from backend.batches.source import open_source
from backend.batches.states import GOING, VALIDATE, WRITE, BatchStatus, ChunkStatus
from backend.clients.service import TableError
from backend.common.clock import now
from backend.common.db import db
from backend.config import settings
from backend.errors import DomainError, Unavailable
from backend.offers import service as offers

AT_ONCE = 2048
"""Rows of one transaction."""
MOST_PROBLEMS = 100_000
"""Of the report; more rows are counted, but nobody reads them."""
MOST_ATTEMPTS = 5
PAUSE_S = 120
"""Before rows are checked again for which this machine had no room."""
LONGEST_DETAIL = 500

log = logging.getLogger(__name__)


@dataclass
class Tally:
    """How far the reading got."""

    rows: int = 0
    wrong: int = 0
    problems: int = 0
    chunks: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def right(self) -> int:
        return self.rows - self.wrong


def take(lease: uuid.UUID) -> Batch | None:
    """The next batch whose rows nobody checks, the oldest first; it is this lease's now. Commits."""
    free = or_(Batch.lease_until.is_(None), Batch.lease_until < func.now())
    waiting = select(Batch).where(Batch.status.in_(GOING), Batch.stage == VALIDATE, free)
    batch: Batch | None = db.session.scalar(
        waiting.order_by(Batch.created_at).limit(1).with_for_update(skip_locked=True)
    )
    if batch is not None:
        batch.attempts += 1
        batch.status, batch.started_at = BatchStatus.RUNNING.value, batch.started_at or now()
        batch.lease, batch.lease_until = lease, until()
    db.session.commit()
    return batch


def check(batch_id: uuid.UUID, lease: uuid.UUID) -> None:
    """Check all rows of a batch that was taken. Commits as it goes; what goes wrong ends up in the batch's record."""
    try:
        _check(batch_id, lease)
    except Lost:
        db.session.rollback()
        log.info("the batch is not ours any more", extra={"batch_id": str(batch_id)})
    except (Unavailable, OperationalError, InterfaceError, PoolTimeout):
        db.session.rollback()
        _give_back(batch_id, lease)
        raise
    except (OSError, sqlite3.Error, MemoryError) as error:
        log.exception("the machine fails the check of rows", extra={"batch_id": str(batch_id)})
        _put_off(batch_id, lease, type(error).__name__)
        raise
    except DomainError as error:
        _fail(batch_id, lease, error.detail)
    except Exception as error:
        log.exception("the rows could not be checked", extra={"batch_id": str(batch_id)})
        _fail(batch_id, lease, f"Непредвиденная ошибка ({type(error).__name__}); подробности в журнале обработчика")
        raise


def _check(batch_id: uuid.UUID, lease: uuid.UUID) -> None:
    batch = db.session.get_one(Batch, batch_id)
    source, options, attempts = batch.source, batch.options, batch.attempts
    if attempts > MOST_ATTEMPTS:
        raise TableError("файл", f"обработчик прерывался на нём {MOST_ATTEMPTS} раз подряд")
    for record in (Chunk, Problem):  # of an earlier attempt
        db.session.execute(delete(record).where(record.batch_id == batch_id))
    tally = Tally()
    with open_source(batch_id, source) as table, Seen() as seen:
        _keep(batch_id, lease, tally)
        tally.notes = list(table.notes)[:20]
        codes = offers.Codes(options["conditions"])
        checked = rows.check(table.rows, options, codes, seen, now().date())
        while some := tuple(islice(checked, AT_ONCE)):
            _store(batch_id, some, tally)
            _keep(batch_id, lease, tally)
    _refuse_hopeless(tally)
    _keep(batch_id, lease, tally, {"stage": WRITE, "writing_at": now(), "lease": None, "lease_until": None})
    files.remove(batch_id)


def _store(batch_id: uuid.UUID, some: tuple[Checked, ...], tally: Tally) -> None:
    tally.rows += len(some)
    if tally.rows > settings().batch_max_rows:
        raise TableError("таблица", f"строк больше {settings().batch_max_rows} (BATCH_MAX_ROWS): разделите её")
    tally.wrong += sum(row.client is None for row in some)
    problems = list(_problems(batch_id, some))[: max(0, MOST_PROBLEMS - tally.problems)]
    tally.problems += len(problems)
    chunks = [chunk_of(batch_id, tally.chunks + place, list(clients)) for place, clients in enumerate(_clients(some))]
    tally.chunks += len(chunks)
    if problems:
        db.session.execute(insert(Problem), problems)
    if chunks:
        db.session.execute(insert(Chunk), chunks)


def _problems(batch_id: uuid.UUID, some: tuple[Checked, ...]) -> Iterator[dict[str, Any]]:
    for row in some:
        for name, detail in row.problems:
            told = {"field": name, "detail": detail[:LONGEST_DETAIL]}
            yield {"batch_id": batch_id, "row": row.number, "client_id": row.client_id, **told}


def _clients(some: tuple[Checked, ...]) -> Iterator[tuple[rows.Client, ...]]:
    right = (row.client for row in some if row.client is not None)
    while clients := tuple(islice(right, settings().batch_chunk)):
        yield clients


def chunk_of(batch_id: uuid.UUID, number: int, clients: list[rows.Client]) -> dict[str, Any]:
    """Columns of a chunk that waits."""
    return {
        "batch_id": batch_id,
        "number": number,
        "first_row": clients[0]["row"],
        "count": len(clients),
        "clients": clients,
        "status": ChunkStatus.WAITING.value,
        "attempts": 0,
    }


def _keep(batch_id: uuid.UUID, lease: uuid.UUID, tally: Tally, further: Mapping[str, Any] | None = None) -> None:
    """Commit what was stored and renew the lease. Raises Lost when the batch is not ours any more."""
    counted = {"rows": tally.rows, "wrong_rows": tally.wrong, "total": tally.right, "notes": tally.notes}
    _update(batch_id, lease, {"lease_until": until(), **counted, **(further or {})})
    db.session.commit()


def _update(batch_id: uuid.UUID, lease: uuid.UUID, columns: Mapping[str, Any]) -> None:
    mine = (Batch.id == batch_id, Batch.lease == lease, Batch.status == BatchStatus.RUNNING.value)
    done = cast("CursorResult[Any]", db.session.execute(update(Batch).where(*mine).values(**columns)))
    if done.rowcount != 1:
        raise Lost


def _refuse_hopeless(tally: Tally) -> None:
    if tally.wrong > settings().batch_bad_share * tally.rows or not tally.right:
        share = f"{100 * tally.wrong / max(1, tally.rows):.0f} %"
        raise TableError("таблица", f"строк с ошибками {tally.wrong} из {tally.rows} ({share}): исправьте и повторите")


def _fail(batch_id: uuid.UUID, lease: uuid.UUID, reason: str) -> None:
    """The batch is over; the report of its rows stays, its clients go."""
    db.session.rollback()
    over = {"status": BatchStatus.FAILED.value, "error": reason, "finished_at": now(), "total": 0}
    try:
        _update(batch_id, lease, {**over, "lease": None, "lease_until": None})
    except Lost:
        db.session.rollback()
        return
    db.session.execute(delete(Chunk).where(Chunk.batch_id == batch_id))
    db.session.commit()
    files.remove(batch_id)


def _give_back(batch_id: uuid.UUID, lease: uuid.UUID) -> None:
    """A part of the system is away, which says nothing about the file: the attempt does not count."""
    try:
        _update(batch_id, lease, {"lease": None, "lease_until": None, "attempts": Batch.attempts - 1})
        db.session.commit()
    except (Lost, OperationalError, InterfaceError, PoolTimeout):
        db.session.rollback()


def _put_off(batch_id: uuid.UUID, lease: uuid.UUID, reason: str) -> None:
    """A full disk says nothing about the file either, but may last: after some tries the batch waits for a person.

    It is as if cancelled then: its file stays for a while, and whoever has made room can resume it.
    """
    db.session.rollback()
    attempts = db.session.scalar(select(Batch.attempts).where(Batch.id == batch_id)) or 0
    columns: dict[str, Any] = {"lease_until": func.now() + text(f"interval '{PAUSE_S} seconds'")}
    if attempts >= MOST_ATTEMPTS:
        lacking = f"Обработчику {MOST_ATTEMPTS} раз не хватило места на диске или памяти ({reason})"
        detail = f"{lacking}: освободите их и продолжите рассылку"
        over = {"status": BatchStatus.CANCELLED.value, "error": detail, "finished_at": now()}
        columns = {"lease_until": None, **over}
    try:
        _update(batch_id, lease, {"lease": None, **columns})
        db.session.commit()
    except (Lost, OperationalError, InterfaceError, PoolTimeout):
        db.session.rollback()

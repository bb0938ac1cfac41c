"""How far a batch is, as the API shows it."""

import math
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from backend.batches.models import Batch, Chunk
from backend.batches.states import BatchStatus
from backend.common.clock import now
from backend.common.db import db

LATELY = timedelta(seconds=60)

COLUMNS = (
    *("status", "stage", "author", "source", "options", "campaign", "rows", "total", "done", "failed", "notes"),
    *("error", "created_at", "started_at", "finished_at"),
)


def shown(batch: Batch) -> dict[str, Any]:
    """A batch as a list and its own page show it."""
    rate = _rate(batch)
    return {
        "batch_id": batch.id,
        **{name: getattr(batch, name) for name in COLUMNS},
        "problems": batch.wrong_rows,
        "rate_per_s": rate,
        "eta_s": _eta(batch, rate),
    }


def _rate(batch: Batch) -> float | None:
    """Clients per second: of the last minute while it is written, of the whole time afterwards."""
    if batch.writing_at is None:
        return None
    if batch.status != BatchStatus.RUNNING:
        return _per_second(batch.done + batch.failed, batch.writing_at, batch.finished_at or now())
    since = max(now() - LATELY, batch.writing_at)
    finished = select(func.coalesce(func.sum(Chunk.count), 0)).where(Chunk.batch_id == batch.id)
    return _per_second(db.session.scalar(finished.where(Chunk.finished_at > since)) or 0, since, now())


def _per_second(clients: int, since: datetime, until: datetime) -> float:
    return round(clients / max(1.0, (until - since).total_seconds()), 2)


def _eta(batch: Batch, rate: float | None) -> int | None:
    """None while there is nothing to tell it from."""
    if batch.status != BatchStatus.RUNNING or not rate:
        return None
    return math.ceil(max(0, batch.total - batch.done - batch.failed) / rate)

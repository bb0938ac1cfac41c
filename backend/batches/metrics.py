"""What Prometheus learns of batches: how many, how much is left, how fast it goes, whether one stands still.

Only batches at work are added up; an index holds them. Chunks are read by batch and time of finishing.
"""

from collections.abc import Iterator

from prometheus_client import Metric
from sqlalchemy import func, select

from backend.batches.models import Batch, Chunk
from backend.batches.progress import LATELY
from backend.batches.states import GOING, STATUSES, WRITE, BatchStatus
from backend.common.clock import now
from backend.common.db import db
from backend.common.gauges import DATABASE, Source, gauge, gauges


def read() -> Iterator[Metric]:
    """Raises SQLAlchemyError."""
    yield gauges("batches", "Batches that are kept, by status", "status", _by_status())
    yield gauges("batch_clients", "Clients of the batches at work, by state", "state", _clients())
    yield gauge("batch_clients_per_second", "Clients written in the last minute, a second", _rate())
    yield gauge("batch_idle_seconds", "How long the slowest batch at work has finished nothing", _idle())


def _by_status() -> dict[str, float]:
    counted = select(Batch.status, func.count()).group_by(Batch.status)
    return dict.fromkeys(STATUSES, 0.0) | {status: float(count) for status, count in db.session.execute(counted)}


def _clients() -> dict[str, float]:
    """Of batches that wait or are written; before its rows are checked nobody knows how many a batch has."""
    sums = (func.coalesce(func.sum(column), 0) for column in (Batch.total, Batch.done, Batch.failed))
    total, done, failed = map(int, db.session.execute(select(*sums).where(Batch.status.in_(GOING))).one())
    return {"waiting": total - done - failed, "done": done, "failed": failed}


def _rate() -> float:
    """Over batches at work and those that have just ended."""
    since = now() - LATELY
    lately = Batch.status.in_(GOING) | (Batch.finished_at > since)
    ids = select(Batch.id).where(lately, Batch.writing_at.is_not(None)).scalar_subquery()
    written = select(func.coalesce(func.sum(Chunk.count), 0)).where(Chunk.batch_id.in_(ids), Chunk.finished_at > since)
    return (db.session.scalar(written) or 0) / LATELY.total_seconds()


def _idle() -> float:
    """Since a batch that is being written finished its last chunk, or began."""
    last = select(func.max(Chunk.finished_at)).where(Chunk.batch_id == Batch.id).scalar_subquery()
    since = func.greatest(last, Batch.writing_at)  # either may be NULL, and is left out then
    writing = select(func.min(since)).where(Batch.status == BatchStatus.RUNNING.value, Batch.stage == WRITE)
    begun = db.session.scalar(writing)
    return max(0.0, (now() - begun).total_seconds()) if begun else 0.0


SOURCE = Source(read, DATABASE)

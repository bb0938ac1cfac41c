"""What the job of a run reports while it works: that it lives, how far it got, how it ended.

Each call stands in a transaction of its own and survives a database that is away for a minute. A run belongs to the
process that holds its lock, on a connection of its own: the lock is free as soon as that process is dead.
"""

import errno
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from rq.timeouts import JobTimeoutException
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from backend.common.clock import now
from backend.common.db import db
from backend.errors import DomainError, Unavailable
from backend.learning.locks import RUN, give_back, taken_for_connection
from backend.learning.models import RetrainLine, RetrainRun
from backend.learning.queue import LONGEST_S
from backend.learning.states import GOING, RunStatus, WrongMove, run_move

PATIENCE_S = 90.0
PAUSES_S = (0.5, 1.0, 2.0, 4.0, 5.0)
LONGEST_LINE = 2000

log = logging.getLogger(__name__)
T = TypeVar("T")


class Cancelled(Exception):
    """A person asked for the end of the run."""


class Lost(Cancelled):
    """The run is no longer this process's to work on: it was silent for too long, and was queued again."""


class Claim:
    """The lock of the run that this process works on; taken anew when its connection broke."""

    def __init__(self) -> None:
        self._connection: Connection | None = None

    def take(self) -> bool:
        """True when this process holds the lock, which may be for the second time."""
        if self._connection is not None and self._alive(self._connection):
            return True
        self.release()
        connection = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if taken_for_connection(connection, RUN):
            self._connection = connection
            return True
        connection.close()
        return False

    def release(self) -> None:
        """Free the lock; a broken connection has lost it already."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            give_back(connection, RUN)
        except SQLAlchemyError:
            connection.invalidate()
        connection.close()

    @staticmethod
    def _alive(connection: Connection) -> bool:
        try:
            return connection.scalar(select(1)) == 1
        except SQLAlchemyError:
            return False


_claim = Claim()


@contextmanager
def claim(run_id: uuid.UUID) -> Iterator[bool]:
    """Hold the run while its stages work; False when there is nothing to do or another run is being worked on.

    What ends the stages early ends the run: a cancellation, a defect. Where a part of the system is away, disk or
    memory are full, or the time of the job is over, the run stays as it is, to be taken up again behind its last
    finished stage (`abandoned`).
    """
    if not durably(_claim.take):
        yield False
        return
    try:
        mine = _begin(run_id)
        with _ending(run_id):
            yield mine
    finally:
        _claim.release()


@contextmanager
def _ending(run_id: uuid.UUID) -> Iterator[None]:
    try:
        yield
    except Lost:
        log.warning("the run is somebody else's now", extra={"run_id": str(run_id)})
    except Cancelled:
        _end(run_id, RunStatus.CANCELLED)
    except (Unavailable, OperationalError, InterfaceError, PoolTimeout):
        log.exception("the run is interrupted", extra={"run_id": str(run_id)})
        raise
    except Exception as error:
        if interruption := _interruption(error):
            log.exception("the run is interrupted", extra={"run_id": str(run_id)})
            write_line(run_id, f"{interruption}: продолжится с последнего законченного этапа")
            raise
        log.exception("the run failed", extra={"run_id": str(run_id)})
        fail(run_id, _in_words(error))
        raise


def _interruption(error: Exception) -> str | None:
    """What the machine or the job ran out of, in words: there may be enough of it in some minutes, or in a new job."""
    if isinstance(error, JobTimeoutException):
        return f"Вышло время одной попытки ({LONGEST_S // 3600} ч)"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "На диске кончилось место"
    out_of_memory = isinstance(error, RuntimeError) and "can't allocate memory" in str(error)  # PyTorch's own words
    return "Не хватило памяти" if out_of_memory or isinstance(error, MemoryError) else None


def _in_words(error: Exception) -> str:
    """For the page. The message of an unexpected error may hold a client's data and stays in the worker's log."""
    if isinstance(error, DomainError):
        return error.detail
    return f"Непредвиденная ошибка ({type(error).__name__}); подробности в журнале обработчика дообучения"


def _begin(run_id: uuid.UUID) -> bool:
    def work(session: Session) -> bool:
        run = _locked(session, run_id)
        if run is None or run.status not in GOING:
            return False
        if run.cancel_requested:
            _close(run, RunStatus.CANCELLED)
            return False
        run.status = run_move(run.status, RunStatus.RUNNING)
        run.started_at = run.started_at or now()
        run.heartbeat_at = now()
        return True

    return _in_transaction(work)


def beat(run_id: uuid.UUID, stage: str, progress: float) -> None:
    """The run lives and is at `progress` (0..1 of the whole). Raises Cancelled when it has to end."""

    def work(session: Session) -> None:
        run = _locked(session, run_id)
        if run is None or run.status != RunStatus.RUNNING or not _claim.take():
            raise Lost
        if run.cancel_requested:
            raise Cancelled
        run.stage, run.progress, run.heartbeat_at = stage, min(1.0, max(0.0, progress)), now()

    _in_transaction(work)


def write_line(run_id: uuid.UUID, line: str) -> None:
    """A line of the run's log, for the page. No client data."""
    _in_transaction(lambda session: session.add(RetrainLine(run_id=run_id, line=line[:LONGEST_LINE], at=now())))


def stage_done(run_id: uuid.UUID, stage: str, result: Mapping[str, Any], seconds: float | None = None) -> None:
    """A stage has saved its result; done once more after a restart, the later counts."""
    done = {"name": stage, "finished_at": now().isoformat(), "seconds": seconds, "result": dict(result)}

    def work(session: Session) -> None:
        if run := _locked(session, run_id):
            run.stages = [*(one for one in run.stages if one["name"] != stage), done]
            run.heartbeat_at = now()

    _in_transaction(work)


def fail(run_id: uuid.UUID, reason: str) -> None:
    """The run cannot go on; `reason` in words, for the page."""
    _end(run_id, RunStatus.FAILED, error=reason)


def decide(run_id: uuid.UUID, status: RunStatus, decision: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
    """What the gate decided: the challenger waits for a person, or it is rejected.

    Raises Cancelled where a challenger would wait whose run was cancelled meanwhile.
    """
    _end(run_id, status, decision=dict(decision), metrics=dict(metrics), progress=1.0)


def _end(run_id: uuid.UUID, status: RunStatus, **columns: Any) -> None:
    def work(session: Session) -> None:
        run = _locked(session, run_id)
        if run is not None and run.cancel_requested and status is RunStatus.AWAITING_APPROVAL:
            raise Cancelled
        if run is not None:
            with suppress(WrongMove):  # it is over already: cancelled by a person meanwhile, for example
                _close(run, status, **columns)

    _in_transaction(work)


def _close(run: RetrainRun, status: RunStatus, **columns: Any) -> None:
    run.status = run_move(run.status, status)
    for name, value in columns.items():
        setattr(run, name, value)
    run.finished_at = now()


def _locked(session: Session, run_id: uuid.UUID) -> RetrainRun | None:
    return session.scalar(select(RetrainRun).where(RetrainRun.id == run_id).with_for_update())


def _in_transaction(work: Callable[[Session], T]) -> T:
    """`work` in a transaction of its own, whatever the caller has open."""

    def once() -> T:
        with Session(db.engine) as session, session.begin():
            return work(session)

    return durably(once)


def durably(work: Callable[[], T]) -> T:
    """`work`, which begins and ends its own transaction, tried again while the database is away.

    Raises its error after PATIENCE_S.
    """
    deadline = time.monotonic() + PATIENCE_S
    tries = 0
    while True:
        try:
            return work()
        except (DBAPIError, PoolTimeout) as error:
            if not _passes(error) or time.monotonic() > deadline:
                raise
            log.warning("the database is away", extra={"error": type(error).__name__})
        time.sleep(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
        tries += 1


def _passes(error: Exception) -> bool:
    """Whether it is the database that is away, and not the statement that is wrong."""
    if not isinstance(error, DBAPIError):
        return True
    return isinstance(error, OperationalError | InterfaceError) or bool(error.connection_invalidated)

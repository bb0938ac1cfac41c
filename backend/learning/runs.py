"""The door to retraining runs: start one, watch it, end it; and what the job of a run calls while it works."""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from redis import RedisError
from sqlalchemy import select

from backend.common import audit
from backend.common.clock import now
from backend.common.db import db
from backend.common.pages import Key, Page, paginate
from backend.common.redis import redis
from backend.config import settings
from backend.errors import Conflict, DomainError, FieldError, Invalid, NotFound
from backend.learning import component, forgetting, progress, queue, readiness, serving, versions
from backend.learning.abilities import abilities, can_tune_later
from backend.learning.locks import START, wait_for_transaction
from backend.learning.models import RetrainLine, RetrainRun
from backend.learning.states import GOING, LEARNERS, RunStatus, run_move
from backend.learning.versions import Made

TAIL = 200

log = logging.getLogger(__name__)
T = TypeVar("T")

Cancelled = progress.Cancelled
claim = progress.claim
beat = progress.beat
write_line = progress.write_line
stage_done = progress.stage_done
fail = progress.fail
forget_client = forgetting.forget_client


def start(author: str, note: str = "", learners: Sequence[str] | None = None, trigger: str = "person") -> RetrainRun:
    """Queue a run. Commits.

    Raises Conflict while one is going or the champion's file is missing; Invalid with the counts when there are too
    few labels, or for a learner that cannot learn here; Unavailable or RedisError when a part of the system is away.
    """
    _only_one()
    readiness.check_labels()
    redis().ping()  # before anything is written: without the queue nobody would ever see the row
    parent = versions.champion()
    if not serving.has_file(parent):
        raise Conflict(f"Файла версии {parent.name}, от которой учиться, нет: {serving.file_of(parent)}")
    wait_for_transaction(START)
    _only_one()  # somebody may have been faster
    run = RetrainRun(
        status=RunStatus.QUEUED.value,
        trigger=trigger,
        author=author,
        options={"note": note, "learners": _able(learners)},
        parent=parent.name,
        challenger=versions.next_name(parent),
        attempts=1,
    )
    db.session.add(run)
    db.session.flush()
    audit.record("retrain.start", f"retrain:{run.id}", {"trigger": trigger, **run.options})
    db.session.commit()
    _enqueue(run)
    return run


def _only_one() -> None:
    if running := going():
        begun = f"{running.created_at:%d.%m.%Y %H:%M} UTC"
        raise Conflict(f"Дообучение уже идёт с {begun}: дождитесь конца или отмените его")


def _able(asked: Sequence[str] | None) -> list[str]:
    """What is to learn: what was asked for, or whatever can, by the time that it is its turn."""
    answering = component.ask_or_none()
    if asked is None:
        return list(LEARNERS) if can_tune_later(answering) else ["score"]
    able = abilities(answering)
    if "tune" in asked and not able["tune"]:
        raise Invalid("Модель дообучить нельзя", [FieldError("/learners", str(able["reason"]))])
    return [name for name in LEARNERS if name in asked]


def _enqueue(run: RetrainRun) -> None:
    """When Redis goes away just now, the row stays and `resume` queues it."""
    try:
        queue.put(run.id, run.attempts)
    except RedisError as error:
        log.warning("the run waits for Redis", extra={"run_id": str(run.id), "error": type(error).__name__})


def going() -> RetrainRun | None:
    """The run that waits or works."""
    found: RetrainRun | None = db.session.scalar(select(RetrainRun).where(RetrainRun.status.in_(GOING)).limit(1))
    return found


def list_runs(filters: Mapping[str, Any]) -> Page[dict[str, Any]]:
    """Runs, the newest first. Filters: status, cursor, limit."""
    statement = select(RetrainRun)
    if status := filters.get("status"):
        statement = statement.where(RetrainRun.status == status)
    newest = [Key(RetrainRun.created_at, descending=True), Key(RetrainRun.id, descending=True)]
    page: Page[RetrainRun] = paginate(statement, newest, filters.get("cursor"), filters["limit"])
    return Page([shown(run) for run in page.items], page.next_cursor, page.total)


def get(run_id: uuid.UUID) -> RetrainRun:
    """The record of a run. Raises NotFound."""
    found: RetrainRun | None = db.session.get(RetrainRun, run_id)
    if found is None:
        raise NotFound("Такого дообучения нет")
    return found


COLUMNS = (
    *("status", "stage", "progress", "trigger", "author", "options", "parent", "challenger", "decision", "metrics"),
    *("error", "cancel_requested", "attempts", "created_at", "started_at", "finished_at"),
)


def shown(run: RetrainRun) -> dict[str, Any]:
    """A run as a list shows it."""
    return {"run_id": run.id, **{name: getattr(run, name) for name in COLUMNS}}


def detail(run_id: uuid.UUID) -> dict[str, Any]:
    """One run with its finished stages and the end of its log. Raises NotFound."""
    run = get(run_id)
    newest = select(RetrainLine).where(RetrainLine.run_id == run_id).order_by(RetrainLine.id.desc()).limit(TAIL)
    return shown(run) | {"stages": run.stages, "log_tail": list(db.session.scalars(newest))[::-1]}


def cancel(run_id: uuid.UUID) -> RetrainRun:
    """End a run: at once while it waits, at its next breath while it works. One that waits for approval is rejected.

    Flushes. Raises NotFound; Conflict when it is over.
    """
    run = db.session.get(RetrainRun, run_id, with_for_update=True)
    if run is None:
        raise NotFound("Такого дообучения нет")
    match run.status:
        case RunStatus.QUEUED:
            _finish(run, RunStatus.CANCELLED)
        case RunStatus.RUNNING:
            run.cancel_requested = True
        case RunStatus.AWAITING_APPROVAL:
            _finish(run, RunStatus.REJECTED)
            versions.reject(run.challenger)
        case _:
            raise Conflict("Дообучение уже закончено")
    audit.record("retrain.cancel", f"retrain:{run.id}", {"status": run.status})
    db.session.flush()
    return run


def _finish(run: RetrainRun, status: RunStatus) -> None:
    """The work of a run that waited for a decision has ended already."""
    run.status = run_move(run.status, status)
    run.finished_at = run.finished_at or now()


# --- how the job of a run ends ---------------------------------------------------------------------------------------


def register(run_id: uuid.UUID, made: Made) -> None:
    """The challenger becomes a row, as a candidate. Commits; once more after a restart changes nothing."""
    progress.durably(lambda: _committed(lambda: versions.register(run_id, made)))


def await_approval(run_id: uuid.UUID, decision: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
    """The challenger has won: a person decides, or the policy gives it its first calls at once. Commits.

    Raises Cancelled for a run that was cancelled behind its last sign of life; its challenger is rejected.
    """
    try:
        progress.decide(run_id, RunStatus.AWAITING_APPROVAL, decision, metrics)
    except Cancelled:
        _reject_challenger(run_id)
        raise
    if obstacle := progress.durably(lambda: _committed(apply_policy)):
        write_line(run_id, f"Версия пока не включена: {obstacle}")


def apply_policy() -> str | None:
    """Under the policy a challenger that waits becomes the canary, unless another one is being tried. Commits.

    Returns what stands in the way, in words; a challenger of an earlier champion is left to a person.
    """
    if settings().promotion != "policy":
        return None
    state = serving.state()
    champion = state.champion.name if state.champion else None
    wanted = select(RetrainRun.challenger).where(
        RetrainRun.status == RunStatus.AWAITING_APPROVAL.value, RetrainRun.parent == champion
    )
    name = db.session.scalar(wanted.order_by(RetrainRun.created_at.desc()).limit(1))
    if name is None or state.canary is not None:
        return "пробуется другая версия" if name else None
    try:
        versions.promote(name, settings().canary_share, actor="policy", reason="Победила основную версию при проверке")
    except DomainError as error:
        return error.detail
    return None


def reject(run_id: uuid.UUID, decision: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
    """The champion stays. Commits."""
    progress.decide(run_id, RunStatus.REJECTED, decision, metrics)
    _reject_challenger(run_id)


def _reject_challenger(run_id: uuid.UUID) -> None:
    progress.durably(lambda: _committed(lambda: versions.reject(get(run_id).challenger)))


def _committed(work: Callable[[], T]) -> T:
    try:
        result = work()
        db.session.commit()
        return result
    except BaseException:
        db.session.rollback()
        raise

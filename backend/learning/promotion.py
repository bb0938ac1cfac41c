"""Put a version to work, or go back: the files first, then the model component, then the tables; or nothing at all."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import ColumnElement, select, update

from backend.common import audit
from backend.common.clock import now
from backend.common.db import db
from backend.config import settings
from backend.errors import Conflict, DomainError, NotFound, Unavailable
from backend.learning import component, manifest, release, serving
from backend.learning.component import Component
from backend.learning.locks import PROMOTION, taken_for_transaction
from backend.learning.models import ModelVersion, Promotion, RetrainRun
from backend.learning.serving import Serving
from backend.learning.states import RunStatus, VersionStatus, WrongMove, version_move

LOAD_S = 55.0
"""Seconds for the component to load new weights: one or two on an idle machine. It first tries them at low priority,
which takes half a minute where calls fill every core; nginx waits 65 seconds for an answer."""
POLL_S = 0.2
SETTLE_AFTER = timedelta(seconds=15)
"""So long the weights of before stay loaded: calls that began before the change still ask for them by name."""
FOREIGN = (
    "Тексты пишет сторонний сервер (MODEL_URL), заменить в нём веса нельзя. "
    "Версию с теми же весами и новой оценкой успеха включить можно"
)
CHANGED = "Версия за это время изменилась, обновите страницу"

log = logging.getLogger(__name__)


def promote(
    name: str, share: float = 1.0, *, actor: str, reason: str = "", seen: VersionStatus | None = None
) -> ModelVersion:
    """Give a version all calls, or a share of them beside the champion. Commits.

    `seen`: the status that the caller judged by. Raises NotFound; Conflict for what cannot serve, does not load or is
    not as it was seen; Unavailable when the component is away. Whatever is raised, what served before serves on.
    """
    _only_one()
    before = serving.state()
    version = _promotable(name, before, share)
    if seen is not None and version.status != seen:
        raise Conflict(CHANGED)
    former = before.champion.name if before.champion else None
    full = share >= 1
    after = Serving(version) if full else Serving(before.champion, version, share)
    kind = "full" if full else "canary"
    _change(before, after, Promotion(version=name, former=former, share=share, kind=kind, reason=reason, actor=actor))
    return version


def rollback(*, actor: str, reason: str = "", leaving: str | None = None, automatic: bool = False) -> ModelVersion:
    """Take the canary out, or without one return to the version before the champion. Commits. Raises as promote.

    `leaving`: the version that the caller wants out; Conflict where another one would go by now.
    """
    _only_one()
    before = serving.state()
    out = before.canary or before.champion
    if leaving is not None and (out is None or out.name != leaving):
        raise Conflict(f"Версия {leaving} уже не работает: сейчас ушла бы {out.name}" if out else CHANGED)
    back = before.champion if before.canary else serving.way_back(before.champion)
    if back is None or out is None:
        raise Conflict("Возвращаться не к чему: до этой версии ничего не работало")
    kind = "automatic_rollback" if automatic else "rollback"
    note = Promotion(version=back.name, former=out.name, share=1.0, kind=kind, reason=reason, actor=actor)
    _change(before, Serving(back), note)
    return back


def _only_one() -> None:
    if not taken_for_transaction(PROMOTION):
        raise Conflict("Как раз сейчас включается другая версия, повторите через несколько секунд")


def _promotable(name: str, before: Serving, share: float) -> ModelVersion:
    version: ModelVersion | None = db.session.get(ModelVersion, name)
    if version is None:
        raise NotFound("Такой версии модели нет")
    if version.status == VersionStatus.REJECTED:
        raise Conflict(f"Версию {name} отклонила проверка, включить её нельзя")
    if version.status == VersionStatus.CHAMPION:
        raise Conflict(f"Версия {name} уже основная" + ("; пробную убирает откат" if before.canary else ""))
    if share < 1 and before.champion is None:
        raise Conflict("Пробной версии нужна основная, а её ещё нет")
    return version


def _change(before: Serving, after: Serving, note: Promotion) -> None:
    """One step from what serves to what shall serve; the manifest of before is put back unless all of it succeeds."""
    try:
        with _component_prepared(before, after):
            _read_again(before, after, note)
            _mark(before, after)
            db.session.add(note)
            _close_run(note)
            details = {"kind": note.kind, "former": note.former, "share": note.share, "reason": note.reason}
            audit.record(f"model.{note.kind}", f"model:{note.version}", details)
            db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        release.forget()


def _read_again(before: Serving, after: Serving, note: Promotion) -> None:
    """While the component loaded, a person may have rejected the version: what the rows say now counts.

    They are locked in the order in which a run is ended: the run, then its version.
    """
    db.session.scalars(select(RetrainRun.id).where(*_waiting(note)).with_for_update()).all()
    versions = {version.name: version for version in (*before.versions, *after.versions)}
    for name in sorted(versions):
        db.session.refresh(versions[name], with_for_update=True)


def _mark(before: Serving, after: Serving) -> None:
    """Who leaves first, so that there are never two champions, not even for one statement."""
    try:
        for version in before.versions:
            if version not in after.versions:
                version.status = version_move(version.status, VersionStatus.RETIRED)
        db.session.flush()
        for one, status in ((after.champion, VersionStatus.CHAMPION), (after.canary, VersionStatus.CANARY)):
            if one is not None and one.status != status:
                one.status = version_move(one.status, status)
                one.promoted_at = now()
    except WrongMove as error:
        raise Conflict(CHANGED) from error


def _close_run(note: Promotion) -> None:
    """The run whose challenger goes to work is decided; its work has ended before."""
    db.session.execute(update(RetrainRun).where(*_waiting(note)).values(status=RunStatus.PROMOTED.value))


def _waiting(note: Promotion) -> tuple[ColumnElement[bool], ...]:
    """The run whose challenger this is, as long as it waits for a decision."""
    return RetrainRun.challenger == note.version, RetrainRun.status == RunStatus.AWAITING_APPROVAL.value


# --- the component ---------------------------------------------------------------------------------------------------


@contextmanager
def _component_prepared(before: Serving, after: Serving) -> Iterator[None]:
    """Have the component hold the weights of before and after; on an error give it back what it had.

    Both stay until `settle`: a call that asked for the old version by name must still find it, and a process that is
    killed between here and the commit leaves what served before still served.
    """
    if before.champion is not None and before.weights == after.weights:
        yield
        return
    former = _write(before, after)
    try:
        yield
    except BaseException:
        _put_back(former)
        raise


def _write(before: Serving, after: Serving) -> bytes | None:
    """Write the manifest and wait until the weights are loaded; returns the former one. Raises with it put back."""
    asked = component.ask()
    if not asked.reads_manifest:
        raise Conflict(FOREIGN)
    # a version that does not even load must not stand in the way of the one that replaces it
    leaving = [version for version in before.versions if version.weights in asked.names and serving.has_file(version)]
    folder = settings().models_folder
    try:
        former = manifest.read(folder)
        manifest.put(folder, manifest.content(serving.entries([*after.versions, *leaving])))
    except OSError as error:
        raise Unavailable(f"Файл {manifest.NAME} не записан: {error.strerror}", retry_after=30) from error
    try:
        _own_files(after, _wait_for(after.weights, asked.manifest_error))
    except BaseException:
        _put_back(former)
        raise
    return former


def _put_back(former: bytes | None) -> None:
    try:
        manifest.put(settings().models_folder, former)
    except OSError:
        log.exception("the former manifest could not be put back; it is written again by the housekeeping")


def _own_files(after: Serving, answering: Component) -> None:
    """Raises Conflict where the installation's file is another model by now: its texts would bear a false name."""
    for version in after.versions:
        own = answering.files.get(version.weights)
        if version.path is None and own not in (None, version.weights):
            raise Conflict(f"Весов {version.weights} здесь больше нет: вместе с системой теперь стоит {own}")


def _wait_for(wanted: list[str], old_error: str | None) -> Component:
    """What the component says as soon as it holds the weights. Raises Conflict with its reason, or Unavailable."""
    deadline = time.monotonic() + LOAD_S
    while True:
        answering = component.ask_or_none()
        if answering and set(wanted) <= set(answering.names):
            return answering
        if answering and answering.manifest_error not in (None, old_error):
            raise Conflict(f"Компонент модели не загрузил версию: {answering.manifest_error}")
        if time.monotonic() > deadline:
            raise _too_late(answering)
        time.sleep(POLL_S)


def _too_late(answering: Component | None) -> DomainError:
    if answering is None:
        return Unavailable("Компонент модели перестал отвечать, версия не включена", retry_after=5)
    if answering.manifest_error:
        return Conflict(f"Компонент модели не загрузил версию: {answering.manifest_error}")
    return Unavailable(f"Компонент модели не загрузил версию за {LOAD_S:.0f} с, она не включена", retry_after=30)


def settle() -> bool:
    """Make the manifest say what the tables say: weights that no call needs any more go, a half-made change too.

    True when it was written. Ends the session's transaction.
    """
    try:
        return taken_for_transaction(PROMOTION) and _settle()
    finally:
        db.session.rollback()


def _settle() -> bool:
    state = serving.state()
    last = db.session.scalar(select(Promotion.at).order_by(Promotion.at.desc()).limit(1))
    folder = settings().models_folder
    present = manifest.read(folder)
    if state.champion is None or last is None or now() - last < SETTLE_AFTER:
        return False
    if present is None and all(version.path is None for version in state.versions):
        return False  # the installation's own model is served without a manifest
    wanted = manifest.content(serving.entries(state.versions))
    if wanted == present:
        return False
    manifest.put(folder, wanted)
    log.info("manifest settled", extra={"weights": state.weights})
    return True

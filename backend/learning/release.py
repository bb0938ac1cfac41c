"""What serves now, for every call that writes texts: the champion, and the canary with its share.

Read at most every two seconds in a process. Reading never fails a call: without the database the last known answer
holds, and when nothing was ever known the component's default model writes and the rank score ranks.
"""

import logging
import threading
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from backend.common.db import db
from backend.learning.models import ModelVersion
from backend.learning.serving import canary_share
from backend.learning.states import SERVING, VersionStatus
from backend.learning.success import SuccessModel

FRESH_S = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Released:
    """A version that serves. `weights` is what to ask the component for; no `score`: the rank score."""

    name: str
    weights: str
    score: SuccessModel | None = None


@dataclass(frozen=True)
class Release:
    """What serves. `share` of the calls are the canary's."""

    champion: Released | None = None
    canary: Released | None = None
    share: float = 0.0

    def pick(self, draw: float) -> Released | None:
        """The version for one call. `draw` is uniform in 0..1; None: whatever the component has."""
        return self.canary if self.canary is not None and draw < self.share else self.champion


class _Known:
    """The last answer of this process, and when it was read."""

    def __init__(self) -> None:
        self.release = Release()
        self.until = 0.0
        self.lock = threading.Lock()


_known = _Known()


def current() -> Release:
    """What serves, at most two seconds old. One thread reads, the others go on with what is known."""
    first = _known.until == 0.0  # nothing is known yet: then everybody waits for the first answer
    if time.monotonic() >= _known.until and _known.lock.acquire(blocking=first):
        try:
            if time.monotonic() >= _known.until:
                _refresh()
        finally:
            _known.lock.release()
    return _known.release


def forget() -> None:
    """Read anew at the next call: something has just changed in this process."""
    _known.until = 0.0


def _refresh() -> None:
    """On a connection of its own: a failure must not break the transaction of the call."""
    try:
        with db.engine.connect() as connection:
            _known.release = _read(connection, _known.release)
    except SQLAlchemyError as error:
        log.warning("what serves could not be read", extra={"error": type(error).__name__})
    _known.until = time.monotonic() + FRESH_S


def _read(connection: Connection, former: Release) -> Release:
    columns = select(ModelVersion.name, ModelVersion.weights, ModelVersion.status)
    rows = connection.execute(columns.where(ModelVersion.status.in_(SERVING))).all()
    known = {one.name: one for one in (former.champion, former.canary) if one is not None}
    found = {status: _released(connection, name, weights, known) for name, weights, status in rows}
    canary = found.get(VersionStatus.CANARY)
    return Release(found.get(VersionStatus.CHAMPION), canary, canary_share(canary.name, connection) if canary else 0.0)


def _released(connection: Connection, name: str, weights: str, known: dict[str, Released]) -> Released:
    """A version never changes once it serves, so its score is read once."""
    if (same := known.get(name)) and same.weights == weights:
        return same
    score = connection.scalar(select(ModelVersion.score).where(ModelVersion.name == name))
    return Released(name, weights, _score(name, score))


def _score(name: str, content: dict[str, Any] | None) -> SuccessModel | None:
    if content is None:
        return None
    try:
        return SuccessModel.from_json(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        log.error("the success score is damaged", extra={"model_version": name, "error": type(error).__name__})
        return None

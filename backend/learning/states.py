"""Statuses of runs and of versions, and which may follow which. The one place that knows."""

from collections.abc import Mapping
from enum import StrEnum


class RunStatus(StrEnum):
    """Of a run. `promoted` says that a person or the policy put its challenger to work."""

    QUEUED = "queued"
    RUNNING = "running"
    AWAITING_APPROVAL = "awaiting_approval"
    PROMOTED = "promoted"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


class VersionStatus(StrEnum):
    """Of a version. `retired` served once or was taken out of service; `rejected` never passed the gate."""

    CANDIDATE = "candidate"
    CANARY = "canary"
    CHAMPION = "champion"
    RETIRED = "retired"
    REJECTED = "rejected"


RUN_STATUSES = tuple(status.value for status in RunStatus)
VERSION_STATUSES = tuple(status.value for status in VersionStatus)
STAGES = ("freeze", "score", "tune", "export", "evaluate", "gate")
LEARNERS = ("score", "tune")
GOING = frozenset({RunStatus.QUEUED, RunStatus.RUNNING})
ENDED = frozenset({RunStatus.PROMOTED, RunStatus.REJECTED, RunStatus.FAILED, RunStatus.CANCELLED})
SERVING = frozenset({VersionStatus.CHAMPION, VersionStatus.CANARY})

_RUN_MOVES: Mapping[RunStatus, frozenset[RunStatus]] = {
    RunStatus.QUEUED: frozenset({RunStatus.RUNNING, RunStatus.CANCELLED, RunStatus.FAILED}),
    # a run whose worker died waits in the queue again
    RunStatus.RUNNING: frozenset({RunStatus.QUEUED, RunStatus.AWAITING_APPROVAL} | ENDED),
    RunStatus.AWAITING_APPROVAL: frozenset({RunStatus.PROMOTED, RunStatus.REJECTED}),
}
_VERSION_MOVES: Mapping[VersionStatus, frozenset[VersionStatus]] = {
    VersionStatus.CANDIDATE: frozenset(SERVING | {VersionStatus.REJECTED}),
    VersionStatus.CANARY: frozenset({VersionStatus.CHAMPION, VersionStatus.RETIRED}),
    VersionStatus.CHAMPION: frozenset({VersionStatus.RETIRED}),
    VersionStatus.RETIRED: SERVING,
}


class WrongMove(Exception):
    """A status that cannot follow the present one: somebody else was faster."""


def run_move(old: str, new: RunStatus) -> str:
    """`new`, when a run may go there from `old`; a run that is there already stays. Raises WrongMove."""
    if old != new and new not in _RUN_MOVES.get(RunStatus(old), frozenset()):
        raise WrongMove(f"run: {old} -> {new}")
    return new.value


def version_move(old: str, new: VersionStatus) -> str:
    """The same for a version. Raises WrongMove."""
    if old != new and new not in _VERSION_MOVES.get(VersionStatus(old), frozenset()):
        raise WrongMove(f"version: {old} -> {new}")
    return new.value

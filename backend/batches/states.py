"""Statuses of batches and of their chunks."""

from enum import StrEnum


class BatchStatus(StrEnum):
    """Of a batch: it waits, is worked on, or is over."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ChunkStatus(StrEnum):
    """Of a chunk. `working` counts as `waiting` again when its lease has run out."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"


STATUSES = tuple(status.value for status in BatchStatus)
VALIDATE, WRITE = STAGES = ("validate", "write")
GOING = frozenset({BatchStatus.QUEUED, BatchStatus.RUNNING})
ENDED = frozenset({BatchStatus.DONE, BatchStatus.FAILED, BatchStatus.CANCELLED})

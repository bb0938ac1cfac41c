"""A batch as server-sent events: its JSON whenever it changes, until it is over or the stream lasted long enough."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from flask import Response, json, stream_with_context

from backend.batches import service
from backend.batches.models import Batch
from backend.batches.progress import shown
from backend.batches.schemas import BatchOut
from backend.batches.states import ENDED
from backend.common.db import db
from backend.errors import Unavailable

if TYPE_CHECKING:
    from backend.users.models import User

POLL_S = 1.0
QUIET_S = 15.0
"""After so long without a change a comment line tells proxies that the stream lives."""
LONGEST_S = 600.0
"""A stream holds a thread of the server; the page opens the next one by itself."""
MOST_AT_ONCE = 2
"""Streams of one process: with those of retraining they leave it threads for calls."""

_places = threading.BoundedSemaphore(MOST_AT_ONCE)


def stream(batch_id: uuid.UUID, reader: "User") -> Response:
    """The stream of a batch. Raises NotFound; Unavailable when too many are open."""
    service.get(batch_id, reader)
    if not _places.acquire(blocking=False):
        raise Unavailable("Слишком много открытых страниц следит за рассылками", retry_after=10, reason="streams")
    response = Response(stream_with_context(_pieces(lambda: _read(batch_id))), mimetype="text/event-stream")
    response.call_on_close(_places.release)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _read(batch_id: uuid.UUID) -> dict[str, Any]:
    """The batch as the page gets it; the connection goes back to the pool until the next look."""
    try:
        content: dict[str, Any] = BatchOut().dump(shown(db.session.get_one(Batch, batch_id)))
        return content
    finally:
        db.session.rollback()
        db.session.expunge_all()


def _pieces(read: Callable[[], dict[str, Any]]) -> Iterator[str]:
    ends = time.monotonic() + LONGEST_S
    told, told_at = "", time.monotonic()
    while time.monotonic() < ends:
        batch = read()
        content = json.dumps(batch)
        if content != told:
            yield f"data: {content}\n\n"
            told, told_at = content, time.monotonic()
        elif time.monotonic() - told_at >= QUIET_S:
            yield ": still here\n\n"
            told_at = time.monotonic()
        if batch["status"] in ENDED:
            return
        time.sleep(POLL_S)

"""A run as server-sent events: its JSON whenever it changes, until it is over or the stream has lasted long enough."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, json, stream_with_context

from backend.common.db import db
from backend.errors import Unavailable
from backend.learning import runs
from backend.learning.schemas import RunDetail
from backend.learning.states import ENDED

POLL_S = 1.0
QUIET_S = 15.0
"""After so long without a change a comment line tells proxies that the stream lives."""
LONGEST_S = 600.0
"""A stream holds a thread of the server; the page opens the next one by itself."""
MOST_AT_ONCE = 4
"""Streams of one process: half of its threads stay free for calls."""

_places = threading.BoundedSemaphore(MOST_AT_ONCE)


def stream(run_id: uuid.UUID) -> Response:
    """The stream of a run. Raises NotFound; Unavailable when too many are open."""
    runs.get(run_id)
    if not _places.acquire(blocking=False):
        raise Unavailable("Слишком много открытых страниц следит за дообучением", retry_after=10, reason="streams")
    response = Response(stream_with_context(_pieces(lambda: _read(run_id))), mimetype="text/event-stream")
    response.call_on_close(_places.release)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _read(run_id: uuid.UUID) -> dict[str, Any]:
    """The run as the page gets it; the connection goes back to the pool until the next look."""
    try:
        content: dict[str, Any] = RunDetail().dump(runs.detail(run_id))
        return content
    finally:
        db.session.rollback()
        db.session.expunge_all()


def _pieces(read: Callable[[], dict[str, Any]]) -> Iterator[str]:
    ends = time.monotonic() + LONGEST_S
    shown, said_at = "", time.monotonic()
    while time.monotonic() < ends:
        run = read()
        content = json.dumps(run)
        if content != shown:
            yield f"data: {content}\n\n"
            shown, said_at = content, time.monotonic()
        elif time.monotonic() - said_at >= QUIET_S:
            yield ": still here\n\n"
            said_at = time.monotonic()
        if run["status"] in ENDED:
            return
        time.sleep(POLL_S)

"""Server-sent events: the JSON of something at work whenever it changes, until it is over or has lasted long enough."""

import threading
import time
from collections.abc import Callable, Container, Iterator
from typing import Any

from flask import Response, json, stream_with_context

from backend.common.db import db
from backend.errors import Unavailable

POLL_S = 1.0
QUIET_S = 15.0
"""After so long without a change a comment line tells proxies that the stream lives."""
LONGEST_S = 600.0
"""A stream holds a thread of the server; the page opens the next one by itself."""

Content = dict[str, Any]


def stream(
    read: Callable[[], Content], ended: Container[str], places: threading.BoundedSemaphore, too_many: str
) -> Response:
    """What `read` gives, until its status is one of `ended`. Raises Unavailable, in words, when no place is free."""
    if not places.acquire(blocking=False):
        raise Unavailable(too_many, retry_after=10, reason="streams")
    response = Response(stream_with_context(_pieces(read, ended)), mimetype="text/event-stream")
    response.call_on_close(places.release)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _pieces(read: Callable[[], Content], ended: Container[str]) -> Iterator[str]:
    ends = time.monotonic() + LONGEST_S
    told, told_at = "", time.monotonic()
    while time.monotonic() < ends:
        present = _fresh(read)
        content = json.dumps(present)
        if content != told:
            yield f"data: {content}\n\n"
            told, told_at = content, time.monotonic()
        elif time.monotonic() - told_at >= QUIET_S:
            yield ": still here\n\n"
            told_at = time.monotonic()
        if present["status"] in ended:
            return
        time.sleep(POLL_S)


def _fresh(read: Callable[[], Content]) -> Content:
    """As it is now; the connection goes back to the pool until the next look."""
    try:
        return read()
    finally:
        db.session.rollback()
        db.session.expunge_all()

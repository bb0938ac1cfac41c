"""A run as server-sent events, see `backend.common.live`."""

import threading
import uuid
from typing import Any

from flask import Response

from backend.common import live
from backend.learning import runs
from backend.learning.schemas import RunDetail
from backend.learning.states import ENDED

MOST_AT_ONCE = 4
"""Streams of one process: half of its threads stay free for calls."""
TOO_MANY = "Слишком много открытых страниц следит за дообучением"

_places = threading.BoundedSemaphore(MOST_AT_ONCE)


def stream(run_id: uuid.UUID) -> Response:
    """The stream of a run. Raises NotFound; Unavailable when too many are open."""
    runs.get(run_id)
    return live.stream(lambda: _read(run_id), ENDED, _places, TOO_MANY)


def _read(run_id: uuid.UUID) -> dict[str, Any]:
    """The run as the page gets it."""
    content: dict[str, Any] = RunDetail().dump(runs.detail(run_id))
    return content

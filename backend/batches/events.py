"""A batch as server-sent events, see `backend.common.live`."""

import threading
import uuid
from typing import TYPE_CHECKING, Any

from flask import Response

from backend.batches import service
from backend.batches.models import Batch
from backend.batches.progress import shown
from backend.batches.schemas import BatchOut
from backend.batches.states import ENDED
from backend.common import live
from backend.common.db import db

if TYPE_CHECKING:
    from backend.users.models import User

MOST_AT_ONCE = 2
"""Streams of one process: with those of retraining they leave it threads for calls."""
TOO_MANY = "Слишком много открытых страниц следит за рассылками"

_places = threading.BoundedSemaphore(MOST_AT_ONCE)


def stream(batch_id: uuid.UUID, reader: "User") -> Response:
    """The stream of a batch. Raises NotFound; Unavailable when too many are open."""
    service.get(batch_id, reader)
    return live.stream(lambda: _read(batch_id), ENDED, _places, TOO_MANY)


def _read(batch_id: uuid.UUID) -> dict[str, Any]:
    """The batch as the page gets it."""
    content: dict[str, Any] = BatchOut().dump(shown(db.session.get_one(Batch, batch_id)))
    return content

"""What a worker holds, it holds for some seconds and renews: what a killed worker held is free again soon after.

One lease stands for everything that a job has taken: the batch whose rows it checks, the chunks that it writes. The
clock is the database's, since workers may run on several machines.
"""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, current_app
from sqlalchemy import ColumnElement, func, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.batches.models import Batch, Chunk
from backend.batches.states import ChunkStatus
from backend.common import request_ids
from backend.common.db import db

LEASE_S = 45
BEAT_S = 10.0

log = logging.getLogger(__name__)


class Lost(Exception):
    """What was held is somebody else's now, or the batch was ended by a person."""


def until() -> ColumnElement[Any]:
    """The end of a lease that begins now."""
    return func.now() + text(f"interval '{LEASE_S} seconds'")


@contextmanager
def held() -> Iterator[uuid.UUID]:
    """A lease that is renewed in the background until the block ends, or the process."""
    lease, over = uuid.uuid4(), threading.Event()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    beating = threading.Thread(
        target=request_ids.carried(_beat), args=(app, lease, over), name="batch-lease", daemon=True
    )
    beating.start()
    try:
        yield lease
    finally:
        over.set()
        beating.join()


def _beat(app: Flask, lease: uuid.UUID, over: threading.Event) -> None:
    with app.app_context():
        while not over.wait(BEAT_S):
            try:
                _renew(lease)
            except SQLAlchemyError as error:
                log.warning("a lease could not be renewed", extra={"error": type(error).__name__})


def _renew(lease: uuid.UUID) -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(update(Batch).where(Batch.lease == lease).values(lease_until=until()))
        mine = (Chunk.lease == lease, Chunk.status == ChunkStatus.WORKING.value)
        session.execute(update(Chunk).where(*mine).values(lease_until=until()))

"""Jobs of the worker."""

from sqlalchemy import delete
from sqlalchemy.engine import CursorResult

from backend.common.clock import now
from backend.common.db import db
from backend.offers.models import IdempotencyKey


def purge_idempotency_keys() -> int:
    """Delete the keys whose time has run out; returns how many. Runs inside an application context."""
    gone: CursorResult[tuple[()]] = db.session.execute(  # type: ignore[assignment]
        delete(IdempotencyKey).where(IdempotencyKey.expires_at < now())
    )
    db.session.commit()
    return gone.rowcount

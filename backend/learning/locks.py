"""Locks of PostgreSQL that keep several processes from doing the same thing at once.

They belong to a transaction or a connection, so they are free again as soon as their holder dies.
"""

from sqlalchemy import Connection, func, select

from backend.common.db import db

FAMILY = 0x4F4C
PROMOTION, START, RUN, DATA = 1, 2, 3, 4


def taken_for_transaction(which: int) -> bool:
    """Take the lock until the session's transaction ends; False when somebody else holds it."""
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(FAMILY, which))))


def wait_for_transaction(which: int) -> None:
    """Take the lock until the session's transaction ends, waiting for it."""
    db.session.execute(select(func.pg_advisory_xact_lock(FAMILY, which)))


def give_back(connection: Connection, which: int) -> None:
    """Free what `taken_for_connection` took, before the connection goes back to the pool."""
    connection.execute(select(func.pg_advisory_unlock(FAMILY, which)))


def taken_for_connection(connection: Connection, which: int) -> bool:
    """Take the lock for as long as the connection lives; False when somebody else holds it."""
    return bool(connection.scalar(select(func.pg_try_advisory_lock(FAMILY, which))))

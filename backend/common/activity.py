"""When a user was last active: the latest trace in the records that name their author.

A trace is what a person left anyway: an entry of the audit log (each sign-in is one), a text, a label. So nothing is
written for it on a request, and an external system that never signs in is seen as well.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from backend.common.audit import AuditEntry

_traces: list[tuple[InstrumentedAttribute[Any], InstrumentedAttribute[datetime]]] = [
    (AuditEntry.actor_id, AuditEntry.at)
]


def leaves_trace(author_id: InstrumentedAttribute[Any], at: InstrumentedAttribute[datetime]) -> None:
    """Name the columns of a domain that say who did something and when; an index over both keeps the list fast."""
    _traces.append((author_id, at))


def last_seen(user_id: InstrumentedAttribute[Any]) -> ColumnElement[datetime | None]:
    """The moment of the latest trace of a user, NULL when there is none; a column for a select of users."""
    latest = [select(func.max(at)).where(author == user_id).scalar_subquery() for author, at in _traces]
    return func.greatest(*latest)

"""The one place that asks the time, so that tests can stop it."""

from datetime import UTC, date, datetime, timedelta, timezone

MOSCOW = timezone(timedelta(hours=3))
"""Whose time the bank's people keep, and the words of an offer: their day begins and ends by it."""


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day it is in Moscow."""
    return now().astimezone(MOSCOW).date()

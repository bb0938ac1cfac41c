"""Cursor pages over a real table."""

import base64
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.common.audit import AuditEntry
from backend.common.clock import now
from backend.common.pages import Key, decode_cursor, encode_cursor, paginate
from backend.errors import Invalid
from tests.factories import AuditEntryFactory

ORDERS = [
    [Key(AuditEntry.at, descending=True), Key(AuditEntry.id, descending=True)],
    [Key(AuditEntry.actor), Key(AuditEntry.at, descending=True), Key(AuditEntry.id)],
]
NEWEST = ORDERS[0]


@pytest.fixture
def entries(db_session):
    """Equal times and actors on purpose: the last key has to tell them apart."""
    start = now()
    return [AuditEntryFactory(at=start + timedelta(seconds=n // 3), actor=f"actor{n % 2}") for n in range(11)]


@pytest.mark.parametrize("keys", ORDERS)
@pytest.mark.parametrize("limit", [1, 2, 3, 11, 20])
def test_pages_together_are_the_whole_list_in_order(entries, keys, limit) -> None:
    seen, cursor = [], None
    while True:
        page = paginate(select(AuditEntry), keys, cursor, limit)
        assert page.total == 11
        assert len(page.items) <= limit
        seen += page.items
        if not (cursor := page.next_cursor):
            break
    assert {entry.id for entry in seen} == {entry.id for entry in entries}
    assert [entry.id for entry in seen] == [entry.id for entry in paginate(select(AuditEntry), keys, None, 50).items]


def test_a_row_added_in_front_shifts_nothing(entries) -> None:
    first = paginate(select(AuditEntry), NEWEST, None, 5)
    AuditEntryFactory(at=now() + timedelta(hours=1))
    second = paginate(select(AuditEntry), NEWEST, first.next_cursor, 50)
    assert not {entry.id for entry in first.items} & {entry.id for entry in second.items}
    assert len(second.items) == 6


def test_filters_count_in_the_total(entries) -> None:
    page = paginate(select(AuditEntry).where(AuditEntry.actor == "actor1"), NEWEST, None, 2)
    assert page.total == 5


def test_cursor_round_trip(entries) -> None:
    row = entries[4]
    assert decode_cursor(encode_cursor(row, NEWEST), NEWEST) == [row.at, row.id]


def forged(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "кот",
        "%%%",
        forged(7),
        forged([]),
        forged({"a": 1}),
        forged(["-at,-id", "2026-11-22T00:00:00+00:00"]),
        forged(["-at,-id", 5, "01a2015b-d2f6-7801-92e3-27ce82bceca9"]),
        forged(["-at,-id", "2026-11-22T00:00:00+00:00", "no uuid"]),
        forged(["-at,-id", "2026-11-22T00:00:00+00:00", None]),
        forged(["-at,-id", "2026-11-22T00:00:00+00:00", 5]),
        forged([[[[]]]] * 3),
    ],
)
def test_damaged_cursor_is_the_callers_mistake(cursor) -> None:
    with pytest.raises(Invalid) as refusal:
        decode_cursor(cursor, NEWEST)
    assert refusal.value.errors[0].pointer == "/query/cursor"


def test_cursor_of_another_order_is_refused(entries) -> None:
    with pytest.raises(Invalid):
        decode_cursor(encode_cursor(entries[0], ORDERS[1]), NEWEST)

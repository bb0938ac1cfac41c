"""Events: dates, types, details, and what is not possible yet."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.clients.events import MOST_EVENTS, Event, EventType, parse_events

TODAY = date(2026, 11, 22)
POINTER = "/clients/0/events"


def parse_one(raw) -> Event:
    events, errors = parse_events([raw], POINTER, TODAY)
    assert not errors, errors
    return events[0]


def pointers(raw) -> list[str]:
    events, errors = parse_events([raw], POINTER, TODAY)
    assert not events
    assert all(error.detail for error in errors)
    return [error.pointer for error in errors]


@pytest.mark.parametrize("name", [kind.value for kind in EventType])
def test_every_type_is_understood(name):
    assert parse_one({"type": name, "at": "2026-11-20"}) == Event(EventType(name), date(2026, 11, 20))


def test_there_are_fourteen_types():
    assert len(EventType) == 14


@pytest.mark.parametrize("at", ["2026-11-20", "2026-11-20T23:30:00Z", "2026-11-20T10:00:00+03:00", "20261120"])
def test_dates_and_times(at):
    assert parse_one({"type": "salary", "at": at}).at == date(2026, 11, 20)


@pytest.mark.parametrize("at", [None, "", "20.11.2026", "2026-02-30", 20261120, [], "x" * 1000, "0001-01-01", True])
def test_impossible_dates(at):
    assert pointers({"type": "salary", "at": at}) == [f"{POINTER}/0/at"]


def test_an_unknown_type_gets_advice():
    _, errors = parse_events([{"type": "salery", "at": "2026-11-20"}], POINTER, TODAY)
    assert errors[0].pointer == f"{POINTER}/0/type"
    assert "salary" in errors[0].detail
    _, errors = parse_events([{"type": "wedding", "at": "2026-11-20"}], POINTER, TODAY)
    assert "допустимы" in errors[0].detail


def test_type_and_date_are_required():
    assert pointers({}) == [f"{POINTER}/0/type", f"{POINTER}/0/at"]


@pytest.mark.parametrize("raw", ["salary", 5, None, ["salary"]])
def test_an_event_is_an_object(raw):
    assert pointers(raw) == [f"{POINTER}/0"]


@pytest.mark.parametrize("raw", [{}, "salary", 5, True])
def test_events_are_a_list(raw):
    assert [error.pointer for error in parse_events(raw, POINTER, TODAY)[1]] == [POINTER]


def test_no_events_are_fine():
    assert parse_events(None, POINTER, TODAY) == ([], [])
    assert parse_events([], POINTER, TODAY) == ([], [])


def test_too_many_events():
    raw = [{"type": "salary", "at": "2026-11-20"}] * (MOST_EVENTS + 1)
    assert parse_events(raw, POINTER, TODAY)[1][0].pointer == POINTER


@pytest.mark.parametrize(("name", "days"), [("salary", 2), ("large_purchase", 30), ("trip", 367), ("birthday", 400)])
def test_what_has_not_happened_yet(name, days):
    assert pointers({"type": name, "at": (TODAY + timedelta(days)).isoformat()}) == [f"{POINTER}/0/at"]


@pytest.mark.parametrize(("name", "days"), [("salary", 1), ("trip", 60), ("deposit_closing", 366), ("birthday", 3)])
def test_what_is_announced(name, days):
    assert parse_one({"type": name, "at": (TODAY + timedelta(days)).isoformat()}).at > TODAY


def test_page_and_details():
    event = parse_one({"type": "app_visit", "at": "2026-11-20", "details": {"page": "CC", "seconds": 40, "new": True}})
    assert event.page == "CC"
    assert event.details == {"seconds": 40, "new": True}
    event = parse_one({"type": "trip", "at": "2026-11-20", "city": "Сочи"})
    assert event.details == {"city": "Сочи"}
    assert event.as_json() == {"type": "trip", "at": "2026-11-20", "details": {"city": "Сочи"}}
    assert parse_one(event.as_json()) == event


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ({"details": []}, "details"),
        ({"details": {"a": float("nan")}}, "details/a"),
        ({"details": {"a": {"b": 1}}}, "details/a"),
        ({"details": {"a": "я" * 300}}, "details/a"),
        ({"details": {"a/~": [1]}}, "details/a~1~0"),
        ({"details": {"page": 5}}, "details/page"),
        ({"page": 5}, "page"),
        ({"amount": [1]}, "amount"),
        ({"details": {str(i): i for i in range(21)}}, "details"),
        ({"page": "x" * 300}, "page"),
    ],
)
def test_impossible_details(raw, place):
    assert pointers({"type": "app_visit", "at": "2026-11-20", **raw}) == [f"{POINTER}/0/{place}"]


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["type", "at", "page", "details", "x"]),
            st.sampled_from([*EventType, "2026-11-20", None, 5, [], {"page": 1}, float("inf")]) | st.text(max_size=20),
        )
        | st.none(),
        max_size=4,
    )
    | st.text()
)
def test_whatever_comes_in(raw):
    events, errors = parse_events(raw, POINTER, TODAY)
    assert all(error.pointer.startswith(POINTER) for error in errors)
    assert parse_events([event.as_json() for event in events], POINTER, TODAY) == (events, [])

"""Events of a client: what happened or is about to happen, the context of the next best offer."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from backend.clients import values
from backend.errors import FieldError


class EventType(StrEnum):
    """The kinds of events."""

    SALARY = "salary"
    LARGE_PURCHASE = "large_purchase"
    LARGE_TOP_UP = "large_top_up"
    DEPOSIT_CLOSING = "deposit_closing"
    LOAN_REPAID = "loan_repaid"
    CARD_EXPIRING = "card_expiring"
    TRIP = "trip"
    FUEL_OFTEN = "fuel_often"
    HOME_PURCHASE = "home_purchase"
    CAR_PURCHASE = "car_purchase"
    BIRTHDAY = "birthday"
    APP_VISIT = "app_visit"
    OFFICE_VISIT = "office_visit"
    CALL_REFUSED = "call_refused"


@dataclass(frozen=True)
class Event:
    """One event. `page` is what an app visit looked at; `details` are the caller's own, kept as they came."""

    type: EventType
    at: date
    page: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        raw: dict[str, Any] = {"type": self.type.value, "at": self.at.isoformat()}
        if self.page is not None:
            raw["page"] = self.page
        if self.details:
            raw["details"] = dict(self.details)
        return raw


ANNOUNCED = frozenset({EventType.DEPOSIT_CLOSING, EventType.CARD_EXPIRING, EventType.TRIP, EventType.BIRTHDAY})
"""Events that are known before they happen. All others lie in the past."""

FARTHEST_ANNOUNCED = timedelta(days=366)
CLOCK_SLACK = timedelta(days=1)
"""The day begins in Kamchatka nine hours before Moscow, so an event of tomorrow's date may have happened."""

MOST_EVENTS = 50
MOST_DETAILS = 20
_EARLIEST = date(1900, 1, 1)


def parse_events(raw: Any, pointer: str, today: date) -> tuple[list[Event], list[FieldError]]:
    """Clean the events of one client. Never raises: errors point below `pointer`, wrong events are left out."""
    if raw is None:
        return [], []
    if not isinstance(raw, Sequence) or isinstance(raw, str | bytes):
        return [], [FieldError(pointer, f"нужен список событий, получено {values.shown(raw)}")]
    if len(raw) > MOST_EVENTS:
        return [], [FieldError(pointer, f"событий больше {MOST_EVENTS}")]
    events: list[Event] = []
    errors: list[FieldError] = []
    for index, item in enumerate(raw):
        event, wrong = _parse_event(item, f"{pointer}/{index}", today)
        errors += wrong
        if event is not None:
            events.append(event)
    return events, errors


def _parse_event(raw: Any, pointer: str, today: date) -> tuple[Event | None, list[FieldError]]:
    if not isinstance(raw, Mapping):
        return None, [FieldError(pointer, f"нужен объект события, получено {values.shown(raw)}")]
    found: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, parse in (("type", _type), ("at", _date), ("page", _page), ("details", _details)):
        try:
            found[name] = parse(raw)
        except WrongMember as error:
            errors.append(FieldError(f"{pointer}/{error.place}", str(error)))
        except ValueError as error:
            errors.append(FieldError(f"{pointer}/{name}", str(error)))
    if errors:
        return None, errors
    event = Event(**found)
    late = _too_late(event, today)
    return (None, [FieldError(f"{pointer}/at", late)]) if late else (event, [])


def _type(raw: Mapping[str, Any]) -> EventType:
    value = raw.get("type")
    if not isinstance(value, str):
        raise ValueError("нужен тип события" if value is None else f"нужна строка, получено {values.shown(value)}")
    try:
        return EventType(value.strip())
    except ValueError:
        near = get_close_matches(value[:64].strip().lower(), list(EventType), 1)
        advice = f"возможно, {near[0]}" if near else f"допустимы {', '.join(EventType)}"
        raise ValueError(f"неизвестный тип события {values.shown(value)}; {advice}") from None


def _date(raw: Mapping[str, Any]) -> date:
    value = raw.get("at")
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise ValueError("нужна дата события" if value is None else f"нужна дата, получено {values.shown(value)}")
    try:
        result = datetime.fromisoformat(value.strip()).date() if len(value) <= 64 else None
    except ValueError:
        result = None
    if result is None:
        raise ValueError(f"нужна дата вида 2026-11-20, получено {values.shown(value)}")
    if result < _EARLIEST:
        raise ValueError(f"дата раньше {_EARLIEST.isoformat()}")
    return result


def _page(raw: Mapping[str, Any]) -> str | None:
    """The page stands beside the type or, from some systems, among the details."""
    page, place = raw.get("page"), "page"
    if page is None and isinstance(raw.get("details"), Mapping):
        page, place = raw["details"].get("page"), "details/page"
    with _at(place):
        return None if values.is_unknown(page) else values.text(page)


def _details(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The details and every further member: systems add their own, and an event is no worse for it."""
    inner = raw.get("details")
    if inner is not None and not isinstance(inner, Mapping):
        raise ValueError(f"нужен объект, получено {values.shown(inner)}")
    outer = {key: (key, value) for key, value in raw.items() if key not in {"type", "at", "page", "details"}}
    given = {key: (f"details/{key}", value) for key, value in (inner or {}).items() if key != "page"}
    if len(outer | given) > MOST_DETAILS:
        raise ValueError(f"подробностей больше {MOST_DETAILS}")
    found = {}
    for key, (place, value) in (outer | given).items():
        with _at(place):
            found[values.text(key)] = _detail(value)
    return found


class WrongMember(ValueError):
    """What is wrong with a member of an event, and where in the event it stands."""

    def __init__(self, place: str, detail: str) -> None:
        super().__init__(detail)
        self.place = place


@contextmanager
def _at(place: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        *above, key = place.split("/", 1)
        raise WrongMember("/".join([*above, values.for_pointer(key)]), str(error)) from error


def _detail(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return values.text(value)
    result = values.number(value)
    if abs(result) > 1e15:
        raise ValueError(f"слишком большое число {values.shown(value)}")
    return result


def _too_late(event: Event, today: date) -> str | None:
    if event.type in ANNOUNCED:
        if event.at > today + FARTHEST_ANNOUNCED:
            return f"событие {event.type} дальше чем через {FARTHEST_ANNOUNCED.days} дней"
        return None
    return f"событие {event.type} ещё не наступило" if event.at > today + CLOCK_SLACK else None

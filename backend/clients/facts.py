"""From features and events to facts: short codes that a text may build on.

This is the gate between what the bank knows and what a text can say: numbers, sums and names go in, only codes of
a closed list come out. The codes and their rules are the project's `facts`; their words are in `model/brief.py`.
"""

import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import lru_cache
from typing import Any

from backend.clients.dictionaries import is_manager, segment_of
from backend.clients.events import Event, EventType
from backend.clients.features import Features


@dataclass(frozen=True)
class Window:
    """For how many days before and after its date an event is worth mentioning."""

    before: int
    after: int


WINDOWS: Mapping[EventType, Window] = {
    EventType.SALARY: Window(0, 7),
    EventType.LARGE_PURCHASE: Window(0, 14),
    EventType.LARGE_TOP_UP: Window(0, 14),
    EventType.DEPOSIT_CLOSING: Window(30, 7),
    EventType.LOAN_REPAID: Window(0, 60),
    EventType.CARD_EXPIRING: Window(45, 7),
    EventType.TRIP: Window(30, 7),
    EventType.FUEL_OFTEN: Window(0, 30),
    EventType.HOME_PURCHASE: Window(0, 90),
    EventType.CAR_PURCHASE: Window(0, 60),
    EventType.BIRTHDAY: Window(7, 7),
    EventType.APP_VISIT: Window(0, 14),
    EventType.OFFICE_VISIT: Window(0, 7),
    EventType.CALL_REFUSED: Window(0, 30),
}


@dataclass(frozen=True)
class Thresholds:
    """From where on a number becomes a fact. Counts are inclusive; months count from the last office visit."""

    salary_payments: int = 6
    deposits: int = 1
    fuels: int = 6
    shops: int = 30
    services: int = 5
    mobile: int = 4
    transfers: int = 10
    cash: int = 5
    top_ups: int = 10
    limit_changes: int = 2
    active: int = 60
    quiet: int = 3
    recent_visit_months: float = 1
    long_no_visit_months: float = 12
    visit_purpose_months: float = 12
    """A purpose older than this says nothing of the client's wishes today."""
    fresh_purpose_months: float = 3
    """A purpose no older than this is stronger than any habit."""
    manager_codes: frozenset[int] = frozenset()
    """Which codes of position mean a manager: each bank numbers its levels its own way."""
    windows: Mapping[EventType, Window] = field(default_factory=lambda: dict(WINDOWS))

    def with_changes(self, changes: Mapping[str, Any]) -> "Thresholds":
        """The thresholds of an installation: numbers by name, such as {"fuels": 8}. ValueError names the wrong one."""
        numeric = {item.name for item in fields(self) if item.name not in {"manager_codes", "windows"}}
        for name, value in changes.items():
            if name == "manager_codes":
                if not isinstance(value, list) or not all(type(code) is int for code in value):
                    raise ValueError(f"manager_codes={value!r}: нужен список целых кодов")
            elif name not in numeric:
                raise ValueError(f"{name}: нет такого порога, есть {', '.join(sorted(numeric))}, manager_codes")
            elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
                raise ValueError(f"{name}={value!r}: нужно число от нуля")
        changed = dict(changes)
        if "manager_codes" in changed:
            changed["manager_codes"] = frozenset(changed["manager_codes"])
        return replace(self, **changed)


DEFAULT_THRESHOLDS = Thresholds()


@lru_cache(maxsize=8)
def thresholds_of(setting: str) -> Thresholds:
    """The thresholds of an installation: what FACT_THRESHOLDS, a JSON object, changes. Raises ValueError."""
    try:
        changes = json.loads(setting or "{}")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"FACT_THRESHOLDS: не JSON: {error}") from error
    if not isinstance(changes, dict):
        raise ValueError('FACT_THRESHOLDS: нужен объект, например {"fuels": 8, "manager_codes": [1, 2]}')
    try:
        return DEFAULT_THRESHOLDS.with_changes(changes)
    except ValueError as error:
        raise ValueError(f"FACT_THRESHOLDS: {error}") from error


EVENT_FACTS: Mapping[EventType, str] = {
    type_: "fuels_often" if type_ is EventType.FUEL_OFTEN else f"ev_{type_.value}" for type_ in EventType
}
PURPOSE_FACTS: Mapping[str, str] = {
    "DCARD": "visited_card",
    "CCARD": "visited_card",
    "DEPOSIT": "visited_deposit",
    "DEPOSCLOSE": "visited_deposit",
    "POTREB": "visited_credit",
    "CREDIT": "visited_credit",
    "TRANS": "visited_transfer",
    "PAY": "visited_transfer",
    "INVEST": "visited_invest",
}
AGE_FACTS = ((60, "senior"), (50, "mature"), (36, "middle"), (26, "young_adult"), (18, "young"), (14, "youth"))
SALARY_SEGMENTS = frozenset("acd")
SEGMENT_FACTS: Mapping[str, str] = {
    "a": "super_salary",
    "b": "borrower",
    "e": "affluent",
    "f": "super_deposit",
    "g": "new_card",
    "h": "former_salary",
    "i": "past_borrower",
    "j": "deposit_leaving",
    "k": "no_product",
}
HABITS: tuple[tuple[str, str, str], ...] = (
    ("fuels_often", "cnt_tr_oil_3m", "fuels"),
    ("pays_services", "cnt_tr_service_3m", "services"),
    ("pays_mobile", "cnt_tr_mobile_3m", "mobile"),
    ("shops_often", "cnt_tr_buy_3m", "shops"),
    ("transfers_often", "cnt_tr_on_card_3m", "transfers"),
    ("cash_often", "cnt_tr_cash_3m", "cash"),
    ("tops_up", "cnt_tr_top_up_3m", "top_ups"),
    ("limit_changes", "limit_exchange_count", "limit_changes"),
)
"""Fact, its feature, its threshold."""

KNOWN_FACTS: frozenset[str] = frozenset(
    {*EVENT_FACTS.values(), *PURPOSE_FACTS.values(), *SEGMENT_FACTS.values()}
    | {code for _, code in AGE_FACTS}
    | {code for code, _, _ in HABITS}
    | {"salary_client", "deposit_holder", "drives", "manager", "active", "quiet", "recent_visit", "long_no_visit"}
)


def derive_facts(
    features: Features,
    events: Sequence[Event],
    today: date,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    product: str | None = None,
) -> list[str]:
    """The codes of all facts that hold, strongest first, each once.

    Events come first, the nearest in time before the others; then what is rare and the client's own (a fresh visit,
    a car, habits by how far they pass their threshold), then the relation to the bank, last the age. An app visit
    is a fact only for the product whose page was seen: give `product` to get it.
    """
    ordered = [
        *_event_facts(events, today, thresholds, product),
        *_fresh_purpose(features, thresholds),
        *_personal(features, thresholds),
        *_habits(features, thresholds),
        *_relation(features, thresholds),
        *_visits(features, thresholds),
        *_activity(features, thresholds),
        *_age(features),
    ]
    facts = list(dict.fromkeys(ordered))
    return _without_contradictions(facts)


def viewed_products(
    events: Sequence[Event],
    today: date,
    products: Collection[str],
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
) -> list[str]:
    """Those of `products` whose pages the client opened lately in the app, the latest first."""
    visits = [e for e in events if e.type is EventType.APP_VISIT and _is_current(e, today, thresholds)]
    visits.sort(key=lambda event: abs(_days_until(event, today)))
    seen = [code for event in visits for code in products if event.page and shows_product(event.page, code)]
    return list(dict.fromkeys(seen))


def shows_product(page: str, product: str) -> bool:
    """Whether a page of the app, such as `CC`, `/products/cc` or `product: ПК`, is that of `product`."""
    words = page.upper().replace("-", "_").replace("PK", "ПК")
    return product.upper() in "".join(sign if sign.isalnum() or sign == "_" else " " for sign in words).split()


def _event_facts(events: Sequence[Event], today: date, thresholds: Thresholds, product: str | None) -> Iterator[str]:
    current = [event for event in events if _is_current(event, today, thresholds)]
    for event in sorted(current, key=lambda event: abs(_days_until(event, today))):
        if event.type is not EventType.APP_VISIT or (product and event.page and shows_product(event.page, product)):
            yield EVENT_FACTS[event.type]


def _is_current(event: Event, today: date, thresholds: Thresholds) -> bool:
    window = thresholds.windows[event.type]
    # A day of slack for the future side: the day of the event begins earlier in the east of the country
    return -window.after <= _days_until(event, today) <= max(window.before, 1)


def _days_until(event: Event, today: date) -> int:
    """Days from today to the event, negative when it has passed. A birthday may come as the date of birth."""
    if event.type is not EventType.BIRTHDAY:
        return (event.at - today).days
    years = [year for year in (today.year - 1, today.year, today.year + 1) if 1 <= year <= 9999]
    return min(((_in_year(event.at, year) - today).days for year in years), key=abs)


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February in a common year
        return date(year, 2, 28)


def _purpose(features: Features, months: float) -> str | None:
    since = features.qnt_months_from_last_visit
    if features.visit_purposes is None or (since is not None and since > months):
        return None
    return PURPOSE_FACTS.get(features.visit_purposes)


def _fresh_purpose(features: Features, thresholds: Thresholds) -> Iterator[str]:
    fact = _purpose(features, thresholds.fresh_purpose_months)
    if fact and features.qnt_months_from_last_visit is not None:
        yield fact


def _personal(features: Features, thresholds: Thresholds) -> Iterator[str]:
    if features.app_vehicle_ind == 1:
        yield "drives"
    if is_manager(features.app_position_type_nm, thresholds.manager_codes):
        yield "manager"


def _habits(features: Features, thresholds: Thresholds) -> Iterator[str]:
    strengths: list[tuple[float, str]] = []
    for fact, name, threshold in HABITS:
        count, least = getattr(features, name), getattr(thresholds, threshold)
        if count is not None and count >= max(least, 1):
            strengths.append((count / max(least, 1), fact))
    yield from (fact for _, fact in sorted(strengths, key=lambda strength: -strength[0]))


def _relation(features: Features, thresholds: Thresholds) -> Iterator[str]:
    """What binds the client to the bank: deposits, salary, loans, by the features and by the segment."""
    segment = segment_of(features.super_clust)
    letter = segment.letter if segment else ""
    if features.cnt_dep_act is not None and features.cnt_dep_act >= max(thresholds.deposits, 1):
        yield "deposit_holder"
    if letter in SEGMENT_FACTS:
        yield SEGMENT_FACTS[letter]
    if _is_salary_client(features.cnt_zp_12m, letter, thresholds):
        yield "salary_client"


def _is_salary_client(payments: int | None, letter: str, thresholds: Thresholds) -> bool:
    if letter in SALARY_SEGMENTS:
        return payments != 0
    # Twelve months of payments may lie before the client left: the segment of the former ones knows better
    return letter != "h" and payments is not None and payments >= max(thresholds.salary_payments, 1)


def _visits(features: Features, thresholds: Thresholds) -> Iterator[str]:
    purpose = _purpose(features, thresholds.visit_purpose_months)
    if purpose:
        yield purpose
    since = features.qnt_months_from_last_visit
    if since is not None and since <= thresholds.recent_visit_months:
        yield "recent_visit"
    elif since is not None and since >= thresholds.long_no_visit_months:
        yield "long_no_visit"


def _activity(features: Features, thresholds: Thresholds) -> Iterator[str]:
    total = features.cnt_tr_all_3m
    if total is not None and total >= max(thresholds.active, 1):
        yield "active"
    elif total is not None and total <= thresholds.quiet:
        yield "quiet"


def _age(features: Features) -> Iterator[str]:
    if features.age is not None:
        for least, fact in AGE_FACTS:
            if features.age >= least:
                yield fact
                return


CONTRADICTED: Mapping[str, frozenset[str]] = {
    "long_no_visit": frozenset({"ev_office_visit"}),
    "no_product": frozenset({"deposit_holder", "salary_client"}),
}
"""A fact on the left does not hold beside any of those on the right, which are newer or firmer."""


def _without_contradictions(facts: list[str]) -> list[str]:
    held = frozenset(facts)
    return [fact for fact in facts if not CONTRADICTED.get(fact, frozenset()) & held]

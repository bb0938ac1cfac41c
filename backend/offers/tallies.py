"""Counts of texts and of their labels, added up by the database: no offer is loaded.

`filters` are those of GET /offers: product, channel, model_version, since, until; `drawn` leaves the texts whose labels
no confidence has chosen. Days and weeks are Moscow's, as on screen. An offer without a text counts nowhere: there is
nothing to judge.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Select,
    String,
    cast,
    column,
    func,
    literal,
    select,
    true,
    tuple_,
    values,
)
from sqlalchemy.dialects.postgresql import distinct_on

from backend.common.db import db
from backend.offers.filters import conditions
from backend.offers.labels import FAILURE, LABELS, SUCCESS
from backend.offers.models import Label, Offer

Statement = Select[*tuple[Any, ...]]
ZONE = "Europe/Moscow"
BINS = 10
"""Bins of confidence, equally wide."""


@dataclass(frozen=True)
class Tally:
    """The texts of one group: how many, how many of them labelled, how many labelled a success."""

    key: str | None
    texts: int
    labelled: int
    success: int


@dataclass(frozen=True)
class Use:
    """When a model version wrote its first and its last text, whatever the filters."""

    model_version: str
    first: datetime
    last: datetime


@dataclass(frozen=True)
class ConfidenceTally:
    """Labelled texts of one bin of confidence. `squares` is the sum of (confidence - outcome)²."""

    bin: int
    labelled: int
    success: int
    confidence: float
    squares: float
    calibrated: int


@dataclass(frozen=True)
class ReasonTally:
    """How many failures of a group name a reason; `code` is None for failures that name none."""

    key: str | None
    code: str | None
    failures: int


GROUPS: Mapping[str, ColumnElement[Any]] = {
    "model_version": Offer.model_version,  # type: ignore[dict-item]
    "product": Offer.product,  # type: ignore[dict-item]
    "channel": Offer.channel,  # type: ignore[dict-item]
    "segment": Offer.segment,  # type: ignore[dict-item]
    "tone": Offer.tone,  # type: ignore[dict-item]
    "week": cast(func.date_trunc("week", func.timezone(ZONE, Offer.created_at)), Date),
}
"""What texts can be grouped by; the key of a week is its Monday."""


def by_group(by: str, filters: Mapping[str, Any]) -> list[Tally]:
    """Tallies per value of `by`, in the order of the keys; an unknown segment is None and comes last."""
    key = GROUPS[by].label("key")
    statement = select(key, func.count(), func.count(Offer.label), _successes()).group_by("key").order_by("key")
    rows = db.session.execute(_of_texts(statement, filters))
    return [Tally(None if key is None else str(key), *counts) for key, *counts in rows]


def judged_by_version(
    model_versions: Collection[str], since: datetime, *, drawn: bool = False
) -> dict[tuple[str, str], int]:
    """Labelled texts of these versions written since then, by version and label. Reads nothing that is not labelled."""
    if not model_versions:
        return {}
    found = (Offer.label.in_(LABELS), Offer.model_version.in_(model_versions))
    counted = select(Offer.model_version, Offer.label, func.count()).where(*found)
    counted = counted.where(*conditions({"since": since, "drawn": drawn}))
    rows = db.session.execute(counted.group_by(Offer.model_version, Offer.label))
    return {(version, str(label)): count for version, label, count in rows}


def uses(model_versions: Collection[str]) -> list[Use]:
    """When these versions were in use, whatever the filters, the first used first.

    Two steps into the index of versions for each of the few, where grouping would read it from end to end. Rows are
    compared as pairs because for `model_version = name` the planner may walk through all offers in their order of time.
    """
    if not model_versions:
        return []
    named = values(column("name", String), name="named").data([(name,) for name in model_versions])
    place = tuple_(Offer.model_version, Offer.created_at)
    of_text = select(Offer.created_at).where(Offer.text.is_not(None)).limit(1)
    begun = of_text.where(place >= tuple_(named.c.name, _moment("-infinity")))
    first = begun.order_by(Offer.model_version, Offer.created_at).scalar_subquery().label("first")
    ended = of_text.where(place <= tuple_(named.c.name, _moment("infinity")))
    last = ended.order_by(Offer.model_version.desc(), Offer.created_at.desc()).scalar_subquery()
    statement = select(named.c.name, first, last).order_by("first")
    return [Use(*row) for row in db.session.execute(statement)]


def _moment(name: str) -> ColumnElement[datetime]:
    return cast(name, DateTime(timezone=True))


def by_confidence(filters: Mapping[str, Any]) -> list[ConfidenceTally]:
    """Labelled texts by bins of confidence, the lowest first; bins without any are left out."""
    number = func.least(func.floor(Offer.confidence * BINS), BINS - 1).label("bin")
    outcome = func.coalesce((Offer.label == SUCCESS).cast(db.Integer), 0)
    gap = Offer.confidence - outcome
    statement = select(
        number,
        func.count(),
        _successes(),
        func.sum(Offer.confidence),
        func.sum(gap * gap),
        func.count().filter(Offer.calibrated),
    ).where(Offer.label.is_not(None))
    rows = db.session.execute(_of_texts(statement.group_by("bin").order_by("bin"), filters))
    return [ConfidenceTally(int(number), *rest) for number, *rest in rows]


def failures(by: str | None, filters: Mapping[str, Any]) -> dict[str | None, int]:
    """How many texts failed, per product or channel or (under None) altogether."""
    key = GROUPS[by] if by else literal(None)
    statement: Statement = select(key.label("key"), func.count()).where(Offer.label == FAILURE).group_by("key")
    return _counts(_of_texts(statement, filters))


def by_reason(by: str | None, filters: Mapping[str, Any]) -> list[ReasonTally]:
    """Reasons of the failures, by the judgement that counts: the last one. `by`: product, channel or nothing."""
    last = (
        select(Label.reasons, Offer.product, Offer.channel)
        .join(Offer, Offer.id == Label.offer_id)
        .where(Offer.label == FAILURE, *conditions(filters))
        .ext(distinct_on(Label.offer_id))
        .order_by(Label.offer_id, Label.id.desc())
        .subquery("last")
    )
    reason = func.jsonb_array_elements_text(last.c.reasons).table_valued("value").lateral("reason")
    key = last.c[by] if by else literal(None)
    statement = select(key.label("key"), reason.c.value, func.count()).group_by("key", reason.c.value)
    rows = db.session.execute(statement.select_from(last.outerjoin(reason, true())))
    return [ReasonTally(group, code, failures) for group, code, failures in rows]


def texts_by_day(filters: Mapping[str, Any]) -> dict[date, int]:
    """How many texts were written on each day."""
    return _counts(_of_texts(_per_day(Offer.created_at), filters))


def labels_by_day(filters: Mapping[str, Any]) -> dict[date, int]:
    """How many judgements were given on each day of the period, whenever their texts were written."""
    period = {"since": Label.created_at.__ge__, "until": Label.created_at.__lt__}
    within = [compare(filters[name]) for name, compare in period.items() if filters.get(name) is not None]
    of_offer = {name: value for name, value in filters.items() if name not in period}
    statement = _per_day(Label.created_at).where(Label.label.is_not(None), *within)
    if any(value is not None for value in of_offer.values()):
        statement = statement.join(Offer, Offer.id == Label.offer_id).where(*conditions(of_offer))
    return _counts(statement)


def _per_day(moment: Any) -> Statement:
    return select(cast(func.timezone(ZONE, moment), Date).label("day"), func.count()).group_by("day")


def _counts(statement: Statement) -> dict[Any, int]:
    return {key: count for key, count in db.session.execute(statement)}  # noqa: C416 - rows are no pairs to mypy


def _successes() -> ColumnElement[int]:
    return func.count().filter(Offer.label == SUCCESS)


def _of_texts(statement: Statement, filters: Mapping[str, Any]) -> Statement:
    return statement.where(Offer.text.is_not(None), *conditions(filters))

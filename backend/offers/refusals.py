"""How many candidates the guard refused, per model version: a sign that a version has gone astray."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, Text, func, select, true, union_all

from backend.common.db import db
from backend.offers.models import Offer

LATEST = 2000
"""Texts of a version that are looked at: candidates are wide, and the latest tell how it writes now."""


@dataclass(frozen=True)
class Refusals:
    """Candidates that were written, and those that broke a rule."""

    candidates: int = 0
    refused: int = 0


def by_version(model_versions: Collection[str], since: datetime, until: datetime | None = None) -> dict[str, Refusals]:
    """Counts over the latest texts of each version in the period."""
    if not model_versions:
        return {}
    texts = union_all(*(_latest(name, since, until) for name in model_versions)).subquery("texts")
    candidate = func.jsonb_array_elements(texts.c.candidates).table_valued("value").lateral("candidate")
    refused = candidate.c.value.op("->>", return_type=Text())("rejected") == "guard"
    counted = select(texts.c.model_version, func.count(), func.count().filter(refused))
    statement = counted.select_from(texts.join(candidate, true())).group_by(texts.c.model_version)
    return {name: Refusals(*numbers) for name, *numbers in db.session.execute(statement)}


def _latest(name: str, since: datetime, until: datetime | None) -> Select[tuple[str, list[dict[str, object]]]]:
    wanted = select(Offer.model_version, Offer.candidates).where(Offer.model_version == name, Offer.created_at >= since)
    if until is not None:
        wanted = wanted.where(Offer.created_at < until)
    return select(wanted.order_by(Offer.created_at.desc()).limit(LATEST).subquery())

"""Labelled texts as training data: the last judgement of each text, with everything that the text came from.

Texts whose client was forgotten stay in the statistics of labels, but teach nothing any more.
"""

import hashlib
import math
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from backend.common.db import db
from backend.offers.labels import FAILURE, SUCCESS
from backend.offers.models import Label, Offer

AT_ONCE = 500
GOLD = 0.15
"""Share of the clients whose texts are only measured, by the hash of the id: the gate's gold."""
_GOLD_BELOW = math.ceil(GOLD * 2**32).to_bytes(4)


@dataclass(frozen=True)
class LabelCounts:
    """How many texts carry which label, and how many of them were corrected."""

    success: int
    failure: int
    corrected: int


@dataclass(frozen=True)
class Labelled:
    """One text with the judgement that counts, and how many judged it otherwise before."""

    offer_id: uuid.UUID
    client_id: str
    product: str
    text: str
    body: str | None
    brief: Mapping[str, Any]
    facts: tuple[str, ...]
    """Codes of everything that was known of the client, what the text builds on first."""
    ranked: Mapping[str, float]
    """Inputs of the rank score of the text that was chosen; empty for a text of which none are kept."""
    label: str
    reasons: tuple[str, ...]
    corrected_text: str | None
    labelled_at: datetime
    contradictions: int


def is_gold(client_id: str) -> bool:
    """Whether the texts of this client are kept for the gate."""
    return hashlib.sha256(client_id.encode()).digest() < _GOLD_BELOW


def counts(since: datetime | None = None, *, gold: bool = False) -> LabelCounts:
    """Texts by their last judgement; `since` leaves out judgements given earlier, `gold` all but gold clients."""
    judgements = _last()
    if gold:
        judgements = judgements.where(func.sha256(func.convert_to(Offer.client_id, "UTF8")) < _GOLD_BELOW)
    if since is not None:
        judgements = judgements.where(Label.created_at > since)  # the last of all is also the last of these
    last = judgements.subquery()
    statement = select(
        func.count().filter(last.c.label == SUCCESS),
        func.count().filter(last.c.label == FAILURE),
        func.count(last.c.corrected_text),
    ).where(last.c.label.is_not(None))
    return LabelCounts(*db.session.execute(statement).one())


def rows() -> Iterator[Labelled]:
    """Every text whose last judgement is a label, the first labelled first."""
    last = _last().subquery()
    others = (
        select(Label.offer_id, func.count(func.distinct(Label.label)).label("labels"))
        .group_by(Label.offer_id)
        .subquery()
    )
    statement = (
        select(Offer, last, others.c.labels)
        .join(last, last.c.offer_id == Offer.id)
        .join(others, others.c.offer_id == Offer.id)
        .where(last.c.label.is_not(None), Offer.text.is_not(None))
        .order_by(last.c.created_at, last.c.id)
    )
    for offer, *said in db.session.execute(statement.execution_options(yield_per=AT_ONCE)):
        yield _labelled(offer, *said)


def _last() -> Any:
    chosen = (
        Label.id,
        Label.offer_id,
        Label.label,
        Label.reasons,
        Label.corrected_text,
        Label.created_at,
    )
    known = select(*chosen).join(Offer, Offer.id == Label.offer_id).where(Offer.anonymised_at.is_(None))
    return known.ext(distinct_on(Label.offer_id)).order_by(Label.offer_id, Label.id.desc())


def _labelled(
    offer: Offer,
    _label_id: uuid.UUID,
    _offer_id: uuid.UUID,
    label: str,
    reasons: list[str],
    corrected: str | None,
    at: datetime,
    labels: int,
) -> Labelled:
    chosen: Mapping[str, Any] = next((one for one in offer.candidates if one.get("text") == offer.text), {})
    return Labelled(
        offer_id=offer.id,
        client_id=offer.client_id,
        product=offer.product,
        text=offer.text or "",
        body=offer.body,
        brief=offer.brief,
        facts=tuple(offer.facts),
        ranked=chosen.get("score_features", {}),
        label=label,
        reasons=tuple(reasons),
        corrected_text=corrected,
        labelled_at=at,
        contradictions=labels - 1,
    )

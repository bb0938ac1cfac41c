"""The door of the offers domain: generate offers for a call, list them, read one.

A call touches the database twice, before and after the model writes, and holds no connection meanwhile. What it stores
it stores in one transaction, together with the answer under its idempotency key: all or nothing.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy import text as sql
from sqlalchemy.orm import defer

from backend.common.clock import now
from backend.common.db import db
from backend.common.pages import Page, in_order
from backend.config import settings
from backend.errors import FieldError, Invalid, NotFound, Unavailable
from backend.offers import (
    answers,
    chunks,
    drafting,
    forgetting,
    idempotency,
    labelled,
    labels,
    limits,
    listing,
    metrics,
    parse,
    pipeline,
    readings,
    refusals,
    shelf,
    tallies,
)
from backend.offers import export as table
from backend.offers.filters import conditions, order
from backend.offers.limits import CallLimits
from backend.offers.listing import HEAVY, Total
from backend.offers.model_client import Deadline
from backend.offers.model_pool import client_for
from backend.offers.models import Offer
from backend.offers.wishes import read_wish
from backend.users import service as users

if TYPE_CHECKING:
    from backend.users.models import User

FORGOTTEN = "Данные этого клиента удалены, писать не о ком"
ANSWER_MARGIN = 0.05
"""Seconds of the promised time that belong to the way in and out: the server's queue, writing the answer."""
OWN_ONLY = readings.SYSTEM
"""The role of external systems, which see their own offers only."""
LEASE_MARGIN = 3.0
"""Seconds beyond the deadline after which the holder of an idempotency key counts as dead."""


@dataclass(frozen=True)
class Answer:
    """The body of an answer; `replayed` when it is the first answer of an idempotency key again."""

    body: dict[str, Any]
    replayed: bool = False


def generate(body: Any, author: "User", key: str | None, started: float) -> Answer:
    """Answer POST /offers. `started` is the monotonic time at which the call came in. Commits."""
    deadline = Deadline(settings().deadline_ms / 1000 - ANSWER_MARGIN, started)
    author_id = author.id
    # only an object can become an answer: anything else fails below and needs no key
    claimed = _claim(body, author_id, key, deadline) if key is not None and isinstance(body, Mapping) else None
    if isinstance(claimed, idempotency.Replay):
        return Answer(claimed.response, replayed=True)
    with idempotency.releasing(claimed):
        return Answer(_generate(body, author_id, claimed, deadline))


def _claim(body: Any, author_id: uuid.UUID, key: str, deadline: Deadline) -> idempotency.Claim | idempotency.Replay:
    key = idempotency.check_key(key)
    lease = deadline.left() + LEASE_MARGIN
    return idempotency.claim(author_id, key, idempotency.hash_of(body), lease, settings().idempotency_hours)


def regenerate(offer_id: uuid.UUID, wishes: Mapping[str, Any], author: "User", started: float) -> dict[str, Any]:
    """Another text for the same client, as a new offer that names its parent. `wishes`: comment, tone, temperature.

    Commits. Raises NotFound; Invalid where the offer never had a product; Unavailable.
    """
    deadline = Deadline(settings().deadline_ms / 1000 - ANSWER_MARGIN, started)
    offer = _readable(offer_id, author)
    if offer.anonymised_at:
        raise Invalid(FORGOTTEN, [FieldError("", forgetting.DETAIL)])
    if offer.product == parse.AUTO:
        raise Invalid("Для этого клиента не нашлось продукта, писать не о чем", [FieldError("", "нет продукта")])
    comment = wishes.get("comment", "")
    wish = read_wish(comment)
    client = {"client_id": answers.id_as_sent(offer), "features": offer.features, "events": offer.events}
    body = {
        "product": offer.product,
        "channel": offer.channel,
        "clients": [client],
        "tone": wishes.get("tone") or wish.tone or offer.tone,
        "conditions": offer.conditions,
    }
    again = drafting.Again(offer.id, offer.text, comment, wish, wishes.get("temperature"), offer.product_reason)
    answer = _generate(body, author.id, None, deadline, again)
    return {**answer, "parent_id": str(offer.id), "comment_understood": wish.understood if comment else None}


def _generate(
    body: Any,
    author_id: uuid.UUID,
    claimed: idempotency.Claim | None,
    deadline: Deadline,
    again: drafting.Again | None = None,
) -> dict[str, Any]:
    today = now().date()
    call = parse.parse_call(body, shelf.CatalogueShelf(), call_limits(), today)
    made = drafting.draft(call, today, author_id, deadline, again)
    if again:
        _keep_the_parent(again.parent_id)
    answer = _store(made.rows, made.model_version, claimed, deadline)
    metrics.observe_call(len(made.rows), made.model_seconds, made.check_seconds, deadline.elapsed())
    return answer


def _keep_the_parent(parent_id: uuid.UUID) -> None:
    """Locked until the commit. Raises Invalid where the client was forgotten while the model wrote."""
    parent = select(Offer.anonymised_at).where(Offer.id == parent_id).with_for_update(read=True)
    if db.session.execute(parent).scalar_one():
        raise Invalid(FORGOTTEN, [FieldError("", forgetting.DETAIL)])


def _store(
    rows: list[dict[str, Any]], model_version: str, claimed: idempotency.Claim | None, deadline: Deadline
) -> dict[str, Any]:
    """Store all rows and the answer in one transaction; a database too slow for the deadline stores nothing."""
    deadline.check()
    left_ms = max(1, int(deadline.left() * 1000))
    db.session.execute(sql("SELECT set_config('statement_timeout', :ms, true)"), {"ms": str(left_ms)})
    db.session.execute(insert(Offer), rows)
    answer = {
        "model_version": model_version,
        "elapsed_ms": round(deadline.elapsed() * 1000),
        "offers": [answers.item(row) for row in rows],
    }
    if claimed:
        idempotency.complete(claimed, 200, answer)
    db.session.commit()
    return answer


warm_up = pipeline.warm_up
"""For the start of a server process: the first call should be as fast as the second."""


def call_limits() -> CallLimits:
    """How many clients one call may hold now. A model that does not answer yet leaves the guaranteed least."""
    chosen, seconds = settings(), settings().deadline_ms / 1000
    long = chosen.max_clients_long or _measured_long_limit(seconds)
    return CallLimits(chosen.max_clients_short, min(long, chosen.max_clients_short), chosen.deadline_ms)


def _measured_long_limit(seconds: float) -> int:
    client = client_for(settings().model_url)
    try:
        meta = client.last_meta() or client.meta(Deadline(LIMITS_PATIENCE))
    except Unavailable:
        return limits.LEAST_LONG
    return limits.long_limit(seconds, meta.tokens_per_s, meta.prompt_format)


LIMITS_PATIENCE = 0.3
"""Seconds that a question for the limits waits for a model that was never met before."""


def list_offers(filters: Mapping[str, Any], reader: "User") -> tuple[Page[Offer], Total]:
    """One page of the offers that match, and how many match; audited. A system sees its own offers only. Flushes."""
    if client_id := filters.get("client_id"):
        readings.looked_up(client_id, reader)
    page, total = listing.page(filters, _visible(reader))
    readings.listed(filters, page.items, reader)
    return page, total


def get_offer(offer_id: uuid.UUID, reader: "User") -> dict[str, Any]:
    """One offer with everything that explains it; audited. Flushes. Raises NotFound; a system's own only."""
    offer = _readable(offer_id, reader)
    readings.read(offer, reader)
    author = users.get(offer.author_id) if offer.author_id else None
    said = [labels.as_json(label) for label in labels.history(offer.id)]
    benefits = shelf.benefit_words(offer.product)
    return answers.detailed(offer, author.username if author else None, benefits) | {"labels": said}


def labels_of(offer_id: uuid.UUID, reader: "User") -> list[dict[str, Any]]:
    """Everything that was said of a text, the latest first; audited. Flushes. Raises NotFound as get_offer does."""
    offer = _readable(offer_id, reader)
    readings.read(offer, reader)
    return [labels.as_json(label) for label in labels.history(offer.id)]


def _readable(offer_id: uuid.UUID, reader: "User") -> Offer:
    offer: Offer | None = db.session.scalar(select(Offer).where(Offer.id == offer_id, *_visible(reader)))
    if offer is None:
        raise NotFound("Такого предложения нет")
    return offer


def export(filters: Mapping[str, Any], reader: "User") -> IO[bytes]:
    """The offers that match as an open file; the export is audited. Commits. Raises Invalid for too many in a sheet."""
    matching = (*_visible(reader), *conditions(filters))
    table.refuse_too_many(select(Offer.id).where(*matching), filters["format"])
    readings.exported(filters)
    wanted = select(Offer).where(*matching)
    ordered = wanted.options(*(defer(column) for column in HEAVY)).order_by(*in_order(order(filters["sort"])))
    file = table.write_table(ordered, filters["format"])
    db.session.commit()
    return file


def _visible(reader: "User") -> list[ColumnElement[bool]]:
    return [Offer.author_id == reader.id] if reader.role == OWN_ONLY else []


# --- counts for other domains --------------------------------------------------------------------------------------

Tally = tallies.Tally
ConfidenceTally = tallies.ConfidenceTally
ReasonTally = tallies.ReasonTally
tallies_by_group = tallies.by_group
tallies_by_confidence = tallies.by_confidence
tallies_by_reason = tallies.by_reason
failures = tallies.failures
texts_by_day = tallies.texts_by_day
labels_by_day = tallies.labels_by_day
uses_of_versions = tallies.uses
judged_by_version = tallies.judged_by_version
LABELS = labels.LABELS
refused_candidates = refusals.refused
CONFIDENCE_BINS = tallies.BINS

# --- labelled texts for learning -----------------------------------------------------------------------------------

Labelled = labelled.Labelled
LabelCounts = labelled.LabelCounts
label_counts = labelled.counts
labelled_texts = labelled.rows
is_gold = labelled.is_gold
REASONS = labels.REASONS

# --- the end of clients' data --------------------------------------------------------------------------------------

MOST_CLIENT_ID = parse.MOST_CLIENT_ID
forget_client = forgetting.anonymise_client
anonymise_older = forgetting.anonymise_older

# --- chunks of batches ---------------------------------------------------------------------------------------------

AUTO = parse.AUTO
CONDITIONS = parse.CONDITIONS
MOST_VARIANTS = parse.MOST_VARIANTS
MOST_SEED = parse.MOST_SEED
EXPORTS = table.FORMATS
Bulk = drafting.Bulk
Written = chunks.Written
Codes = chunks.Codes
write_chunk = chunks.write
refuse_chunk = chunks.refuse
store_chunk = chunks.store
texts_of_batch = chunks.texts
facts_in_words = answers.in_words
id_as_sent = answers.id_as_sent
take_clients_without_text = chunks.take_without_text

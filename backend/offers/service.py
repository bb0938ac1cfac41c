"""The door of the offers domain: generate offers for a call, list them, read one.

A call touches the database twice, before and after the model writes, and holds no connection meanwhile. What it stores
it stores in one transaction, together with the answer under its idempotency key: all or nothing.
"""

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy import text as sql
from sqlalchemy.orm import defer

from backend.catalogue import service as catalogue
from backend.common import audit
from backend.common.clock import now
from backend.common.db import db
from backend.common.ids import new_id
from backend.common.pages import Page, in_order
from backend.compliance import rulebook
from backend.compliance.service import check
from backend.config import settings
from backend.errors import FieldError, Invalid, NotFound, Unavailable
from backend.learning import release
from backend.learning.ranking import HAND_SET, Ranking
from backend.learning.score import count_triples
from backend.offers import (
    answers,
    idempotency,
    labelled,
    labels,
    limits,
    listing,
    metrics,
    pipeline,
    refusals,
    shelf,
    tallies,
    writer,
)
from backend.offers.export import write_table
from backend.offers.filters import conditions, order
from backend.offers.limits import CallLimits
from backend.offers.listing import HEAVY, Total
from backend.offers.model_client import Deadline, ModelClient, ModelMeta, client_for
from backend.offers.models import Offer
from backend.offers.parse import AUTO, OfferCall, parse_call
from backend.offers.pipeline import Candidate, Setting, Task
from backend.offers.said import Said
from backend.offers.wishes import Wish, read_wish
from backend.offers.writer import Plan, Work, Writing
from backend.users import service as users

if TYPE_CHECKING:
    from backend.users.models import User

ANSWER_MARGIN = 0.05
"""Seconds of the promised time that belong to the way in and out: the server's queue, writing the answer."""
OWN_ONLY = "service"
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


@dataclass(frozen=True)
class Again:
    """Another try of an offer: of which one, with what wish, and the text that must not come again."""

    parent_id: uuid.UUID
    former: str | None
    comment: str
    wish: Wish
    temperature: float | None


def regenerate(offer_id: uuid.UUID, wishes: Mapping[str, Any], author: "User", started: float) -> dict[str, Any]:
    """Another text for the same client, as a new offer that names its parent. `wishes`: comment, tone, temperature.

    Commits. Raises NotFound; Invalid where the offer never had a product; Unavailable.
    """
    deadline = Deadline(settings().deadline_ms / 1000 - ANSWER_MARGIN, started)
    offer = _readable(offer_id, author)
    if offer.product == AUTO:
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
    again = Again(offer.id, offer.text, comment, wish, wishes.get("temperature"))
    answer = _generate(body, author.id, None, deadline, again)
    return {**answer, "parent_id": str(offer.id), "comment_understood": wish.understood if comment else None}


def _generate(
    body: Any, author_id: uuid.UUID, claimed: idempotency.Claim | None, deadline: Deadline, again: Again | None = None
) -> dict[str, Any]:
    client = client_for(settings().model_url)
    today = now().date()
    call = parse_call(body, shelf.CatalogueShelf(), call_limits(), today)
    on_sale = shelf.products_on_sale() if any(one.product is None for one in call.clients) else {}
    if call.conditions == "full":
        on_sale = _with_full_conditions(call, on_sale)
    setting = Setting(catalogue.bank(), call.conditions, partial(check, rules=rulebook.current()))
    db.session.commit()  # gives the connection back to the pool while the model writes
    tasks = pipeline.prepare(call, on_sale, today)
    version = _version(call, client, deadline)
    if version.meta.prompt_format != "control":
        setting = replace(setting, strangeness=pipeline.not_measured)
    plan = _plan(call, again, version.ranking)
    writing = writer.write(Work(tasks, plan, setting, client, version.meta, deadline))
    rows = _rows(tasks, writing, call, plan, author_id, deadline, again, version)
    answer = _store(rows, version.name(writing), claimed, deadline)
    metrics.observe_call(len(rows), writing.model_seconds, writing.check_seconds, deadline.elapsed())
    return answer


@dataclass(frozen=True)
class Version:
    """What writes one call: the model as its server describes it, the released version, and how texts are ranked.

    A server that does not have the released weights writes with what it has, ranked by hand-set weights.
    """

    meta: ModelMeta
    released: str | None
    ranking: Ranking

    def name(self, writing: Writing) -> str:
        """The version to be named in the answer; what the server says it wrote with counts."""
        return self.released if self.released and writing.model_version == self.meta.version else writing.model_version


def _version(call: OfferCall, client: ModelClient, deadline: Deadline) -> Version:
    # a seed settles this choice too
    draw = random.Random(f"version/{call.seed}").random() if call.seed is not None else random.random()
    released = release.current().pick(draw)
    meta = client.meta(deadline, released.weights if released else None)
    if released is None or meta.version != released.weights:
        return Version(meta, None, HAND_SET)
    return Version(meta, released.name, Ranking(released.score))


SAID = Said()


def _plan(call: OfferCall, again: Again | None, ranking: Ranking) -> Plan:
    plan = Plan(call.tone, _wanted(call, ranking), call.seed if call.seed is not None else random.getrandbits(31))
    if again is None:
        return plan
    plan = replace(plan, comment=again.comment)
    if again.temperature is None:
        return plan
    return replace(plan, temperatures=(again.temperature, *plan.temperatures[1:]))


def _wanted(call: OfferCall, ranking: Ranking) -> int:
    """Candidates per client: the setting, and enough for several different texts when those are asked for."""
    several = 2 * call.variants + 2 if call.variants > 1 else 1
    return min(max(ranking.wanted(settings().candidates), several), writer.MOST_CANDIDATES)


def _with_full_conditions(call: OfferCall, on_sale: dict[str, shelf.ProductView]) -> dict[str, shelf.ProductView]:
    """Full conditions need a complete card: named products must have one, the automatic choice skips the others."""
    named = {(one.product.code, one.channel.code): one for one in call.clients if one.product}
    errors = []
    for one in named.values():
        lacking = shelf.missing_conditions(one.product, one.channel) if one.product else ()
        if lacking and one.product:
            detail = f"в карточке продукта {one.product.code} не заполнены условия: {', '.join(lacking)}"
            errors.append(FieldError("/conditions", detail))
    if errors:
        raise Invalid("Полные условия показать нельзя", errors)
    channel = call.clients[0].channel
    return {code: product for code, product in on_sale.items() if not shelf.missing_conditions(product, channel)}


def _rows(
    tasks: Sequence[Task],
    writing: Writing,
    call: OfferCall,
    plan: Plan,
    author_id: uuid.UUID,
    deadline: Deadline,
    again: Again | None,
    version: Version,
) -> list[dict[str, Any]]:
    """What is to be stored. Clients are served in order: a later text is scored against those chosen before it."""
    used = count_triples(())
    common = _common(writing, call, plan, author_id, deadline, version)
    common["parent_id"] = again.parent_id if again else None
    rows = []
    for task, candidates in zip(tasks, writing.candidates, strict=True):
        # a call with a seed must come out the same again, so it knows nothing of other calls
        said = SAID if call.seed is None else ()
        ranked = pipeline.rank(candidates, used, said, version.ranking)
        chosen = pipeline.choose(_wished(ranked, again) if again else ranked, call.variants)
        used.update(count_triples(candidate.body for candidate in chosen[:1]))
        SAID.add(candidate.body for candidate in chosen)
        failure = None if chosen else pipeline.failure(task, ranked)
        rows.append({**common, "id": new_id(), **answers.row(task, ranked, chosen, failure)})
        _count(task, ranked, chosen)
    return rows


def _wished(ranked: Sequence[Candidate], again: Again) -> list[Candidate]:
    """Another text than the former, where there is one, and of the length that was asked for, best first."""
    passed = [candidate for candidate in ranked if candidate.text is not None]
    other = [candidate for candidate in passed if candidate.text != again.former] or passed
    if not again.wish.length:
        return other
    return sorted(other, key=lambda candidate: again.wish.length * -len(candidate.text or ""))


def _common(
    writing: Writing, call: OfferCall, plan: Plan, author_id: uuid.UUID, deadline: Deadline, version: Version
) -> dict[str, Any]:
    return {
        "request_id": new_id(),
        "batch_id": None,
        "author_id": author_id,
        "tone": call.tone,
        "conditions": call.conditions,
        "seed": plan.seed,
        "calibrated": version.ranking.calibrated,
        "model_version": version.name(writing),
        "created_at": now(),
        "label": None,
        "timings": {
            "elapsed_ms": round(deadline.elapsed() * 1000),
            "model_ms": round(writing.model_seconds * 1000),
            "checks_ms": round(writing.check_seconds * 1000),
            "rounds": writing.rounds,
            "clients": len(call.clients),
        },
    }


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


def _count(task: Task, ranked: Sequence[Candidate], chosen: Sequence[Candidate]) -> None:
    outcome = "text" if chosen else "no_text"
    metrics.offers_total.labels(task.client.channel.code, outcome).inc()
    for candidate in ranked:
        metrics.candidates_total.labels(candidate.rejected or "passed").inc()
    if chosen:
        metrics.confidence.observe(chosen[0].confidence)


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
    """One page of the offers that match, and how many match. A system sees its own offers only."""
    return listing.page(filters, _visible(reader))


def get_offer(offer_id: uuid.UUID, reader: "User") -> dict[str, Any]:
    """One offer with everything that explains it. Raises NotFound, for foreign offers of a system too."""
    offer = _readable(offer_id, reader)
    author = users.get(offer.author_id) if offer.author_id else None
    said = [labels.as_json(label) for label in labels.history(offer.id)]
    return answers.detailed(offer, author.username if author else None) | {"labels": said}


def labels_of(offer_id: uuid.UUID, reader: "User") -> list[dict[str, Any]]:
    """Everything that was said of a text, the latest first. Raises NotFound as get_offer does."""
    return [labels.as_json(label) for label in labels.history(_readable(offer_id, reader).id)]


def _readable(offer_id: uuid.UUID, reader: "User") -> Offer:
    offer: Offer | None = db.session.scalar(select(Offer).where(Offer.id == offer_id, *_visible(reader)))
    if offer is None:
        raise NotFound("Такого предложения нет")
    return offer


def export(filters: Mapping[str, Any], reader: "User") -> IO[bytes]:
    """The offers that match as an open file; the export is audited. Commits."""
    asked = {name: str(value) for name, value in filters.items()}
    audit.record("offers.export", "offers", asked)
    wanted = select(Offer).where(*_visible(reader), *conditions(filters))
    ordered = wanted.options(*(defer(column) for column in HEAVY)).order_by(*in_order(order(filters["sort"])))
    file = write_table(ordered, filters["format"])
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
refusals_by_version = refusals.by_version
CONFIDENCE_BINS = tallies.BINS

# --- labelled texts for learning -----------------------------------------------------------------------------------

Labelled = labelled.Labelled
LabelCounts = labelled.LabelCounts
label_counts = labelled.counts
labelled_texts = labelled.rows
REASONS = labels.REASONS

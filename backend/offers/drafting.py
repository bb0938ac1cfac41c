"""From a checked call to the rows of its offers: the model writes, the candidates are judged and ranked.

A call of POST /offers and a chunk of a batch come here alike. The session's transaction is ended before the model
writes and nothing is stored: that is the caller's.
"""

import random
import uuid
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from backend.catalogue import service as catalogue
from backend.clients.service import thresholds_of
from backend.common.clock import now
from backend.common.db import db
from backend.common.ids import new_id
from backend.compliance import rulebook
from backend.compliance.service import check
from backend.config import settings
from backend.errors import FieldError, Invalid
from backend.learning import release
from backend.learning.ranking import HAND_SET, Ranking
from backend.learning.score import count_triples
from backend.offers import answers, metrics, pipeline, shelf, writer
from backend.offers.model_client import Deadline, ModelClient, ModelMeta
from backend.offers.model_pool import ModelPool, client_for
from backend.offers.parse import OfferCall
from backend.offers.pipeline import Candidate, Setting, Task
from backend.offers.said import Said
from backend.offers.wishes import Wish
from backend.offers.writer import Plan, Work, Writing


@dataclass(frozen=True)
class Bulk:
    """A chunk of a batch: nobody waits for it. `candidates` for each client, 0: as many as in a call."""

    batch_id: uuid.UUID
    candidates: int = 0


@dataclass(frozen=True)
class Draft:
    """Columns of the offers to be stored, one for each client of the call; which version wrote, where the time went."""

    rows: list[dict[str, Any]]
    model_version: str
    model_seconds: float
    check_seconds: float


@dataclass(frozen=True)
class Again:
    """Another try of an offer: of which one, with what wish, and the text that must not come again."""

    parent_id: uuid.UUID
    former: str | None
    comment: str
    wish: Wish
    temperature: float | None
    reason: str | None
    """Why the product was chosen, where the caller had left it to us."""


def draft(
    call: OfferCall,
    today: date,
    author_id: uuid.UUID | None,
    deadline: Deadline,
    again: Again | None = None,
    bulk: Bulk | None = None,
) -> Draft:
    """Have the texts of a call written. Ends the session's transaction. Raises Invalid, Unavailable."""
    client = client_for(settings().model_url)
    on_sale = shelf.products_on_sale() if any(one.product is None for one in call.clients) else {}
    if call.conditions == "full":
        on_sale = _with_full_conditions(call, on_sale, by_client=bulk is not None)
    setting = Setting(catalogue.bank(), call.conditions, partial(check, rules=rulebook.current()))
    db.session.commit()  # gives the connection back to the pool while the model writes
    tasks = pipeline.prepare(call, on_sale, today, thresholds_of(settings().fact_thresholds))
    if again:
        tasks = [replace(task, reason=again.reason) for task in tasks]
    version = _version(call, client, deadline)
    if version.meta.prompt_format != "control":
        setting = replace(setting, strangeness=pipeline.not_measured)
    plan = _plan(call, again, version.ranking, bulk)
    # a call with a seed must come out the same again, so it knows nothing of other calls
    said: Container[str] = SAID if call.seed is None else ()
    # a batch has all the time and more clients than there are texts: seeking a text of its own for each would treble it
    writing = writer.write(Work(tasks, plan, setting, client, version.meta, deadline, () if bulk else said))
    rows = _rows(tasks, writing, call, plan, author_id, deadline, again, version, said)
    for row in rows:
        row["batch_id"] = bulk.batch_id if bulk else None
    return Draft(rows, version.name(writing), writing.model_seconds, writing.check_seconds)


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


def _version(call: OfferCall, client: ModelClient | ModelPool, deadline: Deadline) -> Version:
    # a seed settles this choice too
    draw = random.Random(f"version/{call.seed}").random() if call.seed is not None else random.random()
    at_work = release.current()
    drawn = at_work.pick(draw)
    meta = client.meta(deadline, drawn.weights if drawn else None)
    # a canary whose weights are not there leaves its calls to the champion
    for released in (drawn, at_work.champion):
        if released and meta.version == released.weights:
            return Version(meta, released.name, Ranking(released.score))
    return Version(meta, None, HAND_SET)


SAID = Said()


def _plan(call: OfferCall, again: Again | None, ranking: Ranking, bulk: Bulk | None) -> Plan:
    wanted = _wanted(call, ranking, bulk.candidates if bulk else 0)
    seed = call.seed if call.seed is not None else random.getrandbits(31)
    plan = Plan(call.tone, wanted, seed, repeatable=call.seed is not None, ranking=ranking)
    if bulk:
        return replace(plan, priority="batch")
    if again is None:
        return plan
    plan = replace(plan, comment=again.comment)
    if again.temperature is None:
        return plan
    return replace(plan, temperatures=(again.temperature, *plan.temperatures[1:]))


def _wanted(call: OfferCall, ranking: Ranking, asked: int) -> int:
    """Candidates per client: the setting, and enough for several different texts when those are asked for."""
    several = 2 * call.variants + 2 if call.variants > 1 else 1
    return min(max(asked or ranking.wanted(settings().candidates), several), writer.MOST_CANDIDATES)


def _with_full_conditions(
    call: OfferCall, on_sale: dict[str, shelf.ProductView], *, by_client: bool
) -> dict[str, shelf.ProductView]:
    """Full conditions need a complete card: named products must have one, the automatic choice skips the others."""
    named = {(one.product.code, one.channel.code): one for one in call.clients if one.product}
    errors = []
    for one in call.clients if by_client else named.values():
        lacking = shelf.missing_conditions(one.product, one.channel) if one.product else ()
        if lacking and one.product:
            detail = f"в карточке продукта {one.product.code} не заполнены или устарели условия: {', '.join(lacking)}"
            errors.append(FieldError(f"/clients/{one.position}/product" if by_client else "/conditions", detail))
    if errors:
        raise Invalid("Полные условия показать нельзя", errors)
    channel = call.clients[0].channel
    return {code: product for code, product in on_sale.items() if not shelf.missing_conditions(product, channel)}


def _rows(
    tasks: Sequence[Task],
    writing: Writing,
    call: OfferCall,
    plan: Plan,
    author_id: uuid.UUID | None,
    deadline: Deadline,
    again: Again | None,
    version: Version,
    said: Container[str],
) -> list[dict[str, Any]]:
    """What is to be stored. Clients are served in order: a later text is scored against those chosen before it."""
    used = count_triples(())
    common = _common(writing, call, plan, author_id, deadline, version)
    common["parent_id"] = again.parent_id if again else None
    rows = []
    for task, candidates in zip(tasks, writing.candidates, strict=True):
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
    writing: Writing, call: OfferCall, plan: Plan, author_id: uuid.UUID | None, deadline: Deadline, version: Version
) -> dict[str, Any]:
    return {
        "request_id": new_id(),
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


def _count(task: Task, ranked: Sequence[Candidate], chosen: Sequence[Candidate]) -> None:
    outcome = "text" if chosen else "no_text"
    metrics.offers_total.labels(task.client.channel.code, outcome).inc()
    for candidate in ranked:
        metrics.candidates_total.labels(candidate.rejected or "passed").inc()
    if chosen:
        metrics.confidence.observe(chosen[0].confidence)

"""One offer, step by step, as functions from data to data: tasks, briefs, prompts, judged candidates, the chosen text.

The network and the tables are at the two ends, in `service.py`; here nothing is read and nothing is stored.
"""

import random
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from backend.clients.service import DEFAULT_THRESHOLDS, Thresholds, derive_facts, segment_of, viewed_products
from backend.compliance.service import Bank, Card, Finding, Report, check, compose, fill_slots, group_of
from backend.learning.ranking import HAND_SET, Ranking
from backend.learning.score import Evidence, rank_features, repetition, token_statistics, word_triples
from backend.learning.success import Reading
from backend.offers import forms, heads
from backend.offers.model_client import Sample
from backend.offers.next_best import rank_products
from backend.offers.parse import ClientIn, Conditions, OfferCall
from backend.offers.shelf import ProductView
from model.brief import (
    FACTS,
    PRODUCTS,
    Brief,
    chat_messages,
    choose_facts,
    control_prompt,
    expresses,
    room_for_benefit,
    shows_facts,
    suiting_benefits,
    titles,
)
from model.fluency import strangeness
from model.telling import shown

Guard = Callable[..., Report]
Strangeness = Callable[[str], float]
Triples = Counter[tuple[str, ...]]

FINISHED = frozenset({"stop", "eos"})
BLOCK = "block"
ANOTHER_BRIEF_TRIES = 4
SHOWN_BENEFITS = 2
SAID_BEFORE = 0.7
"""Repetition of a text that an earlier call has said: rather that one again than a new one that lost the thread."""


@dataclass(frozen=True)
class Task:
    """One client with the product settled. `product` is None when nothing may be offered automatically."""

    client: ClientIn
    product: ProductView | None
    facts: tuple[str, ...]
    reason: str | None = None


@dataclass(frozen=True)
class Candidate:
    """One sampled text and what became of it.

    `text` is the finished text as the client would see it, and only of a candidate that passed: rejected words are not
    kept. `rejected` names the step that refused it: cut, form, slots, length or guard.
    """

    brief: Brief
    temperature: float
    tokens: Mapping[str, float]
    body: str = ""
    text: str | None = None
    rejected: str | None = None
    findings: tuple[Finding, ...] = ()
    rules_version: str | None = None
    evidence: Evidence | None = None
    features: Mapping[str, float] = field(default_factory=dict)
    score: float = 0.0
    """By which candidates of a client are ordered; never shown."""
    confidence: float = 0.0


@dataclass(frozen=True)
class Failure:
    """Why a client gets no text: a code for systems, a sentence for people."""

    code: str
    detail: str


@dataclass(frozen=True)
class Setting:
    """What all candidates of a call share."""

    bank: Bank
    conditions: Conditions
    guard: Guard = check
    strangeness: Strangeness = strangeness


def not_measured(text: str) -> float:
    """The strangeness of texts by models that were not trained on our corpus: nothing can be said."""
    return 0.0


def prepare(
    call: OfferCall,
    products: Mapping[str, ProductView],
    today: date,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
) -> list[Task]:
    """Facts for each client, and the product where the caller left it to us. `products` are those on sale."""
    return [_task(client, products, today, thresholds) for client in call.clients]


def _task(client: ClientIn, products: Mapping[str, ProductView], today: date, thresholds: Thresholds) -> Task:
    product, reason = client.product, None
    if product is None:
        product, reason = _next_best(client, products, today, thresholds)
    facts = derive_facts(client.features, client.events, today, thresholds, product.code if product else None)
    return Task(client, product, tuple(facts), reason)


def _next_best(
    client: ClientIn, products: Mapping[str, ProductView], today: date, thresholds: Thresholds
) -> tuple[ProductView | None, str | None]:
    facts = derive_facts(client.features, client.events, today, thresholds)
    segment = segment_of(client.features.super_clust)
    viewed = viewed_products(client.events, today, tuple(products), thresholds)
    ranked = rank_products(facts, segment.letter if segment else None, client.features.age, products, viewed)
    return (products[ranked[0].product], ranked[0].reason) if ranked else (None, None)


def briefs_for(
    task: Task, tone: str, n: int, rng: random.Random, comment: str = "", ranking: Ranking = HAND_SET
) -> list[Brief]:
    """Briefs for `n` candidates, one for every two: different facts and benefits make different texts.

    The number divides `n`, since every prompt of a call gets the same number of samples.
    """
    return [replace(brief, comment=comment) for brief in _different_briefs(task, tone, n, rng, ranking)]


def _different_briefs(task: Task, tone: str, n: int, rng: random.Random, ranking: Ranking) -> list[Brief]:
    briefs = [_brief(task, tone, rng, ranking)]
    while len(briefs) < (n // 2 if n % 2 == 0 else 1):
        tries = [_brief(task, tone, rng, ranking) for _ in range(ANOTHER_BRIEF_TRIES)]
        known = {brief.facts for brief in briefs}
        briefs.append(next((brief for brief in tries if brief.facts not in known), tries[-1]))
    return briefs


def _brief(task: Task, tone: str, rng: random.Random, ranking: Ranking) -> Brief:
    if task.product is None:
        raise ValueError("a brief needs a product")
    code, channel = task.product.code, task.client.channel.code
    facts = choose_facts(task.facts, code, channel, rng)
    tags = [tag for tag in suiting_benefits(code, facts) if tag in task.product.benefits]
    # without a benefit the shipped model writes freely, which is where it loses the thread
    named = tags and room_for_benefit(channel, facts)
    benefit = rng.choices(tags, [ranking.liking(code, tag) for tag in tags])[0] if named else ""
    return Brief(code, channel, tone, facts, benefit)


def prompt_for(brief: Brief, product: ProductView, prompt_format: str) -> str | list[dict[str, str]]:
    """The brief as the model reads it: control tokens, chat messages, or for a bare model the chat as plain text."""
    if prompt_format == "control":
        return control_prompt(brief)
    chosen = [product.benefits[brief.benefit]] if brief.benefit else []
    further = [text for text in product.benefits.values() if text not in chosen]
    messages = chat_messages(brief, product.name, [*chosen, *further][:SHOWN_BENEFITS])
    if prompt_format == "chat":
        return messages
    return "\n\n".join(message["content"] for message in messages) + "\n\n"


def shown_text(brief: Brief, text: str, prompt_format: str) -> str:
    """What the model wrote, in the order in which a reader sees it; only the shipped model has an order of its own."""
    return shown(text, brief.channel) if prompt_format == "control" else text


def judge(task: Task, brief: Brief, sample: Sample, temperature: float, setting: Setting) -> Candidate:
    """Fill, compose, measure and check one sample; whatever fails is marked and loses its words."""
    if task.product is None:
        raise ValueError("a candidate needs a product")
    channel, card = task.client.channel, task.product.card
    raw = Candidate(brief, temperature, token_statistics(sample.token_logprobs))
    if sample.finish_reason not in FINISHED:
        return replace(raw, rejected="cut")
    body = forms.clean(sample.text, channel.form)
    if body is None:
        return replace(raw, rejected="form")
    mended = heads.mended(body, brief, setting.strangeness)
    for body in (mended, *heads.shorter(mended, channel.code)):
        try:
            filled = fill_slots(body, setting.bank, card)
        except ValueError:
            return replace(raw, rejected="slots")
        text = compose(filled, card=card, channel=channel.code, bank=setting.bank, conditions=setting.conditions)
        shares = forms.fills(text, channel.form, channel.limits)
        if all(share <= 1 for share in shares.values()):
            break
    else:
        return replace(raw, rejected="length")
    report = setting.guard(text, card=card, group=card.group, channel=channel.code, bank=setting.bank)
    blocking = tuple(finding for finding in report.findings if finding.severity == BLOCK)
    raw = replace(raw, findings=blocking or tuple(report.findings), rules_version=report.rules_version)
    if blocking or report.verdict != "ok":
        return replace(raw, rejected="guard")
    evidence = _evidence(body, brief, sample, forms.body_fill(shares), len(report.findings))
    evidence = replace(evidence, strangeness=setting.strangeness(body))
    return replace(raw, body=body, text=text, evidence=evidence)


def _evidence(body: str, brief: Brief, sample: Sample, fill: float, warnings: int) -> Evidence:
    expressed = shows_facts(brief, body) if any(FACTS[fact].shown for fact in brief.facts) else None
    return Evidence(body, sample.token_logprobs, fill, expressed, warnings)


def rank(
    candidates: Iterable[Candidate], used: Triples, said: Container[str] = (), ranking: Ranking = HAND_SET
) -> list[Candidate]:
    """The candidates with their scores, best first and the refused last.

    `used` are triples of texts chosen before in this call, `said` whole texts of earlier calls.
    """
    scored = [_score(candidate, used, said, ranking) for candidate in candidates]
    return sorted(scored, key=lambda candidate: (candidate.text is None, -candidate.score))


def _score(candidate: Candidate, used: Triples, said: Container[str], ranking: Ranking) -> Candidate:
    if candidate.evidence is None:
        return candidate
    again = repetition(word_triples(candidate.body), used)
    if candidate.body in said:
        again = max(again, SAID_BEFORE)
    features = rank_features(replace(candidate.evidence, repetition=again))
    score, confidence = ranking.of(reading(candidate.body, candidate.brief, features))
    return replace(candidate, features=features, score=score, confidence=confidence)


def reading(body: str, brief: Brief, features: Mapping[str, float]) -> Reading:
    """A text as the success score reads it."""
    return Reading(body, brief.product, brief.channel, brief.tone, tuple(brief.facts), brief.benefit, features)


def choose(ranked: Sequence[Candidate], variants: int) -> list[Candidate]:
    """The best passing candidates, at most `variants`, no two with the same text."""
    chosen: dict[str, Candidate] = {}
    for candidate in ranked:
        if candidate.text is not None:
            chosen.setdefault(candidate.text, candidate)
    return list(chosen.values())[:variants]


def failure(task: Task, candidates: Iterable[Candidate]) -> Failure:
    """Why a client gets no text, in words for the caller."""
    if task.product is None:
        return Failure(
            "no_suitable_product", "По данным клиента не нашлось продукта, который можно предложить автоматически"
        )
    steps = Counter(candidate.rejected for candidate in candidates if candidate.rejected)
    told = "; ".join(f"{REFUSALS[step]} — {count}" for step, count in steps.most_common())
    return Failure(
        "no_compliant_text", f"Ни один из вариантов не прошёл проверки ({told or 'модель не успела их написать'})"
    )


REFUSALS: Mapping[str, str] = {
    "cut": "не дописан",
    "form": "не по форме канала",
    "slots": "неизвестная подстановка",
    "length": "длиннее предела канала",
    "guard": "нарушает правила",
}
"""Steps that refuse a candidate, in words."""


def warm_up() -> None:
    """Read every dictionary that the first call would otherwise wait for: about a second, once in a process."""
    bank = Bank("ПАО «Банк»", ("Банк",), "«Банк»", "bank.example", "8 800", "Анна", "АО", "ООО", "bank.example", "")
    for product in PRODUCTS:
        titles(Brief(product, "PUSH"))
        suiting_benefits(product, ())
        choose_facts(tuple(FACTS), product, "SMS", random.Random(0))
        card = Card(product, group_of(product), "Продукт", "bank.example/p", {})
        for channel in ("SMS", "EMAIL", "TMO"):
            text = compose("Карта ПАО «Банк» для вас. Узнайте больше?", card=card, channel=channel, bank=bank)
            check(text, card=card, group=card.group, channel=channel, bank=bank)
    for fact in FACTS:
        expresses("Карта для вас.", fact, PRODUCTS[0])
    strangeness("Карта для вас.")

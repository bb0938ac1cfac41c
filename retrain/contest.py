"""Champion and challengers write for the same gold clients with the same seeds; the gate gets the measures.

They write as the API would: the same rounds, candidates and ranking, by an engine in this process.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from backend.clients.service import parse_features
from backend.learning.ranking import Ranking
from backend.offers import pipeline
from backend.offers.answers import in_words
from backend.offers.model_client import Deadline
from backend.offers.parse import ClientIn
from backend.offers.pipeline import Task
from backend.offers.said import Said
from backend.offers.writer import Plan, Work
from model.brief import FACTS, Brief, shows_facts
from model.corpus.banks import names_product
from model.corpus.generate import told_pairs
from model.evaluation.likelihood import bits_per_byte
from model.evaluation.sampling import Prompt
from model.serving.engine import Engine
from model.serving.host import Settings, load_engine
from model.serving.manifest import Entry as Files
from model.serving.stats import Stats
from model.serving.turns import Turns
from retrain import score
from retrain.dataset import Example
from retrain.evaluation.served import CANDIDATES, CONTROL, Served, Shop, answer, pairs_for
from retrain.gate import Measured, Numbers, Shares
from retrain.judge import Judge
from retrain.local import LocalModel

LIKELIHOOD_TEXTS = 300
CALL = 16
"""Clients of one call."""
LONGEST_S = 3600.0
SEED = 20_261_122


@dataclass(frozen=True)
class Side:
    """What takes part: weights with the adapter on them, and how its texts are ranked."""

    name: str
    weights: Path
    ranking: Ranking
    adapter: Path | None = None

    @property
    def files(self) -> Files:
        """What is loaded for it; sides that differ by their ranking alone share it."""
        return Files(None, self.weights, self.adapter)


@dataclass(frozen=True)
class Asked:
    """One client to write for, in a tone; `source` numbers the client, whose gold texts may be several."""

    task: Task
    tone: str
    source: int


@dataclass
class Entry:
    """What one side wrote, client by client."""

    side: Side
    prompt_format: str = CONTROL
    served: list[Served] = field(default_factory=list)
    said: Said = field(default_factory=Said)


def clients_of(gold: Sequence[Example], shop: Shop, count: int) -> list[Asked]:
    """`count` tasks, those of each gold text about equally often, by tone: the mix that is really asked for.

    Only what the text may build on is known of them: their facts.
    """
    usable = [one for one in gold if one.brief.product in shop.products and one.brief.channel in shop.channels]
    numbers = {client: number for number, client in enumerate(dict.fromkeys(one.client for one in usable))}
    order = random.Random(SEED).sample(usable, len(usable))
    chosen = [order[i % len(order)] for i in range(count)] if order else []
    by_tone = sorted(chosen, key=lambda one: one.brief.tone)
    return [_asked(place, numbers[example.client], example, shop) for place, example in enumerate(by_tone)]


def _asked(place: int, source: int, example: Example, shop: Shop) -> Asked:
    features, _ = parse_features({}, "")
    product, channel = shop.products[example.brief.product], shop.channels[example.brief.channel]
    client = ClientIn(place, str(place), True, features, (), product, channel)
    return Asked(Task(client, product, example.facts), example.brief.tone, source)


def _calls(asked: Sequence[Asked]) -> Iterator[list[Asked]]:
    """Calls of one tone each, as the API has them."""
    for _, group in groupby(asked, key=lambda one: one.tone):
        some = list(group)
        yield from (some[start : start + CALL] for start in range(0, len(some), CALL))


def hold(sides: Sequence[Side], asked: Sequence[Asked], shop: Shop, report: Callable[[float], None]) -> list[Entry]:
    """Let every side write, call by call in turn, so that whatever else the machine does burdens them alike.

    Raises ModelError where a side cannot be loaded.
    """
    engines: dict[Files, Engine] = {}
    try:
        for files in dict.fromkeys(side.files for side in sides):
            engines[files] = load_engine(Settings(files.path), files, Stats(), Turns())
        entries = [Entry(side, engines[side.files].model.prompt_format) for side in sides]
        done = 0
        for number, call in enumerate(_calls(asked)):
            for entry in entries:
                entry.served += _write(LocalModel(engines[entry.side.files]), call, SEED + number, entry, shop)
            done += len(call)
            report(done / len(asked))
    finally:
        for engine in engines.values():
            engine.close()
    return entries


def _write(model: LocalModel, call: Sequence[Asked], seed: int, entry: Entry, shop: Shop) -> list[Served]:
    """One call as the API answers it. What the side has said before counts as repetition."""
    ranking, tasks = entry.side.ranking, [one.task for one in call]
    plan = Plan(call[0].tone, ranking.wanted(CANDIDATES), seed, ranking=ranking)
    setting = shop.judging(model.meta.prompt_format)
    return answer(Work(tasks, plan, setting, model, model.meta, Deadline(LONGEST_S)), entry.said)


def judged(judge: Judge, entry: Entry) -> Numbers:
    """The judge's probability for each client's text, 0 where there is none."""
    return np.array([_probability(judge, served) for served in entry.served])


def _probability(judge: Judge, served: Served) -> float:
    best = served.chosen
    if best is None:
        return 0.0
    return judge.probability(pipeline.reading(best.body, best.brief, best.features))


def measure(
    champion: Entry,
    challenger: Entry,
    asked: Sequence[Asked],
    judge: Judge | None,
    gold: Sequence[Example],
    bits: Mapping[Files, float],
) -> Measured:
    """The numbers of a pair of sides."""
    both = (champion, challenger)
    success = challenger.side.ranking.success
    outcomes = score.outcomes_of(gold)
    return Measured(
        judge_p=judge.p_value if judge else 1.0,
        score_p=score.telling_apart(outcomes, score.probabilities(success, gold))[1] if success else 1.0,
        success=(judged(judge, champion), judged(judge, challenger)) if judge else None,
        sources=np.array([one.source for one in asked]),
        fidelity=_shares(both, _fidelity),
        product=_shares(both, _names_product),
        refused=_shares(both, _refused),
        distinct=_shares(both, _distinct),
        bits_per_byte=(bits[champion.side.files], bits[challenger.side.files]),
        length=(_mean(champion, "fill"), _mean(challenger, "fill")),
        tokens=(_mean(champion, "tokens"), _mean(challenger, "tokens")),
        brier=(_brier(champion.side.ranking, gold), _brier(challenger.side.ranking, gold) or 0.25),
    )


def _shares(both: tuple[Entry, Entry], count: Callable[[Entry], tuple[int, int]]) -> Shares:
    (champion, of_champion), (challenger, of_challenger) = map(count, both)
    return Shares(champion, challenger, (of_champion, of_challenger))


def _texts(entry: Entry) -> list[tuple[Brief, str]]:
    return [(one.chosen.brief, one.chosen.body) for one in entry.served if one.chosen]


def _fidelity(entry: Entry) -> tuple[int, int]:
    asked = [(brief, body) for brief, body in _texts(entry) if any(FACTS[fact].shown for fact in brief.facts)]
    return sum(shows_facts(brief, body) for brief, body in asked), len(asked)


def _names_product(entry: Entry) -> tuple[int, int]:
    texts = _texts(entry)
    return sum(names_product(body, brief.product) for brief, body in texts), len(texts)


def _refused(entry: Entry) -> tuple[int, int]:
    """Of the candidates that reached the guard, those that it stopped."""
    reached = [one for served in entry.served for one in served.candidates if one.rejected in (None, "guard")]
    return sum(one.rejected == "guard" for one in reached), len(reached)


def _distinct(entry: Entry) -> tuple[int, int]:
    texts = [body for _, body in _texts(entry)]
    return len(set(texts)), len(texts)


def _mean(entry: Entry, what: str) -> float:
    chosen = [one.chosen for one in entry.served if one.chosen and one.chosen.evidence]
    values = [one.tokens["tokens"] if what == "tokens" else one.evidence.fill for one in chosen if one.evidence]
    return float(np.mean(values)) if values else 0.0


def _brier(ranking: Ranking, gold: Sequence[Example]) -> float | None:
    if ranking.success is None or not gold:
        return None
    said = score.probabilities(ranking.success, gold)
    return float(np.mean((said - score.outcomes_of(gold)) ** 2))


def likelihoods(entries: Sequence[Entry], gold: Sequence[Example], shop: Shop) -> dict[Files, float]:
    """Bits per byte of each side's files on texts that they have not learnt from."""
    formats = {entry.side.files: entry.prompt_format for entry in entries}
    return {
        files: bits_per_byte(files.path, _held_out(gold, shop, prompt_format), files.adapter)
        for files, prompt_format in formats.items()
    }


def _held_out(gold: Sequence[Example], shop: Shop, prompt_format: str) -> list[tuple[Prompt, str]]:
    """Pairs of the corpus; for a model that knows nothing of it, gold texts that a reviewer accepted or corrected."""
    if prompt_format == CONTROL:
        return list(told_pairs(LIKELIHOOD_TEXTS, SEED % 1000, aside=True))
    liked = [(one.brief, one.corrected or one.body) for one in gold if one.success or one.corrected]
    return pairs_for(liked[:LIKELIHOOD_TEXTS], shop, prompt_format)


def written(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """For each client the text of each side with its brief, to be looked up later."""
    return [
        {entry.side.name: _kept(served) for entry, served in zip(entries, row, strict=True)}
        for row in zip(*(entry.served for entry in entries), strict=True)
    ]


def _kept(served: Served) -> dict[str, Any]:
    best = served.chosen
    return {"text": best.text, "brief": asdict(best.brief)} if best else {"text": None, "brief": None}


def rows(asked: Sequence[Asked], champion: Entry, challenger: Entry) -> list[dict[str, Any]]:
    """What both wrote for each client, for a person to read."""
    return [
        {
            "product": one.task.client.product.code if one.task.client.product else "",
            "channel": one.task.client.channel.code,
            "tone": one.tone,
            "facts": in_words(one.task.facts),
            "champion": _kept(former)["text"],
            "challenger": _kept(new)["text"],
        }
        for one, former, new in zip(asked, champion.served, challenger.served, strict=True)
    ]

"""Champion and challengers write for the same gold briefs with the same seeds; what comes out is measured for the gate.

The judge is a success score fitted to gold labels alone. It never ranks a text that goes out, and no challenger has
seen what it learnt from, so a challenger cannot win by pleasing itself.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from backend.learning.ranking import Ranking
from backend.learning.success import SuccessModel
from backend.offers import pipeline
from backend.offers.answers import in_words
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
from retrain.evaluation.served import CALL, CONTROL, Served, Shop, pairs_for, serve
from retrain.gate import Measured, Numbers, Shares

LIKELIHOOD_TEXTS = 300
LEAST_OF_A_KIND = 10
"""Gold labels of each kind without which there is no judge."""
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


@dataclass
class Entry:
    """What one side wrote, brief by brief."""

    side: Side
    prompt_format: str = CONTROL
    served: list[Served] = field(default_factory=list)


@dataclass(frozen=True)
class Judge:
    """Tells the probability that a reviewer accepts a text; `auroc` and `p_value` by cross-fitting on its labels."""

    success: SuccessModel | None
    auroc: float | None
    p_value: float

    def of(self, entry: Entry) -> Numbers:
        """A probability for each brief, 0 where there is no text or nothing can be told."""
        return np.array([self._one(one) for one in entry.served])

    def _one(self, served: Served) -> float:
        best = served.chosen
        if self.success is None or best is None:
            return 0.0
        return self.success.probability(self.success.log_odds(pipeline.reading(best.body, best.brief, best.features)))


def appoint(gold: Sequence[Example]) -> Judge:
    """The judge from gold labels; without enough of both kinds one that cannot tell anything."""
    outcomes = score.outcomes_of(gold)
    if min(outcomes.sum(), (~outcomes).sum()) < LEAST_OF_A_KIND:
        return Judge(None, None, 1.0)
    auroc, p_value = score.telling_apart(outcomes, score.out_of_fold(gold, seed=2))
    success, _ = score.fit(gold, seed=2)
    return Judge(success, auroc, p_value)


def briefs_of(gold: Sequence[Example], known: Shop, count: int) -> list[Brief]:
    """`count` briefs of gold texts, each equally often: the mix of products and channels that is really used."""
    usable = [one.brief for one in gold if one.brief.product in known.products and one.brief.channel in known.channels]
    order = random.Random(SEED).sample(usable, len(usable))
    return [order[i % len(order)] for i in range(count)] if order else []


def hold(sides: Sequence[Side], briefs: Sequence[Brief], shop: Shop, report: Callable[[float], None]) -> list[Entry]:
    """Let every side write, call by call in turn, so that whatever else the machine does burdens them alike.

    Raises ModelError where a side cannot be loaded.
    """
    engines: dict[Files, Engine] = {}
    try:
        for files in dict.fromkeys(side.files for side in sides):
            engines[files] = load_engine(Settings(files.path), files, Stats(), Turns())
        entries = [Entry(side, engines[side.files].model.prompt_format) for side in sides]
        for start in range(0, len(briefs), CALL):
            part = briefs[start : start + CALL]
            for entry in entries:
                ranking, engine = entry.side.ranking, engines[entry.side.files]
                entry.served += serve(engine, part, SEED + start, ranking, shop, hurried=False)
            report(min(1.0, (start + CALL) / len(briefs)))
    finally:
        for engine in engines.values():
            engine.close()
    return entries


def measure(
    champion: Entry, challenger: Entry, judge: Judge, gold: Sequence[Example], bits: Mapping[Files, float]
) -> Measured:
    """The numbers of a pair of sides."""
    both = (champion, challenger)
    success = challenger.side.ranking.success
    outcomes = score.outcomes_of(gold)
    return Measured(
        judge_auroc=judge.auroc,
        judge_p=judge.p_value,
        score_p=score.telling_apart(outcomes, score.probabilities(success, gold))[1] if success else 1.0,
        success=(judge.of(champion), judge.of(challenger)),
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
    """Of the first candidates that reached the guard, those that it stopped."""
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


def written(briefs: Sequence[Brief], entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Every brief with the text of each side, to be looked up later."""
    return [
        {"brief": asdict(brief), "texts": {e.side.name: _text(e.served[place]) for e in entries}}
        for place, brief in enumerate(briefs)
    ]


def _text(served: Served) -> str | None:
    return served.chosen.text if served.chosen else None


def rows(briefs: Sequence[Brief], champion: Entry, challenger: Entry) -> list[dict[str, Any]]:
    """What both wrote for each brief, for a person to read."""
    return [
        {
            "product": brief.product,
            "channel": brief.channel,
            "tone": brief.tone,
            "facts": in_words(brief.facts),
            "champion": _text(one),
            "challenger": _text(other),
        }
        for brief, one, other in zip(briefs, champion.served, challenger.served, strict=True)
    ]

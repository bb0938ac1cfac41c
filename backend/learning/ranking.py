"""How candidates of a client are ordered, and the confidence that is shown: by hand-set weights, or by a learnt score.

A learnt score also says what to write about: benefits whose texts reviewers like are drawn more often.

A learnt score knows what reviewers like, and has seen only texts that were good enough to be sent out. So what is
broken, repeated, or silent about the client goes on to cost what it costs in the hand-set rank.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from backend.learning.score import WEIGHTS, rank_score
from backend.learning.success import Reading, SuccessModel

ALWAYS = ("repetition", "strangeness", "oddities", "fact_expressed")
"""Inputs of the rank score that count beside a learnt score."""
SHARE = 0.5
"""How much of their hand-set weights is left to them: half keeps strange texts rare at a few points of success."""
MORE = 2
"""So many times the candidates, where a learnt score chooses among them: then the choice is worth its time."""

CONTENT = 0.75
"""The probability of a success from which on no better text is looked for while time is plenty."""
EAGERNESS = 2.0
"""How strongly leanings count: twice, so that of a product's benefits the best is drawn about ten times the worst."""


@dataclass(frozen=True)
class Ranking:
    """The rule of one model version. Without `success` the confidence is the rank score and no probability."""

    success: SuccessModel | None = None

    @property
    def calibrated(self) -> bool:
        return self.success is not None

    def wanted(self, usual: int) -> int:
        """How many candidates to choose from, where `usual` are enough for the hand-set rank."""
        return usual * MORE if self.calibrated else usual

    def liking(self, product: str, benefit: str) -> float:
        """How often to write about a benefit of the product, as a multiple of the usual."""
        return math.exp(EAGERNESS * self.success.leaning(product, benefit)) if self.success else 1.0

    def content(self, reading: Reading) -> bool:
        """Whether the text is good enough to look for no other; the hand-set rank cannot tell, and is."""
        return self.success is None or self.success.probability(self.success.log_odds(reading)) >= CONTENT

    def of(self, reading: Reading) -> tuple[float, float]:
        """What a text is ordered by, and its confidence in 0..1."""
        if self.success is None:
            score = rank_score(reading.ranked)
            return score, score
        log_odds = self.success.log_odds(reading)
        return log_odds + _always(reading.ranked), self.success.probability(log_odds)


def _always(ranked: Mapping[str, float]) -> float:
    return SHARE * math.fsum(WEIGHTS[name] * ranked[name] for name in ALWAYS)


HAND_SET = Ranking()
"""Before there are labels."""

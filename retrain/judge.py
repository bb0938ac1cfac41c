"""The judge of a contest: the probability that a reviewer accepts a text, on the scale that gold labels set.

A hundred gold labels cannot teach taste anew, but they can tell how far a score is to be believed that was fitted to
the other labels. So the judge is a logistic regression on gold labels of a few inputs: what each score says of the
wording, and what it says of the brief alone. A score fitted to noise has no weight there, one that exaggerates a small
one; and what a score says of texts beyond those that it was tested on counts no more than the furthest of them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from backend.learning.success import Reading, SuccessModel, Traits, traits
from retrain.dataset import Example
from retrain.score import Flags, Numbers, outcomes_of

OF_THE_BRIEF = ("product:", "channel:", "tone:", "fact:", "benefit:")
LEAST_OF_A_KIND = 10
"""Gold labels of each kind without which nothing can be told."""
WEAK_PENALTY = 100.0
"""Inverse of the penalty: only to keep the weights finite where labels are separated."""


@dataclass(frozen=True)
class Ordinary:
    """The wording of an ordinary text on each channel: mean traits, those of the brief left out."""

    by_channel: Mapping[str, Traits]

    @classmethod
    def of(cls, examples: Sequence[Example], success: SuccessModel) -> "Ordinary":
        """From texts of any label."""
        groups: dict[str, list[Traits]] = {}
        for example in examples:
            found = traits(example.reading, success.lengths)
            groups.setdefault(example.brief.channel, []).append(_without_brief(found))
        return cls({channel: _mean(group) for channel, group in groups.items()})

    def parts(self, success: SuccessModel, reading: Reading) -> tuple[float, float]:
        """Log-odds of the score for a text: what its wording adds to an ordinary one, and those of the ordinary one."""
        found = traits(reading, success.lengths)
        brief = {name: value for name, value in found.items() if name.startswith(OF_THE_BRIEF)}
        ordinary = success.log_odds_of({**self.by_channel.get(reading.channel, {}), **brief})
        return success.log_odds_of(found) - ordinary, ordinary


def _without_brief(found: Traits) -> Traits:
    return {name: value for name, value in found.items() if not name.startswith(OF_THE_BRIEF)}


def _mean(group: Sequence[Traits]) -> Traits:
    names = {name for found in group for name in found}
    return {name: math.fsum(found.get(name, 0.0) for found in group) / len(group) for name in names}


@dataclass(frozen=True)
class Judge:
    """`scores` are the challenger's and, where it has one of its own, the champion's."""

    scores: Sequence[SuccessModel]
    ordinary: Sequence[Ordinary]
    weights: Numbers
    intercept: float
    low: Numbers
    high: Numbers
    p_value: float
    """That the challenger's score says nothing about the wording that the other inputs do not (likelihood ratio)."""

    def probability(self, reading: Reading) -> float:
        """Of a success."""
        row = np.clip(_row(self.scores, self.ordinary, reading), self.low, self.high)
        return float(1 / (1 + np.exp(-(self.intercept + row @ self.weights))))


def appoint(gold: Sequence[Example], known: Sequence[Example], scores: Sequence[SuccessModel]) -> Judge | None:
    """The judge from gold labels, for scores that were fitted to none of them; the challenger's comes first.

    `known` are the texts behind the scores, whose labels are not read here. None without enough labels of both kinds.
    """
    outcomes = outcomes_of(gold)
    if min(outcomes.sum(), (~outcomes).sum()) < LEAST_OF_A_KIND:
        return None
    ordinary = [Ordinary.of(known, success) for success in scores]
    rows = np.array([_row(scores, ordinary, example.reading) for example in gold])
    fitted = _fit(rows, outcomes)
    weights = np.maximum(fitted.coef_[0], 0.0)
    p_value = _worth(rows, outcomes) if fitted.coef_[0, 0] > 0 else 1.0
    centre = rows.mean(axis=0) @ (fitted.coef_[0] - weights)  # what a weight that was cut to 0 gave on the average
    intercept = float(fitted.intercept_[0] + centre)
    return Judge(scores, ordinary, weights, intercept, rows.min(axis=0), rows.max(axis=0), p_value)


def _row(scores: Sequence[SuccessModel], ordinary: Sequence[Ordinary], reading: Reading) -> Numbers:
    """The wording by each score, then the brief by the first."""
    parts = [one.parts(success, reading) for success, one in zip(scores, ordinary, strict=True)]
    return np.array([*(wording for wording, _ in parts), parts[0][1]])


def _fit(rows: Numbers, outcomes: Flags) -> LogisticRegression:
    return LogisticRegression(C=WEAK_PENALTY, max_iter=2000).fit(rows, outcomes)


def _worth(rows: Numbers, outcomes: Flags) -> float:
    """One-sided p-value of the likelihood ratio test that the first input is of no use beside the others (Wilks)."""
    losses = [_deviance(some, outcomes) for some in (rows[:, 1:], rows)]
    return float(chi2.sf(max(0.0, losses[0] - losses[1]), df=1) / 2)


def _deviance(rows: Numbers, outcomes: Flags) -> float:
    return 2 * float(log_loss(outcomes, _fit(rows, outcomes).predict_proba(rows)[:, 1], normalize=False))

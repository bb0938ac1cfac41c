"""The judge of a contest: the probability that a reviewer accepts a text, on the scale that gold labels set.

A hundred gold labels cannot teach taste anew, but they can tell how far a score is to be believed that was fitted to
the other labels. So the judge is a logistic regression of a few inputs: what each score says of the wording, and what
it says of the brief alone. It reads labels that the score in question has not seen: gold ones, and, as long as the
champion has no score of its own, all others by scores that were fitted without the client's texts (cross-fitting). A
score fitted to noise has no weight there, one that exaggerates a small one; and what a score says of texts beyond those
that it was tested on counts no more than the furthest of them. How sure a writer was of its text does not count: two
versions may differ there for the very same words.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.stats import chi2

from backend.learning.readiness import LEAST_GOLD
from backend.learning.success import Reading, SuccessModel, Traits, traits
from retrain.dataset import Example
from retrain.score import Flags, Numbers, exported, folds_of, learn, outcomes_of

OF_THE_BRIEF = ("product:", "channel:", "tone:", "fact:", "benefit:")
OF_THE_WRITER = ("mean_logprob", "min_logprob")
PENALTY = 0.5
"""On squared weights: keeps them finite where labels are separated, and shares between scores that say the same."""


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
    sureness: Mapping[str, float]
    """The rank inputs `OF_THE_WRITER` that stand for every text's own."""
    p_value: float
    """That the scores say nothing about wordings (likelihood ratio against the brief alone)."""

    def probability(self, reading: Reading) -> float:
        """Of a success."""
        row = np.clip(_row(self.scores, self.ordinary, _as_sure(reading, self.sureness)), self.low, self.high)
        return float(1 / (1 + np.exp(-(self.intercept + row @ self.weights))))


def appoint(gold: Sequence[Example], known: Sequence[Example], scores: Sequence[SuccessModel]) -> Judge | None:
    """The judge for scores that were fitted to `known` or to earlier labels; the challenger's comes first.

    None without enough gold labels of both kinds.
    """
    outcomes = outcomes_of(gold)
    if min(outcomes.sum(), (~outcomes).sum()) < LEAST_GOLD:
        return None
    ordinary = [Ordinary.of(known, success) for success in scores]
    sureness = _usual_sureness(gold)
    rows = np.array([_row(scores, ordinary, _as_sure(example.reading, sureness)) for example in gold])
    if len(scores) == 1:
        rows = np.vstack([rows, _cross_fitted(known, sureness)])
        outcomes = np.concatenate([outcomes, outcomes_of(known)])
    (intercept, *weights), _ = _fit(rows, outcomes)
    low, high = rows.min(axis=0), rows.max(axis=0)
    return Judge(scores, ordinary, np.array(weights), float(intercept), low, high, sureness, _worth(rows, outcomes))


def _usual_sureness(examples: Sequence[Example]) -> dict[str, float]:
    known = [example.ranked for example in examples if example.ranked]
    return {name: math.fsum(one[name] for one in known) / len(known) for name in OF_THE_WRITER if known}


def _as_sure(reading: Reading, sureness: Mapping[str, float]) -> Reading:
    return replace(reading, ranked={**reading.ranked, **sureness})


def _cross_fitted(examples: Sequence[Example], sureness: Mapping[str, float]) -> Numbers:
    """The inputs of each example by a score that saw no text of its client."""
    rows = np.zeros((len(examples), 2))
    for known, asked in folds_of(examples, seed=2):
        some = [examples[i] for i in known]
        success = exported(learn(some, seed=2))
        ordinary = [Ordinary.of(some, success)]
        rows[asked] = [_row([success], ordinary, _as_sure(examples[i].reading, sureness)) for i in asked]
    return rows


def _row(scores: Sequence[SuccessModel], ordinary: Sequence[Ordinary], reading: Reading) -> Numbers:
    """The wording by each score, then the brief by the first."""
    parts = [one.parts(success, reading) for success, one in zip(scores, ordinary, strict=True)]
    return np.array([*(wording for wording, _ in parts), parts[0][1]])


def _fit(rows: Numbers, outcomes: Flags) -> tuple[Numbers, float]:
    """Intercept and weights of the logistic regression, and its log-likelihood. No weight is below 0: a score that was
    wrong on the whole is not believed the other way round.
    """
    signs = np.where(outcomes, 1.0, -1.0)
    inputs = np.column_stack([np.ones(len(rows)), rows])

    def loss(beta: Numbers) -> tuple[float, Numbers]:
        margins = signs * (inputs @ beta)
        pull = -signs / (1 + np.exp(np.clip(margins, -30, 30)))
        free = np.concatenate([[0.0], beta[1:]])
        return float(np.logaddexp(0, -margins).sum() + PENALTY * free @ free), inputs.T @ pull + 2 * PENALTY * free

    bounds = [(None, None), *[(0.0, None)] * rows.shape[1]]
    found = minimize(loss, np.zeros(inputs.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B").x
    return found, -float(np.logaddexp(0, -signs * (inputs @ found)).sum())


def _worth(rows: Numbers, outcomes: Flags) -> float:
    """p-value of the likelihood ratio test that no wording input is of use beside the brief (Wilks, 1938)."""
    (_, with_all), (_, with_brief) = _fit(rows, outcomes), _fit(rows[:, -1:], outcomes)
    return float(chi2.sf(max(0.0, 2 * (with_all - with_brief)), df=rows.shape[1] - 1))

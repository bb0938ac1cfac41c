"""Fits the success score to labels: a logistic regression and small boosted trees, averaged, then calibrated.

The regression carries words, of which a few hundred labels show many and each seldom; the trees carry what holds
together only (short and with a fact). Their mean orders texts better than either (docs/experiments.md). Platt scaling
on predictions that were made without the predicted client's texts makes the log-odds a probability.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import mannwhitneyu
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

from backend.learning.success import Length, SuccessModel, Traits, Tree, log_words, traits
from retrain.dataset import Example
from retrain.words import in_words

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

INVERSE_PENALTY = 0.2
TREES = {"n_estimators": 200, "max_depth": 3, "learning_rate": 0.05, "subsample": 0.6, "max_features": 0.3}
LEAST_IN_LEAF = 5
FOLDS = 5
LEAST_SPREAD = 0.05
BIN_SIZE, MOST_BINS = 100, 10
"""Of 50 labels in a bin chance alone makes an error of 5 points (docs/experiments.md)."""
RESAMPLES, CHANCES = 1000, 100
SHOWN = 8
LATER = 0.15


class OneClass(ValueError):
    """All labels say the same: nothing can be told apart."""


@dataclass(frozen=True)
class Learner:
    """The two fitted parts, before calibration."""

    vectorizer: DictVectorizer
    linear: LogisticRegression
    trees: GradientBoostingClassifier
    lengths: dict[str, Length]

    def log_odds(self, examples: Sequence[Example]) -> Numbers:
        """One number for each example: the mean of the two parts."""
        x = self.vectorizer.transform([traits(example.reading, self.lengths) for example in examples])
        found: Numbers = (self.linear.decision_function(x) + self.trees.decision_function(x)) / 2
        return found


def lengths_of(examples: Sequence[Example]) -> dict[str, Length]:
    """The usual length of the texts of each channel."""
    found: dict[str, list[float]] = {}
    for example in examples:
        found.setdefault(example.brief.channel, []).append(log_words(example.body))
    return {
        channel: Length(float(np.mean(some)), max(LEAST_SPREAD, float(np.std(some)))) for channel, some in found.items()
    }


def learn(examples: Sequence[Example], seed: int) -> Learner:
    """Fit both parts. Raises OneClass."""
    outcomes = outcomes_of(examples)
    if len(set(outcomes.tolist())) < 2:
        raise OneClass("all labels are the same")
    lengths = lengths_of(examples)
    vectorizer = DictVectorizer()
    x = vectorizer.fit_transform([traits(example.reading, lengths) for example in examples])
    linear = LogisticRegression(C=INVERSE_PENALTY, max_iter=5000).fit(x, outcomes)
    leaf = min(LEAST_IN_LEAF, max(1, len(examples) // 20))
    trees = GradientBoostingClassifier(**TREES, min_samples_leaf=leaf, random_state=seed).fit(x, outcomes)
    return Learner(vectorizer, linear, trees, lengths)


def outcomes_of(examples: Sequence[Example]) -> Flags:
    """Whether each text was a success."""
    return np.array([example.success for example in examples], dtype=np.bool_)


def folds_of(examples: Sequence[Example], seed: int) -> Iterator[tuple[Places, Places]]:
    """Places of known and of asked examples; all texts of a client are on one side, both kinds of labels on both.

    Texts that are asked for are known under no other client either.
    """
    clients = [example.client for example in examples]
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for known, asked in folds.split(np.zeros(len(examples)), outcomes_of(examples), clients):
        read = {examples[i].body for i in asked}
        yield np.array([i for i in known if examples[i].body not in read], dtype=known.dtype), asked


def out_of_fold(examples: Sequence[Example], seed: int) -> Numbers:
    """Log-odds of each example by a learner that saw no text of its client."""
    found = np.zeros(len(examples))
    for known, asked in folds_of(examples, seed):
        found[asked] = learn([examples[i] for i in known], seed).log_odds([examples[i] for i in asked])
    return found


def fit(examples: Sequence[Example], seed: int = 1) -> tuple[SuccessModel, Numbers]:
    """The calibrated score, and the cross-fitted probabilities of its own examples. Raises OneClass."""
    raw = out_of_fold(examples, seed)
    outcomes = outcomes_of(examples)
    platt = LogisticRegression(C=1e6).fit(raw[:, None], outcomes)
    slope, offset = max(0.0, float(platt.coef_[0, 0])), float(platt.intercept_[0])
    model = replace(exported(learn(examples, seed)), slope=slope, offset=offset)
    return model, 1 / (1 + np.exp(-(slope * raw + offset)))


def exported(learner: Learner) -> SuccessModel:
    """The learner as plain data, uncalibrated."""
    names = learner.vectorizer.get_feature_names_out()
    weights = {str(name): float(w) / 2 for name, w in zip(names, learner.linear.coef_[0], strict=True) if w}
    rate = learner.trees.learning_rate / 2
    trees = tuple(_tree(one.tree_, names, rate) for one in learner.trees.estimators_[:, 0])
    prior = learner.trees.init_.class_prior_
    intercept = (float(learner.linear.intercept_[0]) + float(np.log(prior[1] / prior[0]))) / 2
    return SuccessModel(weights, intercept, trees, learner.lengths)


def _tree(tree: Any, names: Sequence[str], rate: float) -> Tree:
    leaf = tree.children_left < 0
    return Tree(
        trait=tuple(None if is_leaf else str(names[f]) for f, is_leaf in zip(tree.feature, leaf, strict=True)),
        value=tuple(np.where(leaf, tree.value[:, 0, 0] * rate, tree.threshold).tolist()),
        left=tuple(tree.children_left.tolist()),
        right=tuple(tree.children_right.tolist()),
    )


def probabilities(model: SuccessModel, examples: Sequence[Example]) -> Numbers:
    """What the finished score says of examples, as the API would."""
    return np.array([model.probability(model.log_odds(example.reading)) for example in examples])


# --- how good it is ---------------------------------------------------------------------------------------------------


def telling_apart(outcomes: Flags, said: Numbers) -> tuple[float | None, float]:
    """AUROC, and the one-sided exact p-value that it is no better than chance (Mann and Whitney, 1947).

    (None, 1) where only one kind of label is there.
    """
    if outcomes.all() or not outcomes.any():
        return None, 1.0
    p = mannwhitneyu(said[outcomes], said[~outcomes], alternative="greater").pvalue
    return float(roc_auc_score(outcomes, said)), float(p)


def calibration_error(outcomes: Flags, said: Numbers, bins: int) -> float:
    """Expected calibration error over bins of equal mass."""
    parts = np.array_split(np.argsort(said, kind="stable"), bins)
    gaps = [len(part) * abs(outcomes[part].mean() - said[part].mean()) for part in parts if len(part)]
    return float(sum(gaps) / len(said))


def quality(outcomes: Flags, said: Numbers, seed: int = 1) -> dict[str, Any]:
    """AUROC, Brier score beside that of the base rate, ECE with a bootstrap interval, and the bins for a picture.

    `ece_chance` is the mean ECE of labels that were drawn with the very probabilities that were said.
    """
    count = max(2, min(MOST_BINS, len(said) // BIN_SIZE))
    rng = np.random.default_rng(seed)
    draws = [rng.integers(0, len(said), len(said)) for _ in range(RESAMPLES)]
    errors = [calibration_error(outcomes[draw], said[draw], count) for draw in draws]
    chances = [calibration_error(rng.random(len(said)) < said, said, count) for _ in range(CHANCES)]
    auroc, p_value = telling_apart(outcomes, said)
    base = float(outcomes.mean())
    parts = np.array_split(np.argsort(said, kind="stable"), count)
    return {
        "labels": len(said),
        "auroc": auroc,
        "p_value": p_value,
        "brier": float(brier_score_loss(outcomes, said)),
        "brier_base": base * (1 - base),
        "ece": calibration_error(outcomes, said, count),
        "ece_low": float(np.quantile(errors, 0.025)),
        "ece_high": float(np.quantile(errors, 0.975)),
        "ece_chance": float(np.mean(chances)),
        "bins": [_bin(outcomes[part], said[part]) for part in parts],
    }


def _bin(outcomes: Flags, said: Numbers) -> dict[str, float]:
    return {
        "start": float(said.min()),
        "end": float(said.max()),
        "count": len(said),
        "confidence": float(said.mean()),
        "rate": float(outcomes.mean()),
    }


def later(examples: Sequence[Example], seed: int = 1) -> float | None:
    """AUROC on the last labelled examples of a learner that knows only the earlier ones; None where it cannot tell."""
    cut = int(len(examples) * (1 - LATER))
    known, asked = examples[:cut], examples[cut:]
    try:
        return telling_apart(outcomes_of(asked), learn(known, seed).log_odds(asked))[0]
    except OneClass:
        return None


def tastes(examples: Sequence[Example], model: SuccessModel) -> dict[str, list[dict[str, Any]]]:
    """What speaks most for and against a text, by the regression: its weight times how much the trait varies."""
    found: list[Traits] = [traits(example.reading, model.lengths) for example in examples]
    spread = {name: float(np.std([one.get(name, 0.0) for one in found])) for name in model.weights}
    sorted_names = sorted(model.weights, key=lambda name: model.weights[name] * spread[name])
    rows = [(name, round(model.weights[name] * spread[name], 4)) for name in sorted_names]
    return {
        "likes": [_taste(*row) for row in rows[: -SHOWN - 1 : -1] if row[1] > 0],
        "dislikes": [_taste(*row) for row in rows[:SHOWN] if row[1] < 0],
    }


def _taste(name: str, weight: float) -> dict[str, Any]:
    return {"trait": name, "words": in_words(name), "weight": weight}

"""The success score: how likely a reviewer is to mark a text as a success, learnt from labels.

A logistic function of named traits of the text and its brief and of small decision trees over them, kept as JSON and
computed in plain Python. Fitting is the business of `retrain.score`; both sides share `traits`.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Traits = dict[str, float]

_WORD = re.compile(r"[а-яё]+")
_SENTENCE = re.compile(r"[.!?…\n]+")
_YOU = re.compile(r"\bв(?:ы|ам|ас|ами|аш[а-яё]*)\b")
STEM = 5
"""Letters of a word that count: enough to tell words apart, few enough to join their forms."""
PRESENT = 0.5
"""Value of a trait of which there are thousands (a word, a benefit), which the penalty on weights keeps small."""
SLOTS = ("{app}", "{site}", "{phone}", "{agent}")
MARKS: Mapping[str, str] = {"question": "?", "exclamation": "!", "dash": "—", "colon": ":", "quotes": "«", "comma": ","}
TAKEN_OVER = ("fact_expressed", "length_fit", "warnings", "strangeness", "oddities")
"""Inputs of the rank score that are traits as they are. `repetition` is none: it tells of a call and not of a text."""


@dataclass(frozen=True)
class Reading:
    """What there is to judge: the model's own text with its slots, and how it came about.

    What the composer adds to it is the same for every text of a product and channel and tells nothing. `ranked` are the
    inputs of the rank score (`score.rank_features`); texts that no model wrote have none.
    """

    body: str
    product: str
    channel: str
    tone: str
    facts: tuple[str, ...] = ()
    benefit: str = ""
    ranked: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Length:
    """The usual length of a channel's texts: mean and spread of the natural logarithm of the number of words."""

    mean: float
    spread: float


def log_words(text: str) -> float:
    """Natural logarithm of the number of Russian words, at least one."""
    return math.log(max(1, len(_WORD.findall(text.lower()))))


def traits(reading: Reading, lengths: Mapping[str, Length]) -> Traits:
    """The named traits of a text; one that is absent is 0. `lengths` by channel."""
    text = reading.body.lower()
    words = _WORD.findall(text)
    return {
        **_length_traits(reading, lengths),
        **_sentence_traits(text, words),
        **{f"mark:{name}": float(mark in text) for name, mark in MARKS.items()},
        **{f"slot:{slot[1:-1]}": float(slot in text) for slot in SLOTS},
        **{f"rank:{name}": reading.ranked.get(name, 0.0) for name in TAKEN_OVER},
        "rank:mean_logprob": 2 * reading.ranked.get("mean_logprob", 0.0),
        "rank:min_logprob": reading.ranked.get("min_logprob", 0.0) / 4,
        **_brief_traits(reading),
        **{f"word:{stem}": PRESENT for stem in {word[:STEM] for word in words}},
    }


def _length_traits(reading: Reading, lengths: Mapping[str, Length]) -> Traits:
    usual = lengths.get(reading.channel)
    z = (log_words(reading.body) - usual.mean) / usual.spread if usual else 0.0
    return {
        "length": z,
        "length:over": max(0.0, z),
        "length:far over": max(0.0, z - 1),
        "length:short": max(0.0, -1 - z),
    }


def _sentence_traits(text: str, words: list[str]) -> Traits:
    sizes = [size for part in _SENTENCE.split(text) if (size := len(_WORD.findall(part)))] or [0]
    count = max(1, len(words))
    return {
        "sentences": len(sizes) / 3,
        "longest sentence": max(sizes) / 12,
        "mean sentence": count / len(sizes) / 10,
        "word length": sum(map(len, words)) / count / 6,
        "addresses": len(_YOU.findall(text)) / 3,
        "commas": 10 * text.count(",") / count,
    }


def _brief_traits(reading: Reading) -> Traits:
    return {
        f"product:{reading.product}": 1.0,
        f"channel:{reading.channel}": 1.0,
        f"tone:{reading.tone}": 1.0,
        f"benefit:{reading.benefit}": PRESENT,
        **({f"fact:{fact}": 1.0 for fact in reading.facts} or {"fact:none": 1.0}),
    }


@dataclass(frozen=True)
class Tree:
    """A decision tree as columns, the root first. A leaf has no `trait` and the log-odds that it adds as `value`."""

    trait: tuple[str | None, ...]
    value: tuple[float, ...]
    """The threshold of a node: traits up to it go left."""
    left: tuple[int, ...]
    right: tuple[int, ...]

    def log_odds(self, found: Traits) -> float:
        """What the tree adds for these traits."""
        node = 0
        while (trait := self.trait[node]) is not None:
            node = (self.left if found.get(trait, 0.0) <= self.value[node] else self.right)[node]
        return self.value[node]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Tree":
        """As `SuccessModel.to_json` wrote it."""
        return cls(*(tuple(stored[column]) for column in ("trait", "value", "left", "right")))


@dataclass(frozen=True)
class SuccessModel:
    """A fitted score. `slope` and `offset` turn its log-odds into calibrated ones (Platt, 1999)."""

    weights: Mapping[str, float]
    intercept: float
    trees: tuple[Tree, ...]
    lengths: Mapping[str, Length]
    slope: float = 1.0
    offset: float = 0.0
    leanings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By product and benefit: how much better than the product's usual texts those of the benefit do, in log-odds."""

    def log_odds(self, reading: Reading) -> float:
        """The raw log-odds, by which texts are ordered."""
        return self.log_odds_of(traits(reading, self.lengths))

    def log_odds_of(self, found: Traits) -> float:
        """The same for traits that are known already."""
        linear = math.fsum(self.weights.get(name, 0.0) * value for name, value in found.items())
        return self.intercept + linear + math.fsum(tree.log_odds(found) for tree in self.trees)

    def leaning(self, product: str, benefit: str) -> float:
        """Log-odds that the benefit adds to a text of the product; 0 where nothing is known."""
        return self.leanings.get(product, {}).get(benefit, 0.0)

    def probability(self, log_odds: float) -> float:
        """The calibrated probability of a success for raw log-odds."""
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self.slope * log_odds + self.offset))))

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "SuccessModel":
        """What `to_json` gave. Raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            weights={str(name): float(value) for name, value in stored["weights"].items()},
            intercept=float(stored["intercept"]),
            trees=tuple(map(Tree.from_json, stored["trees"])),
            lengths={name: Length(float(one["mean"]), float(one["spread"])) for name, one in stored["lengths"].items()},
            slope=float(stored["slope"]),
            offset=float(stored["offset"]),
            leanings=stored.get("leanings", {}),  # scores of before have none
        )

"""What reviewers like to read about: how the success score takes the corpus texts of each benefit of each product."""

from collections.abc import Mapping, Sequence

import numpy as np

from backend.learning.success import Reading, SuccessModel
from model.brief import Brief, shows_facts
from model.corpus.generate import generate
from retrain.dataset import Example
from retrain.reporting import Report

DRAWN = 30_000
"""Corpus texts that are read: some seventy for each benefit."""
FEW = 10
"""Texts that a benefit is believed to have seen already, usual ones, so that few texts of its own say little."""


def usual_inputs(examples: Sequence[Example]) -> dict[str, float]:
    """The mean rank inputs of judged texts, which stand for those of corpus texts."""
    known = [example.ranked for example in examples if example.ranked]
    return {name: float(np.mean([one[name] for one in known])) for name in known[0]} if known else {}


def corpus_reading(brief: Brief, text: str, usual: Mapping[str, float]) -> Reading:
    """A corpus text as the score reads it, with the `usual` rank inputs."""
    shown = 1.0 if brief.facts and shows_facts(brief, text) else 0.5
    ranked = {**usual, "fact_expressed": shown}
    return Reading(text, brief.product, brief.channel, brief.tone, brief.facts, brief.benefit, ranked)


def leanings(
    success: SuccessModel, usual: Mapping[str, float], report: Report, drawn: int = DRAWN, seed: int = 1
) -> dict[str, dict[str, float]]:
    """By product and benefit: mean log-odds of its corpus texts above the mean of the product's, shrunk to 0."""
    found: dict[str, dict[str, list[float]]] = {}
    for place, (brief, _, text) in enumerate(generate(drawn, seed)):
        if brief.benefit:
            liked = success.log_odds(corpus_reading(brief, text, usual))
            found.setdefault(brief.product, {}).setdefault(brief.benefit, []).append(liked)
        if place % 1000 == 0:
            report(place / drawn, "")
    return {product: _above_usual(by_benefit) for product, by_benefit in found.items()}


def _above_usual(by_benefit: Mapping[str, Sequence[float]]) -> dict[str, float]:
    usual = float(np.mean([one for some in by_benefit.values() for one in some]))
    return {tag: (float(np.mean(some)) - usual) * len(some) / (len(some) + FEW) for tag, some in by_benefit.items()}

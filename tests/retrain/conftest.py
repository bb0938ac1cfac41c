"""Labelled examples from the corpus, judged by a simulated reviewer."""

import random
from collections.abc import Callable

import pytest

from backend.learning.score import Evidence, rank_features
from model.corpus.generate import generate
from retrain.dataset import Example
from tests.retrain.reviewers import REVIEWERS, Read, tuned

Made = Callable[..., list[Example]]


@pytest.fixture(scope="session")
def examples_of() -> Made:
    """examples_of(300, "plain") -> examples whose labels follow the reviewer's rule, a tenth of them wrong."""

    def make(count: int, reviewer: str, seed: int = 5, *, shuffled: bool = False) -> list[Example]:
        rng = random.Random(seed)
        texts = [(brief, text) for brief, _, text in generate(count, seed)]
        reads = [Read(text, brief.product, brief.channel, brief.tone, brief.facts) for brief, text in texts]
        rule = tuned(next(one for one in REVIEWERS if one.name == reviewer), reads, 0.5)
        labels = [rule.label(read, rng) == "success" for read in reads]
        if shuffled:
            rng.shuffle(labels)
        return [
            Example(
                offer_id=str(place),
                brief=brief,
                facts=brief.facts,
                body=text,
                success=label,
                gold=place % 4 == 0,
                client=str(place // 2),
                ranked=rank_features(Evidence(text, (-0.3,), 0.6, None, 0)),
                labelled_at=f"2026-11-22T{place:06d}",
            )
            for place, ((brief, text), label) in enumerate(zip(texts, labels, strict=True))
        ]

    return make

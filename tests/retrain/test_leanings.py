"""What to write about is learnt too: benefits whose corpus texts the score likes are asked for more often."""

import random
from collections import Counter
from dataclasses import replace

from backend.clients.service import parse_features
from backend.learning.ranking import HAND_SET, Ranking
from backend.learning.success import SuccessModel
from backend.offers import pipeline
from backend.offers.parse import ClientIn
from backend.offers.pipeline import Task
from retrain import leanings
from retrain.evaluation.served import demo_shop

CASHBACK = SuccessModel(weights={"word:кешбэ": 2.0}, intercept=0.0, trees=(), lengths={})


def quiet(share: float, line: str) -> None:
    """Nobody watches."""


def test_a_benefit_is_liked_for_its_texts() -> None:
    found = leanings.leanings(CASHBACK, {}, quiet, drawn=4000)
    assert max(found["CC"], key=lambda tag: found["CC"][tag]) == "cashback"
    assert found["CC"]["cashback"] > 0.1
    others = [liked for tag, liked in found["CC"].items() if tag != "cashback"]
    assert max(others) < found["CC"]["cashback"] / 2
    assert all(abs(liked) < 0.1 for liked in found["TRUST"].values())


def test_liked_benefits_are_drawn_more_often() -> None:
    shop = demo_shop()
    features, _ = parse_features({}, "")
    product = shop.products["CC"]
    task = Task(ClientIn(0, "0", True, features, (), product, shop.channels["SMS"]), product, ())
    learnt = Ranking(replace(CASHBACK, leanings={"CC": {"cashback": 1.0}}))
    usual, liking = (_share_of("cashback", task, ranking) for ranking in (HAND_SET, learnt))
    assert 3 * usual < liking < 0.9
    assert len({_drawn(task, learnt, seed) for seed in range(300)}) > 8


def _drawn(task: Task, ranking: Ranking, seed: int) -> str:
    return pipeline.briefs_for(task, "neutral", 1, random.Random(seed), ranking=ranking)[0].benefit


def _share_of(benefit: str, task: Task, ranking: Ranking) -> float:
    return Counter(_drawn(task, ranking, seed) for seed in range(300))[benefit] / 300

"""Fitting the success score: it finds a hidden rule, tells a probability, and finds nothing where there is nothing."""

from dataclasses import replace

import numpy as np
import pytest

from backend.learning.success import SuccessModel
from retrain import score
from tests.retrain.conftest import Made


def test_it_finds_a_hidden_rule(examples_of: Made) -> None:
    known, unseen = examples_of(500, "plain"), examples_of(1500, "plain", seed=6)
    success, _ = score.fit(known)
    found = score.quality(score.outcomes_of(unseen), score.probabilities(success, unseen))
    assert found["auroc"] > 0.75
    assert found["brier"] < 0.85 * found["brier_base"]
    assert found["ece"] < 0.08
    assert found["ece_low"] <= found["ece_high"]
    assert 0.01 < found["ece_chance"] < 0.04
    assert sum(part["count"] for part in found["bins"]) == 1500


def test_the_stored_score_says_what_the_fitted_parts_say(examples_of: Made) -> None:
    examples = examples_of(200, "brisk")
    learner = score.learn(examples, 1)
    exported = score.exported(learner)
    mine = [exported.log_odds(example.reading) for example in examples[:60]]
    assert mine == pytest.approx(learner.log_odds(examples[:60]).tolist(), abs=1e-4)


def test_shuffled_labels_teach_nothing(examples_of: Made) -> None:
    examples = examples_of(400, "plain", shuffled=True)
    raw = score.out_of_fold(examples, 1)
    auroc, p_value = score.telling_apart(score.outcomes_of(examples), raw)
    assert auroc is not None
    assert 0.4 < auroc < 0.6
    assert p_value > 0.01


def test_a_fold_knows_neither_the_clients_nor_the_texts_that_it_asks_for(examples_of: Made) -> None:
    examples = examples_of(200, "plain")
    twins = [replace(one, client=f"twin of {one.client}") for one in examples[:40]]
    both, asked_for = [*examples, *twins], []
    for known, asked in score.folds_of(both, 1):
        for told in ("client", "body"):
            assert not {getattr(both[i], told) for i in known} & {getattr(both[i], told) for i in asked}
        asked_for += asked.tolist()
    assert sorted(asked_for) == list(range(240))


def test_one_class_cannot_be_learnt(examples_of: Made) -> None:
    successes = [example for example in examples_of(100, "plain") if example.success]
    with pytest.raises(score.OneClass):
        score.learn(successes, 1)
    assert score.telling_apart(np.array([True, True]), np.array([0.1, 0.2])) == (None, 1.0)


def test_later_labels_are_told_from_earlier_ones_alone(examples_of: Made) -> None:
    later = score.later(examples_of(400, "strict"))
    assert later is not None
    assert later > 0.6


def test_likes_and_dislikes_are_said_in_words(examples_of: Made) -> None:
    examples = examples_of(400, "plain")
    found = score.tastes(examples, score.fit(examples)[0])
    assert all(one["weight"] > 0 for one in found["likes"])
    assert all(one["weight"] < 0 for one in found["dislikes"])
    assert "есть вопрос" in [one["words"] for one in found["dislikes"]]


def test_calibration_error_of_an_honest_and_of_a_boastful_forecast() -> None:
    rng = np.random.default_rng(1)
    said = rng.uniform(0, 1, 20_000)
    outcomes = rng.uniform(0, 1, 20_000) < said
    assert score.calibration_error(outcomes, said, 10) < 0.02
    assert score.calibration_error(outcomes, np.ones(20_000), 10) == pytest.approx(0.5, abs=0.02)


def test_the_score_is_small_enough_for_a_row(examples_of: Made) -> None:
    stored = score.fit(examples_of(600, "caring"))[0].to_json()
    assert SuccessModel.from_json(stored).to_json() == stored
    assert len(str(stored)) < 400_000

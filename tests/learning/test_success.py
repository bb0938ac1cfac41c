"""The success score: its traits, the trees as plain data, and that it reads back what it wrote."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.learning.ranking import HAND_SET, Ranking
from backend.learning.score import Evidence, rank_features, rank_score
from backend.learning.success import Length, Reading, SuccessModel, Tree, traits

LENGTHS = {"SMS": Length(math.log(8), 0.5)}
READING = Reading(
    "Копите спокойно? Вклад {bank} — в приложении {app}.", "DEPOSIT", "SMS", "neutral", ("saver",), "safe"
)
RANKED = rank_features(Evidence("Вклад.", (-0.2,), 0.6, True, 0))


def model(**changes: object) -> SuccessModel:
    tree = Tree(("mark:question", None, None), (0.5, -0.25, 0.75), (1, -1, -1), (2, -1, -1))
    given = {"weights": {"slot:app": 2.0}, "intercept": -1.0, "trees": (tree,), "lengths": LENGTHS}
    return SuccessModel(**(given | changes))  # type: ignore[arg-type]


def test_traits_tell_what_a_reviewer_sees() -> None:
    found = traits(READING, LENGTHS)
    assert found["mark:question"] == found["slot:app"] == found["mark:dash"] == 1
    assert found["mark:exclamation"] == found["slot:site"] == 0
    assert {"word:споко", "word:вклад", "product:DEPOSIT", "fact:saver", "benefit:safe"} <= found.keys()
    assert "fact:none" not in found
    assert found["length"] < 0
    assert traits(READING, {})["length"] == 0


def test_log_odds_are_the_weights_and_the_trees() -> None:
    assert model().log_odds(READING) == pytest.approx(-1 + 2 + 0.75)
    assert model().log_odds(Reading("Вклад.", "DC", "SMS", "formal")) == pytest.approx(-1 - 0.25)


def test_calibration_bends_the_probability_and_never_overflows() -> None:
    assert model().probability(0.0) == 0.5
    assert model(slope=0.5, offset=1.0).probability(2.0) == pytest.approx(1 / (1 + math.exp(-2)))
    assert 0 < model(slope=1e6).probability(-5.0) < 1e-9 < model(slope=1e6).probability(5.0) <= 1


def test_a_score_survives_json() -> None:
    stored = json.loads(json.dumps(model(slope=0.7, leanings={"CC": {"cashback": 0.5}}).to_json()))
    assert SuccessModel.from_json(stored) == model(slope=0.7, leanings={"CC": {"cashback": 0.5}})


@pytest.mark.parametrize("damaged", [{}, {"weights": []}, {"weights": {"a": "x"}}])
def test_a_damaged_score_is_refused(damaged: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        SuccessModel.from_json({**model().to_json(), **damaged} if damaged else {})


@given(st.text(max_size=80), st.sampled_from(["SMS", "EMAIL"]))
def test_any_text_has_finite_traits(text: str, channel: str) -> None:
    found = traits(Reading(text, "CC", channel, "neutral"), LENGTHS)
    assert all(math.isfinite(value) for value in found.values())


def test_without_labels_the_rank_score_is_the_confidence() -> None:
    ranked = Reading("Вклад.", "DC", "SMS", "neutral", ranked=RANKED)
    assert HAND_SET.of(ranked) == (rank_score(RANKED), rank_score(RANKED))
    assert not HAND_SET.calibrated
    assert HAND_SET.wanted(4) == 4


def test_a_learnt_score_ranks_but_what_is_broken_still_costs() -> None:
    learnt = Ranking(model())
    good, confidence = learnt.of(Reading("Вклад {app}.", "DC", "SMS", "neutral", ranked=RANKED))
    strange, same = learnt.of(Reading("Вклад {app}.", "DC", "SMS", "neutral", ranked=RANKED | {"strangeness": 1.0}))
    assert strange < good
    assert confidence == same == model().probability(0.75)
    assert learnt.calibrated
    assert learnt.wanted(4) == 8

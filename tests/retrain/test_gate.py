"""The gate: who wins, what is a tie, and that any harm is a veto."""

from dataclasses import replace

import numpy as np
import pytest

from retrain import gate
from retrain.gate import Measured, Shares, Verdict

RNG = np.random.default_rng(3)
BASE = RNG.uniform(0.3, 0.6, 400)
EQUAL = Shares(360, 360, (400, 400))
BETTER = Measured(
    judge_p=1e-6,
    score_p=1e-6,
    success=(BASE, BASE + RNG.normal(0.1, 0.2, 400)),
    sources=np.arange(400),
    fidelity=EQUAL,
    product=EQUAL,
    refused=Shares(4, 4, (1600, 1600)),
    distinct=EQUAL,
    bits_per_byte=(0.22, 0.225),
    length=(0.6, 0.62),
    tokens=(30.0, 31.0),
    brier=(None, 0.2),
)


def test_a_clear_gain_without_harm_wins() -> None:
    decision = gate.decide(BETTER)
    assert decision.verdict is Verdict.WIN
    assert decision.p_value < gate.SIGNIFICANT
    assert decision.wins + decision.losses + decision.ties == 400
    assert decision.summary.startswith("Новая версия лучше")
    success = decision.dimensions[0]
    assert success.low is not None
    assert success.high is not None
    assert success.low < success.challenger - success.champion < success.high  # type: ignore[operator]


def test_no_difference_is_a_tie() -> None:
    noise = replace(BETTER, success=(BASE, BASE + RNG.normal(0, 0.2, 400)))
    assert gate.decide(noise).verdict is Verdict.TIE
    assert gate.decide(replace(BETTER, success=(BASE, BASE))).verdict is Verdict.TIE


def test_a_gain_that_is_certain_but_tiny_is_a_tie() -> None:
    assert gate.decide(replace(BETTER, success=(BASE, BASE + 0.015))).verdict is Verdict.TIE


@pytest.mark.parametrize("blind", [{"judge_p": 0.3}, {"score_p": 0.3}])
def test_where_nothing_can_be_told_the_champion_stays(blind: dict[str, float]) -> None:
    decision = gate.decide(replace(BETTER, **blind))  # type: ignore[arg-type]
    assert decision.verdict is Verdict.TIE
    assert "метк" in decision.summary


@pytest.mark.parametrize(
    ("harm", "dimension"),
    [
        ({"fidelity": Shares(380, 340, (400, 400))}, "fidelity"),
        ({"product": Shares(399, 380, (400, 400))}, "product"),
        ({"refused": Shares(4, 30, (1600, 1600))}, "lawfulness"),
        ({"distinct": Shares(390, 330, (400, 400))}, "diversity"),
        ({"bits_per_byte": (0.22, 0.3)}, "likelihood"),
        ({"length": (0.6, 0.9)}, "length"),
        ({"tokens": (30.0, 45.0)}, "latency"),
        ({"brier": (0.18, 0.25)}, "calibration"),
        ({"success": (BASE, BASE - 0.1)}, "success"),
    ],
)
def test_any_harm_is_a_veto_that_names_it(harm: dict[str, object], dimension: str) -> None:
    decision = gate.decide(replace(BETTER, **harm))  # type: ignore[arg-type]
    assert decision.verdict is Verdict.VETO
    worse = [one for one in decision.dimensions if one.verdict == "worse"]
    assert [one.name for one in worse] == [dimension]
    assert worse[0].words in decision.summary


def test_the_sign_test_is_exact() -> None:
    assert gate.paired(np.full(8, 0.5)) == (8, 0, 0, pytest.approx(1 / 256))
    assert gate.paired(np.zeros(3)) == (0, 0, 3, 1.0)


def test_texts_for_one_client_do_not_count_as_many() -> None:
    assert BETTER.success is not None
    few = replace(BETTER, sources=np.arange(400) % 5)
    decision = gate.decide(few)
    assert decision.wins + decision.losses + decision.ties == 5
    assert decision.verdict is Verdict.TIE
    assert np.allclose(gate.gains_of(few), np.reshape(BETTER.success[1] - BETTER.success[0], (80, 5)).mean(axis=0))


def test_without_a_judge_no_number_is_given_for_what_was_not_measured() -> None:
    blind = replace(BETTER, judge_p=1.0, success=None)
    decision = gate.decide(blind)
    success = decision.dimensions[0]
    assert (success.champion, success.challenger, success.verdict) == (None, None, "unknown")
    assert (decision.verdict, decision.wins, decision.losses, decision.ties) == (Verdict.TIE, 0, 0, 0)
    assert "метк" in decision.summary
    assert gate.samples([{"product": "DC"}] * 3, None, 2) == [{"product": "DC", "preferred": None}] * 2
    assert gate.decide(replace(blind, length=(0.6, 0.9))).verdict is Verdict.VETO


def test_pairs_to_read_go_from_the_clearest_win_to_the_clearest_loss() -> None:
    rows = [{"product": str(place)} for place in range(5)]
    found = gate.samples(rows, (np.full(5, 0.5), np.array([0.9, 0.5, 0.1, 0.7, 0.4])), 3)
    assert [(row["product"], row["preferred"]) for row in found] == [
        ("0", "challenger"),
        ("1", "same"),
        ("2", "champion"),
    ]


def test_a_decision_is_json() -> None:
    stored = gate.decide(BETTER).to_json()
    assert stored["verdict"] == "win"
    assert {one["name"] for one in stored["dimensions"]} >= {"success", "fidelity", "lawfulness", "diversity"}

"""The judge: gold labels say how far a score is to be believed, and a score fitted to noise not at all."""

from dataclasses import replace
from statistics import mean, median

from retrain import judge, score
from retrain.gate import BELIEVABLE
from tests.retrain.conftest import Made


def test_a_true_score_is_believed_and_its_favourites_are_likelier(examples_of: Made) -> None:
    known, gold = examples_of(480, "plain"), examples_of(120, "plain", seed=9)
    success, _ = score.fit(known)
    arbiter = judge.appoint(gold, known, [success])
    assert arbiter is not None
    assert arbiter.p_value < 0.001
    assert arbiter.weights[0] > 0.2
    told = [example.reading for example in gold if "?" not in example.body]
    asked = [replace(one, body=one.body.replace(".", "?")) for one in told]
    assert len(told) > 20
    assert mean(map(arbiter.probability, told)) > mean(map(arbiter.probability, asked)) + 0.02


def test_a_score_fitted_to_noise_is_not_believed(examples_of: Made) -> None:
    found = []
    for seed in (21, 25, 30):
        known, gold = (examples_of(count, "plain", seed=seed + count, shuffled=True) for count in (480, 120))
        arbiter = judge.appoint(gold, known, [score.fit(known)[0]])
        assert arbiter is not None
        found.append(arbiter.p_value)
    assert min(found) > BELIEVABLE
    assert median(found) > 0.05


def test_how_sure_a_version_was_of_the_same_words_does_not_count(examples_of: Made) -> None:
    known, gold = examples_of(480, "plain"), examples_of(120, "plain", seed=9)
    success, _ = score.fit(known)
    surely = replace(success, weights={**success.weights, "rank:mean_logprob": 5.0, "rank:min_logprob": 5.0})
    arbiter = judge.appoint(gold, known, [surely])
    assert arbiter is not None
    text = gold[0].reading
    surer = replace(text, ranked={**text.ranked, "mean_logprob": -0.01, "min_logprob": -0.01})
    doubting = replace(text, ranked={**text.ranked, "mean_logprob": -2.0, "min_logprob": -9.0})
    assert arbiter.probability(surer) == arbiter.probability(doubting)


def test_nothing_is_gained_beyond_what_was_tested(examples_of: Made) -> None:
    known, gold = examples_of(480, "plain"), examples_of(120, "plain", seed=9)
    success, _ = score.fit(known)
    arbiter = judge.appoint(gold, known, [success])
    assert arbiter is not None
    best = max(gold, key=lambda one: arbiter.ordinary[0].parts(success, one.reading)[0])
    wild = replace(success, weights={**success.weights, "word:чудес": 1000.0})
    bold = replace(arbiter, scores=[wild])
    beyond = replace(best.reading, body=f"{best.body} Чудеса.")
    assert bold.probability(beyond) <= max(bold.probability(one.reading) for one in gold) + 1e-9


def test_beside_a_champions_score_the_challengers_counts_for_what_it_adds(examples_of: Made) -> None:
    known, gold = examples_of(480, "plain"), examples_of(150, "plain", seed=9)
    former, _ = score.fit(known)
    again, _ = score.fit(known, seed=2)
    alone = judge.appoint(gold, known, [again])
    both = judge.appoint(gold, known, [again, former])
    assert alone is not None
    assert both is not None
    assert both.weights[0] < alone.weights[0]


def test_without_enough_labels_of_both_kinds_there_is_no_judge(examples_of: Made) -> None:
    known = examples_of(300, "plain")
    success, _ = score.fit(known)
    few = [one for one in known if one.success][:50] + [one for one in known if not one.success][:9]
    assert judge.appoint(few, known, [success]) is None


def test_wording_and_brief_add_up_to_the_score(examples_of: Made) -> None:
    known = examples_of(200, "caring")
    success, _ = score.fit(known)
    ordinary = judge.Ordinary.of(known, success)
    wording, brief = ordinary.parts(success, known[3].reading)
    assert abs(wording + brief - success.log_odds(known[3].reading)) < 1e-9

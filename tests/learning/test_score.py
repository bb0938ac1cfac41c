"""The rank score: what raises it, what lowers it, and that nothing drives it out of 0..1."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.learning.score import (
    WEIGHTS,
    Evidence,
    count_triples,
    oddities,
    rank_features,
    rank_score,
    repetition,
    token_statistics,
    word_triples,
)

GOOD = Evidence(
    body="За рулём каждый день? Оформите карту {bank} в приложении.",
    token_logprobs=(-0.2, -0.5, -0.1, -1.1),
    fill=0.6,
    fact_expressed=True,
    warnings=0,
)


def score(evidence: Evidence) -> float:
    return rank_score(rank_features(evidence))


@pytest.mark.parametrize(
    "worse",
    [
        replace(GOOD, token_logprobs=(-2.0, -2.5, -3.0, -2.2)),
        replace(GOOD, token_logprobs=(-0.2, -0.5, -0.1, -12.0)),
        replace(GOOD, fact_expressed=False),
        replace(GOOD, fact_expressed=None),
        replace(GOOD, fill=0.05),
        replace(GOOD, fill=0.99),
        replace(GOOD, warnings=1),
        replace(GOOD, repetition=0.9),
        replace(GOOD, strangeness=0.2),
        replace(GOOD, body="За рулём каждый день день? Оформите карту {bank} в приложении."),
        replace(GOOD, body="За рулём каждый день? Оформите карту {bank} в"),
    ],
)
def test_every_flaw_lowers_the_score(worse: Evidence) -> None:
    assert score(worse) < score(GOOD)


def test_a_clean_confident_text_scores_high_and_a_broken_one_low() -> None:
    broken = Evidence("Карта,, в  в {bank", (-4.0, -9.0, -3.0), 0.1, False, 2, 0.8)
    assert score(GOOD) > 0.75
    assert score(broken) < 0.1


def test_without_token_probabilities_the_model_counts_as_unsure() -> None:
    assert score(replace(GOOD, token_logprobs=())) < score(GOOD)


@pytest.mark.parametrize(
    "body",
    [
        "Переводите без визита в офис: {app}, {bank}.",
        "Нужна карта? Она здесь… {bank}.",
        "Условия — на {site}",
        "Ремонт, учёба, поездка: {bank} поможет!",
    ],
)
def test_sound_sentences_have_no_oddities(body: str) -> None:
    assert oddities(body) == 0


@pytest.mark.parametrize(
    "body",
    [
        "Карта карта {bank}.",
        "Карта , которая удобна.",
        "Карта,, которая удобна.",
        "Карта удобна. она рядом.",
        "Карта,которая удобна.",
        "Оформите карту в.",
        "Ждём в {bank}е.",
        "Каррррта рядом.",
        "Кaрта с латинской буквой.",
        "Карта «рядом.",
        "Карта рядом и",
        "к" * 30 + ".",
    ],
)
def test_each_broken_joint_is_seen(body: str) -> None:
    assert oddities(body) >= 1


def test_repetition_counts_what_earlier_texts_have_used() -> None:
    first, second = "Оформите карту в приложении банка", "Оформите карту в приложении сегодня"
    used = count_triples([first])
    assert repetition(word_triples(first), used) == 1.0
    assert 0 < repetition(word_triples(second), used) < 1
    assert repetition(word_triples("Да"), used) == 0.0
    assert repetition(word_triples(first), Counter()) == 0.0


def test_token_statistics_summarise_the_text() -> None:
    assert token_statistics((-1.0, -3.0)) == {
        "tokens": 2,
        "mean_logprob": -2.0,
        "min_logprob": -3.0,
        "std_logprob": 1.0,
    }


evidences = st.builds(
    Evidence,
    body=st.text(max_size=200),
    token_logprobs=st.lists(st.floats(-1e6, 0), max_size=50).map(tuple),
    fill=st.floats(0, 1),
    fact_expressed=st.sampled_from([True, False, None]),
    warnings=st.integers(0, 100),
    repetition=st.floats(0, 1),
)


@given(evidences)
def test_the_score_stays_a_number_between_0_and_1(evidence: Evidence) -> None:
    features = rank_features(evidence)
    assert features.keys() == WEIGHTS.keys()
    assert 0.0 <= rank_score(features) <= 1.0

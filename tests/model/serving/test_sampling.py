"""The batch sampler against plain definitions."""

import numpy as np
import pytest

from model.serving.sampling import Sampler, SamplingParams, stream_start

VOCABULARY = 100
ROWS = 64


def _logits(seed: int = 0, rows: int = ROWS) -> np.ndarray:
    """The same line in every row."""
    line = np.random.default_rng(seed).normal(0, 2, VOCABULARY).astype(np.float32)
    return np.tile(line, (rows, 1))


def _sampler(params: SamplingParams, rows: int = ROWS) -> Sampler:
    sampler = Sampler(VOCABULARY, rows)
    for slot in range(rows):
        sampler.assign(slot, params, stream_start(3, slot))
    return sampler


def _frequencies(params: SamplingParams, logits: np.ndarray, steps: int = 400) -> np.ndarray:
    sampler, slots = _sampler(params, len(logits)), np.arange(len(logits))
    counts = np.zeros(VOCABULARY)
    for _ in range(steps):
        counts += np.bincount(sampler.sample(logits, slots).tokens, minlength=VOCABULARY)
    return counts / counts.sum()


def _softmax(line: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    weights = np.exp((line.astype(np.float64) - line.max()) / temperature)
    return weights / weights.sum()


def _nucleus(probabilities: np.ndarray, params: SamplingParams) -> np.ndarray:
    order = np.argsort(-probabilities)
    before = np.cumsum(probabilities[order]) - probabilities[order]
    kept = (before < params.top_p) & (probabilities[order] >= params.min_p * probabilities.max())
    kept &= np.arange(VOCABULARY) < (params.top_k or VOCABULARY)
    limited = np.zeros(VOCABULARY)
    limited[order[kept]] = probabilities[order[kept]]
    return limited / limited.sum()


@pytest.mark.parametrize(
    "params",
    [
        SamplingParams(),
        SamplingParams(temperature=0.7),
        SamplingParams(top_p=0.8),
        SamplingParams(top_p=0.3, temperature=1.3),
        SamplingParams(top_k=5),
        SamplingParams(min_p=0.2),
        SamplingParams(top_p=0.9, top_k=12, min_p=0.02, temperature=0.9),
        SamplingParams(logprobs=0, temperature=1.5),
    ],
)
@pytest.mark.parametrize("shift", [0.0, 300.0], ids=["small logits", "large logits"])
def test_draws_follow_the_restricted_distribution(params: SamplingParams, shift: float) -> None:
    logits = _logits() + np.float32(shift)
    expected = _nucleus(_softmax(logits[0], params.temperature), params)
    found = _frequencies(params, logits)
    assert found[expected == 0].sum() == 0
    draws = 400 * ROWS
    assert np.abs(found - expected).max() < 5 * np.sqrt(0.25 / draws)


def test_greedy_takes_the_best() -> None:
    logits = np.random.default_rng(1).normal(size=(ROWS, VOCABULARY)).astype(np.float32)
    tiny = SamplingParams(temperature=1e-40)
    for params in (SamplingParams(temperature=0), tiny, SamplingParams(top_k=1), SamplingParams(top_p=0)):
        picks = _sampler(params).sample(logits, np.arange(ROWS))
        assert (picks.tokens == logits.argmax(axis=1)).all()


def test_logprobs_are_those_of_the_model() -> None:
    params = SamplingParams(temperature=0.5, logit_bias={3: 4.0}, presence_penalty=1.0, logprobs=0)
    logits = _logits(2)
    picks = _sampler(params).sample(logits, np.arange(ROWS))
    assert picks.logprobs is not None
    assert np.allclose(picks.logprobs, np.log(_softmax(logits[0]))[picks.tokens], atol=1e-4)


def test_a_stream_does_not_depend_on_neighbours() -> None:
    params, logits = SamplingParams(top_p=0.9), _logits(4)
    alone, together = _sampler(params, 1), _sampler(params)
    for _ in range(50):
        one = alone.sample(logits[:1], np.arange(1)).tokens[0]
        assert together.sample(logits, np.arange(ROWS)).tokens[0] == one


def test_streams_of_a_seed_differ() -> None:
    starts = {stream_start(seed, prompt, n) for seed in range(3) for prompt in range(20) for n in range(20)}
    assert len(starts) == 1200


def test_a_moved_sequence_goes_on_alike() -> None:
    params, logits = SamplingParams(frequency_penalty=0.5, top_p=0.9), _logits(5)
    still, moved = _sampler(params), _sampler(params)
    slot = 7
    for step in range(30):
        if step == 10:
            moved.move(7, 2)
            slot = 2
        expected = still.sample(logits[:1], np.array([7])).tokens[0]
        assert moved.sample(logits[:1], np.array([slot])).tokens[0] == expected


def test_bias_forbids_and_forces() -> None:
    logits, best = _logits(6), int(_logits(6)[0].argmax())
    forbidden = _frequencies(SamplingParams(logit_bias={best: -100.0}), logits, steps=20)
    assert forbidden[best] == 0
    forced = _frequencies(SamplingParams(logit_bias={11: 100.0}), logits, steps=20)
    assert forced[11] == 1


@pytest.mark.parametrize(
    "params",
    [SamplingParams(temperature=0, presence_penalty=2.0), SamplingParams(temperature=0, repetition_penalty=10.0)],
)
def test_penalties_turn_away_from_what_was_written(params: SamplingParams) -> None:
    line = np.full((1, VOCABULARY), -3.0, np.float32)
    line[0, [4, 9]] = (1.0, 0.5)
    sampler = _sampler(params, 1)
    assert [int(sampler.sample(line, np.arange(1)).tokens[0]) for _ in range(2)] == [4, 9]

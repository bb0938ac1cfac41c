"""The scheduler over a real context."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from model.serving import engine as engine_module
from model.serving.engine import Engine
from model.serving.jobs import Choice, EngineClosed, EngineError, Overloaded, Request
from model.serving.llama import ModelError
from model.serving.pace import STALE_S, Load
from model.serving.sampling import SamplingParams
from tests.model.serving.conftest import Answer, generate, running_engine

GREEDY = SamplingParams(temperature=0, logprobs=0)
FREE = SamplingParams(temperature=1.0, top_p=0.95, logprobs=0)
TIE = 0.02  # log-probabilities this close are a tie for floating point


def assert_same_text(left: Choice, right: Choice) -> None:
    """Equal tokens, or a tie at the first difference."""
    for place, (a, b) in enumerate(zip(left.tokens, right.tokens, strict=False)):
        if a != b:
            assert left.logprobs is not None
            assert right.logprobs is not None
            assert abs(left.logprobs[place] - right.logprobs[place]) < TIE
            return
    assert left.tokens == right.tokens


def test_alone_and_together_write_the_same(engine: Engine, prompts: list[list[int]]) -> None:
    together = generate(engine, prompts, sampling=GREEDY)
    assert [choice.index for choice in together] == list(range(len(prompts)))
    for prompt, choice in zip(prompts, together, strict=True):
        assert_same_text(choice, generate(engine, [prompt], sampling=GREEDY)[0])


def test_candidates_of_a_prompt_share_it(engine: Engine, prompts: list[list[int]]) -> None:
    read = engine.stats.prompt_tokens
    choices = generate(engine, prompts[:2], n=3, sampling=GREEDY)
    assert engine.stats.prompt_tokens - read == len(prompts[0]) + len(prompts[1])
    alone = [generate(engine, [prompt], sampling=GREEDY)[0] for prompt in prompts[:2]]
    for choice in choices:
        assert_same_text(choice, alone[choice.index // 3])


def test_a_seed_repeats_and_candidates_differ(engine: Engine, prompts: list[list[int]]) -> None:
    first = generate(engine, prompts[:1], n=4, sampling=FREE, seed=5)
    again = generate(engine, prompts[:1], n=4, sampling=FREE, seed=5)
    other = generate(engine, prompts[:1], n=4, sampling=FREE, seed=6)
    assert [c.tokens for c in first] == [c.tokens for c in again]
    assert len({tuple(c.tokens) for c in first + other}) == 8


def test_more_texts_than_slots(engine: Engine, prompts: list[list[int]]) -> None:
    choices = generate(engine, prompts, n=5, sampling=FREE)
    assert [choice.index for choice in choices] == list(range(60))
    assert engine.running == 0
    assert engine.kv_use == 0


def test_max_tokens_and_the_end_of_the_context(engine: Engine, prompts: list[list[int]]) -> None:
    short = generate(engine, prompts[:1], max_tokens=5, sampling=FREE, ignore_end=True)[0]
    assert (len(short.tokens), short.finish_reason) == (5, "length")
    full = generate(engine, prompts[:1], max_tokens=10_000, sampling=FREE, ignore_end=True)[0]
    assert len(full.tokens) + len(prompts[0]) == engine.shape.context


def test_a_prompt_longer_than_a_step(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first steps bring no token at all, and the text is the same."""
    prompt = engine.vocabulary.tokenize("<|text|>" + "карта и вклад " * 9)
    whole = generate(engine, [prompt], sampling=GREEDY)[0]
    monkeypatch.setattr(engine, "_prompt_tokens_a_step", 7)
    steps = engine.stats.steps
    assert_same_text(generate(engine, [prompt], sampling=GREEDY)[0], whole)
    assert engine.stats.steps - steps > len(prompt) // 7


def test_the_end_token_ends_and_is_not_shown(engine: Engine, prompts: list[list[int]]) -> None:
    forced = SamplingParams(logit_bias={engine.vocabulary.eos: 100.0}, logprobs=0)
    choice = generate(engine, prompts[:1], sampling=forced)[0]
    assert (choice.text, choice.tokens, choice.logprobs, choice.finish_reason) == ("", [], [], "stop")


def test_stop_string(engine: Engine, prompts: list[list[int]]) -> None:
    whole = generate(engine, prompts[:1], sampling=FREE, max_tokens=60)[0]
    stop = whole.text[20:23]
    cut = generate(engine, prompts[:1], sampling=FREE, max_tokens=60, stop=(stop,))[0]
    assert cut.text == whole.text[: whole.text.index(stop)]
    assert cut.finish_reason == "stop"
    assert cut.logprobs is not None
    assert len(cut.tokens) == len(cut.logprobs) < len(whole.tokens)
    assert engine.vocabulary.text(cut.tokens).startswith(cut.text)


def test_stop_token(engine: Engine, prompts: list[list[int]]) -> None:
    whole = generate(engine, prompts[:1], sampling=FREE)[0]
    cut = generate(engine, prompts[:1], sampling=FREE, stop_tokens=frozenset({whole.tokens[6]}))[0]
    assert cut.tokens == whole.tokens[: whole.tokens.index(whole.tokens[6])]


def test_logprobs_sum_to_the_texts_probability(engine: Engine, prompts: list[list[int]]) -> None:
    """Rewriting a text token by token, with the model's own top list, gives the same log-probabilities."""
    everything = SamplingParams(temperature=0, logprobs=engine.vocabulary.size - 1)
    choice = generate(engine, prompts[:1], sampling=FREE, max_tokens=12)[0]
    assert choice.logprobs is not None
    rescored = []
    for place, token in enumerate(choice.tokens):
        prompt = prompts[0] + choice.tokens[:place]
        step = generate(engine, [prompt], sampling=everything, max_tokens=1, ignore_end=True)[0]
        assert step.top_logprobs is not None
        table = dict(step.top_logprobs[0])
        assert abs(np.exp(list(table.values())).sum() - 1) < 1e-3
        rescored.append(table.get(token, choice.logprobs[place]))
    assert np.allclose(rescored, choice.logprobs, atol=TIE)


def test_top_logprobs_are_sorted_and_hold_the_greedy_token(engine: Engine, prompts: list[list[int]]) -> None:
    choice = generate(engine, prompts[:3], sampling=SamplingParams(temperature=0, logprobs=3))[2]
    assert choice.top_logprobs is not None
    assert choice.logprobs is not None
    for token, logprob, top in zip(choice.tokens, choice.logprobs, choice.top_logprobs, strict=True):
        assert len(top) == 3
        assert top == sorted(top, key=lambda entry: -entry[1])
        assert top[0][0] == token
        assert abs(top[0][1] - logprob) < 1e-3


def test_a_stream_adds_up(engine: Engine, prompts: list[list[int]]) -> None:
    answer = Answer()
    engine.submit(Request(prompts[:3], seed=2, n=2, max_tokens=30, sampling=FREE, stream=True), answer)
    for choice in answer.wait():
        assert answer.pieces.get(choice.index, "") == choice.text


def test_a_long_prompt_is_read_in_parts(tiny_model: Path, prompts: list[list[int]]) -> None:
    with running_engine(tiny_model) as engine:
        long = [(prompts[0] * 200)[:240] for _ in range(5)]  # 1,200 tokens, a step holds 512
        together = generate(engine, long, n=2, sampling=GREEDY, max_tokens=8)
        alone = generate(engine, long[:1], sampling=GREEDY, max_tokens=8)[0]
    for choice in together:
        assert_same_text(choice, alone)


def test_refused_at_once_when_the_deadline_cannot_be_kept(engine: Engine, prompts: list[list[int]]) -> None:
    generate(engine, prompts[:1], max_tokens=2)  # what was measured is new
    refused = engine.stats.refused
    with pytest.raises(Overloaded) as caught:
        engine.submit(Request(prompts, seed=1, n=8, max_tokens=200, deadline=time.monotonic() + 1e-4), Answer())
    assert caught.value.retry_after_s > 0
    assert engine.stats.refused == refused + 1


def test_an_idle_engine_that_was_slow_once_tries_again(engine: Engine, prompts: list[list[int]]) -> None:
    generate(engine, prompts[:1], max_tokens=2)
    usual = engine.pace.estimate(len(prompts), 0, 4, Load(0, 0, 0))
    engine.pace._correction *= 60 / usual  # as after steps on cores that others had taken: 60 seconds
    soon = {"seed": 1, "max_tokens": 4, "deadline": time.monotonic() + 20}
    with pytest.raises(Overloaded):
        engine.submit(Request(prompts, **soon), Answer())  # type: ignore[arg-type]
    engine.pace._observed_at -= 2 * STALE_S
    answer = Answer()
    engine.submit(Request(prompts, **soon), answer)  # type: ignore[arg-type]
    assert len(answer.wait()) == len(prompts)
    assert engine.pace.estimate(len(prompts), 0, 4, Load(0, 0, 0)) < 60
    engine.pace._correction = 1.0


def test_refused_when_the_queue_is_full(tiny_model: Path, prompts: list[list[int]]) -> None:
    with running_engine(tiny_model, max_waiting=20) as engine:
        request = Request(prompts[:8], seed=1, max_tokens=200, ignore_end=True)
        accepted = [Answer(), Answer()]
        with engine._lock:  # nothing leaves the queue meanwhile
            for answer in accepted:
                engine.submit(request, answer)
            with pytest.raises(Overloaded, match="queue"):
                engine.submit(request, Answer())
        for answer in accepted:
            assert len(answer.wait()) == 8


class _Clock:
    """time.monotonic that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def namespace(self) -> SimpleNamespace:
        return SimpleNamespace(monotonic=lambda: self.now, perf_counter=time.perf_counter)


def test_an_overrun_ends_with_deadline(
    engine: Engine, prompts: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _Clock()
    monkeypatch.setattr(engine_module, "time", clock.namespace())
    answer = Answer(on_piece=lambda: setattr(clock, "now", 9000.0))
    request = Request(prompts * 2, seed=1, max_tokens=200, sampling=FREE, deadline=2000.0, stream=True, ignore_end=True)
    engine.submit(request, answer)
    choices = answer.wait()
    assert {choice.finish_reason for choice in choices} == {"deadline"}
    assert choices[0].text
    assert choices[-1].text == ""  # it never had a slot


def test_too_late_in_the_queue_is_a_refusal(
    engine: Engine, prompts: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _Clock()
    monkeypatch.setattr(engine_module, "time", clock.namespace())
    second = Answer()

    def queue_second() -> None:
        if clock.now < 2000:
            engine.submit(Request(prompts[:1], seed=1, deadline=2000.0), second)
            clock.now = 9000.0

    first = Answer(on_piece=queue_second)
    engine.submit(Request(prompts[:8], seed=1, max_tokens=50, sampling=FREE, stream=True), first)
    first.wait()
    with pytest.raises(Overloaded):
        second.wait()


def test_a_cancelled_request_frees_its_slots(engine: Engine, prompts: list[list[int]]) -> None:
    before = engine.stats.cancelled
    tickets: list[Any] = []
    left = Answer(on_piece=lambda: engine.cancel(tickets[0]))
    with engine._lock:  # the engine's thread cannot start before the ticket is known
        tickets.append(
            engine.submit(
                Request(prompts, seed=1, n=4, max_tokens=200, sampling=FREE, stream=True, ignore_end=True), left
            )
        )
    assert len(generate(engine, prompts[:2], sampling=FREE)) == 2
    assert engine.stats.cancelled == before + 1
    assert not left.over.is_set()
    assert engine.running == 0


def test_a_failed_step_costs_only_its_texts(
    tiny_model: Path, prompts: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_engine(tiny_model) as engine:
        decode, failures = engine._context.decode, iter([True])

        def flaky(count: int, outputs: int) -> Any:
            if next(failures, False):
                raise ModelError("llama_decode returned 1")
            return decode(count, outputs)

        monkeypatch.setattr(engine._context, "decode", flaky)
        with pytest.raises(EngineError, match="returned 1"):
            generate(engine, prompts)
        assert len(generate(engine, prompts)) == len(prompts)
        assert engine.stats.failed == 1


def test_a_broken_engine_says_so(tiny_model: Path, prompts: list[list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[bool] = []
    with running_engine(tiny_model, on_fatal=lambda _: ended.append(True)) as engine:
        monkeypatch.setattr(engine._sampler, "sample", lambda *_: 1 / 0)
        with pytest.raises(EngineError, match="stopped"):
            generate(engine, prompts)
        with pytest.raises(EngineClosed):
            generate(engine, prompts)
    assert ended == [True]


def test_closing_finishes_what_was_accepted(tiny_model: Path, prompts: list[list[int]]) -> None:
    with running_engine(tiny_model) as engine:
        answer = Answer()
        engine.submit(Request(prompts, seed=1, n=3, max_tokens=30), answer)
        engine.close()
        assert len(answer.wait()) == 36
        with pytest.raises(EngineClosed):
            engine.submit(Request(prompts, seed=1), Answer())

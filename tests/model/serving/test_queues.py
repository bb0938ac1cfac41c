"""Calls before batch work: who gets the slots, what is taken back, and what is promised beside a batch."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model.serving.engine import Engine
from model.serving.jobs import Choice, EngineError, Request, Ticket
from model.serving.llama import ModelError
from model.serving.queues import Queues
from model.serving.sampling import SamplingParams
from tests.model.serving.conftest import Answer, generate, running_engine
from tests.model.serving.test_engine import FREE, GREEDY, assert_same_text


@pytest.fixture
def own(tiny_model: Path) -> Iterator[Engine]:
    """An engine that no other test has called lately."""
    with running_engine(tiny_model) as engine:
        yield engine


def _request(prompts: int, n: int = 1, **fields: Any) -> Request:
    return Request([[1, 2, 3]] * prompts, seed=1, n=n, **fields)


def _submit(engine: Engine, prompts: list[list[int]], **fields: Any) -> Answer:
    answer = Answer()
    engine.submit(Request(prompts, **{"seed": 1, "ignore_end": True, **fields}), answer)
    return answer


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.001)


def _until_full(engine: Engine) -> None:
    _until(lambda: engine._slots.batch == engine.shape.sequences)


def _until_written(engine: Engine, tokens: int) -> None:
    """All slots hold batch texts of so many tokens at least."""
    _until(lambda: engine._slots.batch == engine.shape.sequences and int(engine._slots.length.min()) >= tokens)


def test_what_lost_its_slot_is_next_again() -> None:
    queues, ticket = Queues(), Ticket(_request(2, n=3, priority="batch"), Answer())
    queues.add(ticket)
    assert queues.take(2, 2, idle=True) == (ticket, 0, [0, 1])
    assert queues.take(8, 8, idle=True) == (ticket, 0, [2])
    assert queues.take(8, 8, idle=True) == (ticket, 1, [0, 1, 2])
    assert not queues
    for index in (1, 4, 5):
        ticket.put_back(index)
        queues.come_back(ticket)
    assert (ticket.waiting, queues.of("batch")) == (3, [ticket])
    assert queues.take(8, 8, idle=True) == (ticket, 1, [1, 2])
    assert queues.take(8, 8, idle=True) == (ticket, 0, [1])
    assert ticket.waiting == 0


def test_a_call_stands_before_batch_work_and_batch_work_keeps_to_its_share() -> None:
    queues = Queues()
    batch, call = (Ticket(_request(1, n=4, priority=name), Answer()) for name in ("batch", "interactive"))
    queues.add(batch)
    assert queues.take(8, 0, idle=True) is None
    queues.add(call)
    assert queues.take(8, 0, idle=True) == (call, 0, [0, 1, 2, 3])
    assert queues.take(4, 3, idle=False) == (batch, 0, [0, 1, 2])


def test_a_long_prompt_waits_until_all_its_candidates_fit() -> None:
    queues = Queues()
    queues.add(Ticket(Request([[1] * 100], seed=1, n=4), Answer()))
    assert queues.take(3, 3, idle=False) is None
    assert queues.take(3, 3, idle=True) is not None


def test_without_calls_batch_work_fills_the_engine(own: Engine, prompts: list[list[int]]) -> None:
    sizes: list[int] = []
    answer = Answer(on_piece=lambda: sizes.append(own.running))
    own.submit(Request(prompts, seed=1, n=2, max_tokens=20, priority="batch", stream=True, sampling=FREE), answer)
    assert len(answer.wait()) == 24
    assert max(sizes) == own.shape.sequences


def test_batch_texts_that_end_are_not_taken_for_calls(own: Engine, prompts: list[list[int]]) -> None:
    """Gaps that ended texts leave between the others must not look like somebody's texts."""
    limits = [Request(prompts, seed=1, n=2, max_tokens=5 + 7 * k, sampling=FREE, priority="batch") for k in range(4)]
    answers = [Answer() for _ in limits]
    with own._lock:
        for request, answer in zip(limits, answers, strict=True):
            own.submit(request, answer)
    assert [len(answer.wait()) for answer in answers] == [24] * 4
    assert own.stats.preempted == 0


def test_beside_a_call_batch_work_has_the_other_slots(own: Engine, prompts: list[list[int]]) -> None:
    sizes: list[tuple[int, int]] = []
    call = Answer(on_piece=lambda: sizes.append((own._slots.batch, own.running)))
    with own._lock:
        batch = _submit(own, prompts, n=2, max_tokens=60, priority="batch", sampling=FREE)
        own.submit(Request(prompts[:1], seed=1, max_tokens=30, stream=True, sampling=FREE, ignore_end=True), call)
    call.wait()
    assert max(running for _, running in sizes) == own.shape.sequences
    assert max(batch for batch, _ in sizes) == own.shape.sequences - 1
    batch.wait()


def test_a_call_takes_slots_back_and_nothing_of_the_batch_is_lost(own: Engine, prompts: list[list[int]]) -> None:
    usual = generate(own, prompts, n=2, max_tokens=40, sampling=GREEDY, ignore_end=True)
    order: list[str] = []

    class Named(Answer):
        def __init__(self, name: str) -> None:
            super().__init__()
            self._name = name

        def done(self, choices: list[Choice]) -> None:
            order.append(self._name)
            super().done(choices)

    batch, calls = Named("batch"), [Named("call") for _ in range(3)]
    own.submit(Request(prompts, seed=1, n=2, max_tokens=40, sampling=GREEDY, ignore_end=True, priority="batch"), batch)
    for number, call in enumerate(calls):
        own.submit(Request(prompts[: 8 - number], seed=1, max_tokens=15, ignore_end=True), call)
        call.wait()
    choices = batch.wait()
    assert order == ["call"] * 3 + ["batch"]
    assert own.stats.preempted > 0
    assert [choice.index for choice in choices] == list(range(2 * len(prompts)))
    for choice, same in zip(choices, usual, strict=True):
        assert len(choice.tokens) == 40
        assert_same_text(choice, same)
    assert (own.running, own._slots.batch, own.load().waiting) == (0, 0, 0)


def test_what_is_written_of_a_text_waits_with_it(own: Engine, prompts: list[list[int]]) -> None:
    """No prompt is read twice and no token written twice, and a stream tells each piece once."""
    fields = {"n": 2, "max_tokens": 60, "sampling": FREE, "stream": True, "ignore_end": True}
    usual, before = generate(own, prompts[:4], **fields), replace(own.stats)
    batch = _submit(own, prompts[:4], priority="batch", **fields)
    _until_written(own, 5)
    call = generate(own, prompts[4:12], max_tokens=10, ignore_end=True)
    choices = batch.wait()
    assert own.stats.preempted == own.shape.sequences
    assert own.stats.prompt_tokens - before.prompt_tokens == sum(map(len, prompts[:12]))
    assert own.stats.generated_tokens - before.generated_tokens == 60 * len(choices) + 10 * len(call)
    for choice, same in zip(choices, usual, strict=True):
        assert_same_text(choice, same)
        assert len(choice.tokens) == 60
        assert batch.pieces[choice.index] == choice.text


def test_penalties_and_letters_go_on_too(own: Engine, prompts: list[list[int]]) -> None:
    sampling = SamplingParams(temperature=0.8, frequency_penalty=0.5, logit_bias={7: 1.0}, logprobs=0)
    fields = {"max_tokens": 60, "sampling": sampling, "russian": True, "ignore_end": True}
    usual = generate(own, prompts[:8], **fields)
    batch = _submit(own, prompts[:8], priority="batch", **fields)
    _until_written(own, 5)
    generate(own, prompts[:8], max_tokens=10)
    for choice, same in zip(batch.wait(), usual, strict=True):
        assert_same_text(choice, same)
    assert own.stats.preempted == own.shape.sequences


def test_a_paused_text_ends_at_its_deadline_with_what_is_written(own: Engine, prompts: list[list[int]]) -> None:
    batch = Answer()
    late = Request(prompts[:8], seed=1, max_tokens=200, ignore_end=True, deadline=time.monotonic() + 60)
    with own._lock:
        ticket = own.submit(replace(late, priority="batch"), batch)
    _until_written(own, 5)
    call = _submit(own, prompts[:8], max_tokens=200, sampling=FREE)
    _until(lambda: len(own._paused) == own.shape.sequences)
    ticket.request = replace(ticket.request, deadline=time.monotonic())
    choices = batch.wait()
    assert {choice.finish_reason for choice in choices} == {"deadline"}
    assert all(5 <= len(choice.tokens) < 200 for choice in choices)
    assert not call.over.is_set()
    call.wait()


def test_paused_texts_go_with_their_caller(own: Engine, prompts: list[list[int]]) -> None:
    batch = Answer()
    ticket = own.submit(Request(prompts[:8], seed=1, max_tokens=200, ignore_end=True, priority="batch"), batch)
    _until_written(own, 5)
    call = _submit(own, prompts[:8], max_tokens=100, sampling=FREE)
    _until(lambda: len(own._paused) == own.shape.sequences)
    assert own.load().waiting >= own.shape.sequences
    own.cancel(ticket)
    call.wait()
    _until(lambda: not own.has_work())
    assert (own.stats.cancelled, own.load().idle, batch.over.is_set()) == (1, True, False)


def test_paused_texts_go_on_where_calls_left_nothing_but_copies(own: Engine, prompts: list[list[int]]) -> None:
    """Candidates are copies that llama.cpp makes in the next step; none comes when all end at their first token."""
    batch = _submit(own, prompts[:8], max_tokens=60, priority="batch")
    _until_written(own, 5)
    generate(own, prompts[:1], n=8, max_tokens=1)
    assert {len(choice.tokens) for choice in batch.wait()} == {60}


def test_a_text_that_cannot_go_on_fails_alone(
    own: Engine, prompts: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise ModelError("no room")

    batches = [_submit(own, prompts[start : start + 4], max_tokens=60, priority="batch") for start in (0, 4)]
    _until_written(own, 5)
    call = _submit(own, prompts[:8], max_tokens=20)
    _until(lambda: len(own._paused) == own.shape.sequences)
    with monkeypatch.context() as patch:
        patch.setattr(own._context, "restore", refuse)
        with pytest.raises(EngineError):
            batches[0].wait()
    call.wait()
    assert len(generate(own, prompts[:2])) == 2
    with contextlib.suppress(EngineError):  # it may have met the same refusal
        batches[1].wait()
    assert own.load().idle


def test_a_cancelled_batch_frees_what_waits_and_what_runs(own: Engine, prompts: list[list[int]]) -> None:
    left = Answer()
    ticket = own.submit(
        Request(prompts, seed=1, n=8, max_tokens=200, sampling=FREE, ignore_end=True, priority="batch"), left
    )
    _until_full(own)
    call = _submit(own, prompts[:8], max_tokens=10)
    call.wait()
    own.cancel(ticket)
    _until(lambda: not own.has_work())
    assert (own.stats.cancelled, own.load().idle, left.over.is_set()) == (1, True, False)


def test_a_running_batch_does_not_stand_before_a_call(own: Engine, prompts: list[list[int]]) -> None:
    alone = own.pace.estimate(8, 0, 20, own.load("interactive"))
    batch = Answer()
    ticket = own.submit(
        Request(prompts, seed=1, n=60, max_tokens=200, sampling=FREE, ignore_end=True, priority="batch"), batch
    )
    _until_full(own)
    behind = own.load("interactive")
    assert (behind.waiting, behind.running, behind.batch) == (0, 0, own.shape.sequences)
    assert own.pace.estimate(8, 0, 20, behind) < 1.5 * alone
    assert own.pace.estimate(1, 0, 20, behind) > own.pace.estimate(1, 0, 20, own.load("interactive").__class__(0, 0, 0))
    assert own.pace.estimate(8, 0, 20, own.load()) > 20 * alone
    call = _submit(own, prompts[:8], max_tokens=20, deadline=time.monotonic() + 10 * alone + 0.5)
    assert {choice.finish_reason for choice in call.wait()} == {"length"}
    own.cancel(ticket)

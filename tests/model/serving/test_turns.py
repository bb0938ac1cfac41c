"""Engines that share the thread of llama.cpp."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from model.serving.engine import Engine
from model.serving.jobs import Overloaded, Request
from model.serving.llama import Model, fit_shape
from model.serving.turns import Turns
from tests.model.serving.conftest import Answer, generate
from tests.model.serving.test_engine import FREE, GREEDY
from tests.model.serving.tiny import write_model


@pytest.fixture
def second_model(tokenizer: Tokenizer, tmp_path: Path) -> Path:
    return write_model(tmp_path / "second.gguf", tokenizer, seed=1, version="tiny-2")


def _engine(path: Path, turns: Turns) -> Engine:
    model = Model(path)
    return Engine(model, fit_shape(model, sequences=8, kv_type="f16"), turns=turns)


@pytest.fixture
def pair(tiny_model: Path, second_model: Path) -> Iterator[tuple[Engine, Engine]]:
    turns = Turns()
    engines = _engine(tiny_model, turns), _engine(second_model, turns)
    yield engines
    for engine in engines:
        engine.close()


def _engine_threads() -> int:
    return sum(thread.name == "engine" for thread in threading.enumerate())


def test_together_each_writes_what_it_writes_alone(pair: tuple[Engine, Engine], prompts: list[list[int]]) -> None:
    alone = [generate(engine, prompts, sampling=GREEDY) for engine in pair]
    answers = [Answer() for _ in pair]
    for engine, answer in zip(pair, answers, strict=True):
        engine.submit(Request(prompts, seed=1, max_tokens=24, sampling=GREEDY), answer)
    together = [answer.wait() for answer in answers]
    assert [[c.tokens for c in choices] for choices in together] == [[c.tokens for c in choices] for choices in alone]
    assert alone[0] != alone[1]


def test_they_share_one_thread_which_sleeps_when_idle(pair: tuple[Engine, Engine], prompts: list[list[int]]) -> None:
    before = _engine_threads()
    third = _engine(pair[0].model.path, pair[0]._turns)
    generate(third, prompts)
    assert _engine_threads() == before
    spent = time.process_time()
    time.sleep(0.5)
    assert time.process_time() - spent < 0.05
    third.close()


def test_the_thread_ends_with_the_last_engine_and_starts_again(tiny_model: Path, prompts: list[list[int]]) -> None:
    turns, before = Turns(), _engine_threads()
    for _ in range(2):
        engine = _engine(tiny_model, turns)
        generate(engine, prompts)
        assert _engine_threads() == before + 1
        engine.close()
        until = time.monotonic() + 5
        while _engine_threads() > before:
            assert time.monotonic() < until


def test_a_model_is_loaded_and_another_closed_while_one_writes(
    tiny_model: Path, second_model: Path, prompts: list[list[int]]
) -> None:
    turns = Turns()
    first = _engine(tiny_model, turns)
    long = Answer()
    first.submit(Request(prompts, seed=1, n=20, max_tokens=150, sampling=FREE, ignore_end=True), long)
    second = _engine(second_model, turns)
    assert not long.over.is_set(), "loading waited for the texts of the other"
    assert len(generate(second, prompts[:2])) == 2
    second.close()
    assert not long.over.is_set(), "closing waited for the texts of the other"
    assert len(long.wait()) == 20 * len(prompts)
    first.close()


def test_the_work_of_the_other_counts_against_a_deadline(pair: tuple[Engine, Engine], prompts: list[list[int]]) -> None:
    busy, idle = pair
    many = Request(prompts, seed=1, n=10, max_tokens=200, sampling=FREE, ignore_end=True)
    alone = idle.pace.estimate(120, 0, 200, idle.load())
    accepted = Answer()
    busy.submit(many, accepted)
    with pytest.raises(Overloaded):
        idle.submit(
            Request(prompts, seed=1, n=10, max_tokens=200, ignore_end=True, deadline=time.monotonic() + alone), Answer()
        )
    accepted.wait()


def test_batch_work_of_one_yields_to_calls_of_the_other(pair: tuple[Engine, Engine], prompts: list[list[int]]) -> None:
    first, second = pair
    batch, call = Answer(), Answer()
    first.submit(Request(prompts, seed=1, n=8, max_tokens=150, sampling=FREE, ignore_end=True, priority="batch"), batch)
    until = time.monotonic() + 30
    while first.running < first.shape.sequences:
        assert time.monotonic() < until
        time.sleep(0.001)
    soon = time.monotonic() + 20 * second.pace.estimate(8, 0, 20, second.load("interactive"))
    second.submit(Request(prompts[:8], seed=1, max_tokens=20, sampling=FREE, deadline=soon, ignore_end=True), call)
    assert {choice.finish_reason for choice in call.wait()} == {"length"}
    assert not batch.over.is_set()
    assert first.stats.preempted >= first.shape.sequences
    assert len(batch.wait()) == 8 * len(prompts)

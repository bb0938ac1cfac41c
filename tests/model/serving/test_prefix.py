"""The shared beginning of prompts: read once, and never a different text for it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.serving.engine import Engine
from model.serving.jobs import Request
from model.serving.prefix import SharedPrefix, shared_length
from model.serving.sampling import SamplingParams
from model.serving.slots import Reading
from tests.model.serving.conftest import Answer, generate, running_engine
from tests.model.serving.test_engine import GREEDY, assert_same_text

SYSTEM = "Вы пишете тексты банка: коротко, вежливо, без цифр и обещаний. Зовите банк {bank}, а приложение {app}. "


@pytest.fixture(scope="module")
def chat_engine(chat_model: Path) -> Iterator[Engine]:
    with running_engine(chat_model) as engine:
        yield engine


def _prompts(engine: Engine, system: str, *tails: str) -> list[list[int]]:
    return [engine.vocabulary.tokenize(system + tail) for tail in tails]


def test_shared_length() -> None:
    assert shared_length([[1, 2, 3], [1, 2, 4, 5]]) == 2
    assert shared_length([[1, 2], [1, 2, 4]]) == 2
    assert shared_length([[1], []]) == 0


def test_a_system_prompt_is_read_once(tiny_model: Path, chat_engine: Engine) -> None:
    tails = ("карта", "вклад", "счёт", "заправка", "звонок")
    prompts = _prompts(chat_engine, SYSTEM, *tails)
    length = shared_length(prompts)
    assert length > 32
    before = chat_engine.stats.prompt_tokens
    together = generate(chat_engine, prompts, sampling=GREEDY)
    # the first prompt is read whole, of the others only what follows the shared beginning
    assert chat_engine.stats.prompt_tokens - before == sum(map(len, prompts)) - length * (len(tails) - 1)
    with running_engine(tiny_model) as plain:  # same weights, no prefix kept
        for prompt, choice in zip(prompts, together, strict=True):
            assert_same_text(choice, generate(plain, [prompt], sampling=GREEDY)[0])


def test_a_later_call_finds_the_prefix_and_another_replaces_it(chat_engine: Engine) -> None:
    generate(chat_engine, _prompts(chat_engine, SYSTEM, "раз", "два"), sampling=GREEDY)
    [prompt] = _prompts(chat_engine, SYSTEM, "три")
    covered = chat_engine._readings.prefix.covered(prompt)
    before = chat_engine.stats.prompt_tokens
    generate(chat_engine, [prompt], sampling=GREEDY)
    assert chat_engine.stats.prompt_tokens - before == len(prompt) - covered
    other = _prompts(chat_engine, "Откройте вклад в приложении без визита в офис, позвоните нам. " * 2, "а", "б")
    generate(chat_engine, other, sampling=GREEDY)
    assert chat_engine._readings.prefix.covered(other[0]) > 32
    assert chat_engine._readings.prefix.covered(prompt) == 0


def test_who_waits_for_a_prefix_goes_on_when_its_maker_is_gone(chat_engine: Engine) -> None:
    """Straight on the bookkeeping: which prompt is dropped at which step is the scheduler's chance."""
    prefix = SharedPrefix(chat_engine._context)
    prompts = _prompts(chat_engine, "Зайдите на сайт, мы ответим на вопросы о карте и вкладе. " * 2, "а", "б", "в")
    readings = [Reading(prompt, []) for prompt in prompts]
    prefix.start(readings)
    assert [(r.makes_prefix, r.waits) for r in readings] == [(True, False), (False, True), (False, True)]
    prefix.check(readings)
    assert readings[1].waits
    prefix.check(readings[1:])
    assert not any(reading.waits for reading in readings[1:])


def test_a_caller_who_leaves_takes_nobody_along(chat_engine: Engine) -> None:
    free = SamplingParams(temperature=1.0)
    chat_engine._readings.prefix.forget()
    prompts = _prompts(chat_engine, "Зайдите на сайт, мы ответим на вопросы о карте и вкладе. " * 2, "а", "б", "в")
    gone, stays = Answer(), Answer()
    ticket = chat_engine.submit(Request(prompts[:2], seed=1, max_tokens=200, sampling=free), gone)
    chat_engine.submit(Request(prompts[1:], seed=1, max_tokens=8, sampling=free), stays)
    chat_engine.cancel(ticket)
    assert len(stays.wait()) == 2
    assert len(generate(chat_engine, prompts, sampling=free, max_tokens=8)) == 3


def test_a_prompt_past_its_deadline_is_not_read_on(chat_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_engine, "_prompt_tokens_a_step", 1)
    monkeypatch.setattr(chat_engine, "_check_room", lambda *_: None)
    prompt = (chat_engine.vocabulary.tokenize("карта и вклад ") * 100)[: chat_engine.shape.context - 30]
    before = chat_engine.stats.prompt_tokens
    deadline = time.monotonic() + 0.005
    [choice] = generate(chat_engine, [prompt], sampling=GREEDY, deadline=deadline)
    assert (choice.text, choice.finish_reason) == ("", "deadline")
    assert chat_engine.stats.prompt_tokens - before < len(prompt)

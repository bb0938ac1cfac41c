"""The shared beginning of prompts: read once, and never a different text for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from model.serving.engine import Engine
from model.serving.jobs import Request
from model.serving.prefix import shared_length
from model.serving.sampling import SamplingParams
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
    covered = chat_engine._prefix.covered(prompt)
    before = chat_engine.stats.prompt_tokens
    generate(chat_engine, [prompt], sampling=GREEDY)
    assert chat_engine.stats.prompt_tokens - before == len(prompt) - covered
    other = _prompts(chat_engine, "Откройте вклад в приложении без визита в офис, позвоните нам. " * 2, "а", "б")
    generate(chat_engine, other, sampling=GREEDY)
    assert chat_engine._prefix.covered(other[0]) > 32
    assert chat_engine._prefix.covered(prompt) == 0


def test_who_waits_for_a_prefix_goes_on_when_its_maker_is_cancelled(chat_engine: Engine) -> None:
    free = SamplingParams(temperature=1.0)
    chat_engine._prefix.forget()
    prompts = _prompts(chat_engine, "Зайдите на сайт, мы ответим на вопросы о карте и вкладе. " * 2, "а", "б", "в")
    gone, stays = Answer(), Answer()
    busy = Answer()
    ticket = chat_engine.submit(Request(prompts[:1], seed=1, max_tokens=8, sampling=free), gone)
    chat_engine.submit(Request(prompts[1:], seed=1, max_tokens=8, sampling=free), stays)
    chat_engine.cancel(ticket)
    assert len(stays.wait()) == 2
    chat_engine.submit(Request(prompts, seed=1, max_tokens=8, sampling=free), busy)
    assert len(busy.wait()) == 3

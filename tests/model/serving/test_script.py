"""The grammar of Russian texts: what it lets through, and that a random model obeys it."""

import re
from pathlib import Path

import numpy as np
import pytest

from model.serving.engine import Engine
from model.serving.sampling import SamplingParams
from model.serving.script import FREE, START, RussianScript
from model.slots import SLOTS
from tests.model.serving.conftest import ServerProcess, generate, running_engine

PIECES = [
    "карта",
    " ",
    "{",
    "bank",
    "}",
    "{bank}",
    "{ba",
    "nk} ждёт",
    "bonus",
    "7",
    "п",
    ", {app",
    "», ",
    "你",
    "",
    "app}",
]


@pytest.fixture
def script() -> RussianScript:
    pieces = [piece.encode() for piece in PIECES] + [b"\xd0", b"\xbf", b"\x84", b"\xe4", b"<end>"]
    return RussianScript(pieces, np.array([piece == b"<end>" for piece in pieces]))


def _allowed(script: RussianScript, slot: str, begun: bytes = b"") -> set[str]:
    """Tokens that may follow; those that are no text by their number."""
    tokens = np.flatnonzero(script.allowed((slot, begun)))
    return {PIECES[i] if i < len(PIECES) else f"#{i - len(PIECES)}" for i in tokens}


def test_outside_of_slots(script: RussianScript) -> None:
    assert _allowed(script, "") == {"карта", " ", "{", "{bank}", "{ba", "п", ", {app", "», ", "#0", "#4"}


def test_inside_of_a_slot_only_its_letters(script: RussianScript) -> None:
    assert _allowed(script, "{") == {"bank", "app}"}
    assert _allowed(script, "{ba") == {"nk} ждёт"}
    assert _allowed(script, "{bank") == {"}"}


def test_inside_of_a_letter_only_its_bytes(script: RussianScript) -> None:
    assert _allowed(script, "", b"\xd0") == {"#1"}  # «п», but not the Ukrainian «Є» that the other byte would make


def test_states_follow_the_text(script: RussianScript) -> None:
    assert script.advance(START, PIECES.index(", {app")) == ("{app", b"")
    assert script.advance(("{app", b""), PIECES.index("}")) == START
    assert script.advance(("{ba", b""), PIECES.index("nk} ждёт")) == START
    assert script.advance(START, PIECES.index("7")) is None
    assert script.advance(("{", b""), PIECES.index("карта")) is None


@pytest.mark.parametrize("temperature", [0.0, 1.5])
def test_a_random_model_writes_russian_only(engine: Engine, prompts: list[list[int]], temperature: float) -> None:
    sampling = SamplingParams(temperature=temperature, logprobs=0)
    wild = generate(engine, prompts, sampling=sampling, max_tokens=60)
    assert any(re.search("[A-Za-z0-9<>]", c.text) for c in wild)
    for choice in generate(engine, prompts, sampling=sampling, max_tokens=60, russian=True):
        bare = choice.text
        for slot in SLOTS:
            bare = bare.replace(slot, "")
        bare = re.sub(r"\{[a-z]*$|\ufffd$", "", bare)  # cut by max_tokens inside a slot or a letter
        assert set(bare) <= FREE, choice.text


def test_limits_end_with_the_text(tiny_model: Path) -> None:
    """A slot of the engine that was limited is free again for the next text."""
    with running_engine(tiny_model) as engine:
        prompt = engine.vocabulary.tokenize("<|p:1|><|text|>")
        free = SamplingParams(temperature=1.5)
        before = generate(engine, [prompt], sampling=free, seed=3)[0].tokens
        generate(engine, [prompt] * 8, sampling=free, russian=True)
        assert generate(engine, [prompt], sampling=free, seed=3)[0].tokens == before


def test_over_http(server: ServerProcess) -> None:
    body = {"prompt": "<|text|>", "max_tokens": 30, "seed": 1, "temperature": 1.5}
    text = server.http.post("/v1/completions", json={**body, "script": "ru"}).json()["choices"][0]["text"]
    assert not re.search("[0-9<>]", text)
    refused = server.http.post("/v1/completions", json={**body, "script": "en"})
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "script"

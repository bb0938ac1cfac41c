"""Model files and the vocabulary."""

import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from model.serving.llama import Model, ModelError, fit_shape
from model.slots import SLOTS
from tests.model.serving.tiny import CONTROL, SENTENCES, TEMPLATE


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Iterator[Model]:
    model = Model(tiny_model)
    yield model
    model.close()


def _texts(count: int) -> Iterator[str]:
    """Sentences cut and mixed with signs, digits, foreign letters, white space and special tokens."""
    rng = random.Random(5)
    odd = [
        *SLOTS,
        *CONTROL,
        "\n",
        "  ",
        "\t",
        "12 345,6 %",
        "iPhone's",
        "ёЁ—«»",
        "😀",
        "é",
        "…",
        "東京",
        "\u00a0",
        "!!",
    ]
    words = [word for sentence in SENTENCES for word in sentence.split(" ")]
    for _ in range(count):
        yield "".join(rng.choice([" ", "", "\n"]) + rng.choice([*words, *odd]) for _ in range(rng.randint(0, 12)))


def test_both_tokenizers_agree(model: Model, tokenizer: Tokenizer) -> None:
    for text in _texts(10_000):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        assert model.vocabulary.tokenize(text) == ids, text


def test_text_survives(model: Model) -> None:
    vocabulary = model.vocabulary
    for text in _texts(500):
        plain = text
        for token in CONTROL:
            plain = plain.replace(token, "")
        assert vocabulary.text(vocabulary.tokenize(text)) == plain


def test_slots_are_single_tokens_and_printed(model: Model) -> None:
    for slot in SLOTS:
        assert len(model.vocabulary.tokenize(slot)) == 1
        assert model.vocabulary.text(model.vocabulary.tokenize(slot)) == slot


def test_control_tokens_are_hidden(model: Model) -> None:
    tokens = model.vocabulary.tokenize("".join(CONTROL))
    assert len(tokens) == len(CONTROL)
    assert model.vocabulary.text(tokens) == ""
    assert model.vocabulary.shown(tokens[0]) == CONTROL[0]
    assert model.vocabulary.is_end[model.vocabulary.eos]


def test_metadata(model: Model, chat_model: Path) -> None:
    assert (model.version, model.prompt_format, model.chat_template) == ("tiny-1", "control", None)
    chat = Model(chat_model)
    assert (chat.version, chat.prompt_format, chat.chat_template) == ("instruct", "chat", TEMPLATE)
    chat.close()


def test_a_large_model_gets_fewer_sequences(model: Model) -> None:
    assert fit_shape(model, sequences=64).sequences == 64
    per_sequence = model.kv_bytes_per_token("f16") * 256
    budget = max(1, round(16 * per_sequence / 2**20))
    assert fit_shape(model, sequences=256, kv_type="f16", kv_budget_mb=budget).sequences < 256
    assert fit_shape(model, context=10_000).context == model.n_ctx_train


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model file at"):
        Model(tmp_path / "none.gguf")


@pytest.mark.parametrize("content", [b"", b"GGU", b"PK\x03\x04 a zip", b"GGUF" + struct.pack("<I", 99)])
def test_not_a_gguf(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="GGUF"):
        Model(path)


@pytest.mark.parametrize("share", [0.001, 0.2, 0.9])
def test_truncated_file(tmp_path: Path, tiny_model: Path, share: float) -> None:
    data = tiny_model.read_bytes()
    path = tmp_path / "model.gguf"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ModelError, match="cannot load"):
        Model(path)


def test_unknown_architecture(tmp_path: Path, tiny_model: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(tiny_model.read_bytes().replace(b"llama", b"lllll"))
    with pytest.raises(ModelError, match="unknown model architecture: 'lllll'"):
        Model(path)

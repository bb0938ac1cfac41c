"""Training, export and quantization, for real and small: a minute of it proves the whole way."""

import json
import subprocess
import sys
from pathlib import Path

import llama_cpp
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the `train` extra")

from model.brief import Brief, control_prompt  # noqa: E402
from model.corpus.generate import generate  # noqa: E402
from model.training.config import ModelConfig  # noqa: E402
from model.training.export import quantize, write_gguf  # noqa: E402
from model.training.muon import orthogonalise  # noqa: E402
from model.training.net import Model  # noqa: E402
from model.training.output import output_folder  # noqa: E402
from model.training.ship import checkpoint_tensors  # noqa: E402

ENDS = ("<|end|>", "<|pad|>")


def _start(out: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "model.training.train", "--tiny", "--out", str(out), *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def _train(out: Path, *flags: str) -> str:
    done = _start(out, *flags)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished tiny run."""
    out = tmp_path_factory.mktemp("run")
    _train(out)
    return out


@pytest.fixture(scope="module")
def gguf(run: Path) -> Path:
    """The tiny run as an F32 GGUF."""
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    path = run / "f32.gguf"
    tensors = checkpoint_tensors(state)
    write_gguf(path, ModelConfig(**state["config"]), tensors, run / "tokenizer.json", {"version": "tiny"})
    return path


class Native:
    """A GGUF in llama.cpp: its tokenizer, and the logits of one prompt."""

    def __init__(self, path: Path) -> None:
        params = llama_cpp.llama_model_default_params()
        params.use_extra_bufts = False  # plain kernels: some virtual machines announce AMX and fault on it
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
        assert self.model, path
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)

    def tokenize(self, text: str) -> list[int]:
        raw = text.encode()
        room = (llama_cpp.llama_token * (len(raw) + 8))()
        count = llama_cpp.llama_tokenize(self.vocab, raw, len(raw), room, len(room), False, True)
        return list(room[:count])

    def logits(self, tokens: list[int]) -> np.ndarray:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx, params.n_batch = 256, 256
        context = llama_cpp.llama_init_from_model(self.model, params)
        array = (llama_cpp.llama_token * len(tokens))(*tokens)
        assert llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(array, len(tokens))) == 0
        size = llama_cpp.llama_vocab_n_tokens(self.vocab)
        out = np.array(llama_cpp.llama_get_logits_ith(context, -1)[:size])
        llama_cpp.llama_free(context)
        return out


def test_the_loss_falls_and_is_recorded(run: Path) -> None:
    history = torch.load(run / "checkpoint.pt", weights_only=True)["history"]
    assert history[-1]["held_out"] < 5.5, "chance is ln 2048 = 7.6"
    assert (run / "loss.png").stat().st_size > 1000


def test_a_stopped_run_goes_on(run: Path, tmp_path: Path) -> None:
    _train(tmp_path, "--tokens", "60000")
    first = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    output = _train(tmp_path, "--tokens", "90000")
    second = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert "resumed at" in output
    assert second["tokens"] > first["tokens"]
    assert second["optimizer"]["count"] > first["optimizer"]["count"]


def test_a_run_does_not_go_on_with_another_corpus(run: Path) -> None:
    done = _start(run, "--seed", "2", "--tokens", "1e6")
    assert done.returncode == 1
    assert "another corpus or shape" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    for folder, reason in ((taken, "File exists"), (taken / "below", "Not a directory")):
        with pytest.raises(SystemExit, match=f"{folder} cannot be written: {reason}"):
            output_folder(folder)
    assert output_folder(tmp_path / "new" / "deep").is_dir()


def test_gguf_gives_the_logits_of_pytorch(run: Path, gguf: Path) -> None:
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    model = Model(ModelConfig(**state["config"]))
    model.load_state_dict(state["optimizer"]["master"], strict=True)
    native = Native(gguf)
    tokens = native.tokenize(control_prompt(Brief("CC", "SMS", facts=("drives",))) + "Карта для поездок")
    with torch.no_grad():
        expected = model.logits(model(torch.tensor([tokens]))[0, -1]).numpy()
    difference = np.abs(native.logits(tokens) - expected).max()
    assert difference < 1e-2 * np.abs(expected).max()
    assert difference < 2e-2, difference


def test_both_tokenizers_agree(run: Path, gguf: Path) -> None:
    from tokenizers import Tokenizer

    ours, native = Tokenizer.from_file(str(run / "tokenizer.json")), Native(gguf)
    odd = [
        "",
        " ",
        "\n\n",
        "ёЁ «кавычки» — тире…",
        "a1 2б{bank}{site}",
        "  два  пробела ",
        "😀 emoji",
        "{bank}.",
        "e-mail",
    ]
    for text in [*odd, *(prompt + text for _, prompt, text in generate(2000, 4))]:
        assert native.tokenize(text) == ours.encode(text).ids, text


def test_quantized_file_is_smaller_and_close(gguf: Path) -> None:
    small = gguf.with_name("q8.gguf")
    quantize(gguf, small, "Q8_0")
    assert small.stat().st_size < gguf.stat().st_size
    tokens = Native(gguf).tokenize(control_prompt(Brief("DC", "PUSH")))
    exact, rounded = Native(gguf).logits(tokens), Native(small).logits(tokens)
    assert np.corrcoef(exact, rounded)[0, 1] > 0.99


def test_a_broken_write_leaves_nothing_behind(gguf: Path, tmp_path: Path) -> None:
    tokenizer = {
        "model": {"vocab": {"а": 0}, "merges": []},
        "added_tokens": [{"content": c, "id": i + 1} for i, c in enumerate(ENDS)],
    }
    with pytest.raises(KeyError, match="unheard_of"):
        write_gguf(tmp_path / "x.gguf", ModelConfig(), {"layers.0.unheard_of": np.ones((2, 2))}, tokenizer, {})
    assert list(tmp_path.iterdir()) == []


def test_muon_makes_updates_orthogonal() -> None:
    update = orthogonalise(torch.randn(64, 32, generator=torch.Generator().manual_seed(0)))
    singular = torch.linalg.svdvals(update)
    assert singular.min() > 0.5
    assert singular.max() < 1.3


def test_shipped_card_names_what_was_shipped() -> None:
    import hashlib

    weights = Path("model/weights")
    for path in weights.glob("*.json"):
        if path.name == "tokenizer.json":
            continue
        card = json.loads(path.read_text("utf-8"))
        file = weights / f"{card['version']}.gguf"
        assert hashlib.sha256(file.read_bytes()).hexdigest() == card["gguf_sha256"]

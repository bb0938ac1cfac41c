"""A LoRA beside the weights it belongs to."""

from pathlib import Path

import numpy as np
import pytest

from model.serving.engine import Engine
from model.serving.llama import Model, ModelError, fit_shape
from model.serving.trial import run_trial
from tests.model.serving.conftest import generate
from tests.model.serving.test_engine import GREEDY
from tests.model.serving.tiny import write_adapter


def _logprobs(path: Path, adapter: Path | None, *, extra_buffers: bool = False) -> tuple[list[int], np.ndarray]:
    model = Model(path, adapter=adapter, extra_buffers=extra_buffers)
    engine = Engine(model, fit_shape(model, sequences=4, kv_type="f16"))
    try:
        choice = generate(engine, [engine.vocabulary.tokenize("<|p:1|><|text|>карта")], sampling=GREEDY)[0]
    finally:
        engine.close()
    assert choice.logprobs is not None
    return choice.tokens, np.array(choice.logprobs)


def test_a_zero_adapter_changes_nothing(tiny_model: Path, tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "zero.gguf", scale=0)
    plain, adapted = _logprobs(tiny_model, None), _logprobs(tiny_model, adapter)
    assert plain[0] == adapted[0]
    assert np.allclose(plain[1], adapted[1], atol=1e-5)


def test_an_adapter_changes_what_is_likely(tiny_model: Path, tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "strong.gguf", scale=0.1)
    plain, adapted = _logprobs(tiny_model, None), _logprobs(tiny_model, adapter)
    assert abs(plain[1][0] - adapted[1][0]) > 0.01
    assert run_trial(tiny_model, extra_buffers=False, adapter=adapter) > 0


def test_an_adapter_of_another_model(tiny_model: Path, tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "wide.gguf", scale=0.1, width=128)
    with pytest.raises(ModelError, match="cannot apply the adapter"):
        Model(tiny_model, adapter=adapter)
    with pytest.raises(ModelError, match="cannot apply the adapter"):
        run_trial(tiny_model, extra_buffers=False, adapter=adapter)


def test_a_model_is_no_adapter(tiny_model: Path, tmp_path: Path) -> None:
    for path in (tiny_model, tmp_path / "none.gguf"):
        with pytest.raises(ModelError):
            Model(tiny_model, adapter=path)

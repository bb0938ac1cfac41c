"""A LoRA for somebody's instruct model: what is learnt on the checkpoint is what llama.cpp does with the GGUF."""

import json
import os
import socket
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from apiflask import APIFlask

from backend.common.db import db
from backend.errors import Invalid
from backend.launch.processes import Child
from backend.learning import abilities, component, manifest, promotion, runs, versions
from backend.learning.models import ModelVersion, RetrainRun
from model.brief import Brief
from model.evaluation.sampling import read_by
from model.serving.llama import opened
from model.training.config import ModelConfig
from model.training.export import write_gguf
from retrain import jobs, own_model, stages
from retrain.evaluation import served
from retrain.gate import Verdict
from retrain.stages import Effort, Parent
from tests.conftest import MODEL_START_S, ROOT
from tests.model.serving.tiny import TEMPLATE, train_tokenizer, with_chat_template
from tests.retrain.conftest import Made
from tests.retrain.test_run import store

torch = pytest.importorskip("torch", reason="fine-tuning needs the `train` extra")
pytest.importorskip("peft", reason="fine-tuning needs the `train` extra")
transformers = pytest.importorskip("transformers", reason="fine-tuning needs the `train` extra")

from retrain import lora  # noqa: E402 - needs what was asked for above

# peft 0.21 still asks transformers by the old name
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")

NAMES = {
    "self_attn.q_proj": "q",
    "self_attn.k_proj": "k",
    "self_attn.v_proj": "v",
    "self_attn.o_proj": "o",
    "mlp.gate_proj": "gate",
    "mlp.up_proj": "up",
    "mlp.down_proj": "down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
SHAPE = {"vocab_size": 512, "dim": 64, "layers": 2, "heads": 4, "kv_heads": 2, "hidden": 96, "context": 2048}
LIKED = ["Откройте вклад в приложении {app} за несколько минут.", "Подключите автоплатёж и не думайте о сроках."]
DISLIKED = ["Позвоните нам по телефону {phone} или зайдите на сайт {site}.", "Удобно ли вам говорить?"]
OPTIONS = lora.Options(steps=24, rate=5e-3, batch=2, every=2, labelled_batch=2, threads=1)


@dataclass(frozen=True)
class Own:
    """A checkpoint and the GGUF made of it."""

    folder: Path
    gguf: Path


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Own:
    return make_own(tmp_path_factory.mktemp("own"))


def make_own(root: Path, **other: int) -> Own:
    """A random Llama of a few thousand parameters in both forms."""
    folder, tokenizer = root / "checkpoint", train_tokenizer()
    config = ModelConfig(**{**SHAPE, "vocab_size": tokenizer.get_vocab_size(), **other})
    torch.manual_seed(3)
    model = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=config.vocab_size,
            hidden_size=config.dim,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            num_key_value_heads=config.kv_heads,
            intermediate_size=config.hidden,
            max_position_embeddings=config.context,
            rms_norm_eps=config.norm_eps,
            rope_theta=config.rope_base,
            tie_word_embeddings=True,
            initializer_range=0.15,
            bos_token_id=None,
            eos_token_id=1,
        )
    )
    model.save_pretrained(folder)
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, chat_template=TEMPLATE)
    fast.eos_token = fast.pad_token = "<|pad|>"  # the template has another end
    fast.save_pretrained(folder)
    tensors = {ours(name): value.numpy() for name, value in model.state_dict().items() if "lm_head" not in name}
    plain = root / "plain.gguf"
    metadata = {"version": "own", "prompt_format": "control", "corpus_hash": "0" * 8}
    write_gguf(plain, config, tensors, json.loads(tokenizer.to_str()), metadata)
    return Own(folder, with_chat_template(plain, root / "own.gguf"))


def ours(name: str) -> str:
    """The training code's name of a tensor of the checkpoint."""
    name = name.removeprefix("model.").removesuffix(".weight")
    if not name.startswith("layers."):
        return {"embed_tokens": "embed", "norm": "norm"}[name]
    _, layer, part = name.split(".", 2)
    return f"layers.{layer}.{NAMES[part]}"


def chats(texts: list[str]) -> list[lora.Pair]:
    return [([{"role": "user", "content": f"Продукт {place}"}], text) for place, text in enumerate(texts)]


def of_llama(path: Path, tokens: list[int], adapter: Path | None) -> np.ndarray:
    """Logits behind every token."""
    with opened(path, extra_buffers=False, adapter=adapter, sequences=1) as context:
        count, batch = len(tokens), context.batch
        batch.token[:count], batch.pos[:count] = tokens, np.arange(count)
        batch.seq[:count], batch.output[:count] = 0, 1
        return context.decode(count, count).copy()


def quiet(share: float, line: str) -> None:
    assert 0 <= share <= 1


def test_llama_cpp_does_what_was_learnt(own: Own, tmp_path: Path) -> None:
    target = lora.Target.read(own.gguf)
    model, reader = lora.load(own.folder, OPTIONS)
    lora.check(model, target)
    lora._steps(model, [reader.lesson(one) for one in chats(LIKED)], [], OPTIONS, quiet)
    adapter = tmp_path / "own.1.gguf"
    lora.write_adapter(adapter, target.architecture, lora.tensors_of(model, target), OPTIONS.alpha, "own.1")
    lesson = reader.lesson(chats(LIKED)[0])
    tokens = [*lesson.prompt, *lesson.text]
    merged = model.merge_and_unload().float()
    with torch.no_grad():
        wanted = merged(input_ids=torch.tensor([tokens])).logits[0].numpy()
    plain, adapted = of_llama(own.gguf, tokens, None), of_llama(own.gguf, tokens, adapter)
    far = np.linalg.norm(wanted - plain) / np.linalg.norm(wanted)
    near = np.linalg.norm(wanted - adapted) / np.linalg.norm(wanted)
    assert near < 0.01 < 0.1 < far


def test_accepted_texts_become_likelier_and_rejected_ones_do_not(own: Own) -> None:
    target = lora.Target.read(own.gguf)
    lines: list[str] = []
    tuned = lora.tune(
        own.folder, target, chats(LIKED), chats(DISLIKED), chats(LIKED), OPTIONS, lambda share, line: lines.append(line)
    )
    assert tuned.held_out_after < 0.6 * tuned.held_out_before
    assert tuned.tokens > 0
    assert any("loss" in line for line in lines)
    read = lora.load(own.folder, OPTIONS)[1].lesson
    losses = {}
    for aversion in (0.0, 5.0):
        options = replace(OPTIONS, aversion=aversion)
        model, _ = lora.load(own.folder, options)
        lora._steps(model, [read(one) for one in chats(LIKED)], [read(one) for one in chats(DISLIKED)], options, quiet)
        losses[aversion] = lora.mean_loss(model, [read(one) for one in chats(DISLIKED)], lambda: None)
    assert losses[5.0] > losses[0.0]


def test_prompts_are_read_as_the_server_reads_them(own: Own) -> None:
    reader = lora.load(own.folder, OPTIONS)[1]
    prompt = served.prompts_for([Brief("CC", "SMS")], served.demo_shop(), "chat")[0]
    lesson = reader.lesson((prompt, LIKED[0]))
    with opened(own.gguf, extra_buffers=False, sequences=1) as context:
        vocabulary = context.model.vocabulary
        assert lesson.prompt == read_by(context.model, prompt)
        assert lesson.text[:-1] == vocabulary.tokenize(LIKED[0], add_special=False)
        assert lesson.text[-1:] == vocabulary.tokenize("<|end|>")


def test_a_checkpoint_of_another_model_is_told_before_work(own: Own, tmp_path: Path) -> None:
    other = make_own(tmp_path, hidden=128)
    with pytest.raises(Invalid, match="не от этой модели"):
        lora.tune(other.folder, lora.Target.read(own.gguf), chats(LIKED), [], [], OPTIONS, quiet)
    with pytest.raises(Invalid, match="не читается"):
        lora.load(tmp_path, OPTIONS)
    with pytest.raises(Invalid, match="Ни одного принятого"):
        lora.tune(own.folder, lora.Target.read(own.gguf), [], chats(DISLIKED), [], OPTIONS, quiet)


def test_why_nothing_can_be_learnt_is_said_as_on_the_page(
    own: Own, weights: Path, app: APIFlask, db_session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = Parent("own", "own", own.gguf, None, None, base=own.folder)
    assert own_model.obstacle(parent) == ""
    assert "весов версии base нет" in own_model.obstacle(replace(parent, weights="base", file=weights))
    for base in (None, own.folder / "gone"):
        settings = app.config["SETTINGS"].model_copy(update={"train_base": base})
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        answering = component.Component(("own",), "chat", reads_manifest=True)
        said = abilities._lasting({"torch": True, "train_base": False}, answering)
        assert own_model.obstacle(replace(parent, base=base)) == said


# --- a whole run, and its adapter at work ----------------------------------------------------------------------------


@pytest.fixture
def live(app: APIFlask, own: Own, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A component that serves the user's own model and watches the manifest of this application."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    changes = {"var_dir": tmp_path, "model_url": url, "model_path": own.gguf, "train_base": own.folder}
    monkeypatch.setitem(app.config, "SETTINGS", app.config["SETTINGS"].model_copy(update=changes))
    environment = {**os.environ, "MODEL_MANIFEST": str(tmp_path / "models" / manifest.NAME)}
    command = [sys.executable, "-m", "model.serving.server", "--model", str(own.gguf), "--port", str(port)]
    child = Child("model", [*command, "--sequences", "4"], tmp_path / "server.log", env=environment, cwd=ROOT)
    child.start()
    try:
        child.wait_ready(lambda: _answers(url), MODEL_START_S, "model component")
        yield url
    finally:
        child.stop()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _run(number: int, parent: str) -> dict[str, Any]:
    """A run from `parent`, as the page sees it afterwards."""
    run = RetrainRun(
        status="queued", trigger="person", author="anna", options={"learners": ["score", "tune"]}, attempts=1
    )
    run.parent, run.challenger = parent, f"own.{number}"
    db.session.add(run)
    db.session.commit()
    tuning = {"steps": 2, "batch": 1, "labelled_batch": 2, "every": 1, "held_out": 2}
    jobs.run(str(run.id), Effort(gold_clients=2, read=300, tuning=tuning))
    db.session.rollback()
    return runs.detail(uuid.UUID(str(run.id)))


@pytest.mark.usefixtures("demo_catalogue")
def test_an_adapter_from_the_labels_to_the_component(
    db_session: Any, live: str, tmp_path: Path, examples_of: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = versions.register_root(component.ask())
    assert root is not None
    assert root.name == "own"
    store(examples_of(160, "plain"))
    decided: list[dict[str, Any]] = []

    def tuned_wins(job: stages.Job) -> stages.Result:
        """Random weights please nobody: the decision is made here, its grounds are real."""
        decided.append(job.done("evaluate")["tuned"])
        return {"chosen": stages.TUNED, "decision": {**decided[-1], "verdict": Verdict.WIN.value}}

    monkeypatch.setitem(stages.STAGES, "gate", tuned_wins)  # type: ignore[arg-type]
    run = _run(1, "own")
    assert run["error"] is None
    assert run["status"] == "awaiting_approval"
    assert run["metrics"]["tune"]["skipped"] is None
    assert {one["name"] for one in decided[0]["dimensions"]} >= {"success", "likelihood"}
    version = db.session.get(ModelVersion, "own.1")
    assert version is not None
    assert version.lineage["adapter"] is True
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["own.1.gguf"]

    promotion.promote("own.1", actor="anna")
    model = httpx.get(f"{live}/v1/models").json()["data"][0]
    assert (model["id"], model["meta"]["adapter"]) == ("own.1", "own.1.gguf")
    written = httpx.post(f"{live}/v1/completions", json={"prompt": "карта", "max_tokens": 4}, timeout=30).json()
    assert written["model"] == "own.1"

    assert _run(2, "own.1")["error"] is None
    second = db.session.get(ModelVersion, "own.2")
    assert second is not None
    assert second.path == "own.2.gguf"
    promotion.rollback(actor="anna")
    # the former weights are still loaded and asked for by name; the default follows when the manifest is read again
    until = time.monotonic() + 20
    while (first := httpx.get(f"{live}/v1/models").json()["data"][0])["id"] != "own" and time.monotonic() < until:
        time.sleep(0.1)
    assert (first["id"], first["meta"]["adapter"]) == ("own", None)

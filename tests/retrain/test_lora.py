"""A LoRA for somebody's instruct model: what is learnt on the checkpoint is what llama.cpp does with the GGUF."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from model.serving.llama import opened
from model.training.config import ModelConfig
from model.training.export import write_gguf
from tests.model.serving.tiny import TEMPLATE, train_tokenizer, with_chat_template

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

"""Real GGUF files, small and random: a byte-level BPE of a few sentences and a Llama of two thin layers."""

import json
from pathlib import Path

import gguf
import numpy as np
from gguf.scripts.gguf_new_metadata import MetadataDetails, copy_with_new_metadata
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from model.slots import SLOTS
from model.training.config import ModelConfig
from model.training.export import write_gguf

CONTROL = ["<|pad|>", "<|end|>", "<|text|>", "<|user|>", "<|assistant|>", *(f"<|p:{i}|>" for i in range(8))]
SENTENCES = [
    "Путешествуйте спокойно: карта {bank} поможет в дороге, а бонусы вернутся на счёт.",
    "Откройте вклад в приложении {app} за несколько минут — без визита в офис.",
    "Часто заправляете автомобиль? Получайте бонусы на АЗС вместе с {bank}.",
    "Позвоните нам по телефону {phone} или зайдите на сайт {site}, мы ответим на вопросы.",
    "Подключите автоплатёж и не думайте о сроках: всё произойдёт само.",
    "Здравствуйте! Меня зовут {agent}, звоню из банка. Удобно ли вам говорить?",
]
TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('no tools') }}{% endif %}"
    "{{ '<|user|>' if m.role != 'assistant' else '<|assistant|>' }}{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def train_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    special = [AddedToken(token, normalized=False, special=True) for token in CONTROL]
    special += [AddedToken(slot, normalized=False, special=False) for slot in SLOTS]
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return tokenizer


def write_model(
    path: Path,
    tokenizer: Tokenizer,
    *,
    seed: int = 0,
    version: str = "tiny-1",
    context: int = 256,
    norm: float = 1.0,
) -> Path:
    """Weights are larger than usual, so that the most likely token leads by more than rounding."""
    config = ModelConfig(
        vocab_size=tokenizer.get_vocab_size(), dim=64, layers=2, heads=2, kv_heads=1, hidden=96, context=context
    )
    rng = np.random.default_rng(seed)
    shapes = {"q": (64, 64), "k": (32, 64), "v": (32, 64), "o": (64, 64)}
    shapes |= {"gate": (96, 64), "up": (96, 64), "down": (64, 96)}
    tensors = {"embed": rng.normal(0, 0.3, (config.vocab_size, 64)), "norm": np.full(64, norm)}
    for layer in range(config.layers):
        for name, shape in shapes.items():
            tensors[f"layers.{layer}.{name}"] = rng.normal(0, 2 * shape[1] ** -0.5, shape)
        for name in ("attn_norm", "ffn_norm"):
            tensors[f"layers.{layer}.{name}"] = np.ones(64)
    metadata = {"version": version, "prompt_format": "control", "corpus_hash": "0" * 8}
    write_gguf(path, config, tensors, json.loads(tokenizer.to_str()), metadata)
    return path


def with_chat_template(source: Path, target: Path) -> Path:
    """The same model as an instruct model: a chat template and no prompt format of ours."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, "llama")
    details = MetadataDetails(gguf.GGUFValueType.STRING, TEMPLATE)
    new = {gguf.Keys.Tokenizer.CHAT_TEMPLATE: details}
    copy_with_new_metadata(reader, writer, new, ["offerloop.prompt_format", "offerloop.version"])
    return target


def write_adapter(path: Path, *, scale: float, rank: int = 4, width: int = 64) -> Path:
    """A LoRA of the queries and the last matrix of both layers; a scale of 0 changes nothing."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(rank))
    rng = np.random.default_rng(3)
    for name, inputs in (("attn_q", width), ("ffn_down", 96)):
        for layer in range(2):
            tensor = f"blk.{layer}.{name}.weight"
            writer.add_tensor(f"{tensor}.lora_a", rng.normal(0, 1, (rank, inputs)).astype(np.float32))
            writer.add_tensor(f"{tensor}.lora_b", scale * rng.normal(0, 1, (width, rank)).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path

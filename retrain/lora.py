"""Fine-tunes a LoRA for a GGUF of the user's own, on the checkpoint that the GGUF was made of (TRAIN_BASE).

It reads accepted and corrected texts under the very prompts that the API sends; rejected ones take part by the loss of
KTO, as in `tune`. Such a model has no corpus of ours to replay: the accepted texts, which its own versions wrote, keep
it where it was. An adapter is learnt anew over the checkpoint every time, from all labels, so that versions do not pile
up. The result is a GGUF that llama.cpp puts on top of the base.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from backend.errors import Invalid
from model.evaluation.sampling import Prompt
from model.training.export import rotary_permutation
from retrain.dataset import Dataset
from retrain.evaluation.served import Shop, pairs_for
from retrain.reporting import Report
from retrain.tune import Tuned, accepted, kto_loss, schedule

PERMUTED: Mapping[str, bool] = {
    "llama": True,
    **dict.fromkeys(("qwen2", "qwen3", "gemma", "gemma2", "gemma3", "phi3"), False),
}
"""Architectures of GGUF that are known here, and whether their rows of queries and keys stand in another order than in
the checkpoint."""
PREFIX = "base_model.model."
MARK = "Текст."

Pair = tuple[Prompt, str]


@dataclass(frozen=True)
class Options:
    """How to fine-tune. A step of a model of half a billion parameters takes a minute or two on two cores."""

    steps: int = 120
    rate: float = 2e-4
    rank: int = 8
    alpha: int = 16
    batch: int = 4
    aversion: float = 0.2
    """Weight of the loss on labelled texts that KTO gives, beside the cross-entropy."""
    beta: float = 0.1
    labelled_batch: int = 4
    every: int = 4
    """Steps from one labelled batch to the next."""
    held_out: int = 40
    threads: int = 0
    seed: int = 1


@dataclass(frozen=True)
class Target:
    """The GGUF that an adapter is for: its architecture, and the (out, in) shapes of its matrices."""

    architecture: str
    layers: int
    heads: int
    kv_heads: int
    shapes: Mapping[str, tuple[int, ...]]
    prompt_format: str = "chat"

    @classmethod
    def read(cls, path: Path) -> "Target":
        """Raises Invalid for an architecture that is not known here."""
        reader = gguf.GGUFReader(path)
        architecture = _field(reader, "general.architecture")
        if architecture not in PERMUTED:
            known = ", ".join(PERMUTED)
            raise Invalid(f"Дообучать модели архитектуры {architecture} система не умеет, умеет {known}")
        layers, heads = (_field(reader, f"{architecture}.{key}") for key in ("block_count", "attention.head_count"))
        kv_heads = _field(reader, f"{architecture}.attention.head_count_kv") or heads
        shapes = {one.name: tuple(int(size) for size in reversed(one.shape)) for one in reader.tensors}
        prompt_format = "chat" if reader.get_field("tokenizer.chat_template") else "plain"
        return cls(architecture, layers, heads, kv_heads, shapes, prompt_format)

    def name_of(self, module: str) -> str | None:
        """What the GGUF calls the matrix of a module of the checkpoint."""
        architecture = next(arch for arch, name in gguf.MODEL_ARCH_NAMES.items() if name == self.architecture)
        found: str | None = gguf.get_tensor_name_map(architecture, self.layers).get_name(module)
        return found and f"{found}.weight"

    def ordered(self, name: str, rows: np.ndarray) -> np.ndarray:
        """Rows of a matrix in the order of the GGUF."""
        if PERMUTED[self.architecture] and name.endswith("attn_q.weight"):
            return rotary_permutation(rows, self.heads)
        if PERMUTED[self.architecture] and name.endswith("attn_k.weight"):
            return rotary_permutation(rows, self.kv_heads)
        return rows


def _field(reader: gguf.GGUFReader, key: str) -> Any:
    field = reader.get_field(key)
    return field and field.contents()


@dataclass(frozen=True)
class Lesson:
    """A text with its ending, and the prompt before it, as tokens."""

    prompt: list[int]
    text: list[int]


class Reader:
    """Turns prompts and texts into tokens as the server would, which reads them with the GGUF's own vocabulary."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._end = self._ending()

    def lesson(self, pair: Pair) -> Lesson:
        prompt, text = pair
        if not isinstance(prompt, str):
            prompt = self._tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True)
        ids = self._tokenizer(prompt).input_ids
        doubled = len(ids) > 1 and ids[0] == ids[1] == self._tokenizer.bos_token_id
        return Lesson(ids[doubled:], [*self._tokenizer(text, add_special_tokens=False).input_ids, self._end])

    def _ending(self) -> int:
        """The token behind an answer by the chat template; a tokenizer may name another one as its end."""
        if self._tokenizer.chat_template:
            chat = [{"role": "user", "content": "?"}, {"role": "assistant", "content": MARK}]
            behind = self._tokenizer.apply_chat_template(chat, tokenize=False).rpartition(MARK)[2].strip()
            ids = self._tokenizer(behind, add_special_tokens=False).input_ids
            if ids and ids[0] in self._tokenizer.added_tokens_decoder:
                return int(ids[0])
        return int(self._tokenizer.eos_token_id)


def load(folder: Path, options: Options) -> tuple[PeftModel, Reader]:
    """The checkpoint with an adapter that does nothing yet. Raises Invalid for what is no checkpoint."""
    torch.manual_seed(options.seed)
    disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        base = AutoModelForCausalLM.from_pretrained(folder, dtype="auto", use_safetensors=True, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise Invalid(f"Чекпойнт TRAIN_BASE ({folder}) не читается: {error}") from error
    shape = LoraConfig(
        r=options.rank, lora_alpha=options.alpha, target_modules="all-linear", task_type="CAUSAL_LM", bias="none"
    )
    return get_peft_model(base, shape), Reader(tokenizer)


def check(model: PeftModel, target: Target) -> None:
    """Raises Invalid where the GGUF was made of another checkpoint, before hours are spent on it."""
    for module, part, matrix in _parts(model):
        name = target.name_of(module)
        shape = target.shapes.get(name or "", (0, 0))
        if (shape[1] if part == "A" else shape[0]) != matrix.shape[1 if part == "A" else 0]:
            raise Invalid(f"Чекпойнт TRAIN_BASE — не от этой модели: {module} в её файле нет или другого размера")


def _parts(model: PeftModel) -> Iterator[tuple[str, str, torch.Tensor]]:
    """Modules of the checkpoint with both factors of their adapters, A (rank, in) and B (out, rank)."""
    for key, value in get_peft_model_state_dict(model).items():
        module, part = key.removeprefix(PREFIX).removesuffix(".weight").rsplit(".lora_", 1)
        yield module, part, value


def tensors_of(model: PeftModel, target: Target) -> dict[str, np.ndarray]:
    """The adapter as llama.cpp reads it."""
    found = {}
    for module, part, matrix in _parts(model):
        name, array = target.name_of(module) or module, matrix.detach().float().numpy()
        found[f"{name}.lora_{part.lower()}"] = target.ordered(name, array) if part == "B" else array
    return found


def write_adapter(path: Path, architecture: str, tensors: Mapping[str, np.ndarray], alpha: float, version: str) -> None:
    """Write the GGUF of an adapter, whole or not at all."""
    part = path.with_name(path.name + ".part")
    writer = gguf.GGUFWriter(part, architecture)
    writer.add_name(version)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(alpha))
    for name, tensor in tensors.items():
        writer.add_tensor(name, np.ascontiguousarray(tensor, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    part.replace(path)


def learn(folder: Path, base: Path, shop: Shop, frozen: Dataset, options: Options, report: Report) -> Tuned:
    """An adapter for the GGUF `base` from the labels of a run; gold texts are only measured.

    Raises Invalid with a sentence for people, and what `report` raises.
    """
    target = Target.read(base)
    pairs = partial(pairs_for, shop=shop, prompt_format=target.prompt_format)
    unwanted = pairs((one.brief, one.body) for one in frozen.training if one.badly_written)
    held_out = pairs(accepted(frozen.gold))
    return tune(folder, target, pairs(accepted(frozen.training)), unwanted, held_out, options, report)


def tune(
    folder: Path,
    target: Target,
    wanted: Sequence[Pair],
    unwanted: Sequence[Pair],
    held_out: Sequence[Pair],
    options: Options,
    report: Report,
) -> Tuned:
    """Learn an adapter from `wanted` and away from `unwanted` texts; `held_out` ones are only measured.

    The choice of each step depends on the seed alone. Raises Invalid, and what `report` raises.
    """
    if options.threads:
        torch.set_num_threads(options.threads)
    if not wanted:
        raise Invalid("Ни одного принятого текста о нынешних продуктах: дообучать не на чем")
    model, reader = load(folder, options)
    check(model, target)
    lessons, rejected = list(map(reader.lesson, wanted)), list(map(reader.lesson, unwanted))
    held = list(map(reader.lesson, held_out[: options.held_out]))
    before = mean_loss(model, held, partial(report, 0.0, ""))
    loss, tokens = _steps(model, lessons, rejected, options, report)
    after = mean_loss(model, held, partial(report, 1.0, ""))
    return Tuned(tensors_of(model, target), tokens, loss, before, after)


def log_likelihood(model: PeftModel, lesson: Lesson) -> torch.Tensor:
    """Log-probability (nats) of the text under its prompt, as a scalar."""
    ids, count = torch.tensor([[*lesson.prompt, *lesson.text][:-1]]), len(lesson.text)
    logits = model(input_ids=ids, logits_to_keep=count, use_cache=False).logits[0].float()
    return -cross_entropy(logits, torch.tensor(lesson.text), reduction="sum")


@torch.no_grad()
def mean_loss(model: PeftModel, lessons: Sequence[Lesson], beat: Callable[[], None]) -> float:
    """Nats a token; 0 without any texts."""
    total = 0.0
    for lesson in lessons:
        beat()
        total -= float(log_likelihood(model, lesson))
    return total / max(1, sum(len(lesson.text) for lesson in lessons))


def _steps(
    model: PeftModel, wanted: Sequence[Lesson], unwanted: Sequence[Lesson], options: Options, report: Report
) -> tuple[float, int]:
    rng = random.Random(options.seed)
    source = _endless(wanted, rng)
    optimizer = torch.optim.AdamW([one for one in model.parameters() if one.requires_grad], weight_decay=0.0)
    loss, tokens = 0.0, 0
    for step in range(options.steps):
        done = step / options.steps
        lessons = [next(source) for _ in range(options.batch)]
        value = _read(model, lessons, partial(report, done, ""))
        if step % options.every == 0 and unwanted:
            _push(model, wanted, unwanted, rng, options)
        optimizer.param_groups[0]["lr"] = options.rate * schedule(done)
        optimizer.step()
        optimizer.zero_grad()
        loss = 0.9 * loss + 0.1 * value if step else value
        tokens += sum(len(one.prompt) + len(one.text) for one in lessons)
        report(done, f"step {step} of {options.steps}, loss {loss:.3f}" if step % 20 == 0 else "")
    return loss, tokens


def _endless(lessons: Sequence[Lesson], rng: random.Random) -> Iterator[Lesson]:
    while True:
        yield from rng.sample(lessons, len(lessons))


def _read(model: PeftModel, lessons: Sequence[Lesson], beat: Callable[[], None]) -> float:
    """Add the gradient of the cross-entropy, text by text to save memory; returns nats a token."""
    count, total = sum(len(lesson.text) for lesson in lessons), 0.0
    for lesson in lessons:
        beat()
        loss = -log_likelihood(model, lesson) / count
        loss.backward()
        total += float(loss.detach())
    return total


def _push(
    model: PeftModel, wanted: Sequence[Lesson], unwanted: Sequence[Lesson], rng: random.Random, options: Options
) -> None:
    """Add the gradient of the KTO loss on a random batch of both kinds, the checkpoint itself being the reference."""
    half = options.labelled_batch // 2
    some = [(one, kind) for kind, pool in ((True, wanted), (False, unwanted)) for one in _few(pool, half, rng)]
    strangers = [Lesson(one.prompt, some[place - 1][0].text) for place, (one, _) in enumerate(some)]
    with torch.no_grad():
        divergence = torch.stack([log_likelihood(model, one) - _reference(model, one) for one in strangers]).mean()
    for lesson, desirable in some:
        ratio = (log_likelihood(model, lesson) - _reference(model, lesson))[None]
        loss = kto_loss(ratio, torch.tensor([desirable]), divergence, options.beta)
        (options.aversion * loss / len(some)).backward()


def _few(pool: Sequence[Lesson], count: int, rng: random.Random) -> list[Lesson]:
    return rng.sample(pool, min(count, len(pool)))


@torch.no_grad()
def _reference(model: PeftModel, lesson: Lesson) -> torch.Tensor:
    with model.disable_adapter():
        return log_likelihood(model, lesson)

"""Fine-tunes the language model towards what reviewers accept, from the trainable weights of the parent version.

Most of what it reads is the model's own corpus, drawn towards what the success score likes within each product, channel
and tone: hand-written, lawful and true to the client's facts, only more of the accepted kind. Accepted and corrected
texts are read beside it. Rejected texts take part by the loss of KTO (Ethayarajh et al., 2024), which is bounded: the
further a text is below where the parent model had it, the less it is pushed.
"""

import ctypes
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy

from backend.learning.success import SuccessModel
from model.brief import PAD, Brief, control_prompt
from model.corpus.generate import generate
from model.telling import told
from model.training.config import ModelConfig
from model.training.muon import MuonAdam
from model.training.net import Model
from model.training.train import SEED_STEP, Batch, Encoded, backward, batches, encode, evaluate
from retrain.dataset import Example
from retrain.leanings import corpus_reading
from retrain.reporting import Report

Tensors = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Options:
    """How to fine-tune; the defaults were chosen by measurement (docs/experiments.md)."""

    tokens: int = 600_000
    rate: float = 0.4
    """Share of the learning rates of training from scratch."""
    drawn: int = 100_000
    """Corpus texts among which the score chooses."""
    kept: float = 0.08
    """Share of each product, channel and tone that the score's favourites are."""
    plain: float = 0.2
    """Share of the corpus texts that are read whatever the score says."""
    repeats: int = 4
    """How often an accepted or corrected text is put among the others."""
    batch: int = 8192
    dropout: float = 0.1
    aversion: float = 0.2
    """Weight of the loss on labelled texts that KTO gives, beside the cross-entropy."""
    beta: float = 0.1
    labelled_batch: int = 32
    every: int = 4
    """Steps from one labelled batch to the next."""
    threads: int = 0
    seed: int = 1


@dataclass(frozen=True)
class Tuned:
    """The new weights by training name, as float32, and what became of the loss (nats a token)."""

    tensors: dict[str, np.ndarray]
    tokens: int
    loss: float
    held_out_before: float
    held_out_after: float


def favoured(
    success: SuccessModel, usual: Mapping[str, float], options: Options, report: Report
) -> list[tuple[Brief, str]]:
    """Corpus texts: the best of each product, channel and tone by the score, and some of all.

    `usual` are the rank inputs of an ordinary text, which a corpus text cannot have.
    """
    rng = random.Random(options.seed)
    groups: dict[tuple[str, str, str], list[tuple[float, int, Brief, str]]] = {}
    plain: list[tuple[Brief, str]] = []
    for place, (brief, _, text) in enumerate(generate(options.drawn, options.seed)):
        if rng.random() < options.plain * options.kept:
            plain.append((brief, text))
        liked = success.log_odds(corpus_reading(brief, text, usual))
        groups.setdefault((brief.product, brief.channel, brief.tone), []).append((liked, place, brief, text))
        if place % 5000 == 0:
            report(place / options.drawn, "")
    chosen = [sorted(group, reverse=True)[: max(1, round(len(group) * options.kept))] for group in groups.values()]
    return plain + [(brief, text) for group in chosen for _, _, brief, text in group]


def tokenizer(path: Path) -> Tokenizer:
    """The tokenizer of trainable weights."""
    return Tokenizer.from_file(str(path))


def pairs_of(texts: Sequence[tuple[Brief, str]]) -> list[tuple[str, str]]:
    """Prompts and texts in the order of telling."""
    return [(control_prompt(brief), told(text, brief.channel)) for brief, text in texts]


def accepted(examples: Sequence[Example]) -> list[tuple[Brief, str]]:
    """What reviewers want to read more of: accepted texts, and corrections in place of what they correct."""
    return [(one.brief, one.corrected or one.body) for one in examples if one.success or one.corrected]


class Labelled:
    """Judged texts with what the parent model thought of them: desirable ones and undesirable ones.

    Each prompt stands once more with another's text: how far the model likes such pairs more than its parent did
    estimates its divergence, the reference point of KTO.
    """

    def __init__(self, model: Model, vocabulary: Tokenizer, examples: Sequence[Example], pad: int) -> None:
        wanted = accepted(examples)
        unwanted = [(one.brief, one.body) for one in examples if one.badly_written]
        pairs = pairs_of([*wanted, *unwanted])
        strangers = [(prompt, pairs[i - 1][1]) for i, (prompt, _) in enumerate(pairs)]
        self.pad = pad
        self.desirable = np.array([True] * len(wanted) + [False] * len(unwanted))
        self.data, self.strangers = encode(vocabulary, pairs), encode(vocabulary, strangers)
        model.eval()
        self.reference, self.strange_reference = self._all(model, self.data), self._all(model, self.strangers)
        model.train()

    @torch.no_grad()
    def _all(self, model: Model, data: Encoded) -> torch.Tensor:
        places = [range(start, min(start + 64, len(data))) for start in range(0, len(data), 64)]
        return torch.cat([log_likelihoods(model, *self._batch(data, some)) for some in places])

    def _batch(self, data: Encoded, places: Sequence[int]) -> Batch:
        width = max(len(data[i][1]) for i in places)
        ids = torch.full((len(places), width), self.pad, dtype=torch.long)
        counted = torch.zeros((len(places), width), dtype=torch.bool)
        for row, i in enumerate(places):
            prompt, tokens = data[i]
            ids[row, : len(tokens)] = torch.from_numpy(tokens.astype(np.int64))
            counted[row, prompt : len(tokens)] = True
        return ids, counted

    def loss(self, model: Model, rng: random.Random, options: Options) -> torch.Tensor | None:
        """The KTO loss on a random batch with both kinds; None without texts of both kinds."""
        kinds = [np.flatnonzero(self.desirable == kind).tolist() for kind in (True, False)]
        if not all(kinds):
            return None
        half = options.labelled_batch // 2
        places = [i for kind in kinds for i in rng.sample(kind, min(half, len(kind)))]
        ratios = log_likelihoods(model, *self._batch(self.data, places)) - self.reference[places]
        with torch.no_grad():
            strange = log_likelihoods(model, *self._batch(self.strangers, places)) - self.strange_reference[places]
        return kto_loss(ratios, torch.from_numpy(self.desirable[places]), strange.mean(), options.beta)


def log_likelihoods(model: Model, ids: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    """Log-probability (nats) of each row's counted tokens, shape (rows,)."""
    chosen = counted[:, 1:]
    logits = model.logits(model(ids[:, :-1])[chosen])
    losses = cross_entropy(logits, ids[:, 1:][chosen], reduction="none")
    rows = torch.arange(len(ids))[:, None].expand_as(chosen)[chosen]
    return -torch.zeros(len(ids)).index_add(0, rows, losses)


def kto_loss(ratios: torch.Tensor, desirable: torch.Tensor, divergence: torch.Tensor, beta: float) -> torch.Tensor:
    """Mean KTO loss of sequence log-ratios log p(y|x) - log p_ref(y|x), each text's in 0..1 (Ethayarajh et al., 2024).

    `divergence` is the reference point, counted as 0 where it is negative; the gradient does not flow through it.
    """
    point = divergence.clamp(min=0).detach()
    signs = torch.where(desirable, 1.0, -1.0)
    return (1 - torch.sigmoid(beta * signs * (ratios - point))).mean()


def tune(
    tensors: Tensors,
    config: ModelConfig,
    vocabulary: Tokenizer,
    corpus: Sequence[tuple[Brief, str]],
    examples: Sequence[Example],
    held_out: Sequence[tuple[str, str]],
    options: Options,
    report: Report,
) -> Tuned:
    """Fine-tune on `corpus` and the training `examples`; `held_out` pairs are only measured.

    The choice of each step depends on the seed alone. Raises what `report` raises.
    """
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    pad = int(vocabulary.token_to_id(PAD) or 0)
    model, optimizer = loaded(tensors, config, options.dropout)
    labelled = Labelled(model, vocabulary, examples, pad) if options.aversion else None
    texts = [*corpus, *accepted(examples) * options.repeats]
    data, held = encode(vocabulary, pairs_of(texts)), encode(vocabulary, list(held_out))
    before = evaluate(model, held, pad)
    loss, trained = _steps(model, optimizer, data, labelled, pad, options, rng, report)
    return Tuned(
        {name.removesuffix(".weight"): w.float().numpy() for name, w in optimizer.master.items()},
        trained,
        loss,
        before,
        evaluate(model, held, pad),
    )


def loaded(tensors: Tensors, config: ModelConfig, dropout: float) -> tuple[Model, MuonAdam]:
    """The network in bfloat16, which is faster, and an optimizer whose master weights are the given ones in float32."""
    model = Model(config, dropout)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(np.asarray(tensors[name.removesuffix(".weight")], dtype=np.float32)))
    master = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    optimizer = MuonAdam(model.to(torch.bfloat16))
    optimizer.master = master
    return model, optimizer


def _steps(
    model: Model,
    optimizer: MuonAdam,
    data: Encoded,
    labelled: Labelled | None,
    pad: int,
    options: Options,
    rng: random.Random,
    report: Report,
) -> tuple[float, int]:
    source = batches(data, options.batch, rng, pad)
    model.train()
    trained, step, loss = 0, 0, 0.0
    while trained < options.tokens:
        ids, counted = next(source)
        torch.manual_seed(options.seed * SEED_STEP + step)
        value = backward(model, ids, counted)
        if labelled and step % options.every == 0 and (aversion := labelled.loss(model, rng, options)) is not None:
            (options.aversion * aversion).backward()
        optimizer.step(options.rate * schedule(trained / options.tokens))
        loss = 0.9 * loss + 0.1 * value if step else value
        if step % TRIMMED == 0:
            give_back_memory()
        trained, step = trained + int((ids != pad).sum()), step + 1
        report(min(1.0, trained / options.tokens), f"{trained:,} tokens, loss {loss:.3f}" if step % 20 == 0 else "")
    return loss, trained


TRIMMED = 8
"""Steps after which freed memory goes back to the system."""


def give_back_memory() -> None:
    """Batches of ever other widths leave gigabytes of freed memory in the C library's hands (glibc), if it may."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def schedule(done: float) -> float:
    """Share of the rate: a short warm-up, then flat, from the middle on straight down."""
    return min(1.0, 0.1 + done / 0.05, 0.02 + 2 * (1 - done))


def halved(tuned: Tuned) -> dict[str, np.ndarray]:
    """The weights as 16-bit floats, as they are kept."""
    return {name: tensor.astype(np.float16) for name, tensor in tuned.tensors.items()}

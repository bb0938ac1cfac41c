"""Held-out bits per byte of a GGUF, by llama.cpp itself: what quantization costs, and whether a model has learnt."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.evaluation.sampling import Prompt, read_by
from model.serving.llama import Context, opened

SEQUENCES = 8

Doubles = npt.NDArray[np.float64]


def bits_per_byte(path: Path, pairs: Sequence[tuple[Prompt, str]], adapter: Path | None = None) -> float:
    """Mean bits per UTF-8 byte of the texts of (prompt, text) pairs, their ending counted, prompts given."""
    bits, size = 0.0, 0
    with opened(path, extra_buffers=False, adapter=adapter, sequences=SEQUENCES) as context:
        for prompt, text in pairs:
            bits += _bits(context, read_by(context.model, prompt), text)
            size += len(text.encode())
    return bits / max(1, size)


def _bits(context: Context, head: Sequence[int], text: str) -> float:
    vocabulary = context.model.vocabulary
    tokens = vocabulary.tokenize(text, add_special=False)
    if len(head) + len(tokens) > context.shape.context:
        raise ValueError(f"{len(head) + len(tokens)} tokens do not fit the context of {context.shape.context}")
    logits = _logits(context, [*head, *tokens], len(head) - 1)
    total = _log_sum(logits)
    chosen = logits[np.arange(len(tokens)), tokens].sum()
    ending = _log_sum(logits[-1:, vocabulary.is_end]).sum()  # whichever of the tokens that end a text
    return float(total.sum() - chosen - ending) / math.log(2)


def _logits(context: Context, tokens: Sequence[int], first: int) -> Doubles:
    """Logits behind every token from place `first` on, read in parts that a batch holds."""
    context.clear()
    batch, step, rows = context.batch, context.shape.step_tokens, []
    for start in range(0, len(tokens), step):
        part = tokens[start : start + step]
        count, places = len(part), np.arange(start, start + len(part))
        batch.token[:count], batch.pos[:count], batch.seq[:count] = part, places, 0
        batch.output[:count] = places >= first
        batch.output[count - 1] = 1  # llama.cpp wants one of each batch
        wanted = int((places >= first).sum())
        rows.append(context.decode(count, max(1, wanted))[:wanted].astype(np.float64))
    return np.concatenate(rows)


def _log_sum(logits: Doubles) -> Doubles:
    top: Doubles = logits.max(axis=1)
    found: Doubles = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return found

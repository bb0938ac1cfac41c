"""Held-out bits per byte of a GGUF, by llama.cpp itself: what quantization costs, and whether a model has learnt."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model.brief import END
from model.serving.llama import Context, opened

SEQUENCES = 8


def bits_per_byte(path: Path, pairs: Sequence[tuple[str, str]]) -> float:
    """Mean bits per UTF-8 byte of the texts of (prompt, text) pairs, the end token counted, prompts given."""
    bits, size = 0.0, 0
    with opened(path, extra_buffers=False, sequences=SEQUENCES) as context:
        for prompt, text in pairs:
            bits += _bits(context, prompt, text)
            size += len(text.encode())
    return bits / max(1, size)


def _bits(context: Context, prompt: str, text: str) -> float:
    vocabulary = context.model.vocabulary
    head = vocabulary.tokenize(prompt)
    tokens = [*head, *vocabulary.tokenize(text), *vocabulary.tokenize(END)]
    if len(tokens) > context.shape.context:
        raise ValueError(f"a text of {len(tokens)} tokens does not fit the context of {context.shape.context}")
    context.clear()
    count, batch = len(tokens) - 1, context.batch
    batch.token[:count], batch.pos[:count] = tokens[:-1], np.arange(count)
    batch.seq[:count], batch.output[:count] = 0, 1
    logits = context.decode(count, count)[len(head) - 1 :].astype(np.float64)
    top = logits.max(axis=1)
    total = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    chosen = logits[np.arange(len(logits)), tokens[len(head) :]]
    return float((total - chosen).sum()) / math.log(2)

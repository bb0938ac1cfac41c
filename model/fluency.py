"""How familiar a text sounds: the share of its word pairs that the model's corpus never holds.

A small model that loses the thread joins words that no author joined. The corpus' pairs are shipped beside the weights
as sorted 32-bit hashes (`model.corpus.familiar` writes them), so the check costs a look-up a word and no corpus. It
says nothing about texts of other models, whose vocabulary is wider than this corpus.
"""

import re
import zlib
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

PAIRS = Path(__file__).parent / "weights" / "pairs.npy"

_PART = re.compile(r"[.!?:;,\n—()«»]")
_WORD = re.compile(r"\{[a-z]+\}|[а-яёa-z-]+")


def word_pairs(text: str) -> list[str]:
    """Neighbouring words inside one part of a sentence, in lower case; a slot counts as a word."""
    parts = (_WORD.findall(part) for part in _PART.split(text.lower()))
    return [f"{a} {b}" for words in parts for a, b in pairwise(words)]


def codes(text: str) -> npt.NDArray[np.uint32]:
    """CRC-32 of each word pair of the text."""
    return np.array([zlib.crc32(pair.encode()) for pair in word_pairs(text)], dtype=np.uint32)


@cache
def _known() -> npt.NDArray[np.uint32]:
    known: npt.NDArray[np.uint32] = np.load(PAIRS)
    return known


def strangeness(text: str) -> float:
    """Share of the word pairs that the corpus never holds, 0 for a text without pairs. Slots must be unfilled."""
    mine = codes(text)
    if not len(mine):
        return 0.0
    known = _known()
    places = np.minimum(np.searchsorted(known, mine), len(known) - 1)
    return float((known[places] != mine).mean())

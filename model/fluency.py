"""How familiar a text sounds: which of its word pairs, triples, sentences and joints the model's corpus never holds.

A small model that loses the thread joins words that no author joined, and sentences of which no editor said that one
leads to the other. The corpus' pairs, triples, sentences and joints are shipped beside the weights as sorted 32-bit
hashes (`model.corpus.familiar` writes them), so the check costs a look-up a word and no corpus. It says nothing about
texts of other models, whose vocabulary is wider than this corpus.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import compress, pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

WEIGHTS = Path(__file__).parent / "weights"
PAIRS, TRIPLES, SENTENCES = WEIGHTS / "pairs.npy", WEIGHTS / "triples.npy", WEIGHTS / "sentences.npy"
OPENINGS, OFFERS, JOINTS = WEIGHTS / "openings.npy", WEIGHTS / "offers.npy", WEIGHTS / "joints.npy"
"""Sentences that open a thought, sentences that may follow one, and which may follow which."""

Codes = npt.NDArray[np.uint32]
MOST_COUNTED = 5

_PART = re.compile(r"[.!?:;,\n—()«»]")
_LABEL = re.compile(r"^(?:тема|прехедер|при отказе): ")
_WORD = re.compile(r"\{[a-z]+\}|[а-яёa-z-]+")
_SENTENCE = re.compile(r"[^\n]*?[.!?…]+(?=\s|$)|[^\n]+")


def word_pairs(text: str) -> list[str]:
    """Neighbouring words inside one part of a sentence, in lower case; a slot counts as a word."""
    parts = (_WORD.findall(part) for part in _PART.split(text.lower()))
    return [f"{a} {b}" for words in parts for a, b in pairwise(words)]


def word_triples(text: str) -> list[str]:
    """Three words in a row inside a line, also where one sentence leads to the next; a line's own end is a word too.

    Lines do not lean on each other: what a courier says on a refusal may follow any question.
    """
    lines = ([*_WORD.findall(_LABEL.sub("", line)), "/"] for line in text.lower().split("\n"))
    return [f"{a} {b} {c}" for words in lines for a, b, c in zip(words, words[1:], words[2:], strict=False)]


def sentences(text: str) -> list[str]:
    """The words of each sentence in lower case; titles and lines without a full stop count as sentences."""
    return [said for _, said in _placed_sentences(text) if said]


def _placed_sentences(text: str) -> Iterator[tuple[int, str]]:
    for match in _SENTENCE.finditer(text):
        yield match.start(), " ".join(_WORD.findall(_LABEL.sub("", match.group().lower().strip())))


def joint(opening: str, offer: str) -> str:
    """An opening sentence and the one that follows it, as one run of words."""
    return f"{opening} / {offer}"


def sound_start(text: str) -> str:
    """The text up to its first sentence that is unknown or leads where it should not, without trailing white space."""
    places = _strange_places(text)
    return text[: places[0]].rstrip() if places else text


def _strange_places(text: str) -> list[int]:
    """Where sentences begin that the corpus never holds, or openings that lead to another offer than the next one."""
    placed = [(place, said) for place, said in _placed_sentences(text) if said]
    places, said = [place for place, _ in placed], [said for _, said in placed]
    mine = codes(said)
    met = codes(joint(a, b) for a, b in pairwise(said))
    misled = _held(mine[:-1], OPENINGS) & _held(mine[1:], OFFERS) & ~_held(met, JOINTS)
    return sorted([*compress(places, ~_held(mine, SENTENCES)), *compress(places, misled)])


def codes(runs: Iterable[str]) -> Codes:
    """CRC-32 of each run of words."""
    return np.array([zlib.crc32(run.encode()) for run in runs], dtype=np.uint32)


def unknown_pairs(text: str) -> float:
    """Share of the word pairs that the corpus never holds, 0 for a text without pairs. Slots must be unfilled."""
    return _share(codes(word_pairs(text)), PAIRS)


def unknown_triples(text: str) -> float:
    """Share of the word triples that the corpus never holds, 0 for a text without triples. Slots must be unfilled."""
    return _share(codes(word_triples(text)), TRIPLES)


@lru_cache(maxsize=4096)
def strangeness(text: str) -> float:
    """0 where the corpus holds every word triple, sentence and joint, 1 from `MOST_COUNTED` unknown ones on.

    Counted and not shared out: one broken word spoils a mail as much as a text message. Slots must be unfilled.
    """
    unknown = _unknown(codes(word_triples(text)), TRIPLES) + len(_strange_places(text))
    return min(1.0, unknown / MOST_COUNTED)


@cache
def _known(path: Path) -> Codes:
    known: Codes = np.load(path)
    return known


def _held(mine: Codes, path: Path) -> npt.NDArray[np.bool_]:
    known = _known(path)
    places = np.minimum(np.searchsorted(known, mine), len(known) - 1)
    held: npt.NDArray[np.bool_] = known[places] == mine
    return held


def _unknown(mine: Codes, path: Path) -> int:
    return int((~_held(mine, path)).sum())


def _share(mine: Codes, path: Path) -> float:
    return _unknown(mine, path) / len(mine) if len(mine) else 0.0

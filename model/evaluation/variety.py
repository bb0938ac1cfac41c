"""How different texts are from each other, and how much of them was copied from one hand-written text."""

import math
import random
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache

from model.corpus.familiar import hand_written
from model.evaluation.words import words

SENTENCE_END = re.compile(r"(?<=[.!?…:])\s+|\n+")
SEED_WORDS = 3
"""Runs shorter than this are language, not copying."""
ORDERS = 4


def _grams(tokens: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[i : i + order]) for i in range(len(tokens) - order + 1))


def bleu(tokens: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Sentence BLEU of orders 1 to 4 with brevity penalty (Papineni et al., 2002); add-one above order 1."""
    if not tokens or not references:
        return 0.0
    total = 0.0
    for order in range(1, ORDERS + 1):
        own, best = _grams(tokens, order), Counter[tuple[str, ...]]()
        for reference in references:
            best |= _grams(reference, order)
        add = 0 if order == 1 else 1
        precision = (sum((own & best).values()) + add) / max(1, sum(own.values()) + add)
        if precision == 0:
            return 0.0
        total += math.log(precision) / ORDERS
    closest = min((abs(len(r) - len(tokens)), len(r)) for r in references)[1]
    return math.exp(total + min(0.0, 1 - closest / len(tokens)))


def self_bleu(texts: Sequence[str], seed: int, samples: int = 200) -> float:
    """Mean BLEU of a text against all the others of a sample (Zhu et al., 2018): 1 means all alike, lower is better."""
    chosen = random.Random(seed).sample(list(texts), min(samples, len(texts)))
    tokens = [words(text) for text in chosen]
    return statistics.mean(bleu(own, tokens[:i] + tokens[i + 1 :]) for i, own in enumerate(tokens))


@cache
def _places() -> tuple[list[list[str]], dict[tuple[str, ...], list[tuple[int, int]]]]:
    documents = [words(text) for text in hand_written()]
    places: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    for number, document in enumerate(documents):
        for start in range(len(document) - SEED_WORDS + 1):
            places[tuple(document[start : start + SEED_WORDS])].append((number, start))
    return documents, dict(places)


@cache
def _sentences() -> frozenset[tuple[str, ...]]:
    parts = (part for text in hand_written() for part in SENTENCE_END.split(text))
    return frozenset(tuple(words(part)) for part in parts)


def copied_sentences(text: str) -> float:
    """Share of the text's sentences that stand word by word in the hand-written files."""
    parts = [tuple(words(part)) for part in SENTENCE_END.split(text)]
    parts = [part for part in parts if part]
    return sum(part in _sentences() for part in parts) / max(1, len(parts))


def longest_run(text: str) -> float:
    """The longest run of words that the text shares with any one hand-written text, as a share of its words."""
    documents, places = _places()
    own, longest = words(text), 0
    for start in range(len(own) - SEED_WORDS + 1):
        for number, place in places.get(tuple(own[start : start + SEED_WORDS]), ()):
            document, length = documents[number], SEED_WORDS
            while (
                start + length < len(own)
                and place + length < len(document)
                and own[start + length] == document[place + length]
            ):
                length += 1
            longest = max(longest, length)
    return longest / max(1, len(own))

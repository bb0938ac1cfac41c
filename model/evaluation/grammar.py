"""Errors of agreement and government that a dictionary can see: adjective with noun, preposition with case.

A pair of neighbours is an error when no reading of the two words fits together and no author wrote that very pair.
The check is blind to what needs syntax (subject and verb apart from each other), so it is a lower bound.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from model.corpus.familiar import hand_written
from model.evaluation.words import morph
from model.fluency import word_pairs

CASES = {
    "в": {"loct", "loc2", "accs"}, "во": {"loct", "loc2", "accs"}, "на": {"loct", "loc2", "accs"},
    "для": {"gent", "gen2"}, "без": {"gent", "gen2"}, "до": {"gent", "gen2"}, "из": {"gent", "gen2"},
    "от": {"gent", "gen2"}, "у": {"gent"}, "после": {"gent"}, "вместо": {"gent"}, "кроме": {"gent"}, "около": {"gent"},
    "к": {"datv"}, "ко": {"datv"}, "о": {"loct", "accs"}, "об": {"loct", "accs"}, "при": {"loct"},
    "над": {"ablt"}, "перед": {"ablt"}, "между": {"ablt", "gent"}, "через": {"accs"}, "про": {"accs"},
    "с": {"ablt", "gent", "gen2", "accs"}, "со": {"ablt", "gent", "gen2", "accs"}, "за": {"ablt", "accs"},
    "под": {"ablt", "accs"}, "по": {"datv", "accs", "loct"},
}  # fmt: skip
"""Cases that a preposition may govern."""
NOMINAL = {"NOUN", "ADJF", "PRTF"}


@cache
def _authors_pairs() -> frozenset[str]:
    return frozenset(pair for text in hand_written() for pair in word_pairs(text))


@cache
def _readings(word: str) -> tuple[Any, ...]:
    return tuple(parse.tag for parse in morph().parse(word))


def _nominal_only(word: str) -> bool:
    """Whether every reading is a noun, adjective or participle; others («его», «вам») govern by other rules."""
    return all(tag.POS in NOMINAL for tag in _readings(word))


def _fixed(word: str) -> bool:
    return any("Fixd" in tag for tag in _readings(word))


def _agree(adjective: Any, noun: Any) -> bool:
    if adjective.case != noun.case and {adjective.case, noun.case} not in ({"gent", "gen2"}, {"loct", "loc2"}):
        return False
    if adjective.number != noun.number:
        return False
    return adjective.number == "plur" or adjective.gender == noun.gender or noun.gender is None or "ms-f" in noun


def cannot_stand_together(first: str, second: str) -> bool:
    """Whether no reading of two neighbouring words fits."""
    if not morph().word_is_known(second) or _fixed(second):
        return False
    after = _readings(second)
    if first in CASES:
        return _nominal_only(second) and not any(tag.case in CASES[first] for tag in after)
    before = _readings(first)
    if not morph().word_is_known(first) or not all(tag.POS in ("ADJF", "PRTF") for tag in before):
        return False
    if any("Subx" in tag or "Apro" in tag for tag in before) or not all(tag.POS == "NOUN" for tag in after):
        return False  # «новое», «каждый» may stand for themselves
    return not any(_agree(one, other) for one in before for other in after)


@cache
def _judged(pair: str) -> bool:
    first, second = pair.split(" ")
    return cannot_stand_together(first, second) and pair not in _authors_pairs()


def agreement_errors(text: str) -> list[str]:
    """Pairs of neighbouring words that cannot stand together."""
    return [pair for pair in word_pairs(text) if "{" not in pair and _judged(pair)]


def error_share(texts: Sequence[str]) -> tuple[float, list[str]]:
    """Share of texts with such an error, and the pairs."""
    found = [agreement_errors(text) for text in texts]
    return sum(map(bool, found)) / max(1, len(texts)), [pair for pairs in found for pair in pairs]

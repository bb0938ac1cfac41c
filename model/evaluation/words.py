"""Words of a text, and whether they exist: what pymorphy3 does not know and no author wrote is made up."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

import pymorphy3

from model.corpus.familiar import hand_written
from model.slots import SLOTS

_WORD = re.compile(r"[а-яё]+(?:-[а-яё]+)*")
FOREIGN = re.compile(r"[0-9A-Za-z]")


@cache
def morph() -> pymorphy3.MorphAnalyzer:
    """The dictionary, read once."""
    return pymorphy3.MorphAnalyzer()


def bare(text: str) -> str:
    """The text without its slots."""
    for slot in SLOTS:
        text = text.replace(slot, " ")
    return text


def words(text: str) -> list[str]:
    """Russian words of a text in lower case, slots left out."""
    return _WORD.findall(bare(text).lower())


def invents(text: str) -> bool:
    """Whether the text holds a figure or a Latin letter outside its slots, or a brace that belongs to none."""
    plain = bare(text)
    return bool(FOREIGN.search(plain)) or "{" in plain or "}" in plain


@cache
def authors_words() -> frozenset[str]:
    """Every word of the hand-written files."""
    return frozenset(word for text in hand_written() for word in words(text))


def unknown_words(texts: Iterable[str]) -> tuple[float, list[str]]:
    """Share of words that are in no dictionary and no hand-written file, and the commonest of them."""
    counts = Counter(word for text in texts for word in words(text))
    own = authors_words()
    unknown = {w: n for w, n in counts.items() if w not in own and not morph().word_is_known(w)}
    share = sum(unknown.values()) / max(1, sum(counts.values()))
    return share, sorted(unknown, key=lambda word: -unknown[word])


def names_in(texts: Sequence[str]) -> list[str]:
    """Capitalised words inside sentences that are first names, surnames or places: nobody asked for one.

    Words that the hand-written files hold are the authors' own («Россия») and do not count.
    """
    own = authors_words()
    found = []
    for text in texts:
        for word in re.findall(r"(?<=[а-яё,»] )[А-ЯЁ][а-яё]+", bare(text)):
            parse = morph().parse(word)[0]
            if word.lower() not in own and {"Name", "Surn", "Patr", "Geox"} & set(parse.tag.grammemes):
                found.append(word)
    return found

"""The one morphological analyser of the process: its dictionary is large, so it is loaded once and only on need."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

import pymorphy3

LONGEST_KEPT = 64
"""Letters of a word about which anything is remembered: a text of one endless word must not stay in memory."""

T = TypeVar("T")


@lru_cache(maxsize=1)
def analyser() -> pymorphy3.MorphAnalyzer:
    """Shared by the lexicons and the numerals."""
    return pymorphy3.MorphAnalyzer()


def remembered(most: int) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """For functions of a word: the answers for the last `most` words are kept, those for endless ones are not."""

    def decorate(answer: Callable[[str], T]) -> Callable[[str], T]:
        kept = lru_cache(maxsize=most)(answer)

        @wraps(answer)
        def ask(word: str) -> T:
            return kept(word) if len(word) <= LONGEST_KEPT else answer(word)

        return ask

    return decorate

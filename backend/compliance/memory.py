"""What is remembered of words and texts is bounded in number and in length: no endless one stays in memory."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")

LONGEST_WORD = 64
"""Letters of a word about which anything is remembered."""


def remembered(most: int, longest: int) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """For pure functions of a string: keep the answers for the last `most` strings of up to `longest` characters."""

    def decorate(answer: Callable[[str], T]) -> Callable[[str], T]:
        kept = lru_cache(maxsize=most)(answer)

        @wraps(answer)
        def ask(text: str) -> T:
            return kept(text) if len(text) <= longest else answer(text)

        return ask

    return decorate

"""What is remembered of words and texts is bounded in number and in length: no endless one stays in memory."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

LONGEST_WORD = 64
"""Letters of a word about which anything is remembered."""
LONGEST_OFFER = 4000
"""Characters of a text about which anything is remembered: an offer is shorter."""
OFFERS = 4096
"""Texts whose judgement is remembered. Clients about whom little is known get much the same candidates: of a batch's
first 6,000 two thirds were said before."""


def remembered(
    most: int, longest: int
) -> Callable[[Callable[Concatenate[str, P], T]], Callable[Concatenate[str, P], T]]:
    """For pure functions of a string: keep the last `most` answers for strings of up to `longest` characters.

    What else the function takes must be hashable.
    """

    def decorate(answer: Callable[Concatenate[str, P], T]) -> Callable[Concatenate[str, P], T]:
        kept = cast("Callable[Concatenate[str, P], T]", lru_cache(maxsize=most)(answer))

        @wraps(answer)
        def ask(text: str, /, *rest: P.args, **named: P.kwargs) -> T:
            return (kept if len(text) <= longest else answer)(text, *rest, **named)

        return ask

    return decorate

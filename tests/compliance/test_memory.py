"""What the guard remembers of words is bounded in bytes too, whatever is sent to be judged."""

import tracemalloc

from backend.compliance.context import Context
from backend.compliance.guard import MOST_JUDGED
from backend.compliance.normalise import normalise
from backend.compliance.numbers import find_numbers

TEXTS = 200


def judged(number: int, bank) -> None:
    """A text that is one endless word, another one each time."""
    sign = chr(ord("а") + number % 32) + chr(ord("а") + number // 32)
    text = (sign * MOST_JUDGED)[: MOST_JUDGED - 100]
    context = Context(normalise(text), group="deposit", channel="SMS", bank=bank, card=None)
    assert context.numbers == ()
    find_numbers(text)


def test_endless_words_are_not_kept(bank) -> None:
    judged(0, bank)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(1, TEXTS):
        judged(number, bank)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < TEXTS * 1000

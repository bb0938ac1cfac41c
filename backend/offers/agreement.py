"""Agreement between reviewers on texts that two of them judged: share of equal labels and Cohen's kappa.

Pure: labels in, numbers out.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SECOND_THOUGHT = timedelta(minutes=10)
"""How long after the first word a reviewer may correct a slip; what is said later knows what others said."""


@dataclass(frozen=True)
class Word:
    """One row of the history of labels; `label` is None where it was taken back."""

    id: uuid.UUID
    offer_id: uuid.UUID
    author: str
    label: str | None
    at: datetime


@dataclass(frozen=True)
class Pair:
    """What the first two reviewers of a text said, each on their own; `decided` when somebody spoke after them."""

    first: Word
    second: Word
    decided: bool

    @property
    def same(self) -> bool:
        return self.first.label == self.second.label


@dataclass(frozen=True)
class Agreement:
    """`share` is None without pairs, `kappa` also where chance alone would make everything agree."""

    pairs: int
    same: int
    share: float | None
    kappa: float | None


def paired(words: Iterable[Word]) -> list[Pair]:
    """The pairs among the words, which come in the order in which they were said."""
    by_offer: dict[uuid.UUID, list[Word]] = {}
    for word in words:
        by_offer.setdefault(word.offer_id, []).append(word)
    found = (_pair(said) for said in by_offer.values())
    return [pair for pair in found if pair]


def measure(pairs: Sequence[Pair]) -> Agreement:
    """Cohen (1960): kappa = (p_o − p_e) / (1 − p_e), p_e from the shares of each label among first and second words."""
    total, same = len(pairs), sum(pair.same for pair in pairs)
    if not total:
        return Agreement(0, 0, None, None)
    first, second = Counter(pair.first.label for pair in pairs), Counter(pair.second.label for pair in pairs)
    by_chance = sum(first[label] * second[label] for label in first) / total**2
    kappa = None if by_chance == 1 else (same / total - by_chance) / (1 - by_chance)
    return Agreement(total, same, same / total, kappa)


def _pair(said: Sequence[Word]) -> Pair | None:
    authors = dict.fromkeys(word.author for word in said)
    own = [_own_word([word for word in said if word.author == author]) for author in authors]
    given = sorted((word for word in own if word), key=lambda word: word.id)
    if len(given) < 2:
        return None
    last = said[-1]
    decided = last.label is not None and last.id > given[1].id
    return Pair(given[0], given[1], decided)


def _own_word(said: Sequence[Word]) -> Word | None:
    """What one reviewer said by themselves: the first word, or what replaced it soon after; taking back starts anew."""
    own: Word | None = None
    for word in said:
        if word.label is None:
            own = None
        elif own is None or word.at - own.at <= SECOND_THOUGHT:
            own = word
    return own

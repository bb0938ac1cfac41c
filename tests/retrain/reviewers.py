"""Simulated reviewers: each judges texts by a hidden rule over tone, wording, facts and length, and errs now and then.

Nothing of a rule reaches the system but its labels. A rule adds up what its reviewer likes and dislikes about a text
and compares the sum with a bar, which `tuned` sets so that the texts of the model in use succeed as often as asked for.
"""

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from model.brief import FACTS, expresses

NOISE = 0.1
"""Share of labels that come out as the opposite of what the rule says."""


@dataclass(frozen=True)
class Read:
    """What a reviewer has before him: the whole text and what it was written for."""

    text: str
    product: str
    channel: str
    tone: str
    facts: tuple[str, ...]


Taste = Callable[[Read], float]


@dataclass(frozen=True)
class Reviewer:
    """A rule by name: `taste` rates a text, at least `bar` makes it a success."""

    name: str
    taste: Taste
    bar: float = 0.0

    def approves(self, read: Read) -> bool:
        """What the rule says, without noise."""
        return self.taste(read) >= self.bar

    def label(self, read: Read, rng: random.Random) -> str:
        """What the reviewer says."""
        right = self.approves(read)
        return "success" if right != (rng.random() < NOISE) else "failure"


def tuned(reviewer: Reviewer, reads: Iterable[Read], share: float) -> Reviewer:
    """The reviewer with the bar at which about `share` of these texts succeed."""
    ratings = sorted((reviewer.taste(read) for read in reads), reverse=True)
    return replace(reviewer, bar=ratings[min(len(ratings) - 1, int(share * len(ratings)))])


def _says(*stems: str) -> Callable[[str], bool]:
    pattern = re.compile("|".join(rf"\b{stem}" for stem in stems), re.IGNORECASE)
    return lambda text: bool(pattern.search(text))


def _words(text: str) -> int:
    return len(re.findall(r"[а-яёА-ЯЁ]+", text))


def _shows_fact(read: Read) -> bool:
    return any(FACTS[fact].shown and expresses(read.text, fact, read.product) for fact in read.facts)


_LENGTHS: Mapping[str, int] = {
    "SMS": 22, "PUSH": 18, "EMAIL": 75, "TMO": 55, "KND": 50, "MOB_BANNER": 13, "OFFICE_BANNER": 22, "MOBILE_CHAT": 24
}  # fmt: skip
"""About the usual number of words on each channel."""


def _longer(read: Read) -> float:
    """How much longer than usual on its channel, as a share of the usual length."""
    usual = _LENGTHS[read.channel]
    return (_words(read.text) - usual) / usual


_INVITES = _says("узна", "выбер", "оформ", "посмотр", "оцен", "откро", "сравн")
_ASKS = re.compile(r"\?")
_CARES = _says("спокой", "уверен", "надёжн", "надежн", "бережн", "забот", "защит")
_EASE = _says("прост", "легк", "легко", "удоб", "без лишн", "быстр", "сразу", "минут")
_STIFF = _says("предостав", "осуществ", "вправе", "рассмотр", "сообща", "доступн", "обслужив", "предусмотр")
_PLANS = _says("план", "буду", "мечт", "цел", "задум", "вперёд", "вперед")
_MONEY = _says("деньг", "сумм", "доход", "расход", "бюджет", "плат[её]ж")


def _plain(read: Read) -> float:
    """Likes short and easy words that speak to the client; no questions, no officialese."""
    rating = -1.2 * _longer(read) + 1.0 * _EASE(read.text) - 1.1 * _STIFF(read.text)
    return rating - 0.8 * bool(_ASKS.search(read.text)) + 0.7 * _shows_fact(read)


def _caring(read: Read) -> float:
    """Likes calm and care in full sentences, dislikes being pushed and talk of money."""
    rating = 1.2 * _CARES(read.text) + 0.8 * _longer(read) - 0.9 * _MONEY(read.text)
    return rating - 0.7 * ("!" in read.text) + 0.5 * (read.tone == "formal") + 0.6 * _shows_fact(read)


def _brisk(read: Read) -> float:
    """Likes an invitation to act and a friendly manner; dislikes dashes and long sentences."""
    rating = (
        1.2 * _INVITES(read.text) + 0.7 * (read.tone == "friendly") - 0.9 * (" — " in read.text or ":" in read.text)
    )
    return rating - 0.8 * _longest_sentence(read.text) + 0.5 * _PLANS(read.text)


def _strict(read: Read) -> float:
    """All of three things at once: something of the client, no question, and no more than the usual length."""
    rules = (_shows_fact(read), not _ASKS.search(read.text), _longer(read) < 0.25, not _PLANS(read.text))
    return float(sum(rules)) + 0.01 * _CARES(read.text) - 0.02 * _longer(read)


def _longest_sentence(text: str) -> float:
    """Words of the longest sentence, a dozen being 1."""
    return max(map(_words, re.split(r"[.!?\n]", text))) / 12


REVIEWERS: Sequence[Reviewer] = (
    Reviewer("plain", _plain),
    Reviewer("caring", _caring),
    Reviewer("brisk", _brisk),
    Reviewer("strict", _strict),
)

"""What a reviewer wants of another try, in words: read as a tone and a length, which the shipped model understands.

A model that reads Russian gets the words themselves as well.
"""

import re
from dataclasses import dataclass

_TONES = {
    "friendly": re.compile(
        r"тепл|дружелюб|душевн|жив[оеы]|весел|прощ|по-человеч|неформальн|неофициальн|мягч", re.IGNORECASE
    ),
    "formal": re.compile(r"официальн|строже|строг|сдержан|формальн|серь[её]зн|делов[ео]й|уважительн", re.IGNORECASE),
    "neutral": re.compile(r"нейтральн|спокойн|без эмоци|сух", re.IGNORECASE),
}
_OPPOSITE = {"formal": "friendly", "friendly": "neutral"}
"""Of a tone that is not wanted, or less of it."""
_SHORTER = re.compile(r"короч|кратк|сократ|лаконич|меньше слов", re.IGNORECASE)
_TOO_LONG = re.compile(r"длинн|многословн|затянут", re.IGNORECASE)
_LONGER = re.compile(r"подробн|длинне|больше слов|разв[её]рнут|полне", re.IGNORECASE)
_NOT = re.compile(
    r"\b(?:не|без|менее|меньше|слишком|чересчур)\s+(?:(?:так|столь|слишком|очень|надо|нужно)\s+)*$", re.IGNORECASE
)
MOST_LENGTH = 500


@dataclass(frozen=True)
class Wish:
    """`tone` is None where the words name none; `length` is -1 for shorter, 1 for longer, 0 for no wish."""

    tone: str | None = None
    length: int = 0

    @property
    def understood(self) -> bool:
        return self.tone is not None or self.length != 0


def read_wish(comment: str) -> Wish:
    """The wish in a reviewer's comment."""
    found = ((name, _said(words, comment)) for name, words in _TONES.items())
    tones = (name if said > 0 else _OPPOSITE.get(name) for name, said in found if said)
    length = _said(_LONGER, comment) or -_said(_SHORTER, comment) or -abs(_said(_TOO_LONG, comment))
    return Wish(next((tone for tone in tones if tone), None), length)


def _said(words: re.Pattern[str], comment: str) -> int:
    """1 where one of the words is said, -1 where the first one is said not to be wanted, 0 without any."""
    match = words.search(comment)
    return 0 if match is None else -1 if _NOT.search(comment[: match.start()]) else 1

"""What a reviewer wants of another try, in words: read as a tone and a length, which the shipped model understands.

A model that reads Russian gets the words themselves as well.
"""

import re
from dataclasses import dataclass

_TONES = {
    "friendly": re.compile(r"тепл|дружелюб|душевн|жив[ееы]|весел|прощ|по-человеч|неформальн|мягч", re.IGNORECASE),
    "formal": re.compile(r"официальн|строже|строг|сдержан|формальн|серь[её]зн|делов[ео]й|уважительн", re.IGNORECASE),
    "neutral": re.compile(r"нейтральн|спокойн|без эмоци|сух", re.IGNORECASE),
}
_SHORTER = re.compile(r"короч|кратк|сократ|длинн|лаконич|меньше слов", re.IGNORECASE)
_LONGER = re.compile(r"подробн|длинне|больше слов|разв[её]рнут|полне", re.IGNORECASE)
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
    tone = next((name for name, words in _TONES.items() if words.search(comment)), None)
    if _LONGER.search(comment):
        return Wish(tone, 1)
    return Wish(tone, -1 if _SHORTER.search(comment) else 0)

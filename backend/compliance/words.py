"""Words and phrases that a lawyer has added to a rule: each is found in every form of its words."""

import re
from collections.abc import Iterator
from functools import lru_cache

from backend.compliance.context import Context, Hit
from backend.compliance.morphology import analyser
from backend.compliance.normalise import plain_text

MOST = 200
LONGEST = 80
_WORD = re.compile(r"[а-яёa-z]+(?:-[а-яёa-z]+)*", re.IGNORECASE)
_PHRASE = re.compile(rf"{_WORD.pattern}(?: {_WORD.pattern})*", re.IGNORECASE)


def cleaned(phrase: str) -> str:
    """The phrase as it is kept: in the normal form of the texts it is sought in, or a look-alike letter would hide it.

    Raises ValueError for anything but words.
    """
    single = " ".join(phrase.split()).lower()
    if not _PHRASE.fullmatch(single) or not 2 <= len(single) <= LONGEST:
        raise ValueError(f"«{phrase[:LONGEST]}» — не слово и не фраза из слов, от 2 до {LONGEST} знаков")
    return plain_text(single)


def hits(phrases: tuple[str, ...], context: Context) -> Iterator[Hit]:
    """Every place of the text where one of the phrases stands, in whatever form."""
    for match in _pattern(phrases).finditer(context.plain):
        yield Hit(match.start(), match.end())


@lru_cache(maxsize=256)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    ways = (r"[\s-]+".join(_forms(word) for word in phrase.split()) for phrase in phrases)
    return re.compile(rf"\b(?:{'|'.join(ways)})\b")


def _forms(word: str) -> str:
    """Every form of a word, whichever of its readings is meant; the normalised text has no ё."""
    readings = analyser().parse(word)
    known = {form.word for reading in readings if reading.is_known for form in reading.lexeme}
    folded = sorted({form.replace("ё", "е") for form in known | {word}}, key=lambda form: (-len(form), form))
    return f"(?:{'|'.join(map(re.escape, folded))})"

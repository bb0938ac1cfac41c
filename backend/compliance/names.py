"""Names of legal persons in a normalised text, whatever their case ending, quotes or capitals."""

import re
from collections.abc import Sequence
from functools import lru_cache

from backend.compliance.card import Bank
from backend.compliance.normalise import plain_text

_GAP = '[ "]+'
_ENDING = r"(?:а|у|ом|е)?"
_LETTERS = re.compile(r"[^\W\d_]{2}")
_NOTHING = r"(?!)"
_LEGAL_FORM = r"(?:пао|оао|зао|нао|ао|ооо|нко|ук|ип)"
LEGAL_NAME = re.compile(rf"(?<!\w){_LEGAL_FORM} ?\"(?:{_LEGAL_FORM} )?([^\"\n]{{1,60}})\"")


@lru_cache(maxsize=256)
def pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all spellings of a name; the words of a name may be declined."""
    spellings = (_spelling(name) for name in sorted(names, key=len, reverse=True))
    return re.compile("|".join(filter(None, spellings)) or _NOTHING)


def _spelling(name: str) -> str:
    if not is_name(name):
        return ""
    words = [re.escape(word) for word in re.findall(r"[\w-]+", plain_text(name))]
    return rf"(?<!\w){_GAP.join(words)}{_ENDING}(?!\w)"


def is_name(name: str) -> bool:
    """Are there two letters together? A pair of quotes or a single letter would be found in every text."""
    return bool(_LETTERS.search(name))


def mentions(plain: str, names: Sequence[str]) -> bool:
    """Is one of the names in the normalised text?"""
    return bool(pattern(tuple(names)).search(plain))


def bank_names(plain: str, bank: Bank) -> list[re.Match[str]]:
    """Where a normalised text names the bank; what begins the name of its application does not."""
    app = pattern((bank.app,))
    return [name for name in pattern(bank.names).finditer(plain) if not app.match(plain, name.start())]

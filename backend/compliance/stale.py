"""What of a card no longer holds: details of the bank as it was once, and an offer whose last day is past.

A card is written by hand and repeats the bank's names, links, phone and address, so a change of the profile leaves the
former ones behind. Both are read from the words of the card alone; what cannot be read is not judged.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from functools import lru_cache

from backend.compliance.card import Bank
from backend.compliance.detectors.contact import leads_to_bank
from backend.compliance.detectors.grounding import dates
from backend.compliance.mask import Mask, masked
from backend.compliance.normalise import normalise, plain_text

_STREET = re.compile(r"(?:ул\.|улиц|просп|пр-т|пер\.|переул|площад|пл\.|набережн|наб\.|шоссе|бульвар|б-р|проезд)")
_DIGITS = re.compile(r"\d")
_LEAST_PHONE, _OWN_DIGITS = 7, 10
"""A shorter number is an inner one; the digits before the last ten are the country's and may be left out."""
_UNTIL = re.compile(r"\b(?:до|по) $")


@lru_cache(maxsize=2048)
def strangers(phrase: str, bank: Bank) -> tuple[str, ...]:
    """Legal names, links, phones and streets of a phrase, as written there, that the bank's profile does not know."""
    normal = normalise(phrase)
    found = (
        mask for mask in _masks(normal.plain) if not _is_known(mask.kind, normal.plain[mask.start : mask.end], bank)
    )
    return tuple(phrase[slice(*normal.span(mask.start, mask.end))].rstrip(".,;)") for mask in found)


def _masks(plain: str) -> tuple[Mask, ...]:
    return masked(plain, has_digits=True)[1]


def _is_known(kind: str, words: str, bank: Bank) -> bool:
    if kind == "link":
        return leads_to_bank(bank, words)
    if kind == "phone":
        digits = _own_digits(words)
        return len(digits) < _LEAST_PHONE or digits == _own_digits(bank.phone)
    if kind == "name" or (kind == "address" and _STREET.match(words)):
        own = (bank.legal_name, *bank.names, bank.insurer, bank.asset_manager, bank.app, bank.address)
        return words in plain_text("\n".join(own))
    return True


def _own_digits(phone: str) -> str:
    return "".join(_DIGITS.findall(phone))[-_OWN_DIGITS:]


@lru_cache(maxsize=512)
def last_day(phrase: str) -> date | None:
    """The day up to which an offer holds, that day included; None where the phrase names none in full."""
    return max(_ends(plain_text(phrase)), default=None)


def _ends(plain: str) -> Iterator[date]:
    """Days after «до» or «по», also those that end a range; a beginning is no end."""
    for mask in _masks(plain):
        said = dates(plain[mask.start : mask.end]) if mask.kind == "date" else []
        if said and (len(said) > 1 or _UNTIL.search(plain[: mask.start])):
            day, month, year = said[-1]
            if day and month and year:
                with suppress(ValueError):  # 31 June
                    yield date(year, month, day)

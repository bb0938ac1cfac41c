"""Small questions about wording that several detectors ask."""

import re

from backend.compliance.numbers import Number

_NEGATION = re.compile(
    r"(?:\bне|\bни|\bбез|\bнет|\bнельзя|\bникто не)\s(?:(?:явля|дела|может|могут|да[её]|буд)\w*\s)?(?:\w{1,12}\s)?$"
)
_HARMLESS_FREE = re.compile(
    r"звон|консультац|лини[яию]|расч[её]т|номер|обучени|урок|заявк|курс[аеуы]?\b|вебинар|справочн|телефон"
    r"|парков|поддержк|помощ"
)


def negated(plain: str, start: int) -> bool:
    """Does a negation stand right before the word (one word may come between)?"""
    return bool(_NEGATION.search(plain[max(0, start - 30) : start]))


def is_single(number: Number) -> bool:
    """«Один день», «в одном месяце»: a manner of speaking, not a term."""
    return number.worded and (number.kind, number.value) in {("days", 1.0), ("months", 1.0), ("days", 7.0)}


def is_harmless_free(around: str) -> bool:
    """«Звонок бесплатный», «бесплатная консультация»: free of charge, but no condition of the product."""
    return bool(_HARMLESS_FREE.search(around))

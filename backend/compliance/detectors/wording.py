"""Small questions about wording that several detectors ask."""

import re

from backend.compliance.numbers import Number

_NEGATION = re.compile(
    r"(?:\bне|\bни|\bбез|\bнет|\bнельзя|\bникто не)\s(?:(?:явля|дела|может|могут|да[её]|буд)\w*\s)?(?:\w{1,12}\s)?$"
)
_DENIED_AFTER = re.compile(
    r"[^.!?\n,;:]{0,30}?\bне (?:\w+ )?(?:мо[жг]\w*|вправе|гарантир\w*|обеща\w*|быва\w*|повтор\w*|провод\w*|берем\w*)\b"
    r"|[^.!?\n,;:]{0,20}?\bнельзя\b"
)
_NO_KIND_OF = re.compile(r"\b(?:никак\w+|ни) (?:\w+ (?:и|или|ни) )?$")
_HARMLESS_FREE = re.compile(
    r"звон|консультац|лини[яию]|расч[её]т|номер|обучени|урок|заявк|курс[аеуы]?\b|вебинар|справочн|телефон"
    r"|парков|поддержк|помощ"
)


def negated(plain: str, start: int) -> bool:
    """Does a negation stand right before the word (one word may come between)?"""
    return bool(_NEGATION.search(plain[max(0, start - 30) : start]))


def denied(plain: str, start: int, end: int) -> bool:
    """Is what stands here denied, before («никаких лотерей») or after («гарантировать доход мы не можем»)?"""
    before = plain[max(0, start - 30) : start]
    return negated(plain, start) or bool(_NO_KIND_OF.search(before) or _DENIED_AFTER.match(plain, end))


def is_single(number: Number) -> bool:
    """«Один день», «в одном месяце»: a manner of speaking, not a term."""
    return number.worded and (number.kind, number.value) in {("days", 1.0), ("months", 1.0), ("days", 7.0)}


def is_harmless_free(around: str) -> bool:
    """«Звонок бесплатный», «бесплатная консультация»: free of charge, but no condition of the product."""
    return bool(_HARMLESS_FREE.search(around))

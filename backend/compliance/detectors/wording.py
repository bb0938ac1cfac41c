"""Small questions about wording that several detectors ask."""

import re

from backend.compliance.numbers import Number

_NEGATION = re.compile(
    r"(?:\bне|\bни|\bбез|\bнет|\bнельзя|\bникто не)\s(?:(?:явля|дела|может|могут|да[её]|буд|быва)\w*\s)?"
    r"(?:\w{1,12}\s)?$"
)
_DENIED_AFTER = re.compile(
    r"[^.!?\n,;:]{0,30}?\bне (?:\w+ )?(?:мо[жг]\w*|вправе|гарантир\w*|обеща\w*|быва\w*|существу\w*|повтор\w*|провод\w*"
    r"|берем\w*)\b|[^.!?\n,;:]{0,20}?\bнельзя\b"
)
_NO_KIND_OF = re.compile(r"\b(?:никак\w+|ни) (?:\w+ (?:и|или|ни) )?$")

_ENDING = r"(?:ый|ий|ой|ая|яя|ое|ее|ые|ую|юю|ого|его|ых|их|ым|им|ому)"
_HARMLESS = (
    r"\b(?:(?:по)?звон\w*|(?:про)?консульт\w+|лини[яиюей]+|расчет(?:а|ы|ов|е)?|номер|телефон|обучени\w+|урок\w*"
    r"|заявк\w+|курс(?:а|е|у|ы|ов)?|вебинар\w*|справочн\w+|парков\w+|поддержк\w+|помощ\w+)\b"
)
_FREE_SERVICE = re.compile(rf"бесплатн\w+ (?:[а-я]+{_ENDING} )?{_HARMLESS}")
_FREE_THING = re.compile(rf"бесплатн{_ENDING} (?!(?:по|из|с|со|для|на|в|от|до|при|если|и|круглосуточно)\b)[а-я]{{3,}}")
# Up to three words, but no second subject, stand between: «звонок по России бесплатный».
_SERVICE_BEFORE = re.compile(rf"(?<!по ){_HARMLESS}(?:[ \x1f()\"-]+(?!и\b)\w+){{0,3}}[ \x1f()\"-]*$")
_SERVICE_REACH = 60


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


def is_harmless_free(masked: str, start: int) -> bool:
    """«Звонок бесплатный», «бесплатная консультация»: free of charge, but no condition of the product."""
    if not masked.startswith("бесплатн", start):
        return False
    if _FREE_SERVICE.match(masked, start):
        return True
    before = masked[max(0, start - _SERVICE_REACH) : start]
    return not _FREE_THING.match(masked, start) and bool(_SERVICE_BEFORE.search(before))

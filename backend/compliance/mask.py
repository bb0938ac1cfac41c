"""What carries figures but is no condition: times, dates, phones, addresses, links, ages, legal names.

`masked()` blanks these spans (keeping every offset) and tells what they were, so that the triggers see only what
may be an offer and the grounding can still compare dates, phones, links and names with the card.

Most patterns are anchored on their first digit, so that the search skips plain words quickly.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from backend.compliance.names import LEGAL_NAME

_MONTH = "(?:январ|феврал|март|апрел|ма[йяею]|июн|июл|август|сентябр|октябр|ноябр|декабр)[а-я]{0,3}"
_YEAR_END = r"(?:\s?(?:года?у?\b|г\b\.?))"
_NOT_MONEY = r"(?!\d)(?![.,]\d)(?!\s?(?:%|₽|руб|тыс|млн|процент|мес|лет|год|дн|день|к\b|р\b))"
_PART_OF_DAY = r"\s?(?:час\w{0,3}|ч\b|утра|дня|вечера|ночи)(?!\w)"
_HOURS_TO = r"(?:\s?(?:-|до)\s?\d{1,2}(?!\d))"
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"]{1,300}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"
    r"|(?<![\w.@-])(?:[\w-]{1,63}\.){1,5}(?:example|[a-z]{2,12}|рф)(?![\w-])(?:/[^\s<>\"]{0,300})?"
)
_WHOLLY = (
    r"(?:онлайн|дистанц|удален|цифров|безопасн|электронн|бумаг|заяв|клиент|одобр|гарант|уверен|сохран|защит|надежн"
    r"|довольн|случаев)"
)
# After the first character (a digit, + or №); a lookbehind of two characters sees what stood before it.
_AFTER_FIRST: tuple[tuple[str, str], ...] = (
    ("date", r"(?<![\d.].)\d{3}-\d{2}-\d{2}(?!\d)"),
    ("date", rf"(?<![\d.,].)\d?\.\d{{1,2}}\.(?:\d{{4}}|\d{{2}})(?![\d%]){_YEAR_END}?"),
    ("date", rf"(?<!\d.)\d?(?:\s?(?:по|до|-)\s?\d{{1,2}})?(?:-?(?:го|е))?\s{_MONTH}(?:\s(?:19|20)\d\d{_YEAR_END}?)?"),
    ("date", rf"(?<![\d.,].)(?:(?<=1)9|(?<=2)0)\d\d(?:-го)?{_YEAR_END}"),
    ("phone", r"(?<![\d*].)(?:(?<=\+)\s?7|(?<=[78]))[\s(-]{0,2}\d{3}[\s)-]{0,2}\d{3}[\s-]?\d{2}[\s-]?\d{2}(?!\d)"),
    ("time", r"(?<!\d.)(?<=2)4 ?[/x*] ?7(?!\d)"),
    (
        "time",
        (
            r"(?<!\d.)\d?[:.][0-5]\d(?![\d%.])(?!\s?(?:%|процент|годов|₽|руб|тыс|млн|п\.))(?:\s?(?:-"
            r"|до)\s?\d{1,2}[:.][0-5]\d(?!\d))?"
        ),
    ),
    (
        "time",
        (
            rf"(?:(?<=\bс .)|(?<=\bв .)|(?<=\bк .)|(?<=\bдо .)|(?<=\bот .)"
            rf"|(?<=\bпосле .))\d?{_HOURS_TO}?{_PART_OF_DAY}"
        ),
    ),
    ("time", rf"(?<=\bс .)\d?\sдо\s\d{{1,2}}{_NOT_MONEY}(?=$|[.,;!?)\n]|\s(?:без|по|в|еже|кажд|час))"),
    ("time", rf"(?<!\d.)\d?-\d{{1,2}}{_PART_OF_DAY}"),
    ("address", r"(?<=№)\s?\d{1,7}" + _NOT_MONEY),
    ("address", r"(?<!\d.)\d{0,2}(?:-(?:й|м|ом|ем|ый|ой))?\sэтаж\w{0,3}|(?<!\d.)\d{5}(?=,\s?(?:г\.|москв|россия))"),
    ("age", r"(?<!\d.)\d?\+(?!\d)"),
    (
        "period",
        (
            r"(?<!\d.)\d{0,2}(?:\s?(?:-|до)\s?\d{1,3})?\s(?:(?:рабоч|банковск)\w{1,3}\s)?(?:лет|год\w{0,2}"
            r"|дн\w{1,3}|день|дня|недел\w{1,2}|месяц\w{0,2}|час\w{0,2})\b"
        ),
    ),
    ("share", rf"(?<=на .)00 ?%|(?<=1)00 ?%(?=\s?-?\s?{_WHOLLY})"),
    ("form", r"(?<!\d.)[- ]?ндфл\b"),
)
_FROM_DIGIT = re.compile(
    "[0-9+№](?:" + "|".join(f"(?P<{kind}_{i}>{pattern})" for i, (kind, pattern) in enumerate(_AFTER_FIRST)) + ")"
)
_FROM_WORD = re.compile(
    (
        r"(?<!\w)(?:ул\.|улиц\w{1,3}|просп\.|проспект\w{0,3}|пр-т|пр\.|пер\.|переул\w{1,4}|площад\w{1,3}|пл\."
        r"|набережн\w{1,3}|наб\.|шоссе|бульвар\w{0,3}|б-р|проезд\w{0,3}"
        r"|микрорайон\w{0,3})[^.!?\n%₽\d]{0,40}\d{1,4}[а-я]?"
    )
    + _NOT_MONEY
    + (
        r"|(?<!\w)(?:дом\w{0,2}|д\.|корп(?:ус\w{0,2}|\.)|строени\w{1,2}|стр\.|кв\.|квартир\w{1,3}|офис\w{0,3}"
        r"|отделени\w{1,3}|филиал\w{0,3}|этаж\w{0,3}|подъезд\w{0,3}|окн\w{1,2})\s?(?:№\s?"
        r"|номер\s)?\d{1,5}(?:/\d{1,4})?[а-я]?"
    )
    + _NOT_MONEY
    + (
        r"|(?P<phone>(?:номер\w{0,3}|телефон\w{0,3}|звоните|позвоните|наберите|тел\.?)(?:\s(?:на|по"
        r"|номер\w{0,3}|телефон\w{0,3}|банка|короткий)){0,4}:?\s\*?\d{3,6}"
    )
    + _NOT_MONEY
    + ")"
)
_MONTH_OF_YEAR = re.compile(rf"(?<!\w){_MONTH}\s(?:19|20)\d\d{_YEAR_END}?")
_WORDED = re.compile(
    r"(?<!\w)раз в\sпол[а-я]{2,8}|кажд\w{1,3}\s(?:\w{2,9}\s)?пол[а-я]{2,8}|(?:полгода|полчаса) назад"
    rf"|на сто процентов|сто процентов(?= {_WHOLLY})|стопроцентн\w+\b(?! (?:к[еэ]шб|возврат|скидк|бонус|ставк|доход))"
    r"|за последн\w{1,2}\s(?:\w{2,9}\s)?[а-я]{3,9}|через\s(?:пол|год|месяц)\w{0,6}"
)
_WORDED_HINTS = ("пол", "последн", "сто проц", "стопроц", "через")
_MIN_AGE, _MAX_AGE = 14, 100
_MIN_AGE_OF_CHILD = 6
_OF_CHILDREN = re.compile(r"\b(?:детск|ребен|подрост|школьн|юниор)")
_AGE_BEFORE = re.compile(
    r"(?<!\w)(?:(?:от|с|старше|младше|моложе|достиг\w{0,4}|исполнил\w{0,3}|возраст\w{0,3}(?: (?:от|до|с))?)"
    r"|(?:молод\w{0,4}|возраст\w{0,3}|ребен\w{0,3}|дет\w{1,3}|клиент\w{0,3}|люд\w{1,3})(?: \w{1,12}){0,2} (?:до|в)) $"
)
_EXPERIENCE_AFTER = re.compile(r"\s(?:на рынке|рядом|вместе|с вами|опыт|работ|истори|назад|мы )|\sв неделю")
_EXPERIENCE_BEFORE = re.compile(r"(?:\bнам|банку|\bуже|опыт\w{0,2}(?: работы)?)(?: (?:более|больше|свыше))? $")
_RHYTHM_BEFORE = re.compile(r"(?:\bраз в|\bкажд\w{1,3}|за последн\w{1,2}) $")


@dataclass(frozen=True, slots=True)
class Mask:
    """A masked span of the normalised text. Kinds: link, name, date, phone, time, address, age, and others."""

    kind: str
    start: int
    end: int


def masked(plain: str, *, has_digits: bool, has_places: bool = True) -> tuple[str, tuple[Mask, ...]]:
    """The text with all masks blanked, and the masks. `has_places`: words of addresses and phones may be there."""
    masks: list[Mask] = []
    if "." in plain or "@" in plain:
        plain = _blank(plain, (Mask("link", m.start(), m.end()) for m in _LINK.finditer(plain)), masks)
    if '"' in plain:
        plain = _blank(plain, (Mask("name", m.start(), m.end()) for m in LEGAL_NAME.finditer(plain)), masks)
    if has_digits:
        plain = _blank(plain, _dates_of_months(plain), masks)
        plain = _blank(plain, _from_digits(plain), masks)
        if has_places:
            plain = _blank(plain, _from_words(plain), masks)
    if any(hint in plain for hint in _WORDED_HINTS):
        plain = _blank(plain, (Mask("rhythm", m.start(), m.end()) for m in _WORDED.finditer(plain)), masks)
    return plain, tuple(masks)


def _dates_of_months(plain: str) -> Iterable[Mask]:
    """«декабрь 2026 года»; a day before the month belongs to another pattern."""
    for match in _MONTH_OF_YEAR.finditer(plain):
        if not plain[max(0, match.start() - 2) : match.start()].strip().isdigit():
            yield Mask("date", match.start(), match.end())


def _from_words(plain: str) -> Iterable[Mask]:
    for match in _FROM_WORD.finditer(plain):
        yield Mask(match.lastgroup or "address", match.start(), match.end())


def _from_digits(plain: str) -> Iterable[Mask]:
    for match in _FROM_DIGIT.finditer(plain):
        assert match.lastgroup is not None
        kind: str | None = match.lastgroup.split("_")[0]
        if kind == "period":
            kind = _kind_of_period(plain, match)
        elif kind == "share" and _is_income(plain, match):
            kind = None
        if kind is not None:
            yield Mask(kind, match.start(), match.end())


def _kind_of_period(plain: str, match: re.Match[str]) -> str | None:
    """An age, the bank's years, a rhythm or the days of a service; None for a term of an offer."""
    before = plain[max(0, match.start() - 45) : match.start()]
    if " рабоч" in match.group() or " банковск" in match.group() or _RHYTHM_BEFORE.search(before):
        return "rhythm"
    if _EXPERIENCE_AFTER.match(plain, match.end()):
        return "experience"
    if match.group().endswith(("лет", "года", "год")):
        if _EXPERIENCE_BEFORE.search(before):
            return "experience"
        first = int(re.match(r"\d+", match.group()).group())  # type: ignore[union-attr]
        least = _MIN_AGE_OF_CHILD if _OF_CHILDREN.search(plain) else _MIN_AGE
        if _AGE_BEFORE.search(before) and least <= first <= _MAX_AGE:
            return "age"
    return None


def _is_income(plain: str, match: re.Match[str]) -> bool:
    return (
        plain[max(0, match.start() - 14) : match.start()].rstrip().endswith(("доход на", "ставка на", "доходность на"))
    )


def _blank(plain: str, found: Iterable[Mask], masks: list[Mask]) -> str:
    parts: list[str] = []
    done = 0
    for mask in found:
        masks.append(mask)
        parts += (plain[done : mask.start], "\x1f" * (mask.end - mask.start))
        done = mask.end
    return "".join([*parts, plain[done:]]) if parts else plain

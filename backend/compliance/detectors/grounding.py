"""Every figure, date, link and name of a text must come from the product's card or the bank's profile."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from backend.compliance.card import Bank, Card
from backend.compliance.context import Context, Hit
from backend.compliance.detectors.contact import is_official
from backend.compliance.mask import masked
from backend.compliance.normalise import plain_text
from backend.compliance.numbers import Number, find_numbers
from backend.compliance.registry import detects
from backend.compliance.rules import Rule

_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_DATE_NUMBERS = re.compile(r"(\d{4})-(\d{2})-(\d{2})|(\d{1,2})\.(\d{1,2})\.(\d{2,4})")
_WORDED_DATE = re.compile(r"(?:(\d{1,2})(?:\s?(?:по|до|-)\s?(\d{1,2}))?(?:-?(?:го|е))?\s)?([а-я]{3,9})(?:\s(\d{4}))?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DIGITS = re.compile(r"\D")
_QUOTED_PRODUCT = re.compile(
    r"\b(?:вклад|счет|карт|пакет|программ|тариф|полис|кредит|стратеги)\w{0,3} \"([^\"\n]{2,40})\""
)
_BARE = re.compile(r"\s*\d[\d\s.,]*")
_POINTS = re.compile(r"\s?(?:процентн\w+ )?пункт|\s?п\.\s?п")
# What a percentage is said of: a rate must be one of the card's rates, a cashback one of its cashbacks.
_TOPIC = re.compile(r"ставк|полн\w+ стоимост|к[еэ]шб[еэ]к|взнос|(?<!без )комисси|неустойк|вознагражден")
_TOPIC_REACH = 40
_CLAUSE_END = re.compile(r"[;!?\n]|[.,](?!\d)")
_FOR_A_TERM = re.compile(r"\s?(?:годовых )?(?:на|сроком|при)\s[^,;.!?\n]{0,15}")
_COUNTED_WORDS = 10
_FREE_MASKS = frozenset({"time", "address", "share", "rhythm", "experience"})


class Date(NamedTuple):
    """A date whose parts may be unknown."""

    day: int | None
    month: int | None
    year: int | None

    def agrees(self, other: "Date") -> bool:
        return all(a is None or b is None or a == b for a, b in zip(self, other, strict=True))


class _Known(NamedTuple):
    """Figures for comparison: their values, values with kinds, percentages by topic, and percentages by term."""

    values: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    said_of: Mapping[str, frozenset[str]]
    by_term: Mapping[str, frozenset[str]]


class _Ground(NamedTuple):
    """What the card and the profile allow."""

    numbers: tuple[Number, ...]
    known: _Known
    dates: tuple[Date, ...]
    phones: frozenset[str]
    words: str


@detects("FACT-GROUND")
def ungrounded(text: Context, rule: Rule) -> Iterator[Hit]:
    if text.card is None:
        return
    ground = _ground(_key(text.card), text.bank)
    yield from _ungrounded_numbers(text, ground.known)
    for mask in text.masks:
        words = text.plain[mask.start : mask.end]
        if not _is_grounded(text, mask.kind, words, ground):
            yield Hit(mask.start, mask.end)
    for match in _QUOTED_PRODUCT.finditer(text.plain):
        if text.normal.cased[match.start(1)].isupper() and match.group(1) not in ground.words:
            yield Hit(match.start(1), match.end(1))


def _is_grounded(text: Context, kind: str, words: str, ground: _Ground) -> bool:
    if kind == "link":
        return is_official(text, words) or words.rstrip(".,;") in ground.words
    if kind == "date":
        return all(any(date.agrees(known) for known in ground.dates) for date in dates(words))
    if kind == "phone":
        digits = _phone(words)
        return len(digits) < 7 or digits in ground.phones
    if kind == "name":
        return words in ground.words
    if kind == "age":
        return words in ground.words or all(_matches(n, ground.known, words) for n in find_numbers(words))
    return True


def _ungrounded_numbers(text: Context, known: _Known) -> Iterator[Hit]:
    terms = _terms(text.numbers, text.plain)
    for number in text.numbers:
        if _is_idiom(number, text):
            continue
        if not (_matches(number, known, text.plain) and _is_in_place(number, known, text.plain, terms.get(number))):
            yield Hit(number.start, number.end)


def _is_idiom(number: Number, text: Context) -> bool:
    """«Один платёж», «три шага», «одну минуту», «тысяча мелочей»: words that count things and state no condition."""
    if not number.worded:
        return False
    if number.kind in {"", "times"}:
        return number.value <= _COUNTED_WORDS or number.scaled == number.value
    return number.value == 1 and number.kind in {"days", "months", "minutes"}


def _matches(number: Number, known: _Known, plain: str) -> bool:
    """The same value of the same kind; in a text a figure without a unit agrees with any kind."""
    value = _rounded(number.value)
    if not number.kind:
        return value in known.values
    return (value, _kind(number, plain)) in known.pairs or (value, "bare") in known.pairs


def _kind(number: Number, plain: str) -> str:
    """A percentage point is no per cent: «выше на 4 процентных пункта» is no rate of 4 %."""
    near = plain[number.start : number.end + 15]
    return "points" if number.kind == "percent" and _POINTS.search(near) else number.kind


def _is_in_place(number: Number, known: _Known, plain: str, term: str | None) -> bool:
    """A percentage is of what the card says it of, and goes with the term that the card gives it."""
    if _kind(number, plain) != "percent":
        return True
    value = _rounded(number.value)
    clause = _CLAUSE_END.split(plain[max(0, number.start - _TOPIC_REACH) : number.start])[-1]
    of_this = known.said_of.get(_last_topic(clause))
    terms = known.by_term.get(value)
    return (of_this is None or value in of_this) and (not term or terms is None or term in terms)


def _last_topic(words: str) -> str:
    return next(reversed(_TOPIC.findall(words)), "")


def _terms(numbers: Iterable[Number], plain: str) -> dict[Number, str]:
    """The term each percentage is said to be for: «13,1 % годовых на срок 367 дней»."""
    found: dict[Number, str] = {}
    for percent, term in pairwise(numbers):
        is_pair = percent.kind == "percent" and term.kind in {"days", "months"}
        if is_pair and _FOR_A_TERM.fullmatch(plain, percent.end, term.start):
            found[percent] = f"{_rounded(term.value)} {term.kind}"
    return found


def _rounded(value: float) -> str:
    return f"{value:.9g}"


def card_numbers(card: Card) -> tuple[Number, ...]:
    """The figures of a card's name and conditions."""
    return _ground(_key(card), None).numbers


def _key(card: Card) -> tuple[str, ...]:
    return (card.name, card.site_section, *card.conditions.values())


@lru_cache(maxsize=128)
def _ground(card: tuple[str, ...], bank: Bank | None) -> _Ground:
    profile = () if bank is None else (
        bank.legal_name, *bank.names, bank.insurer, bank.asset_manager, bank.app, bank.address, bank.phone
    )  # fmt: skip
    offer = "\n".join(map(plain_text, card))
    text = "\n".join((offer, *map(plain_text, profile)))
    masks = masked(text, has_digits=True)[1]
    found = find_numbers(masked(offer, has_digits=True)[0])
    aged = tuple(
        n
        for mask in masks
        if mask.kind not in {"link", "phone", "date", "address"} and mask.end <= len(offer)
        for n in find_numbers(text[mask.start : mask.end])
    )
    numbers = (*found, *aged)
    named = find_numbers("\n".join(map(plain_text, (*bank.names, bank.app)))) if bank else ()
    return _Ground(
        numbers=numbers,
        known=_Known(
            values=frozenset(_rounded(n.value) for n in (*numbers, *named)),
            pairs=frozenset((_rounded(n.value), _kind(n, offer)) for n in numbers) | _bare(card),
            said_of=_said_of(found, offer),
            by_term=_grouped((_rounded(n.value), term) for n, term in _terms(found, offer).items()),
        ),
        dates=tuple(d for mask in masks if mask.kind == "date" for d in dates(text[mask.start : mask.end])),
        phones=frozenset(_phone(text[mask.start : mask.end]) for mask in masks if mask.kind == "phone"),
        words=text,
    )


def _bare(card: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """Figures of phrases that are nothing but a figure, as an outside caller's card may hold: their unit is unknown."""
    parts = (part for phrase in card for part in phrase.split(";") if _BARE.fullmatch(part))
    return frozenset((_rounded(n.value), "bare") for part in parts for n in find_numbers(plain_text(part)))


def _said_of(numbers: Iterable[Number], offer: str) -> Mapping[str, frozenset[str]]:
    """The percentages of the card by their topic: the last one named before them in their part of the phrase."""
    parts = ((n, re.split("[;\n]", offer[: n.start])[-1]) for n in numbers if _kind(n, offer) == "percent")
    return _grouped((_last_topic(part), _rounded(n.value)) for n, part in parts if _last_topic(part))


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    groups: dict[str, frozenset[str]] = {}
    for key, value in pairs:
        groups[key] = groups.get(key, frozenset()) | {value}
    return groups


def _phone(words: str) -> str:
    digits = _DIGITS.sub("", words)
    return digits[1:] if len(digits) == 11 else digits


def dates(words: str) -> list[Date]:
    """The dates written in a masked span, two for a range."""
    found = []
    for m in _DATE_NUMBERS.finditer(words):
        day, month, year = (m[3], m[2], m[1]) if m[1] else (m[4], m[5], m[6])
        found.append(Date(int(day), int(month), int(year) if len(year) == 4 else 2000 + int(year)))
    if found:
        return found
    match = next((m for m in _WORDED_DATE.finditer(words) if _month(m[3])), None)
    if match is None:
        year_only = _YEAR.search(words)
        return [Date(None, None, int(year_only.group()))] if year_only else []
    year = int(match[4]) if match[4] else None
    days: list[int | None] = [int(d) for d in (match[1], match[2]) if d]
    return [Date(day, _month(match[3]), year) for day in days or [None]]


def _month(word: str) -> int | None:
    return next((i for i, stem in enumerate(_MONTHS, 1) if word.startswith(stem)), None)

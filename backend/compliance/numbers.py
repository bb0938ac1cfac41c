"""Figures in a normalised text, written with digits, in words or half and half («2,5 млн», «двадцать процентов»).

A `Number` carries a kind and a value in the kind's base unit: percent, rub, currency, days, months, minutes,
times, or "" when nothing that we know follows. Weeks are days, quarters, half-years and years are months.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from backend.compliance.memory import LONGEST_WORD, remembered
from backend.compliance.morphology import analyser

_TOKEN = re.compile(
    r"(?P<digits>\d{1,3}(?:[ .,']\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,]\d+)?)"
    r"|(?P<word>[a-zа-я]+)|(?P<sign>[%₽$€£¥])"
)
_GROUPED = re.compile(r"\d{1,3}(?:[ .,']\d{3})+")
_BETWEEN_RANGE = re.compile(r"\s?(?:-|до|по|или|и|/)\s?(?:от |до )?")
# «Миллион дел» is a manner of speaking, whatever is counted; «5 млн» is money unless people, places or things are.
_COUNTED_IDLY = re.compile(r"\s+(?!до |от |и |на |в |без |под |при |за |с |или |по |сроком )[а-я]{3,}")
_COUNTED = re.compile(
    r"\s+(?:[а-я]+(?:ых|их) )?(?:человек|люд|клиент|россиян|жител|граждан|сем(?:ей|ьи|ья)|пользовател|покупател"
    r"|вкладчик|заемщик|пенсионер|сотрудник|работник|предпринимател|держател|владел|подписчик|участник|компани|организаци"
    r"|партнер|отделени|офис|банкомат|терминал|касс|город|магазин|точ(?:ек|ки)|адрес|мест|карт|раз\b|шаг|километр|км"
    r"|мил[ья]|метр|кв\b|кг|литр|балл|бонус|очк|знак|символ|слов|мелоч|дел\b|дела|причин|вопрос|товар|книг|фильм|акци|бумаг"
    r"|операци|сдел|отзыв|оцен|предложени|вариант|минут|[а-я]{4,}(?:ого|ом|ым|ому) год)"
)
_SUM_BEFORE = re.compile(r"\b(?:от|до|на|сумм\w{1,3}|лимит\w{0,2}|не более|не больше|максимум)[ :-]{1,3}$")
_LEAST_SUM = 1000
_YEAR = re.compile(r"(?:19|20)\d\d")
_POINTS = re.compile(r"\s?п\.\s?п\.?")
_CURRENCY_SIGNS = frozenset("$€£¥")
_MAX_DIGITS = 18

_SIMPLE = {
    "ноль": 0, "нуль": 0, "один": 1, "два": 2, "три": 3, "четыре": 4, "пять": 5, "шесть": 6, "семь": 7, "восемь": 8,
    "девять": 9, "десять": 10, "одиннадцать": 11, "двенадцать": 12, "тринадцать": 13, "четырнадцать": 14,
    "пятнадцать": 15, "шестнадцать": 16, "семнадцать": 17, "восемнадцать": 18, "девятнадцать": 19, "двадцать": 20,
    "тридцать": 30, "сорок": 40, "пятьдесят": 50, "шестьдесят": 60, "семьдесят": 70, "восемьдесят": 80,
    "девяносто": 90, "сто": 100, "двести": 200, "триста": 300, "четыреста": 400, "пятьсот": 500, "шестьсот": 600,
    "семьсот": 700, "восемьсот": 800, "девятьсот": 900, "полтора": 1.5, "полтораста": 150, "двое": 2, "трое": 3,
    "полсотни": 50, "сотня": 100, "десяток": 10,
}  # fmt: skip
_MULTIPLIERS = {"тысяча": 1e3, "миллион": 1e6, "миллиард": 1e9}
_SHORT_MULTIPLIERS = {"тыс": 1e3, "тыщ": 1e3, "тр": 1e3, "млн": 1e6, "мио": 1e6, "млрд": 1e9, "лям": 1e6, "ляма": 1e6}
_UNITS: dict[str, tuple[str, float]] = {
    "процент": ("percent", 1), "рубль": ("rub", 1), "доллар": ("currency", 1), "евро": ("currency", 1),
    "юань": ("currency", 1), "день": ("days", 1), "сутки": ("days", 1), "неделя": ("days", 7),
    "месяц": ("months", 1), "квартал": ("months", 3), "полугодие": ("months", 6), "год": ("months", 12),
    "минута": ("minutes", 1), "минутка": ("minutes", 1), "час": ("minutes", 60), "секунда": ("minutes", 1 / 60),
    "раз": ("times", 1), "копейка": ("rub", 0.01),
}  # fmt: skip
_SHORT_UNITS: dict[str, tuple[str, float]] = {
    "проц": ("percent", 1), "годовых": ("percent", 1), "пп": ("percent", 1), "руб": ("rub", 1), "р": ("rub", 1),
    "rub": ("rub", 1), "rur": ("rub", 1), "usd": ("currency", 1), "eur": ("currency", 1), "cny": ("currency", 1),
    "дн": ("days", 1), "сут": ("days", 1), "нед": ("days", 7), "мес": ("months", 1), "лет": ("months", 12),
    "годик": ("months", 12), "мин": ("minutes", 1), "ч": ("minutes", 60), "сек": ("minutes", 1 / 60),
}  # fmt: skip
_UNIT_STEMS: tuple[tuple[str, tuple[str, float]], ...] = (
    ("дневн", ("days", 1)),
    ("суточн", ("days", 1)),
    ("недельн", ("days", 7)),
    ("месячн", ("months", 1)),
    ("летн", ("months", 12)),
    ("годичн", ("months", 12)),
    ("процентн", ("percent", 1)),
    ("рублев", ("rub", 1)),
)
_WHOLE: dict[str, tuple[float, str]] = {
    "полгода": (6, "months"), "полгодика": (6, "months"), "полмесяца": (15, "days"), "полпроцента": (0.5, "percent"),
    "полмиллиона": (5e5, "rub"), "полмиллиарда": (5e8, "rub"), "полтысячи": (500, "rub"),
}  # fmt: skip
_COMPOUND_VALUE: dict[str, float] = {
    "одно": 1, "двух": 2, "трех": 3, "четырех": 4, "пяти": 5, "шести": 6, "семи": 7, "восьми": 8, "девяти": 9,
    "десяти": 10, "одиннадцати": 11, "двенадцати": 12, "тринадцати": 13, "четырнадцати": 14, "пятнадцати": 15,
    "шестнадцати": 16, "семнадцати": 17, "восемнадцати": 18, "девятнадцати": 19, "двадцати": 20, "тридцати": 30,
    "сорока": 40, "пятидесяти": 50, "шестидесяти": 60, "семидесяти": 70, "восьмидесяти": 80, "девяносто": 90,
    "сто": 100, "двухсот": 200, "трехсот": 300, "четырехсот": 400, "пятисот": 500, "полутора": 1.5, "полу": 0.5,
}  # fmt: skip
_COMPOUND_BY_LENGTH = sorted(_COMPOUND_VALUE, key=len, reverse=True)
_ADJECTIVES_BETWEEN = ("календарн", "рабоч", "полн", "банковск", "целых", "годов")
_FRACTIONS = {"десятых": 10, "десятая": 10, "десятые": 10, "сотых": 100, "сотая": 100, "сотые": 100}
_FRACTION_WORDS = frozenset(
    {"половиной", "половина", "целых", "целая", "целые", "точка", "запятая", "и", "с", *_FRACTIONS}
)


@dataclass(frozen=True, slots=True)
class Number:
    """A figure and where it stands; `worded` when no digit is in it, `scaled` when «тысяч» or the like is."""

    value: float
    kind: str
    start: int
    end: int
    worded: bool = False
    scaled: float = 1.0


class _Token(NamedTuple):
    text: str
    start: int
    end: int
    value: float | None = None
    multiplier: float | None = None


@lru_cache(maxsize=1)
def _word_values() -> tuple[dict[str, float], dict[str, float], dict[str, tuple[str, float]]]:
    """All word forms of the numerals, the multipliers and the units."""
    morph = analyser()

    def forms(lemma: str) -> set[str]:
        parse = next((p for p in morph.parse(lemma) if p.normal_form == lemma), morph.parse(lemma)[0])
        return {lemma} | {form.word.replace("ё", "е") for form in parse.lexeme}

    values = {form: float(value) for lemma, value in _SIMPLE.items() for form in forms(lemma)}
    values |= {"ста": 100.0, "полутора": 1.5, "полторы": 1.5, "тремя": 3.0, "четырьмя": 4.0}
    multipliers = {form: value for lemma, value in _MULTIPLIERS.items() for form in forms(lemma)}
    units = {form: unit for lemma, unit in _UNITS.items() for form in forms(lemma)}
    units |= dict.fromkeys(("лет", "годам", "годами"), ("months", 12.0))
    return values, multipliers | _SHORT_MULTIPLIERS, units | _SHORT_UNITS


@remembered(20_000, LONGEST_WORD)
def is_number_word(word: str) -> bool:
    """May this word begin a figure? A quick test that lets most texts skip the whole search."""
    values, multipliers, _ = _word_values()
    return word in values or word in multipliers or word in _WHOLE or _compound(word) is not None


def find_numbers(text: str) -> tuple[Number, ...]:
    """All figures of a normalised (and masked) text, in order."""
    tokens = [_token(match) for match in _TOKEN.finditer(text) if match.lastgroup != "word" or _matters(match.group())]
    return tuple(_with_sums(_with_shared_units(list(_figures(text, tokens)), text), text))


@remembered(20_000, LONGEST_WORD)
def _matters(word: str) -> bool:
    """May the word be part of a figure or its unit? Others need no token: the gap they leave ends a figure."""
    values, multipliers, _ = _word_values()
    return (
        word in values
        or word in multipliers
        or word in _WHOLE
        or word in _FRACTION_WORDS
        or len(word) <= 2
        or word.startswith(_ADJECTIVES_BETWEEN)
        or _unit_of(word) is not None
        or _compound(word) is not None
    )


@remembered(20_000, LONGEST_WORD)
def _compound(word: str) -> tuple[float, str] | None:
    """«Двадцатипроцентный», «трёхмесячный», «полугодовой»: the figure inside one word."""
    for stem, (kind, factor) in (*_UNIT_STEMS, ("годов", ("months", 12.0))):
        place = word.find(stem)
        if place > 0 and (value := _compound_value(word[:place])) is not None:
            return value * factor, kind
    return None


def _compound_value(head: str) -> float | None:
    total = 0.0
    while head:
        part = next((p for p in _COMPOUND_BY_LENGTH if head.startswith(p)), None)
        if part is None:
            return None
        total += _COMPOUND_VALUE[part]
        head = head[len(part) :]
    return total


def _token(match: re.Match[str]) -> _Token:
    text = match.group()
    if match.lastgroup == "digits":
        return _Token(text, match.start(), match.end(), value=_parsed(text))
    if match.lastgroup == "sign":
        return _Token(text, match.start(), match.end())
    values, multipliers, _ = _word_values()
    multiplier = multipliers.get(text)
    if text in {"к", "k"} and match.start() and match.string[match.start() - 1].isdigit():
        multiplier = 1e3
    return _Token(text, match.start(), match.end(), values.get(text), multiplier)


def _parsed(digits: str, *, grouped: bool = True) -> float:
    if len(digits) > _MAX_DIGITS:
        return float("inf")
    if grouped and _GROUPED.match(digits) and not digits.startswith("0"):
        head = _GROUPED.match(digits)
        assert head is not None
        whole = re.sub(r"\D", "", head.group())
        fraction = digits[head.end() + 1 :]
        return float(f"{whole}.{fraction or 0}")
    return float(re.sub(r"[ ']", "", digits).replace(",", ".", 1).replace(",", ""))


def _figures(text: str, tokens: list[_Token]) -> Iterator[Number]:
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token.value is None and token.multiplier is None:
            whole = _WHOLE.get(token.text) or _compound(token.text)
            if whole:
                yield Number(whole[0], whole[1], token.start, token.end, worded=True)
            position += 1
            continue
        number, position = _read(text, tokens, position)
        yield number


def _read(text: str, tokens: list[_Token], position: int) -> tuple[Number, int]:
    """One figure from its first token on: its parts, its multiplier, its unit."""
    first = tokens[position]
    total, current, scaled = 0.0, 0.0, 1.0
    last: _Token | None = None
    smallest = float("inf")
    while position < len(tokens) and (last is None or _adjacent(text, last, tokens[position])):
        token = tokens[position]
        if token.multiplier is not None:
            current, scaled = (current or (1.0 if last is None else 0.0)) * token.multiplier, token.multiplier
            total, current, smallest = total + current, 0.0, float("inf")
        elif token.value is not None and (last is None or _continues(token, last, smallest)):
            current += token.value
            smallest = token.value
        elif last is not None and token.text in _FRACTIONS:  # «три сотых процента»
            current /= _FRACTIONS[token.text]
        elif step := _fraction(tokens, position):
            current += step[0]
            position += step[1] - 1
        else:
            break
        last = tokens[position]
        position += 1
    assert last is not None
    value = total + current
    kind, factor, end, position = _unit(text, tokens, position, last.end)
    if kind == "percent" and first is last and first.text[0].isdigit():
        value = _decimal_if_rate(first.text, value)
    start = first.start
    before = text[max(0, start - 2) : start].strip()
    if not kind and before[-1:] in _CURRENCY_SIGNS:
        kind, start = "currency", text.rfind(before[-1], 0, start)
    if not kind and scaled > 1 and _is_money(text, start, end, alone=first.multiplier is not None):
        kind = "rub"
    worded = not any(c.isdigit() for c in text[first.start : end])
    return Number(value * factor, kind, start, end, worded, scaled), position


def _decimal_if_rate(digits: str, value: float) -> float:
    """«15,500 %» is fifteen and a half: no rate runs into thousands."""
    return _parsed(digits, grouped=False) if value >= 1000 and "." in digits.replace(",", ".") else value


def _continues(token: _Token, last: _Token, smallest: float) -> bool:
    """«Двадцать» + «пять» is one figure, «пять» + «шесть» or «5» + «6» are two."""
    if token.text[0].isdigit() or token.value is None:
        return last.multiplier is not None
    if last.text[0].isdigit():
        return False
    return last.multiplier is not None or (
        token.value < smallest and smallest >= 20 and token.value * 10 <= smallest * 10
    )


def _adjacent(text: str, last: _Token, token: _Token) -> bool:
    return text[last.end : token.start] in {" ", "-", "", "\n"}


def _fraction(tokens: list[_Token], position: int) -> tuple[float, int] | None:
    """«с половиной», «целых пять десятых», «точка пять»: what it adds and how many tokens it takes."""
    words = [token.text for token in tokens[position : position + 3]]
    if words[:2] in (["с", "половиной"], ["и", "половина"]):
        return 0.5, 2
    if len(words) == 3 and words[0] in {"целых", "целая", "целые", "и"} and words[2] in _FRACTIONS:
        value = tokens[position + 1].value
        return (value / _FRACTIONS[words[2]], 3) if value is not None else None
    if len(words) >= 2 and words[0] in {"точка", "запятая"}:
        value = tokens[position + 1].value
        return (value / 10 ** len(str(int(value))), 2) if value is not None and value < 1e6 else None
    return None


def _unit(text: str, tokens: list[_Token], position: int, end: int) -> tuple[str, float, int, int]:
    """Kind, factor and end of the unit that follows, and the next token to read."""
    if points := _POINTS.match(text, end):
        return (
            "percent",
            1.0,
            points.end(),
            next(
                (i for i, t in enumerate(tokens[position : position + 4], position) if t.start >= points.end()),
                position,
            ),
        )
    for index in range(position, min(position + 3, len(tokens))):
        token = tokens[index]
        gap = text[end : token.start]
        if gap.strip(" -.\n(+") or len(gap) > 3:
            break
        if token.text == "%":
            return "percent", 1.0, token.end, index + 1
        if token.text == "₽":
            return "rub", 1.0, token.end, index + 1
        if token.text in _CURRENCY_SIGNS:
            return "currency", 1.0, token.end, index + 1
        if unit := _unit_of(token.text):
            return *unit, token.end, index + 1
        is_ending = gap == "-" and len(token.text) <= 2 and token.value is None
        if not is_ending and not token.text.startswith(_ADJECTIVES_BETWEEN):
            break
        end = token.end
    return "", 1.0, tokens[position - 1].end, position


def _unit_of(word: str) -> tuple[str, float] | None:
    unit = _word_values()[2].get(word)
    if unit is None and len(word) > 5:
        unit = next((unit for stem, unit in _UNIT_STEMS if word.startswith(stem)), None)
    return unit


def _with_shared_units(numbers: list[Number], text: str) -> list[Number]:
    """«От 50 до 300 тысяч рублей», «12-24 месяца»: the first figure takes the unit of the second."""
    for index in range(len(numbers) - 2, -1, -1):
        here, after = numbers[index], numbers[index + 1]
        between = text[here.end : after.start]
        if here.kind or not after.kind or not _BETWEEN_RANGE.fullmatch(between):
            continue
        scale = after.scaled if here.scaled == 1.0 and here.value < 1000 else 1.0
        numbers[index] = replace(here, kind=after.kind, value=here.value * scale * _factor(after, text))
    return numbers


def _factor(number: Number, text: str) -> float:
    word = re.search(r"[а-я]+$", text[number.start : number.end])
    unit = _unit_of(word.group()) if word else None
    return unit[1] if unit else 1.0


def _with_sums(numbers: list[Number], text: str) -> list[Number]:
    """«Вклад от 30 000», «лимит 500 000»: a large figure of an offer is roubles even where the sign is left out."""
    for index in range(len(numbers) - 1, -1, -1):
        if _is_sum(numbers[index], numbers[index + 1 : index + 2], text):
            numbers[index] = replace(numbers[index], kind="rub")
    return numbers


def _is_sum(number: Number, following: list[Number], text: str) -> bool:
    if number.kind or number.scaled > 1 or number.value < _LEAST_SUM or _COUNTED.match(text, number.end):
        return False
    if not _SUM_BEFORE.search(text[max(0, number.start - 14) : number.start]):
        return False
    if _YEAR.fullmatch(text, number.start, number.end):
        return False
    return not any(n.kind != "rub" and _BETWEEN_RANGE.fullmatch(text, number.end, n.start) for n in following)


def _is_money(text: str, start: int, end: int, *, alone: bool) -> bool:
    """Of a figure with «тысяч» or «млн»; `alone` when no other figure stands before that word."""
    idle = alone and not _SUM_BEFORE.search(text[max(0, start - 14) : start])
    return not (_COUNTED_IDLY if idle else _COUNTED).match(text, end)

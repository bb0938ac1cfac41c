"""All or nothing for everything but credit, and the special rules for free things, cashback and currency."""

import re
from collections.abc import Iterator

from backend.compliance.card import CREDIT_GROUPS
from backend.compliance.checklists import CHECKLISTS, Condition
from backend.compliance.context import Context, Hit, Span
from backend.compliance.detectors.wording import is_harmless_free, is_single, negated
from backend.compliance.normalise import plain_text
from backend.compliance.numbers import Number
from backend.compliance.registry import detects
from backend.compliance.rules import Rule

FREE_GROUPS = frozenset({"debit_card", "premium", "salary", "investment"})
_INSURED_LIMITS = frozenset({1.4e6, 2.8e6, 2e6, 1e7})
_INSURANCE_OF_DEPOSITS = re.compile(r"застрах|страхован|\bасв\b|\bссв\b|возмещ|защит|страху")
_SERVICE_TIME = re.compile(r"\b(?:за|через|в течение|спустя|каждые|кажд\w+|прошло|уже|раз в)\s(?:\w+\s)?$")
_IMPLIED_TERM = re.compile(
    r"\b(?:вклад|счет|полис|депозит|договор)\w*\s(?:[\w\"-]+\s){0,2}на (?:один )?(?:год|месяц"
    r"|квартал)\b(?! впер)|\bсроком на\b|\bна срок (?:в|до|от)\b|годов(?:ой|ым) (?:срок|вклад)\w*"
)
_FREE_CONDITION = re.compile(
    r"без (?:\w+ )?комисси\w+|бесплатн\w+|без (?:абонентск\w+ )?платы|безвозмездн\w+|нулев\w+ (?:комисси"
    r"|плат|тариф|стоимост)\w+|\bдаром\b"
    r"|комисси\w+ (?:нет|не взимается|отсутству\w+)"
    r"|(?<!ежемесячно )(?<!вручную )платить не (?:нужно|надо|придется)|не платите за"
)
_GIFT = re.compile(
    r"\bв подарок|\bподарк\w*(?= (?:от|за|при|каждому|всем)\b)|\b(?:дарим|подарим|дарит|подарит)\b"
    r"|\bполучи(?:те)? подарок"
    r"|\bподарок (?:от|за|каждому|всем|новым)\b"
)
_FIGURE = r"(?:[1-9]|тысяч|миллион)"
_FREE_TERMS = re.compile(
    rf"\b(?:от|до|свыше|сверх)\s(?:\w+\s)?{_FIGURE}"
    r"|\b(?:при|если|далее|затем|потом|иначе|первы[ейхм]+|перв\w+ \w+|в течение|с \w+ месяца)\b"
    rf"[^.!?\n]{{0,90}}?{_FIGURE}"
    r"|без (?:дополнительных|каких-либо|всяких) условий|услови\w+[^.!?\n]{0,20}[1-9]"
)
_UNTIL_A_DATE = re.compile(r"\b(?:до|по) \d{1,2}[. ](?:\d|[а-я]{3})")
_CASHBACK_WORD = re.compile(
    r"\b(?:к[еэ]шб[еэ]к\w*|cashback|к[еэ]ш-?б[еэ]к\w*|бонус\w*|балл\w*|возвра(?:т|щ)\w*|верн(?:ем|ет|ется"
    r"|уть|утся|ите)\b|обратно)"
)
_CASHBACK_NEAR = 40
# In the clause before the sum; what is said of transfers and cash caps no cashback.
_CAP = re.compile(
    r"(?:не (?:более|больше|выше|превыша\w+)|максимум|предел\w*|потолок|лимит\w*|максимальн\w+ сумм\w*)"
    r"[^.!?\n,;]{0,40}$"
)
_UP_TO = re.compile(r"\bдо\s$")
_PER_PERIOD = re.compile(r"[^.!?\n,;]{0,12}(?:в|за) (?:месяц|год|период)")
_OTHER_LIMIT = re.compile(r"перевод|сняти|налич|комисси")
_CLAUSE_START = re.compile(r"[;\n]|,\s")
_CAP_REACH = 60
_CATEGORY_OR_TIME = re.compile(
    r"категори|\bна (?:все )?покупк|за (?:все )?покупк|\bв (?:аптек|ресторан|супермаркет|кафе|такси)\w*"
    r"|в месяц|за месяц|до конца|\d{4}|январ|феврал|март|апрел|\bма[яй]\b|июн|июл|август|сентябр|октябр"
    r"|ноябр|декабр|азс|заправк|партнер|аптек|супермаркет|кафе|такси"
)
_FROM_CASHBACK = re.compile(r"к[еэ]шб[еэ]к|бонус|балл|не более|максимум|не больше|порог|при покупках|категори|выплат")


@detects("FIN-PARTIAL")
def partial_conditions(text: Context, rule: Rule) -> Iterator[Hit]:
    """The first condition named, unless a more special rule speaks of it or the set is complete."""
    trigger = next(_triggers(text, rule), None)
    if trigger is None:
        return
    missing = _missing(text)
    if missing:
        labels = ", ".join(condition.label for condition in missing)
        yield Hit(trigger.start, trigger.end, f"{rule.advice} Не хватает: {labels}.")


def _triggers(text: Context, rule: Rule) -> Iterator[Hit]:
    special = _special_sentences(text, rule)
    for number in text.numbers:
        if _is_condition(text, number) and not _within(special, number.start):
            yield Hit(number.start, number.end)
    if "number_unit" in text.tagged or text.has_digits:
        for match in _IMPLIED_TERM.finditer(text.masked):
            yield Hit(match.start(), match.end())
    if text.group not in FREE_GROUPS and text.group not in CREDIT_GROUPS:
        yield from _free_words(text)


def _is_condition(text: Context, number: Number) -> bool:
    if number.kind in {"rub", "currency"}:
        return not (
            number.value in _INSURED_LIMITS
            and _INSURANCE_OF_DEPOSITS.search(text.around(number.start, number.end, 120, 60))
        )
    if number.kind in {"months", "days"}:
        return not is_single(number) and not _SERVICE_TIME.search(text.plain[max(0, number.start - 25) : number.start])
    return number.kind == "percent"


def _special_sentences(text: Context, rule: Rule) -> list[Span]:
    """Sentences whose figures ADV-FREE or ADV-CASHBACK judge, where these are in force and no softer."""
    spans = []
    if text.group in FREE_GROUPS and "ADV-FREE" in rule.yields_to:
        spans += [text.sentence(hit.start) for hit in _free_words(text)]
    if text.group in CASHBACK_GROUPS and "ADV-CASHBACK" in rule.yields_to:
        for number in _cashback_percents(text):
            spans.append(text.sentence(number.start))
            spans += [text.sentence(n.start) for n in text.numbers if _FROM_CASHBACK.search(_sentence(text, n.start))]
    return spans


def _sentence(text: Context, position: int) -> str:
    span = text.sentence(position)
    return text.plain[span.start : span.end]


def _within(spans: list[Span], position: int) -> bool:
    return any(span.start <= position < span.end for span in spans)


def _missing(text: Context) -> list[Condition]:
    """Required conditions that the text shows neither by its own words nor by the card's."""
    checklist = CHECKLISTS[text.group]
    shown = {condition.key for condition in checklist if _is_shown(text, condition)}
    return [c for c in checklist if c.key not in shown and (c.required or c.needed_with in shown)]


def _is_shown(text: Context, condition: Condition) -> bool:
    phrase = text.card.conditions.get(condition.key) if text.card is not None else None
    if phrase and plain_text(phrase).strip(" .") in text.plain:
        return True
    return bool(condition.pattern and condition.pattern.search(text.plain))


def _free_words(text: Context) -> Iterator[Hit]:
    if not text.has("free", "free_core"):
        return
    for match in _FREE_CONDITION.finditer(text.masked):
        if not is_harmless_free(text.masked, match.start()) and not negated(text.plain, match.start()):
            yield Hit(match.start(), match.end())


@detects("ADV-FREE")
def free_without_terms(text: Context, rule: Rule) -> Iterator[Hit]:
    hits = [*_free_words(text)]
    if "free" in text.tagged:
        hits += [Hit(m.start(), m.end()) for m in _GIFT.finditer(text.plain)]
    hits += [Hit(n.start, n.end) for n in text.numbers if n.kind == "rub" and n.value == 0]
    if hits and not _missing(text):
        return  # the whole set of conditions is there, whichever sentence says it
    for hit in hits:
        if not _has_free_terms(text, hit.start):
            yield hit


def _has_free_terms(text: Context, position: int) -> bool:
    """A condition with its figure, or a last day; the digits of a phone or an address are neither."""
    start, end = text.sentence(position)
    return bool(_FREE_TERMS.search(text.masked, start, end) or _UNTIL_A_DATE.search(text.plain, start, end))


CASHBACK_GROUPS = frozenset({"debit_card", "credit_card", "premium", "salary"})


def _cashback_percents(text: Context) -> list[Number]:
    if "cashback" not in text.tagged and "обратно" not in text.plain:
        return []
    return [
        number
        for number in text.numbers
        if number.kind == "percent"
        and _CASHBACK_WORD.search(text.around(number.start, number.end, _CASHBACK_NEAR, _CASHBACK_NEAR))
    ]


@detects("ADV-CASHBACK")
def cashback_without_terms(text: Context, rule: Rule) -> Iterator[Hit]:
    percents = _cashback_percents(text)
    if percents and not (_CATEGORY_OR_TIME.search(text.plain) and any(_is_cap(text, n) for n in text.numbers)):
        yield Hit(percents[0].start, percents[0].end)


def _is_cap(text: Context, number: Number) -> bool:
    """«Не более 3 000 ₽», «до 1 000 ₽ в месяц»: a sum in roubles that its own clause calls a limit."""
    if number.kind != "rub":
        return False
    clause = _CLAUSE_START.split(text.around(number.start, number.start, _CAP_REACH, 0))[-1]
    if _OTHER_LIMIT.search(clause):
        return False
    return bool(_CAP.search(clause) or (_UP_TO.search(clause) and _PER_PERIOD.match(text.plain, number.end)))


@detects("ADV-RUB")
def price_in_currency(text: Context, rule: Rule) -> Iterator[Hit]:
    for number in text.numbers:
        if number.kind == "currency":
            sentence = text.sentence(number.start)
            if not any(n.kind == "rub" and sentence.start <= n.start < sentence.end for n in text.numbers):
                yield Hit(number.start, number.end)


_MIN_RATE = re.compile(r"минимальн\w+ гарантированн\w+ ставк")


@detects("DEP-MINRATE")
def rate_up_to(text: Context, rule: Rule) -> Iterator[Hit]:
    if _MIN_RATE.search(text.plain):
        return
    for number in text.numbers:
        if number.kind == "percent" and _UP_TO.search(text.plain[max(0, number.start - 4) : number.start]):
            yield Hit(number.start, number.end)
            return

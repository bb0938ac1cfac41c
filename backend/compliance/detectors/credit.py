"""Credit, cards, mortgages and car loans: ст. 28 ч. 2.1, 3, 3.1, 3.2 and what must not be promised."""

import re
from collections.abc import Iterator
from itertools import chain

from backend.compliance.context import Context, Hit
from backend.compliance.detectors.wording import is_harmless_free, is_single, negated
from backend.compliance.numbers import Number
from backend.compliance.registry import detects
from backend.compliance.rules import Rule

_RISK = re.compile(r"оценивайте\s+свои\s+финансовые\s+возможности\s+и\s+риски")
_STUDY = re.compile(r"изучите\s+все\s+условия\s+кредита\s*\(\s?займа\s?\)")
_PSK = re.compile(r"полн(?:ая|ой|ую)\s+стоимост[ьи]\s+кредита\s*\(\s?займа\s?\)")
_SECTION = re.compile(r"раздел")
_STUDY_REACH = 80
_PSK_REACH = 90
_BOTH_ENDS = re.compile(r"\bдо\b|\bпо\b|-|максим")
_ONE_END = re.compile(r"\b(?:от|до)\b")
_GAP = re.compile(r"[\s:-]*")

_CONDITION_WORDS = re.compile(
    r"льготн\w+ период|беспроцентн\w+|\bгрейс\w*|без (?:\w+ )?процентов|без переплат\w*"
    r"|без (?:\w+ )?взноса|без (?:\w+ )?комисси\w+"
    r"|бесплатн\w+|нулев\w+ (?:\w+ )?(?:ставк|процент|комисси|взнос|переплат)\w*|под (?:ноль|нуль)"
    r"|кредитн\w+ каникул\w*"
    r"|ни копейки переплат\w*|переплат\w* нет|переплат\w* (?:- )?(?:ноль|нуль|нулев\w+|0\b)|(?:ноль"
    r"|нуль) переплат\w*|процентов нет"
)
_FREE_RATE_WORDS = re.compile(r"без (?:\w+ )?процентов|беспроцентн\w+|нулев\w+ (?:\w+ )?ставк\w*|под (?:ноль|нуль)\b")
_NOT_A_RATE_BEFORE = re.compile(
    r"(?:взнос\w*|комисси\w+|к[еэ]шб[еэ]к\w*|скидк\w+|бонус\w*|верн\w+|возвра\w+|тариф\w*|плат[аеёу]\w*"
    r"|стоимост\w+ жил\w+|от стоимости|неустойк\w+|пен[яи]\w*)"
    r"[^.!?\n%]{0,25}$"
)
_NOT_A_RATE_AFTER = re.compile(
    r"\s?(?:от |)(?:суммы|стоимости|цены|к[еэ]шб[еэ]к|скидк|клиент|покупк|перво|взнос|от суммы)"
)
_RATE_AFTER = re.compile(r"\s?(?:годовых|в год|в месяц|в день)")
_RATE_BEFORE = re.compile(r"(?:ставк\w*|под|процент\w*)[^.!?\n%]{0,15}$")
_SERVICE_TIME = re.compile(r"\b(?:за|через|в течение|спустя)\s(?:\w+\s)?$")
_CASHBACK = re.compile(r"к[еэ]шб[еэ]к|бонус|возвра|верн(?:ем|ет|ется)\b")
_CASHBACK_AFTER = re.compile(rf"[^.!?\n,;]{{0,20}}(?:{_CASHBACK.pattern})")
_RATE_OR_CASHBACK = re.compile(rf"ставк|лимит|\bпод\b|{_CASHBACK.pattern}")
# The cap of the cashback and the purchases that earn it.
_OF_CASHBACK = re.compile(
    r"(?:не (?:более|больше|выше)|максимум|к[еэ]шб[еэ]к\w*)(?:[ -]+(?:до|в|рублями|сумм\w+|месяц))*[ -]*$"
    r"|(?:покупк|трат|оплат)\w*[^.!?\n,;]{0,15} (?:от|на|свыше) $"
)

_APPROVAL = re.compile(
    r"(?:100 ?%|сто ?процентн\w+|стопроцентн\w+|на сто процентов|гарант\w+|обязательно|точно|всегда"
    r"|наверняка|непременно|"
    r"автоматическ\w+|без исключени\w+)[^.!?\n]{0,25}одобр\w+"
    r"|одобр\w+[^.!?\n]{0,15}(?:гарант\w+|обеспечен\w*|100 ?%|на сто процентов)"
    r"|одобр(?:яем|им|яют|ят|ено|ен|ение|яется|ите|ит)\b[^.!?\n]{0,20}\b(?:всем|всех|каждому|каждого"
    r"|любому|любую|любого|кому угодно)"
    r"|(?:всем|каждому|любому|всех)[^.!?\n]{0,30}\bодобр\w+"
    r"|(?:кредит|деньги|карт\w|ипотек\w|заем)[^.!?\n]{0,20}\b(?:дадим|да[её]м|выда[её]м|доступ\w+"
    r"|получит)\s+(?:\w+\s)?(?:всем|каждому|каждый|любому|любой)"
    r"|(?:да[её]м|выда[её]м|дадим|выда\w+|да(?:ст|дут|ет|ют)|предостав\w+|оформ\w+|получ\w+"
    r"|доступ\w+) (?:\w+ ){0,2}(?:кредит\w*|заем|деньги|ипотек\w+|карт\w) (?:(?!на |под |для "
    r"|в )\w+ )?(?:всем|каждому|каждый|любому|любой)\b"
    r"|(?:да[её]м|выда[её]м|дадим) (?:\w+ )?(?:всем|каждому|любому)\b|одобр\w+ (?:\w+ )?в любом случае"
    r"|в любом случае[^.!?\n]{0,20}одобр\w+|одобр\w+ (?:\w+ )?(?:наверняка|обязательно|точно|всегда)\b"
    r"|не (?:\w+ )?смотр\w+ (?:на )?(?:\w+ ){0,2}истори\w+"
    r"|(?:скажем|говорим|ответим|отвечаем) \"?да\"? (?:\w+ )?(?:всем|каждому|любому)"
    r"|(?:точно|обязательно|наверняка|всегда|непременно) (?:\w+ )?утверд\w+"
    r"|как(?:ая|ой|ую) бы (?:\w+ )?ни был\w* (?:\w+ ){0,2}истори\w+"
    r"|без (?:\w+ )?отказ(?:а|ов)\b(?! от)|отказ(?:а|ов|ы|ать)? (?:не буд\w+|не быва\w+|исключен\w*)"
    r"|(?:никому )?не (?:отказываем|отказыва\w+|откажем|откажут)"
    r"|даже если (?:\w+ ){0,3}отказали (?:\w+ ){0,2}(?:банк|друг)\w*|даже если (?:друг|ин)\w+ банк\w* (?:\w+ )?отказали"
    r"|даже после отказ\w* (?:в )?(?:друг|ин)\w+ банк\w*|отказов нет|никогда не отказ\w+"
    r"|без (?:\w+ )?провер(?:ки|ок)\b|не провер(?:яем|яют|ят) (?:\w+ )?(?:кредитн\w+ )?(?:истори\w+"
    r"|доход\w*|ки)|с любой (?:\w+ )?(?:кредитной )?истори\w+"
    r"|(?:плох\w+|испорчен\w+|подмочен\w+) (?:кредитн\w+ )?истори\w+|решение (?:всегда |точно |будет "
    r"|только )+положительн\w+|истори\w+ не (?:важн|имеет|смотрим|проверя)\w*"
)
_APPROVED = re.compile(r"\b(?:пред)?одобрен\w*|\bпредодобр\w*")
_BANK_DECIDES = re.compile(
    r"решени\w+[^.!?\n]{0,60}банк|банк\w*[^.!?\n]{0,30}решени|возможен отказ|может отказать|вправе отказать"
)

_MONEY = (
    r"(?:деньги|денег|наличн\w+|средств\w*|сумм\w+|тысяч\w*|миллион\w*|перечисл\w+|зачисл\w+|переведем|получ(?:ите|ить|ай"
    r"|ение)|выда(?:ем|ча|дим)|лимит\w*|кредит на карт\w+|на карт[уе]|на счет\w*|₽|рубл\w+|\bруб\b)"
)
_MOVED = (
    r"(?:деньги|денег|наличн\w+|средства|получ(?:ите|ить|ай)|перечисл\w+|зачисл\w+|переведем|выда(?:ем"
    r"|дим)|₽|рублей|\bруб)"
)
_AT_ONCE = (
    r"(?:моментальн\w+|мгновенн\w+|мигом|\bтут же\b|в (?:ту|эту) же (?:минуту|секунду)|незамедлительно|сию минуту"
    r"|в тот же день"
    r"|в день (?:обращения|заявки)|сегодня же|уже сегодня|прямо сейчас|"
    r"(?:за|через|в течение|уже через) (?:\w+ ){0,2}(?:\d+|\w+|пар\w) ?(?:минут\w*|секунд\w*|мин\b"
    r"|час\w{0,2})|(?:за|через|в течение) (?:час\w?|полчаса|минут\w)\b)"
)
_COOLING = re.compile(
    rf"{_MONEY}[^.!?\n]{{0,40}}?{_AT_ONCE}|{_AT_ONCE}[^.!?\n]{{0,25}}?{_MONEY}"
    rf"|{_MOVED}[^.!?\n]{{0,25}}\bсразу\b|\bсразу\b[^.!?\n]{{0,20}}(?:{_MOVED}|на карту|на счет)"
)
_NOT_AT_ONCE = re.compile(r"\bне раньше|\bне (?:сразу|мгновенн|моментальн|тут же|мигом|в тот же|сегодня)")
_NOT_ALL = re.compile(r"\bне (?:гарантир|обещ|всем|каждо|любо|всегда|автоматич)")
_DENIED_AFTER_APPROVAL = re.compile(r"[^.!?\n,;:]{0,20}?\b(?:не (?:\w+ )?(?:мо[жг]\w*|вправе)|нельзя)\b")
_NO_INSTALLMENT = re.compile(r"пута(?:йте|ть|ют|ет|ешь)\w* (?:\w+ ){0,3}с $|отлича\w+ от $|\bне то,? что $|вместо $")
_APPLICATION = re.compile(
    r"заявк|анкет|решени|рассч|расч[её]т|ответ|оформ\w+ карт|рассмотр|узна|заполн|посмотр|позвон|напиш|чат"
)
_NOT_COOLED_CODES = frozenset({"REFIN"})


@detects("CRED-RISK")
def risk_phrase(text: Context, rule: Rule) -> Iterator[Hit]:
    if not _RISK.search(text.plain):
        yield text.whole


@detects("CRED-STUDY")
def study_phrase(text: Context, rule: Rule) -> Iterator[Hit]:
    condition = next(_conditions(text), None)
    if condition is None or _is_studied(text):
        return
    yield condition


def _is_studied(text: Context) -> bool:
    for match in _STUDY.finditer(text.plain):
        after = text.plain[match.end() : match.end() + _STUDY_REACH]
        if _SECTION.search(after) or text.bank.site.lower() in after:
            return True
    return False


def _conditions(text: Context) -> Iterator[Hit]:
    """Everything named that moves the full cost of the credit."""
    for number in text.numbers:
        if (number.kind in {"percent", "rub", "currency"} and not _is_cashback(text, number)) or (
            number.kind in {"months", "days"} and not (is_single(number) or _is_service_time(text, number))
        ):
            yield Hit(number.start, number.end)
    if text.has("credit_terms", "free"):
        for match in _CONDITION_WORDS.finditer(text.masked):
            if not is_harmless_free(text.masked, match.start()):
                yield Hit(match.start(), match.end())


def _is_cashback(text: Context, number: Number) -> bool:
    """A figure of the card's cashback costs the borrower nothing; a rate, a limit or a fee beside it does."""
    if text.group != "credit_card" or not _CASHBACK.search(text.around(number.start, number.end, 60, 30)):
        return False
    before = text.around(number.start, number.start, 60, 0)
    if number.kind != "percent":
        return bool(_OF_CASHBACK.search(before))
    if _RATE_AFTER.match(text.plain, number.end):
        return False
    spoken_of = _RATE_OR_CASHBACK.findall(before)
    return bool(_CASHBACK.match(spoken_of[-1])) if spoken_of else bool(_CASHBACK_AFTER.match(text.plain, number.end))


def _is_service_time(text: Context, number: Number) -> bool:
    """«Ответ за 2 дня», «карту привезут через 3 дня»: time of service, no term of the credit."""
    before = text.plain[max(0, number.start - 20) : number.start]
    return bool(_SERVICE_TIME.search(before))


def _rates(text: Context) -> Iterator[Hit]:
    """Interest rates that are not part of the range of the full cost."""
    psk = [(m.start(), _psk_end(text, m.end())) for m in _PSK.finditer(text.plain)]
    for number in text.numbers:
        if number.kind != "percent" or any(start <= number.start < end for start, end in psk):
            continue
        if _is_rate(text.plain, number) and not _is_cashback(text, number):
            yield Hit(number.start, number.end)
    if text.has("credit_terms"):
        for match in _FREE_RATE_WORDS.finditer(text.masked):
            yield Hit(match.start(), match.end())


def _is_rate(plain: str, number: Number) -> bool:
    before = plain[max(0, number.start - 45) : number.start]
    after = plain[number.end : number.end + 20]
    if _RATE_AFTER.match(after) or _RATE_BEFORE.search(before):
        return True
    return not (_NOT_A_RATE_BEFORE.search(before) or _NOT_A_RATE_AFTER.match(after))


def _psk_end(text: Context, start: int) -> int:
    """The end of the range after the phrase: its sentence, or the line below it, up to the word «ставка»."""
    begun = _GAP.match(text.plain, start)
    assert begun is not None
    end = text.sentence(begun.end()).end
    rate = text.plain.find("ставк", start, end)
    return rate if rate >= 0 else end


@detects("CRED-PSK")
def full_cost(text: Context, rule: Rule) -> Iterator[Hit]:
    phrases = [*_PSK.finditer(text.plain)]
    if any(_has_range(text, phrase) for phrase in phrases):
        return
    one_sided = (Hit(n.start, n.end) for phrase in phrases for n in _full_costs(text, phrase))
    if rate := next(chain(_rates(text), one_sided), None):
        yield rate


def _full_costs(text: Context, phrase: re.Match[str]) -> list[Number]:
    """The figures of the full cost: those after the phrase and before the rate."""
    end = min(_psk_end(text, phrase.end()), phrase.end() + _PSK_REACH)
    near = (n for n in text.numbers if phrase.end() <= n.start < end)
    return [n for n in near if n.kind == "percent" or not n.kind]  # «от девятнадцати до тридцати процентов»


def _has_range(text: Context, phrase: re.Match[str]) -> bool:
    """Both ends are named, or the one value that the full cost has; «от 18,9 %» alone is no range."""
    costs = _full_costs(text, phrase)
    if not costs:
        return False
    if len(costs) > 1:
        return bool(_BOTH_ENDS.search(text.plain, costs[0].end, costs[1].start))
    return not _ONE_END.search(text.plain, phrase.end(), costs[0].start)


@detects("CRED-PSK-ORDER")
def full_cost_first(text: Context, rule: Rule) -> Iterator[Hit]:
    phrase = next((m for m in _PSK.finditer(text.plain) if _has_range(text, m)), None)
    if phrase is None:
        return
    rate = next((hit for hit in sorted(_rates(text), key=lambda h: h.start) if hit.start < phrase.start()), None)
    if rate is not None:
        yield rate


@detects("CRED-SIZE")
def phrase_size(text: Context, rule: Rule) -> Iterator[Hit]:
    for phrase in (_RISK, _STUDY):
        match = phrase.search(text.plain)
        if match and len(match.group()) < rule.params["share"] * len(text.plain):
            yield Hit(match.start(), match.end())


@detects("CRED-APPROVAL", needs={"approval"})
def sure_approval(text: Context, rule: Rule) -> Iterator[Hit]:
    for match in text.near(_APPROVAL, "approval"):
        words = match.group()
        if _NOT_ALL.search(words) or _DENIED_AFTER_APPROVAL.match(text.plain, match.end()):
            continue
        if not negated(text.plain, match.start()) or words.startswith(("без", "не", "отказ")):
            yield Hit(match.start(), match.end())


@detects("CRED-PREAPPR", needs={"approval"})
def preapproved(text: Context, rule: Rule) -> Iterator[Hit]:
    match = _APPROVED.search(text.plain)
    if match and not negated(text.plain, match.start()) and not _BANK_DECIDES.search(text.plain):
        yield Hit(match.start(), match.end())


@detects("CRED-COOLING", needs={"fast"})
def money_at_once(text: Context, rule: Rule) -> Iterator[Hit]:
    if text.card is not None and text.card.code in _NOT_COOLED_CODES:
        return
    if text.group == "credit_card" and "лимит" not in text.plain and "деньг" not in text.plain:
        return
    sums = [n.value for n in text.numbers if n.kind == "rub"]
    if sums and max(sums) <= rule.params["free_sum"]:
        return
    for match in text.near(_COOLING, "fast"):
        said = text.around(match.start(), match.end(), 25, 0)[: 25 + len(match.group())]
        late = _NOT_AT_ONCE.search(match.group())
        if not late and not _APPLICATION.search(said) and not negated(text.plain, match.start()):
            yield Hit(match.start(), match.end())


@detects("CRED-INSTALLMENT", needs={"installment"})
def called_installment(text: Context, rule: Rule) -> Iterator[Hit]:
    if text.card is not None and "installment" in text.card.conditions:
        return
    for start, end in text.tagged["installment"]:
        if not negated(text.plain, start) and not _NO_INSTALLMENT.search(text.plain[max(0, start - 40) : start]):
            yield Hit(start, end)

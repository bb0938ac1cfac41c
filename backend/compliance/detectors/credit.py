"""Credit, cards, mortgages and car loans: ст. 28 ч. 2.1, 3, 3.1, 3.2 and what must not be promised."""

import re
from collections.abc import Iterator

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
_CASHBACK = re.compile(r"к[еэ]шб[еэ]к|бонус|возвра|вернем|верн[её]т")

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
    r"|отказов нет|никогда не отказ\w+"
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
    r"|в день (?:обращения|заявки)|сегодня же|прямо сейчас|"
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
            around = text.around(match.start(), match.end(), 30, 30)
            if not (match.group().startswith("бесплатн") and is_harmless_free(around)):
                yield Hit(match.start(), match.end())


def _is_cashback(text: Context, number: Number) -> bool:
    return text.group == "credit_card" and bool(_CASHBACK.search(text.around(number.start, number.end, 60, 30)))


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
    """The end of the range after the phrase: its sentence up to the word «ставка»."""
    end = text.sentence(start).end
    rate = text.plain.find("ставк", start, end)
    return rate if rate >= 0 else end


@detects("CRED-PSK")
def full_cost(text: Context, rule: Rule) -> Iterator[Hit]:
    rate = next(_rates(text), None)
    if rate is None or any(_has_range(text, match) for match in _PSK.finditer(text.plain)):
        return
    yield rate


def _has_range(text: Context, phrase: re.Match[str]) -> bool:
    near = (n for n in text.numbers if phrase.end() <= n.start <= phrase.end() + _PSK_REACH)
    figures = [n for n in near if n.kind == "percent" or not n.kind]  # «от девятнадцати до тридцати процентов»
    return len(figures) >= 2 or (len(figures) == 1 and "до" not in text.plain[phrase.end() : figures[0].start])


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

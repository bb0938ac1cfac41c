"""Income and safety: no guarantees, no borrowed trust, the risk named (ст. 28 ч. 2, 4, 5; 177-ФЗ; 39-ФЗ)."""

import re
from collections.abc import Iterator

from backend.compliance.card import INSURANCE_GROUPS
from backend.compliance.context import Context, Hit
from backend.compliance.detectors.wording import denied, negated
from backend.compliance.names import mentions
from backend.compliance.registry import detects
from backend.compliance.risk import states_risk
from backend.compliance.rules import Rule

_INCOME = (
    r"(?:доход\w*|прибыл\w*|заработ\w*|зарабатыва\w*|выгод\w*|рост\w*|результат\w*|процент\w*|капитал\w*"
    r"|вложен\w*|накоплен\w*|окуп\w*|выплат\w* по инвест\w*|сохранност\w*|деньги)"
)
_ASSET = r"\b(?:золот|серебр|металл|акци|бумаг|рынок|цен|курс|стоимост|портфел|капитал|вложени|па[ийе])\w*"
_ALWAYS_GROWS = (
    r"(?:всегда|постоянно|неизменно|непременно|обязательно|только) (?:\w+ )?"
    r"(?:раст(?:ет|ут)|(?:по)?дорожа(?:ет|ют))\b"
)
_GUARANTEE = re.compile(
    rf"\bгарант\w+[^.!?\n]{{0,40}}\b{_INCOME}|\b{_INCOME}[^.!?\n]{{0,30}}\bгарант\w+"
    rf"|\bобеща(?!нн)\w+[^.!?\n]{{0,40}}\b{_INCOME}|\b{_INCOME}[^.!?\n]{{0,15}}\bобеща\w+"
    r"|(?:точно|обязательно|наверняка|непременно|всегда|гарантированно"
    r"|стабильно)\s(?:\w+\s)?(?:заработ\w+|в плюсе|получите (?:доход|прибыль)\w*|вырастет|вырастут"
    r"|окуп\w+|принес\w+)"
    rf"|{_ASSET} (?:(?!не\b)\w+ ){{0,2}}{_ALWAYS_GROWS}|{_ALWAYS_GROWS} в цене"
    r"|\bпринес(?:ет|ут) (?:\w+ ){0,3}(?:доход|прибыл|заработ)\w*"
    r"|без (?:\w+ )?риск(?:а|ов)\b|безриск\w+|риск(?:а|ов)? (?:нет|исключен\w*|отсутству\w+|нулев\w+)"
    r"|(?:никак\w+|ника\w+|ноль|нулев\w+) риск\w*"
    r"|(?:стабильн|надежн|постоянн|верн|обеспеченн)\w+ (?:\w+ )?(?:доход|прибыл|заработ)\w*"
    r"|доход\w* (?:\w+ )?(?:стабилен|обеспечен)\w*"
    r"|(?:удво|утро(?=[ийею])|приумнож)\w+ (?:ваш\w+ |сво\w+ )?(?:капитал|деньги|вложени|накоплени|доход"
    r"|сбережени)\w*|не потеряете|\bповторим\b|ничего не потеря\w+|ничем не риску\w+|не прогада\w+"
    r"|полн\w+ защит\w+ капитала|(?:100 ?%|стопроцентн\w+|на сто процентов)[^.!?\n]{0,15}защит\w+"
    r"|защит\w+ капитала (?:на )?(?:100|сто)|прибыл\w*[^.!?\n]{0,30}обеспечен\w*|(?:всегда|только) в плюс\w*"
    r"|беспроигрышн\w+ (?:вложен|инвест|вариант)\w*"
)
_PROMISED_RATE = re.compile(
    r"(?:прино(?:сит|сят|сил\w*)|принес(?:ет|ут|ли|ло|ла)|заработа\w+|зарабатыва\w+|получ(?:ите|айте|или"
    r"|ает\w*)|доход\w*|прибыл\w*|прирост\w*|вырос\w*|вырастет|рост\w*)[^.!?\n]{0,45}$"
)
_PAST = re.compile(
    r"по (?:данным|итогам)[^.!?\n]{0,60}\d{4}|не гарантир|не является гарант|методик\w+ (?:банка россии|цб)"
)
_FLOATING = re.compile(r"плавающ\w+|ключев\w+ ставк\w+|привязан\w+ к")

_ASSETS = re.compile(
    r"\b[ои]?б?пиф\w{0,3}\b|паев\w+ (?:инвестиционн\w+ )?фонд|доверительн\w+ управлени\w*|управляющ\w+ компани\w*"
    r"|\bфонд\w*[^.!?\n]{0,40}управля\w+|\bпайщик\w*"
)
_PRAISE = re.compile(
    r"(?:надежн|стабильн|проверенн)\w+ (?:\w+ ){0,2}(?:доход|вложен|инвестиц|управл|результат|прибыл|фонд"
    r"|портфел|стратег|рост)\w*"
    r"|(?:доход|вложен|инвестиц|управл|результат|прибыл|фонд|портфел|стратег)\w* (?:\w+ ){0,2}(?:надежн|стабильн)\w*"
    r"|надежност\w*|стабильност\w*|как (?:у|на|по|во) вклад\w*|не хуже вклад\w*|сравним\w* с (?:вклад|депозит)\w*"
    r"|столько же|так(?:ой|ую|ого|ая) же (?:результат|доход|прибыл)\w*"
    r"|повтор\w+ (?:\w+ ){0,2}(?:результат|доход|успех|прибыл|рекорд)\w*|(?:результат|доход|успех"
    r"|прибыл)\w* (?:\w+ ){0,2}повтор\w+|снова принес\w+"
)
_PERIOD = re.compile(r"\bза (?:\d|год|период|послед|прошл|\w+ год)|с \d|на \d{2}\.\d{2}|\d{4}")
_SOURCE_NAMED = re.compile(r"раскры\w+|информаци\w+|сведени\w+")
_PHONE_OR_ADDRESS = frozenset({"phone", "address"})

_INSURED = re.compile(
    r"застрахова\w+|страху(?:ется|ются)|под защитой (?:асв|государств\w+|агентств\w+)|защищен\w* (?:асв"
    r"|государств\w+|агентств\w+)|\bасв\b|\bссв\b|систем\w+ страхования вкладов|страховани\w+ вкладов"
)
_INSURED_BY_STATE = re.compile(
    r"\bасв\b|\bссв\b|агентств\w+ по страхованию вкладов|систем\w+ страхования вкладов|(?:застрахован"
    r"|защищ)\w*[^.!?\n]{0,30}государств\w+|государств\w+[^.!?\n]{0,30}(?:застрахова|страху)\w*"
    r"|под защитой государств\w+|страховани\w+ вкладов"
)
_DENIED = re.compile(r"\bне (?:\w+ ){0,3}$|\bнет (?:\w+ ){0,2}$|\bвне (?:\w+ ){0,2}$|\bбез (?:\w+ ){0,2}$")
_DENIED_AFTER = re.compile(
    r"\w*[^.!?\n]{0,50}?\bне (?:распростран|действ|покрыва|вход|предусмотр|участв|примен|застрах)"
)
# A card or a package carries policies for journeys and things as well: there only insured money is meant.
_ABOUT_MORE_THAN_MONEY = frozenset({"debit_card", "premium", "salary", "currency"})
_COVERED = frozenset({"deposit", "savings"}) | _ABOUT_MORE_THAN_MONEY
_MONEY = re.compile(r"\b(?:деньги|денег|деньгам|средств|счет|вклад|остат|накоплен|сбережен|зарплат)\w*|на карт[еу]\b")
_INSURED_LIMITS = frozenset({1.4e6, 2.8e6})
_ANY_SUM = re.compile(
    r"на любую сумму|полностью|целиком|на всю сумму|без (?:ограничени|лимит)\w+|любая сумма|все ваши деньги"
)

_LIFE_INVESTMENT = re.compile(r"инвестиц|инвестир|\bисж\b|\bдсж\b|долев\w+ страхован")
_DEVELOPMENT = re.compile(
    r"\bжк\s?\"|\bжк [а-я]+|жил\w+ комплекс\w*\s?\"|застройщик\w*\s?\"|застройщик\w* (?:пао|ооо|ао)\b|новостройк\w+\s\""
)
_DECLARATION = "наш.дом.рф"


@detects("FIN-GUARANTEE", needs={"guarantee", "promise"})
def promised_income(text: Context, rule: Rule) -> Iterator[Hit]:
    if text.group == "deposit" and not _FLOATING.search(text.plain):
        return
    for match in text.near(_GUARANTEE, "guarantee", "promise"):
        if not _is_denied(text, match):
            yield Hit(match.start(), match.end())
    if text.group == "deposit" or _PAST.search(text.plain):
        return
    for number in text.numbers:
        before = text.plain[max(0, number.start - 70) : number.start]
        if number.kind == "percent" and _PROMISED_RATE.search(before) and "комисси" not in before:
            yield Hit(number.start, number.end)


def _is_denied(text: Context, match: re.Match[str]) -> bool:
    words = match.group()
    if denied(text.plain, match.start(), match.end()) and not words.startswith("не "):
        return True
    if words.startswith(("без ", "не ", "ничего не", "ничем не")):
        return False
    if words.startswith("обещани") and re.search(r"\bне|\bнет", text.plain[match.end() : match.end() + 25]):
        return True
    return negated(text.plain, match.start()) or bool(
        re.search(r"\bне (?:\w+ )?(?:гарант|обеща)|гаранти\w+ нет|\bнет (?:гарант|обеща)", words)
    )


@detects("INV-AM")
def asset_management(text: Context, rule: Rule) -> Iterator[Hit]:
    managed = _ASSETS.search(text.plain) if "fund" in text.tagged else None
    if managed is None and text.group != "trust":
        return
    for match in _PRAISE.finditer(text.plain):
        if not denied(text.plain, match.start(), match.end()) and " не " not in match.group():
            yield Hit(match.start(), match.end())
    if not _is_disclosed(text):
        yield (
            Hit(managed.start(), managed.end(), _DISCLOSURE_ADVICE)
            if managed
            else Hit(0, len(text.plain), _DISCLOSURE_ADVICE)
        )
    for number in text.numbers:
        around = text.around(number.start, number.end, 80, 80)
        if number.kind == "percent" and "доход" in around and not _PERIOD.search(around):
            yield Hit(number.start, number.end)


_DISCLOSURE_ADVICE = (
    "Укажите, где раскрыта информация об управлении (адрес страницы), и телефон или адрес, где можно узнать условия."
)


def _is_disclosed(text: Context) -> bool:
    kinds = {mask.kind for mask in text.masks}
    reachable = bool(kinds & _PHONE_OR_ADDRESS or mentions(text.plain, (text.bank.address,)))
    source = "link" in kinds or (kinds >= _PHONE_OR_ADDRESS and _SOURCE_NAMED.search(text.plain))
    return reachable and bool(source)


@detects("DEP-INSURED", needs={"insured"})
def insured_wrongly(text: Context, rule: Rule) -> Iterator[Hit]:
    expression = _INSURED_BY_STATE if text.group in INSURANCE_GROUPS else _INSURED
    for match in expression.finditer(text.plain):
        if _DENIED.search(text.plain[max(0, match.start() - 40) : match.start()]) or _DENIED_AFTER.match(
            text.plain, match.end()
        ):
            continue
        if text.group in _ABOUT_MORE_THAN_MONEY and not _is_about_money(text, match):
            continue
        if text.group not in _COVERED or not _limit_is_named(text):
            yield Hit(match.start(), match.end())
            return


def _is_about_money(text: Context, match: re.Match[str]) -> bool:
    sentence = text.sentence(match.start())
    return bool(_INSURED_BY_STATE.match(match.group()) or _MONEY.search(text.plain, sentence.start, sentence.end))


def _limit_is_named(text: Context) -> bool:
    limit = any(n.kind == "rub" and n.value in _INSURED_LIMITS for n in text.numbers)
    return limit and not _ANY_SUM.search(text.plain)


@detects("INV-RISK")
def risk_is_named(text: Context, rule: Rule) -> Iterator[Hit]:
    if text.group == "life_insurance" and not _is_investment_life(text):
        return
    if not states_risk(text.plain):
        yield text.whole


def _is_investment_life(text: Context) -> bool:
    if text.card is not None:
        return text.card.code == "ISG"
    return bool(_LIFE_INVESTMENT.search(text.plain))


@detects("MORT-DDU", needs={"development"})
def named_development(text: Context, rule: Rule) -> Iterator[Hit]:
    match = _DEVELOPMENT.search(text.plain)
    if match and _DECLARATION not in text.plain:
        yield Hit(match.start(), match.end())

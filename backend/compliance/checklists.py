"""Complete conditions per product group (38-ФЗ ст. 28 ч. 2 п. 2; law.md 4.2).

For every product but credit the law is all or nothing: once one condition that moves the client's income or
expense is named, all of them must be. `required` says which ones a full set cannot go without; `pattern` finds
the condition in a normalised text (lower case, ё as е, plain quotes and dashes), whoever wrote it. For credit
the same lists only order the composer's output: completeness there is the phrase with the site's section.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a product: `key` in `Card.conditions`, its Russian label, and how a text shows it.

    `needed_with` makes an optional condition required once that other one is given.
    """

    key: str
    label: str
    required: bool = True
    pattern: re.Pattern[str] | None = None
    needed_with: str | None = None


def _condition(
    key: str, label: str, pattern: str = "", *, required: bool = True, needed_with: str | None = None
) -> Condition:
    return Condition(key, label, required, re.compile(pattern) if pattern else None, needed_with)


_FIGURE = r"(?:\d|#)"
_MONEY = (
    r"(?:\d[^.!?\n]{0,20}(?:₽|руб|тыс|млн)|тысяч|миллион|любой суммы|любую сумму|минимальной суммы[^.\n]{0,20} нет)"
)
_TERM = (
    r"(?:\d\s?(?:дн|день|мес|год|лет|недел|г\.)|(?:два|две|три|четыре|пять|шесть|[а-я]+надцат[ьи]|[а-я]+дцат[ьи]|сорок|[а-я]+десят|сто"
    r"|один|одн[уа]|семь|восемь|девять) (?:дн|день|мес|год|лет|недел)"
    r"|полгод|полугод|месяц|годов?ой срок|на год|бессрочн"
    r"|срок\w* не огранич|срока нет)"
)

PSK = _condition("psk_range", "диапазон полной стоимости кредита", r"полная стоимость кредита")
RATE_RANGE = _condition("rate_range", "диапазон процентных ставок", r"ставк|годовых")
AMOUNT = _condition("amount", "сумма", _MONEY)
TERM = _condition("term", "срок", _TERM)
FEES = _condition("fees", "комиссии и плата", r"комисси|плат[аыу]\b|обслуживани", required=False)
DECISION = _condition("decision", "решение принимает банк", r"решени", required=False)
COLLATERAL = _condition("collateral", "обеспечение", r"залог|обеспечени|поручител", required=False)
DOWN_PAYMENT = _condition("down_payment", "первоначальный взнос", r"взнос", required=False)
INSURANCE_DEPENDENCE = _condition(
    "insurance_dependence", "зависимость ставки от страхования", r"страхов", required=False
)
GRACE = _condition("grace_period", "льготный период", r"льготн\w+ период", required=False)
MIN_RATE = _condition("min_guaranteed_rate", "минимальная гарантированная ставка", r"минимальн\w+ гарантированн\w+")

_CREDIT = (PSK, RATE_RANGE, AMOUNT, TERM, DOWN_PAYMENT, GRACE, FEES, COLLATERAL, INSURANCE_DEPENDENCE, DECISION)
_CARD_CREDIT = (
    PSK,
    RATE_RANGE,
    _condition("grace_period", "льготный период и его условия", r"льготн\w+ период"),
    _condition("amount", "кредитный лимит", _MONEY, required=False),
    _condition("term", "срок", _TERM, required=False),
    _condition("fees", "плата за карту и комиссия за наличные", r"комисси|плат[аыу]\b|обслуживани"),
    INSURANCE_DEPENDENCE,
    DECISION,
)

_INSURANCE = (
    _condition("insurer", "страховщик", r"страховщик|страхов\w+ компани|пример страхование"),
    _condition("premium", "страховая премия (цена полиса)", r"преми|стоимост|цена|стоит|взнос|тариф"),
    _condition("sum_insured", "страховая сумма", r"страхов\w+ сумм|выплат\w* до|сумм\w* выплат"),
    _condition("risks", "страховые риски", r"риск|случа|пожар|залив|смерт|уход из жизни|травм|инвалидност"),
    _condition("term", "срок страхования", _TERM),
    _condition("deductible", "франшиза", r"франшиз"),
    _condition("exclusions", "исключения", r"исключен|не явля\w+ страхов|не покрыва|не относ"),
    _condition("agent", "банк — агент страховщика", r"агент"),
)

_INVESTMENT = (
    _condition("commissions", "комиссии и вознаграждение", r"комисси|вознагражден"),
    _condition("term", "срок", _TERM + r"|без срока"),
    _condition("risk", "риск", r"риск"),
    _condition(
        "no_guarantee", "доход не гарантирован, страхования вкладов нет", r"не гарантир|не застрахован|не страху"
    ),
    _condition("disclosure", "источник раскрытия информации", r"раскры|сведени|информаци", required=False),
)

CHECKLISTS: dict[str, tuple[Condition, ...]] = {
    "consumer_credit": _CREDIT,
    "credit_card": _CARD_CREDIT,
    "mortgage": _CREDIT,
    "car_loan": _CREDIT,
    "deposit": (
        _condition("rate", "ставка", r"%|процент\w* годовых|годовых"),
        MIN_RATE,
        _condition("term", "срок вклада", _TERM),
        _condition("amount", "минимальная и максимальная сумма", _MONEY),
        _condition(
            "payout",
            "выплата процентов и капитализация",
            r"капитализац|процент\w*[^.\n]{0,40}(?:в конце|выпла|ежемесяч|кажд)|выплат\w*[^.\n]{0,20}процент",
        ),
        _condition("replenishment", "пополнение и снятие", r"пополн"),
        _condition(
            "early_closure", "досрочное закрытие", r"досрочн|раньше срока|до (?:окончания|конца|истечения) срока"
        ),
        _condition("raised_rate", "условия повышенной ставки", r"повышенн|надбавк", required=False),
        _condition(
            "offer_until",
            "срок предложения",
            (
                r"до \d{1,2}[. ](?:\d{1,2}|[а-я]+)|до #|предложени\w*[^.\n]{0,30}(?:до|действу|бессрочн|не огранич)"
                r"|по \d{1,2} [а-я]+|до [а-я]+(?: [а-я]+)? (?:января|февраля|марта|апреля|мая|июня"
                r"|июля|августа|сентября|октября|ноября|декабря)"
            ),
        ),
    ),
    "savings": (
        _condition("base_rate", "базовая ставка", r"%|процент"),
        _condition("promo_rate", "повышенная ставка", r"нов\w+ клиент|повышенн|приветственн", required=False),
        _condition(
            "promo_period",
            "срок повышенной ставки",
            r"перв\w+ (?:\d|два|три|месяц|полгод)|\d[^.\n]{0,6}(?:мес|дн)|месяц",
            required=False,
            needed_with="promo_rate",
        ),
        _condition("balance_limit", "остаток, на который идут проценты", r"остат"),
        _condition(
            "accrual_base",
            "на какой остаток начисляют (ежедневный или минимальный)",
            r"ежедневн\w* остат|минимальн\w* остат|остат\w*[^.\n]{0,20}(?:кажд\w+ дн|за день|на конец дня)",
        ),
        _condition(
            "new_client",
            "кто считается новым клиентом",
            r"нов\w+ клиент\w*[^.\n]{0,10}(?:-|это|счита|тот)",
            required=False,
            needed_with="promo_rate",
        ),
        _condition("payout_day", "день выплаты", r"выпла|начисля\w*[^.\n]{0,40}(?:последн|перв|кажд)"),
        _condition("account_fee", "плата за счёт", r"плат[аыу] за|обслуживани\w* счет|бесплатн"),
        MIN_RATE,
    ),
    "debit_card": (
        _condition("fee", "плата за обслуживание", r"обслуживани|плат[аыу] за"),
        _condition(
            "fee_waiver", "условие отмены платы", r"при |если|не взима|без дополнительных условий", required=False
        ),
        _condition("cashback", "кешбэк: процент, категории, выплата", r"к[еэ]шб[еэ]к", required=False),
        _condition(
            "cashback_cap",
            "потолок кешбэка",
            r"не более|максимум|не больше|не выше",
            required=False,
            needed_with="cashback",
        ),
        _condition("limits", "лимиты снятия и переводов", r"лимит|сняти|перевод|не более"),
        _condition("over_limit_fee", "комиссия сверх лимита", r"комисси|сверх"),
        _condition("balance_interest", "процент на остаток", r"на остаток", required=False),
    ),
    "premium": (
        _condition("price", "цена обслуживания", r"обслуживани|стоимост|цена|плат[аыу]\b"),
        _condition(
            "zero_price",
            "условие обслуживания за 0 ₽",
            (
                r"(?:бесплатн|0 ?(?:₽|руб)|не взима|без платы|платы не будет|платить не)[^.\n]{0,60}(?:при|если|от)"
                r"|(?:при"
                r"|если)[^.\n]{0,80}(?:бесплатн|0 ?(?:₽|руб)|не взима|без платы)"
            ),
        ),
        _condition("privileges", "лимиты привилегий", r"привилег|проход|бизнес-зал|консьерж|включ"),
        _condition(
            "over_limit",
            "цена сверх лимитов",
            r"сверх|свыше|далее|кажд\w+ следующ|дополнительн\w+ (?:проход|посещен)|друг\w+ платежей[^.\n]{0,20} нет",
        ),
    ),
    "salary": (
        _condition("employee_tariff", "тариф для сотрудника", r"тариф|обслуживани|плат[аыу]\b"),
        _condition("benefit_terms", "условия льгот", r"при |если|услови"),
        _condition("overdraft", "овердрафт", r"овердрафт", required=False),
    ),
    "insurance": _INSURANCE,
    "life_insurance": _INSURANCE,
    "investment": _INVESTMENT,
    "trust": _INVESTMENT,
    "metal": (
        _condition("price_spread", "разница цен покупки и продажи", r"разниц|спред|цен\w+ покупки|цен\w+ продажи"),
        _condition("fees", "комиссии и плата за счёт", r"комисси|плат[аыу]\b|обслуживани"),
        _condition("risk", "риск изменения цены", r"риск|мо[жг]\w+ (?:сни[жз]|упасть|измен)|не застрахован"),
    ),
    "currency": (
        _condition("rate_rule", "как определяется курс", r"курс"),
        _condition("fees", "комиссии", r"комисси"),
        _condition("limits", "ограничения суммы", r"лимит|огранич|не более|от \d|до \d"),
    ),
}


def missing_keys(group: str, given: set[str]) -> tuple[str, ...]:
    """Keys a full set of conditions still lacks when the keys in `given` are present."""
    return tuple(
        condition.key
        for condition in CHECKLISTS[group]
        if condition.key not in given and (condition.required or condition.needed_with in given)
    )

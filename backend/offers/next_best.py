"""The next best product: what to offer a client when the caller leaves the choice to us.

Pure: fact codes, segment letter and age in, ranked products out. Hard exclusions come first (law, sense, care for
people who already owe much), then each product collects the weights of the facts that speak for it. The reason is plain
Russian for the marketer, made from fact words only: no sum, count, debt or salary of the client can appear in it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from model.brief import PRODUCTS

CREDITS = frozenset({"ПК", "TOPUP", "REFIN", "CC", "AUTO", "AUTO_SCR", "MORTG", "MORTG_REFIN", "MORTG_SCR"})
SECURED = frozenset({"AUTO", "AUTO_SCR", "MORTG", "MORTG_REFIN", "MORTG_SCR"})
LONG_INSURANCE = frozenset({"ISG", "NSG", "INS_LIFE"})
FOR_TEENAGERS = frozenset({"DC", "SAVE_ACC", "DEPOSIT"})
WEALTH = frozenset({"affluent", "super_salary", "super_deposit"})

CLIENT_FROM = 14
ADULT_FROM = 18
SECURED_FROM = 21
SECURED_UNTIL = 65
CREDIT_UNTIL = 70
OVERLENT_SEGMENT = "c"
NO_BUREAU_SEGMENT = "d"
NO_BUREAU_PENALTY = 0.6

BASE: Mapping[str, float] = {
    "DC": 1.0,
    "SAVE_ACC": 0.9,
    "DEPOSIT": 0.8,
    "CC": 0.7,
    "ПК": 0.5,
    "IZP": 0.5,
    "INS_PROPERTY": 0.4,
    "INS_LIFE": 0.3,
    "REFIN": 0.3,
    "INVEST": 0.3,
    "MORTG": 0.2,
    "AUTO": 0.2,
    "NSG": 0.2,
    "ISG": 0.2,
    "OMS": 0.2,
    "PREMIUM": 0.2,
    "CURR_EXC": 0.2,
    "TRUST": 0.1,
    "TOPUP": 0.1,
    "AUTO_SCR": 0.1,
    "MORTG_REFIN": 0.1,
    "MORTG_SCR": 0.1,
}
"""How welcome a product is when nothing speaks for or against it."""

START: Mapping[str, str] = {
    "DC": "начать знакомство с банком проще всего с карты на каждый день",
    "SAVE_ACC": "счёт для накоплений подходит почти каждому и ни к чему не обязывает",
    "DEPOSIT": "вклад понятен и подходит почти каждому",
}
OTHERWISE = "других заметных поводов в данных клиента нет"

SIGNALS: Mapping[str, Mapping[str, tuple[float, str]]] = {
    "ПК": {
        "ev_home_purchase": (0.9, "после покупки жилья обычно следуют ремонт и мебель"),
        "visited_credit": (1.1, "клиент приходил в офис за кредитом"),
        "past_borrower": (0.9, "клиент уже брал кредит и закрыл его"),
        "ev_large_purchase": (0.4, "клиент недавно сделал крупную покупку"),
        "salary_client": (0.3, "клиент получает зарплату в банке"),
    },
    "TOPUP": {
        "borrower": (1.6, "клиент уже пользуется кредитом банка и может объединить его с новым"),
        "visited_credit": (0.4, "клиент приходил в офис за кредитом"),
    },
    "REFIN": {
        "visited_credit": (0.6, "клиент приходил в офис за кредитом"),
        "visited_transfer": (0.2, "клиент приходил в офис с платежом"),
        "borrower": (0.3, "клиенту может быть удобнее один платёж вместо нескольких"),
    },
    "CC": {
        "shops_often": (0.9, "клиент часто платит картой за покупки"),
        "ev_large_purchase": (0.8, "клиент недавно сделал крупную покупку"),
        "fuels_often": (0.3, "клиент часто заправляет автомобиль"),
        "limit_changes": (0.4, "клиент внимательно настраивает лимиты по карте"),
        "visited_card": (0.6, "клиент приходил в офис за картой"),
        "ev_trip": (0.3, "клиент собирается в поездку"),
        "active": (0.3, "клиент активно пользуется банком"),
    },
    "AUTO": {
        "ev_car_purchase": (2.4, "клиент выбирает автомобиль"),
        "drives": (0.4, "клиент водит автомобиль"),
        "fuels_often": (0.4, "клиент много ездит"),
    },
    "AUTO_SCR": {
        "drives": (0.4, "у клиента есть автомобиль"),
        "visited_credit": (0.6, "клиент приходил в офис за кредитом"),
    },
    "MORTG": {
        "ev_home_purchase": (1.6, "клиент выбирает жильё"),
        "young_adult": (0.5, "в этом возрасте часто выбирают первое жильё"),
        "ev_large_top_up": (0.3, "клиент крупно пополнил счёт и, возможно, копит на взнос"),
        "deposit_holder": (0.2, "у клиента есть накопления на вкладе"),
    },
    "MORTG_REFIN": {"visited_credit": (0.3, "клиент приходил в офис за кредитом")},
    "MORTG_SCR": {
        "visited_credit": (0.4, "клиент приходил в офис за кредитом"),
        "mature": (0.2, "у людей этого возраста чаще есть собственное жильё"),
    },
    "DEPOSIT": {
        "ev_deposit_closing": (2.2, "скоро закрывается действующий вклад"),
        "deposit_leaving": (1.5, "клиент забирает деньги с вклада, его стоит удержать"),
        "visited_deposit": (1.1, "клиент приходил в офис по вкладу"),
        "ev_large_top_up": (0.9, "клиент крупно пополнил счёт"),
        "senior": (0.7, "люди старшего возраста чаще выбирают вклад"),
        "deposit_holder": (0.7, "клиент уже хранит деньги на вкладе"),
        "mature": (0.3, "в этом возрасте чаще откладывают на вклад"),
    },
    "SAVE_ACC": {
        "tops_up": (0.9, "клиент часто пополняет счёт"),
        "ev_salary": (0.8, "клиенту пришла зарплата, часть её удобно отложить"),
        "ev_loan_repaid": (1.1, "кредит закрыт, и деньги на платежи теперь можно откладывать"),
        "transfers_often": (0.4, "клиент часто переводит деньги между своими счетами и близким"),
        "salary_client": (0.4, "клиент получает зарплату в банке"),
        "young": (0.3, "в этом возрасте начинают копить на первые цели"),
    },
    "DC": {
        "ev_card_expiring": (2.2, "скоро истекает срок действующей карты"),
        "no_product": (1.2, "у клиента пока нет действующих продуктов"),
        "youth": (1.2, "первой картой подростка чаще всего бывает дебетовая"),
        "visited_card": (1.0, "клиент приходил в офис за картой"),
        "fuels_often": (0.6, "клиент часто заправляет автомобиль"),
        "pays_services": (0.4, "клиент оплачивает услуги через банк"),
        "pays_mobile": (0.4, "клиент оплачивает связь через банк"),
        "cash_often": (0.5, "клиент часто снимает наличные"),
        "quiet": (0.3, "клиент давно почти не пользуется банком"),
    },
    "PREMIUM": {
        "affluent": (2.0, "клиент состоятельный, ему важен уровень обслуживания"),
        "super_salary": (1.4, "клиент получает зарплату в банке и может оценить премиальное обслуживание"),
        "super_deposit": (0.9, "клиент хранит в банке крупные сбережения"),
        "ev_trip": (0.5, "клиент собирается в поездку"),
        "manager": (0.5, "клиент занимает руководящую должность"),
    },
    "INVEST": {
        "visited_invest": (1.9, "клиент приходил в офис по инвестициям"),
        "super_deposit": (0.6, "клиенту может быть интересно дополнить вклады"),
        "affluent": (0.5, "состоятельные клиенты чаще инвестируют"),
        "super_salary": (0.5, "клиент располагает свободными средствами"),
        "manager": (0.3, "клиент занимает руководящую должность"),
        "young_adult": (0.2, "в этом возрасте часто начинают инвестировать"),
    },
    "ISG": {
        "visited_invest": (0.8, "клиент приходил в офис по инвестициям"),
        "super_deposit": (0.6, "клиенту может быть интересно дополнить вклады"),
        "affluent": (0.4, "состоятельные клиенты чаще выбирают долгие вложения с защитой"),
    },
    "NSG": {
        "middle": (0.5, "в этом возрасте чаще думают о долгих целях семьи"),
        "deposit_holder": (0.3, "клиент умеет копить"),
        "salary_client": (0.2, "у клиента регулярный доход"),
    },
    "INS_LIFE": {
        "ev_trip": (0.6, "клиент собирается в поездку"),
        "ev_car_purchase": (0.4, "клиент выбирает автомобиль"),
        "drives": (0.3, "клиент водит автомобиль"),
        "middle": (0.3, "в этом возрасте чаще думают о защите семьи"),
    },
    "INS_PROPERTY": {
        "ev_home_purchase": (1.2, "новое жильё стоит защитить"),
        "ev_trip": (0.7, "на время поездки дом остаётся без присмотра"),
        "mature": (0.3, "у людей этого возраста чаще есть собственное жильё"),
        "senior": (0.3, "у людей старшего возраста чаще есть собственное жильё"),
    },
    "TRUST": {
        "affluent": (1.3, "состоятельные клиенты чаще доверяют управление капиталом профессионалам"),
        "super_deposit": (1.0, "у клиента есть крупные сбережения, часть которых можно передать в управление"),
        "visited_invest": (0.7, "клиент приходил в офис по инвестициям"),
    },
    "OMS": {
        "super_deposit": (0.5, "клиенту может быть интересно дополнить вклады"),
        "visited_invest": (0.5, "клиент приходил в офис по инвестициям"),
    },
    "IZP": {
        "former_salary": (1.7, "раньше клиент получал зарплату в банке, его стоит вернуть"),
        "tops_up": (0.5, "клиент часто пополняет счёт из другого банка"),
        "active": (0.4, "клиент активно пользуется банком"),
    },
    "CURR_EXC": {
        "ev_trip": (1.7, "клиент собирается в поездку"),
        "visited_transfer": (0.3, "клиент приходил в офис за переводом"),
    },
}
"""For each product, the facts that speak for it: weight and reason."""

SEEN_IN_APP = 0.8
REASONS_SHOWN = 2


@dataclass(frozen=True)
class Choice:
    """One product for the client, with the marketer's reason."""

    product: str
    score: float
    reason: str


def rank_products(
    facts: Collection[str],
    segment: str | None,
    age: float | None,
    available: Collection[str],
    viewed: Collection[str] = (),
) -> tuple[Choice, ...]:
    """Products worth offering, best first; empty when none may be offered (a child, an empty catalogue).

    `segment` is the letter a-k of the client's segment, `viewed` the products whose pages the client opened lately.
    """
    known = frozenset(facts)
    choices = [
        _weigh(product, known, segment, product in viewed)
        for product in PRODUCTS
        if product in available and not is_excluded(product, known, segment, age)
    ]
    # `sorted` is stable, so equal scores keep the catalogue's order
    return tuple(sorted(choices, key=lambda choice: -choice.score))


def is_excluded(product: str, facts: frozenset[str], segment: str | None, age: float | None) -> bool:
    """Whether the product must never be the automatic choice for this client."""
    return _excluded_by_age(product, age) or _excluded_by_bond(product, facts, segment)


def _excluded_by_age(product: str, age: float | None) -> bool:
    if age is None:
        return False
    if age < ADULT_FROM:
        return age < CLIENT_FROM or product not in FOR_TEENAGERS
    if product in SECURED:
        return not SECURED_FROM <= age <= SECURED_UNTIL
    return product in CREDITS | LONG_INSURANCE and age > CREDIT_UNTIL


def _excluded_by_bond(product: str, facts: frozenset[str], segment: str | None) -> bool:
    """What the client already has or lacks with the bank: no second of the same, nothing on top of heavy debts."""
    if segment == OVERLENT_SEGMENT and product in CREDITS - {"REFIN"}:
        return True
    return (
        (product == "IZP" and "salary_client" in facts)
        or (product == "TOPUP" and "borrower" not in facts)
        or (product == "DC" and "new_card" in facts)
        or (product == "AUTO_SCR" and "drives" not in facts)
        or (product in {"PREMIUM", "TRUST"} and not facts & WEALTH)
    )


def _weigh(product: str, facts: frozenset[str], segment: str | None, was_viewed: bool) -> Choice:
    signals = SIGNALS.get(product, {})
    speaking = sorted((signals[fact] for fact in facts if fact in signals), key=lambda signal: (-signal[0], signal[1]))
    score = BASE[product] + sum(weight for weight, _ in speaking)
    reasons = [reason for _, reason in speaking[:REASONS_SHOWN]]
    if was_viewed:
        score += SEEN_IN_APP
        reasons = ["клиент смотрел этот продукт в приложении", *reasons][:REASONS_SHOWN]
    if segment == NO_BUREAU_SEGMENT and product in CREDITS:
        score -= NO_BUREAU_PENALTY
    return Choice(product, round(score, 3), _sentence(reasons or [START.get(product, OTHERWISE)]))


def _sentence(reasons: list[str]) -> str:
    words = "; ".join(reasons)
    return words[0].upper() + words[1:] + "."

"""What the guard and the composer know of a bank and of one offer: plain data, no tables.

A `Card` holds the conditions of a product as complete Russian phrases with their figures, for example
`{"rate": "ставка 15% годовых", "term": "срок 181 день"}`. A phrase starts with a lower-case letter unless it
is a name, has no final stop, and can stand alone as a sentence after its first letter is raised.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

CREDIT_GROUPS = frozenset({"consumer_credit", "credit_card", "mortgage", "car_loan"})
INSURANCE_GROUPS = frozenset({"insurance", "life_insurance"})
RISK_GROUPS = frozenset({"investment", "trust", "metal"})

GROUP_OF_PRODUCT: Mapping[str, str] = {
    "ПК": "consumer_credit",
    "TOPUP": "consumer_credit",
    "REFIN": "consumer_credit",
    "AUTO_SCR": "consumer_credit",
    "CC": "credit_card",
    "AUTO": "car_loan",
    "MORTG": "mortgage",
    "MORTG_REFIN": "mortgage",
    "MORTG_SCR": "mortgage",
    "DEPOSIT": "deposit",
    "SAVE_ACC": "savings",
    "DC": "debit_card",
    "PREMIUM": "premium",
    "IZP": "salary",
    "INS_PROPERTY": "insurance",
    "INS_LIFE": "life_insurance",
    "ISG": "life_insurance",
    "NSG": "life_insurance",
    "INVEST": "investment",
    "TRUST": "trust",
    "OMS": "metal",
    "CURR_EXC": "currency",
}

GROUP_NAMES: Mapping[str, str] = {
    "consumer_credit": "потребительский кредит",
    "credit_card": "кредитная карта",
    "mortgage": "ипотека",
    "car_loan": "автокредит",
    "deposit": "вклад",
    "savings": "накопительный счёт",
    "debit_card": "дебетовая карта",
    "premium": "премиальное обслуживание",
    "salary": "зарплатный проект",
    "insurance": "страхование",
    "life_insurance": "страхование жизни",
    "investment": "инвестиции",
    "trust": "доверительное управление",
    "metal": "металлический счёт",
    "currency": "обмен валюты",
}


@dataclass(frozen=True, slots=True)
class Bank:
    """The advertiser's profile: the names, links and phones that a text may carry."""

    legal_name: str
    names: tuple[str, ...]
    app: str
    site: str
    phone: str
    agent: str
    insurer: str
    asset_manager: str
    disclosure_site: str
    address: str

    def owns(self, section: str) -> bool:
        """Is this a section of the bank's own site?"""
        return section == self.site or section.startswith(f"{self.site}/")


@dataclass(frozen=True, slots=True)
class Card:
    """One product as offered: `conditions` maps a key of `checklists.CHECKLISTS` to a phrase with figures.

    Keys outside the checklist are allowed: their figures, dates and names count as grounded too.
    """

    code: str
    group: str
    name: str
    site_section: str
    conditions: Mapping[str, str] = field(default_factory=dict, hash=False)


class UnknownProduct(ValueError):
    """Neither a product code, nor a group, nor the Russian name of a group."""


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("ё", "е").split())


_BY_CODE = {**{_folded(code): group for code, group in GROUP_OF_PRODUCT.items()}, "pk": "consumer_credit"}
_BY_NAME = {
    **{_folded(group): group for group in GROUP_NAMES},
    **{_folded(name): group for group, name in GROUP_NAMES.items()},
    "кредит наличными": "consumer_credit",
    "кредит": "consumer_credit",
    "рефинансирование": "consumer_credit",
    "депозит": "deposit",
    "премиальная карта": "premium",
    "зарплатная карта": "salary",
    "страхование имущества": "insurance",
    "исж": "life_insurance",
    "нсж": "life_insurance",
    "дсж": "life_insurance",
    "инвестиционное страхование жизни": "life_insurance",
    "накопительное страхование жизни": "life_insurance",
    "брокерский счет": "investment",
    "металлы": "metal",
    "обезличенный металлический счет": "metal",
    "омс": "metal",
    "валюта": "currency",
    "обмен валют": "currency",
}


def group_of(product: str) -> str:
    """The group of rules for a product code, a group or a Russian group name. Raises UnknownProduct."""
    folded = _folded(product)
    group = _BY_CODE.get(folded) or _BY_NAME.get(folded)
    if group is None:
        raise UnknownProduct(product)
    return group


def group_by_name(name: str) -> str | None:
    """The group of a Russian group name (or a group's own code); None for anything else, product codes first."""
    folded = _folded(name)
    return None if folded in _BY_CODE else _BY_NAME.get(folded)

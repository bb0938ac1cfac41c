"""A statement of risk is told from words about risk, and only it spares a text the sentence of the composer."""

import pytest

from backend.compliance.normalise import plain_text
from backend.compliance.risk import states_risk
from backend.compliance.service import check, compose

MENTIONS = [
    "Вы ничем не рискуете: брокерский счёт открывается в приложении",
    "Управление учитывает ваше отношение к риску",
    "Честно о рисках: их объяснит специалист",
    "Риски полиса названы до подписания",
    "Объясним связанные с рынком риски",
    "Какие потери возможны, расскажет специалист",
    "Инвестиции без риска потерь",
    "Инвестиции не связаны с риском",
    "Цена золота не может снизиться",
    "Цена золота может и не снизиться",
    "Комиссия может снизиться",
    "Плата за портфель может уменьшиться, а потери невозможны",
    "Вклады для тех, кто ещё не застрахован",
    "Скидка не распространяется на подписку",
    "Скорость сделки не гарантирована",
    "Есть риск не успеть",
]
STATEMENTS = [
    "Доход не гарантирован",
    "Доход зависит от рынка и не гарантирован",
    "Банк не гарантирует доход",
    "Инвестиции связаны с риском",
    "Управление связано с рыночным риском",
    "Цена бумаг может снизиться",
    "Цена каждый день разная и может упасть",
    "Стоимость портфеля может как расти, так и снижаться",
    "Возможна потеря вложенных денег",
    "Возможны убытки",
    "Убытки тоже возможны",
    "Есть риск снижения цены",
    "Инструмент другой, с риском снижения стоимости",
]


@pytest.mark.parametrize("text", MENTIONS)
def test_a_mention_is_no_statement(text):
    assert not states_risk(plain_text(text))


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_statement(text):
    assert states_risk(plain_text(text))


@pytest.mark.parametrize(
    ("code", "body", "said"),
    [
        ("INVEST", "Вы ничем не рискуете: брокерский счёт ПАО «Примербанк» — в приложении", "Доход не гарантирован"),
        ("TRUST", "Управление ПАО «Примербанк» учитывает ваше отношение к риску", "Доход не гарантирован"),
        ("ISG", "Честно о рисках: полис ПАО «Примербанк» объяснит специалист", "Доход не гарантирован"),
        ("OMS", "О рисках металлического счёта ПАО «Примербанк» расскажут заранее", "Есть риск снижения цены"),
    ],
)
def test_who_only_speaks_of_risk_gets_the_sentence(code, body, said, bank, cards):
    card = cards[code]
    composed = compose(body, card=card, channel="SMS", bank=bank)
    assert said in composed
    assert warned(body, card, bank)
    assert not warned(composed, card, bank)


def test_a_statement_of_the_body_is_not_repeated(bank, cards):
    body = "Цена золота может снизиться, об этом ПАО «Примербанк» говорит сразу"
    assert compose(body, card=cards["OMS"], channel="SMS", bank=bank) == body


def warned(text, card, bank) -> bool:
    report = check(text, card=card, group=card.group, channel="SMS", bank=bank)
    return "INV-RISK" in {finding.rule for finding in report.findings}

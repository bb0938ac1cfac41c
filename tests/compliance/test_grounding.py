"""Figures, dates, links and names of a text against the card: whatever is not there is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.compliance.card import Card
from backend.compliance.service import check

CARD = Card(
    code="DEPOSIT",
    group="deposit",
    name="Вклад «Зимний»",
    site_section="primerbank.example/deposit",
    conditions={
        "rate": "ставка 15 % годовых",
        "min_guaranteed_rate": "минимальная гарантированная ставка 15 %",
        "term": "срок 181 день",
        "amount": "сумма от 50 000 до 5 000 000 ₽",
        "payout": "проценты выплачиваются в конце срока, без капитализации",
        "replenishment": "пополнение и снятие не предусмотрены",
        "early_closure": "при досрочном закрытии 0,01 % годовых",
        "offer_until": "предложение действует до 31 декабря 2026 года",
    },
)
FULL = (
    "ПАО «Примербанк»: вклад «Зимний». Ставка 15% годовых, минимальная гарантированная ставка 15%, срок 181 день, "
    "сумма от 50 тыс. до 5 млн ₽, проценты в конце срока, без капитализации, пополнения и снятия, "
    "при досрочном закрытии 0,01%. До 31.12.2026. "
)
ONES = ("", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять")
TENS = ("", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто")


def grounds(text: str, bank) -> list[str]:
    report = check(text, card=CARD, group="deposit", channel="SMS", bank=bank)
    return [f.excerpt for f in report.findings if f.rule == "FACT-GROUND"]


def test_a_text_of_the_card_is_grounded(bank):
    report = check(FULL, card=CARD, group="deposit", channel="EMAIL", bank=bank)
    assert [f for f in report.findings if f.severity == "block"] == []


@pytest.mark.parametrize(
    "addition",
    [
        "Ставка 16%",
        "Ставка шестнадцать процентов",
        "Срок 180 дней",
        "Срок полгода",
        "Бонус 1 000 ₽",
        "До 30.11.2026",
        "До 31 декабря 2027 года",
        "Подробнее: other.example/deposit",
        "Звоните 8 800 555-00-00",
        "Партнёр — ООО «Ромашка»",
        "Вклад «Летний»",
        "Три миллиона рублей",
        "Ответ за 5 минут",
    ],
)
def test_what_is_not_in_the_card_is_found(addition, bank):
    assert grounds(FULL + addition, bank) != []


@pytest.mark.parametrize(
    "addition",
    [
        "Звоните 8 800 000-00-00 или +7 (800) 000-00-00",
        "Офис открыт с 9:00 до 20:00, ул. Мира, 5",
        "Поддержка 24/7",
        "Подробнее: primerbank.example/deposit",
        "Один договор и три шага",
        "До 31 декабря",
        "Ставка пятнадцать процентов",
        "Сумма от пятидесяти тысяч рублей",
    ],
)
def test_what_is_known_passes(addition, bank):
    assert grounds(FULL + addition, bank) == []


def in_words(number: int) -> str:
    return " ".join(word for word in (TENS[number // 10], ONES[number % 10]) if word)


FORMS = [
    lambda n: f"{n}%",
    lambda n: f"{n} %",
    lambda n: f"{n}\u00a0процентов",
    lambda n: f"{n},0 % годовых",
    lambda n: "".join(chr(ord("０") + int(d)) for d in str(n)) + "％",
    lambda n: f"{in_words(n)} процентов",
    lambda n: f"<b>{n}</b>&nbsp;%",
    lambda n: f"{n}-процентная ставка",
    lambda n: f"{str(n)[0]}\u200b{str(n)[1:]} %",
]


@given(st.integers(21, 99), st.sampled_from(FORMS))
def test_a_foreign_figure_is_found_in_whatever_form(bank, number, form):
    assert grounds(FULL + f"Ставка {form(number)}.", bank) != []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("DC", "кешбэк 10 % в трёх категориях, не более 3 000 ₽ в месяц"),
        ("DC", "комиссия 5 % за переводы"),
        ("DC", "обслуживание 1 ₽ в месяц"),
        ("ПК", "ставка от 1 % годовых"),
        ("ПК", "ставка от 4 % годовых"),
        ("ПК", "ставка 20 % годовых"),
        ("ПК", "ответ за 1 день"),
        ("DEPOSIT", "14,2 % на 367 дней"),
        ("DEPOSIT", "ставка 13,1 % годовых на срок 91 день"),
        ("MORTG", "ставка от 20,1 % годовых"),
    ],
)
def test_a_figure_of_another_condition_grounds_nothing(code, text, bank, cards):
    assert "FACT-GROUND" in found(code, text, bank, cards)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("DC", "кешбэк 5 % в трёх категориях, не более 3 000 ₽ в месяц"),
        ("DC", "переводы без комиссии и 5 % обратно"),
        ("ПК", "ставка от 18,4 % годовых, без страхования выше на 4 процентных пункта"),
        ("ПК", "неустойка 20 % годовых"),
        ("ПК", "без справки 2-НДФЛ"),
        ("ПК", "займу одну минуту, расходы пришлись на один месяц"),
        ("ПК", "сумма до 5 000 000 на любые цели"),
        ("DEPOSIT", "14,2 % на 91 день и 13,8 % на 181 день"),
        ("DEPOSIT", "ставка 13,1 % годовых на срок 367 дней"),
        ("MORTG", "первоначальный взнос от 20,1 %, ставка от 17,2 %"),
        ("TRUST", "улица Примерная, дом 1"),
    ],
)
def test_a_figure_of_the_same_condition_passes(code, text, bank, cards):
    assert "FACT-GROUND" not in found(code, text, bank, cards)


def found(code, text, bank, cards) -> set[str]:
    report = check(text, card=cards[code], group=cards[code].group, channel="SMS", bank=bank)
    return {f.rule for f in report.findings}


def test_a_card_of_bare_figures_knows_no_units(bank):
    card = Card("DEPOSIT", "deposit", "Вклад", "", {"rate": "15", "term": "181; 367"})
    rules = {f.rule for f in check("15 % на 367 дней", card=card, group="deposit", channel="SMS", bank=bank).findings}
    assert "FACT-GROUND" not in rules

"""Figures in digits, in words and half and half."""

import pytest

from backend.compliance.mask import masked
from backend.compliance.numbers import find_numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("двадцать пять процентов", [(25, "percent")]),
        ("двадцать пять и шесть", [(25, ""), (6, "")]),
        ("на полгода", [(6, "months")]),
        ("полтора года", [(18, "months")]),
        ("сто двадцать дней", [(120, "days")]),
        ("1 400 000 ₽", [(1.4e6, "rub")]),
        ("1,4 млн рублей", [(1.4e6, "rub")]),
        ("один миллион четыреста тысяч рублей", [(1.4e6, "rub")]),
        ("два с половиной миллиона рублей", [(2.5e6, "rub")]),
        ("пятнадцать с половиной процентов", [(15.5, "percent")]),
        ("пятнадцать целых пять десятых процента", [(15.5, "percent")]),
        ("0,01 процента", [(0.01, "percent")]),
        ("15,500%", [(15.5, "percent")]),
        ("от 50 до 300 тысяч рублей", [(5e4, "rub"), (3e5, "rub")]),
        ("12-24 месяца", [(12, "months"), (24, "months")]),
        ("120-дневный период", [(120, "days")]),
        ("двадцатипроцентный", [(20, "percent")]),
        ("трехмесячный", [(3, "months")]),
        ("$50 и 30 евро", [(50, "currency"), (30, "currency")]),
        ("50к", [(5e4, "rub")]),
        ("+2 п.п.", [(2, "percent")]),
        ("до 5 млн", [(5e6, "rub")]),
        ("2 млн клиентов", [(2e6, "")]),
        ("за пятнадцать минут", [(15, "minutes")]),
        ("семью процентами", [(7, "percent")]),
        ("полмиллиона", [(5e5, "rub")]),
        ("слова без чисел", []),
    ],
)
def test_figures(text, expected):
    assert [(n.value, n.kind) for n in find_numbers(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "до 18:00",
        "с 9:00-21:00",
        "с 9 до 21, без выходных",
        "до 20 часов",
        "поддержка 24/7",
        "31.12.2026",
        "с 1 по 31 декабря 2026 года",
        "в 2026 году",
        "8 800 000-00-00",
        "+7 (495) 000-00-00",
        "по номеру 0500",
        "ул. ленина, д. 5, кв. 12",
        "отделение № 1 на проспекте мира, 10",
        "на 2 этаже",
        "от 18 лет",
        "старше 21 года",
        "0+",
        "нам 30 лет",
        "30 лет на рынке",
        "раз в 3 месяца",
        "раз в полгода",
        "7 дней в неделю",
        "за 2 рабочих дня",
        "primerbank.example/15",
        'ооо "15 процентов"',
        "на 100 % онлайн",
    ],
)
def test_what_is_no_condition_is_masked(text):
    clean, masks = masked(text, has_digits=True)
    assert len(clean) == len(text)
    assert masks
    assert [n for n in find_numbers(clean) if n.kind not in {"", "minutes"}] == []


@pytest.mark.parametrize("text", ["ставка 15.50 %", "до 5 лет", "на 30 лет", "от 3 лет", "с 10 до 15%", "№ 1 000 ₽"])
def test_conditions_are_not_masked(text):
    assert find_numbers(masked(text, has_digits=True)[0])

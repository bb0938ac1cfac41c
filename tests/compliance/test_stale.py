"""What of a card no longer holds: details that the profile does not know, and the last day of an offer."""

from dataclasses import replace
from datetime import date

import pytest

from backend.compliance.service import MissingConditions, check, compose, last_day, strangers

EMAIL = "Тема: О банке\nПрехедер: Коротко\n\nПАО «Примербанк» ждёт вас."


def test_the_demos_cards_hold_nothing_foreign(bank, cards):
    found = {
        (card.code, words) for card in cards.values() for p in card.conditions.values() for words in strangers(p, bank)
    }
    assert found == set()


@pytest.mark.parametrize(
    ("field", "value", "code", "key", "former"),
    [
        ("insurer", "АО «Новый страховщик»", "ISG", "insurer", "АО «Пример Страхование»"),
        ("phone", "8 800 111-11-11", "TRUST", "disclosure", "8 800 000-00-00"),
        ("address", "г. Москва, улица Новая, дом 2", "INVEST", "disclosure", "улица Примерная, дом 1"),
        ("asset_manager", "ООО «УК Новая»", "INVEST", "disclosure", "ООО «УК Пример-Капитал»"),
        ("disclosure_site", "newbank.example/disclosure", "DC", "cashback", None),
    ],
)
def test_a_former_detail_is_found_in_the_card(field, value, code, key, former, bank, cards):
    found = strangers(cards[code].conditions[key], replace(bank, **{field: value}))
    assert found == ((former,) if former else ())


def test_all_details_of_a_bank_that_was_renamed(bank, cards):
    renamed = replace(
        bank, legal_name="ПАО «Иной»", names=("ПАО «Иной»",), site="inoy.example", disclosure_site="inoy.example/facts"
    )
    assert strangers(cards["TRUST"].conditions["disclosure"], renamed) == (
        "primerbank.example/disclosure",
        "ПАО «Примербанк»",
    )


@pytest.mark.parametrize(
    "phrase",
    [
        "звоните +7 (800) 000-00-00 или на короткий номер 1234",
        "проверить можно на cbr.ru, правила — primerbank.example/rules",
        "офис на третьем этаже, дом 5",
        "договор с публичным акционерным обществом «Примербанк»",
    ],
)
def test_what_is_not_foreign(phrase, bank):
    assert strangers(phrase, bank) == ()


@pytest.mark.parametrize("channel", ["EMAIL", "SMS"])
def test_a_full_text_never_names_two_insurers(channel, bank, cards):
    changed = replace(bank, insurer="АО «Новый страховщик»")
    for code in ("ISG", "NSG", "INS_LIFE", "INS_PROPERTY"):
        with pytest.raises(MissingConditions) as error:
            compose(EMAIL, card=cards[code], channel=channel, bank=changed, conditions="full")
        assert error.value.keys == ("insurer",)
        assert "Новый страховщик" in compose(EMAIL, card=cards[code], channel=channel, bank=changed)


def test_a_card_may_leave_the_insurers_name_to_the_profile(bank, cards):
    own = cards["ISG"]
    card = replace(own, conditions={**own.conditions, "insurer": "страховщик выбран банком"})
    assert bank.insurer in compose(EMAIL, card=card, channel="EMAIL", bank=bank, conditions="full")


def test_a_section_of_a_site_that_the_bank_has_left_is_none(bank, cards):
    moved = replace(bank, site="newbank.example", disclosure_site="newbank.example/disclosure")
    with pytest.raises(MissingConditions) as error:
        compose(EMAIL, card=cards["CC"], channel="EMAIL", bank=moved, conditions="full")
    assert error.value.keys == ("site_section",)


@pytest.mark.parametrize(
    ("link", "warned"),
    [
        ("primerbank.example/credit-card", True),
        ("newbank.example/credit-card", False),
        ("online.newbank.example", False),
        ("facts.example/disclosure", False),
        ("facts.example", True),
        ("notnewbank.example", True),
    ],
)
def test_links_are_measured_by_the_profile_alone(link, warned, bank, cards):
    moved = replace(bank, site="newbank.example", disclosure_site="facts.example/disclosure")
    text = f"ПАО «Примербанк»: кредитная карта, {link}"
    report = check(text, card=cards["CC"], group="credit_card", channel="SMS", bank=moved)
    assert ("COM-LINK" in {finding.rule for finding in report.findings}) is warned


@pytest.mark.parametrize(
    ("phrase", "day"),
    [
        ("предложение действует до 30 июня 2027 года", date(2027, 6, 30)),
        ("предложение действует до 31.12.2026 включительно", date(2026, 12, 31)),
        ("до 2027-03-01", date(2027, 3, 1)),
        ("с 1 марта 2026 года по 30 июня 2027 года", date(2027, 6, 30)),
        ("с 1 по 30 июня 2027 года", date(2027, 6, 30)),
        ("вклад открывают до 1 мая 2027 года, а в офисах до 1 июня 2027 года", date(2027, 6, 1)),
        ("предложение действует с 1 марта 2026 года", None),
        ("предложение действует до 30 июня", None),
        ("до конца июня 2027 года", None),
        ("до 31 июня 2027 года", None),
        ("предложение бессрочное", None),
        ("", None),
    ],
)
def test_the_last_day_as_the_card_says_it(phrase, day):
    assert last_day(phrase) == day

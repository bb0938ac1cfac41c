"""Obligatory blocks: which, in which order, and where in each channel's form."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.compliance.card import Card
from backend.compliance.composer import RISK_PHRASE, STUDY_PHRASE
from backend.compliance.detectors.lengths import utf16_units
from backend.compliance.service import MissingConditions, check, compose, fill_slots, mandatory_length
from model.corpus.banks import common_bank

CHANNELS = ["SMS", "PUSH", "EMAIL", "TMO", "KND", "MOB_BANNER", "OFFICE_BANNER", "MOBILE_CHAT"]
EMAIL = "Тема: О банке\nПрехедер: Коротко\n\nДобрый день!\n\nПАО «Примербанк» ждёт вас.\n\nС уважением, команда банка"
SCRIPT = (
    "Здравствуйте! Меня зовут Анна, ПАО «Примербанк». Удобно говорить?\n"
    "Расскажу о нас. Записать вас?\nПри отказе: спасибо, хорошего дня."
)


def body(channel: str) -> str:
    if channel == "EMAIL":
        return EMAIL
    if channel in {"TMO", "KND"}:
        return SCRIPT
    return "О банке\nПАО «Примербанк» ждёт вас." if channel == "PUSH" else "ПАО «Примербанк» ждёт вас."


def test_slots(bank, cards):
    text = fill_slots("{bank}, {app}, {site}, {phone}, {agent}", bank, cards["CC"])
    assert text == "ПАО «Примербанк», «Примербанк Онлайн», primerbank.example, 8 800 000-00-00, Анна"


@pytest.mark.parametrize("text", ["{city}", "{bank", "bank}", "{}"])
def test_a_bad_slot_is_refused(text, bank, cards):
    with pytest.raises(ValueError, match="slot"):
        fill_slots(text, bank, cards["CC"])


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("conditions", ["none", "full"])
def test_every_composed_text_is_lawful(channel, conditions, bank, cards):
    for card in cards.values():
        text = compose(body(channel), card=card, channel=channel, bank=bank, conditions=conditions)
        report = check(text, card=card, group=card.group, channel=channel, bank=bank)
        assert [(card.code, f.rule, f.excerpt) for f in report.findings if f.severity == "block"] == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_composing_twice_adds_nothing(channel, bank, cards):
    for card in cards.values():
        once = compose(body(channel), card=card, channel=channel, bank=bank)
        assert compose(once, card=card, channel=channel, bank=bank) == once


def test_full_cost_stands_before_the_rate(bank, cards):
    text = compose(EMAIL, card=cards["MORTG"], channel="EMAIL", bank=bank, conditions="full")
    places = [
        text.index(words) for words in ("Полная стоимость кредита", "Процентная ставка", STUDY_PHRASE, RISK_PHRASE)
    ]
    assert places == sorted(places)


def test_email_ends_with_signature_and_unsubscribing(bank, cards):
    *_, warning, signature, unsubscribe = compose(EMAIL, card=cards["CC"], channel="EMAIL", bank=bank).split("\n\n")
    assert warning == RISK_PHRASE
    assert signature == "С уважением, команда банка"
    assert unsubscribe == "Отписаться: primerbank.example/unsubscribe"


CLOSINGS = [closing for some in common_bank()["closings_email"].values() for closing in some]


@pytest.mark.parametrize("closing", CLOSINGS)
def test_every_closing_of_the_corpus_stays_below_the_block(closing, bank, cards):
    signature = fill_slots(closing, bank, cards["DEPOSIT"])
    letter = EMAIL.replace("С уважением, команда банка", signature)
    text = compose(letter, card=cards["DEPOSIT"], channel="EMAIL", bank=bank, conditions="full")
    assert text.split("\n\n")[-2:] == [signature, "Отписаться: primerbank.example/unsubscribe"]


@pytest.mark.parametrize(
    "last",
    [
        "Ваши планы ближе, чем кажутся: начните с заявки в приложении.",
        "Команда специалистов ответит на вопросы.",
        "Рассчитать платёж поможет ПАО «Примербанк».",
        "Расчёт — на primerbank.example. Спасибо, ПАО «Примербанк»",
        "Длинная мысль о том, что планы легче строить вместе, и ещё одна о том, как это удобно, пишет ПАО «Примербанк»",
    ],
)
def test_a_last_thought_is_no_signature(last, bank, cards):
    letter = EMAIL.replace("С уважением, команда банка", last)
    above, warning, _ = compose(letter, card=cards["CC"], channel="EMAIL", bank=bank).rsplit("\n\n", 2)
    assert above.endswith(last)
    assert warning == RISK_PHRASE


def test_script_keeps_the_question_and_the_refusal_last(bank, cards):
    lines = compose(SCRIPT, card=cards["CC"], channel="TMO", bank=bank).split("\n")
    assert lines[1] == "Расскажу о нас. Напомню: оценивайте свои финансовые возможности и риски. Записать вас?"
    assert lines[2].startswith("При отказе:")


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("", "Показать, где в приложении «Примербанк Онлайн» это считают?"),
        ("Есть расчёт (приблизительный) на два года.", "Записать вас?"),
        ("Клиенты спрашивают: «А без залога?»", "Рассказать?"),
        ("Это вклад «Точный срок».", "Открыть его (в приложении) сейчас?"),
    ],
)
def test_a_question_is_never_torn(said, question, bank, cards):
    script = SCRIPT.replace("Расскажу о нас. Записать вас?", f"{said} {question}".strip())
    lines = compose(script, card=cards["MORTG_SCR"], channel="KND", bank=bank).split("\n")
    spoken = "Напомню: оценивайте свои финансовые возможности и риски."
    assert " ".join(lines[1:-1]) == f"{said} {spoken} {question}".strip()


def test_question_on_its_own_line(bank, cards):
    script = SCRIPT.replace(" Записать", "\nЗаписать")
    lines = compose(script, card=cards["CC"], channel="KND", bank=bank).split("\n")
    assert lines[2:4] == ["Напомню: оценивайте свои финансовые возможности и риски.", "Записать вас?"]


def test_banner_has_a_second_line(bank, cards):
    assert compose(body("MOB_BANNER"), card=cards["CC"], channel="MOB_BANNER", bank=bank).split("\n")[1] == RISK_PHRASE


def test_push_keeps_two_lines(bank, cards):
    title, text = compose(body("PUSH"), card=cards["CC"], channel="PUSH", bank=bank).split("\n")
    assert title == "О банке"
    assert text.endswith(RISK_PHRASE)


def test_a_link_at_the_end_is_not_touched(bank, cards):
    text = compose("ПАО «Примербанк»: primerbank.example", card=cards["CC"], channel="SMS", bank=bank)
    assert text == f"ПАО «Примербанк»: primerbank.example\n{RISK_PHRASE}"


@pytest.mark.parametrize("channel", ["SMS", "MOBILE_CHAT", "EMAIL", "MOB_BANNER", "OFFICE_BANNER"])
@pytest.mark.parametrize("conditions", ["none", "full"])
def test_no_stop_right_behind_a_link_or_a_phone(channel, conditions, bank, cards):
    for card in cards.values():
        text = compose(body(channel), card=card, channel=channel, bank=bank, conditions=conditions)
        assert not re.search(r"(?:primerbank\.example(?:/[\w-]+)?|000-00-00)\.", text), text


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_banks_name_is_added_when_absent(channel, bank, cards):
    bare = body(channel).replace("ПАО «Примербанк»", "банк")
    assert "ПАО «Примербанк»" in compose(bare, card=cards["DC"], channel=channel, bank=bank)


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_apps_name_is_not_the_banks(channel, bank, cards):
    bare = body(channel).replace("ПАО «Примербанк»", "приложение «Примербанк Онлайн»")
    text = compose(bare, card=cards["DC"], channel=channel, bank=bank)
    report = check(text, card=cards["DC"], group="debit_card", channel=channel, bank=bank)
    assert "ПАО «Примербанк»" in text
    assert "FIN-NAME" not in {finding.rule for finding in report.findings}


def test_insurer_and_disclosure(bank, cards):
    insured = compose(body("SMS"), card=cards["INS_PROPERTY"], channel="SMS", bank=bank)
    assert insured.endswith("Страховщик: АО «Пример Страхование»")
    managed = compose(body("SMS"), card=cards["TRUST"], channel="SMS", bank=bank)
    assert managed.endswith("Сведения: primerbank.example/disclosure, 8 800 000-00-00\nДоход не гарантирован")


def test_an_incomplete_card_is_refused_whole(bank):
    card = Card("ПК", "consumer_credit", "Кредит", "", {"rate_range": "ставка от 18 до 30 % годовых", "term": "  "})
    with pytest.raises(MissingConditions) as error:
        compose(body("SMS"), card=card, channel="SMS", bank=bank, conditions="full")
    assert error.value.keys == ("psk_range", "amount", "term", "site_section")


def test_promotion_needs_its_own_terms(bank, cards):
    conditions = {**cards["SAVE_ACC"].conditions, "promo_rate": "повышенная ставка 20 % годовых"}
    conditions.pop("promo_period", None)
    conditions.pop("new_client", None)
    card = Card("SAVE_ACC", "savings", "Счёт", "primerbank.example/save", conditions)
    with pytest.raises(MissingConditions) as error:
        compose(body("SMS"), card=card, channel="SMS", bank=bank, conditions="full")
    assert error.value.keys == ("promo_period", "new_client")


@pytest.mark.parametrize("channel", CHANNELS)
def test_mandatory_length_is_an_upper_bound(channel, bank, cards):
    for card in cards.values():
        text = body(channel).replace("вас.", "вас")
        added = utf16_units(compose(text, card=card, channel=channel, bank=bank)) - utf16_units(text)
        assert added <= mandatory_length(card, channel, bank)


@given(
    st.lists(
        st.sampled_from(["Ремонт", "и", "отпуск", "ближе", "с банком.", "Планы?", "Срок — 5 лет.", "15 %", "!"]),
        max_size=12,
    ),
    st.sampled_from(["SMS", "PUSH", "MOB_BANNER", "MOBILE_CHAT", "EMAIL", "TMO"]),
    st.sampled_from(["CC", "DEPOSIT", "INS_PROPERTY", "TRUST", "OMS", "DC"]),
)
def test_the_lawful_block_never_creates_a_finding(bank, cards, words, channel, code):
    card = cards[code]
    bare = f"{body(channel).rstrip()} {' '.join(words)}".strip()
    before = _blocks(bare, card, channel, bank)
    after = _blocks(compose(bare, card=card, channel=channel, bank=bank), card, channel, bank)
    assert after <= before


def _blocks(text, card, channel, bank) -> set[str]:
    report = check(text, card=card, group=card.group, channel=channel, bank=bank)
    return {f.rule for f in report.findings if f.severity == "block"}

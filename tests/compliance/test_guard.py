"""What a finding says, how rules are switched, and that no text, however odd, stops or slows the guard."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.compliance.guard import MOST_JUDGED
from backend.compliance.registry import DETECTORS
from backend.compliance.rules import default_rules
from backend.compliance.service import UnknownChannel, UnknownProduct, check, group_of

RATE = "ПАО «Примербанк»: вклад под 21 %\u00a0годовых"
QUICK_S = 0.2


def rules_of(report) -> set[str]:
    return {finding.rule for finding in report.findings}


def test_a_finding_names_law_span_and_what_is_missing(bank):
    report = check(RATE, card=None, group="deposit", channel="sms", bank=bank)
    finding = next(f for f in report.findings if f.rule == "FIN-PARTIAL")
    assert report.verdict == "violation"
    assert RATE[finding.start : finding.end] == finding.excerpt == "21 %"
    assert "ст. 28" in finding.law
    assert "срок вклада" in finding.advice


def test_short_name_alone_is_a_warning(bank):
    report = check("Примербанк: вклад в приложении", card=None, group="deposit", channel="sms", bank=bank)
    assert report.verdict == "ok"
    assert [(f.rule, f.severity) for f in report.findings] == [("FIN-NAME", "warn")]


def test_a_switched_rule_is_silent_and_changes_the_version(bank):
    off = default_rules().changed("FIN-PARTIAL", enabled=False)
    soft = default_rules().changed("FIN-PARTIAL", severity="warn")
    assert "FIN-PARTIAL" not in rules_of(check(RATE, card=None, group="deposit", channel="sms", bank=bank, rules=off))
    assert check(RATE, card=None, group="deposit", channel="sms", bank=bank, rules=soft).verdict == "ok"
    assert len({default_rules().version, off.version, soft.version}) == 3


def test_every_text_rule_has_a_detector_and_the_customers_rules_are_all_here(shared_dir):
    import json

    theirs = json.loads((shared_dir / "compliance" / "rules.json").read_text("utf-8"))
    ours = default_rules().rules
    assert {r["id"]: r["severity"] for r in theirs} == {r.id: r.severity for r in ours.values()}
    assert {r.id for r in ours.values() if r.scope == "text"} == set(DETECTORS)


def test_advertising_mark_is_a_switch(bank):
    on = default_rules().changed("COM-ERID", enabled=True)
    text = "ПАО «Примербанк»: вклад в приложении"
    assert "COM-ERID" not in rules_of(check(text, card=None, group="deposit", channel="push", bank=bank))
    assert "COM-ERID" in rules_of(check(text, card=None, group="deposit", channel="push", bank=bank, rules=on))


@pytest.mark.parametrize(
    ("rule", "group", "channel", "text"),
    [
        ("ADV-PRESSURE", "deposit", "sms", "ПАО «Примербанк»: последний шанс открыть вклад, успейте!"),
        ("ADV-CLAIM", "debit_card", "sms", "ПАО «Примербанк»: карту выбирают 9 из 10 клиентов"),
        ("ADV-GOVCAP", "deposit", "sms", "ПАО «Примербанк» — государственный банк, вклад в приложении"),
        ("ADV-SLANG", "debit_card", "sms", "ПАО «Примербанк»: лайфхак для карты"),
        ("CRED-PREAPPR", "consumer_credit", "sms", "ПАО «Примербанк»: кредит предодобрен"),
        ("PD-INFER", "deposit", "sms", "ПАО «Примербанк»: мы заметили, что вы копите. Откройте вклад"),
        ("DEP-MINRATE", "deposit", "sms", "ПАО «Примербанк»: вклад до 21%"),
        ("INV-RISK", "investment", "sms", "ПАО «Примербанк»: откройте брокерский счёт"),
        ("COM-LINK", "deposit", "sms", "ПАО «Примербанк»: вклад, подробнее bit.ly/vklad"),
        ("COM-OPTOUT", "deposit", "email", "Тема: Вклад\n\nПАО «Примербанк»"),
        ("CALL-INTRO", "deposit", "telemarketing", "ПАО «Примербанк» предлагает вклад. При отказе: спасибо."),
        ("LEN-SMS", "deposit", "sms", "ПАО «Примербанк» " + "и вклад " * 30),
        ("LEN-PUSH", "deposit", "push", "Очень длинный заголовок о том, как открыть вклад\nПАО «Примербанк»"),
        ("LEN-EMAIL", "deposit", "email", f"Тема: {'вклад ' * 12}\n\nПАО «Примербанк»"),
        ("MORT-DDU", "mortgage", "sms", "ПАО «Примербанк»: ипотека в ЖК «Пример»"),
        ("CRED-SIZE", "consumer_credit", "email", "Оценивайте свои финансовые возможности и риски" + " и планы" * 200),
    ],
)
def test_warnings(rule, group, channel, text, bank):
    report = check(text, card=None, group=group, channel=channel, bank=bank)
    assert [f.severity for f in report.findings if f.rule == rule] != []
    assert {f.severity for f in report.findings if f.rule == rule} == {"warn"}


@pytest.mark.parametrize(("before", "seen"), [(63, True), (64, False), (103, False)])
def test_the_warning_of_a_credit_has_to_be_seen_on_a_locked_screen(before, seen, bank):
    body = f"ПАО «Примербанк»: {'кредит на ремонт и переезд ' * 5}"[: before - 1].strip().ljust(before - 1, "а")
    text = f"О кредите\n{body}. Оценивайте свои финансовые возможности и риски"
    report = check(text, card=None, group="consumer_credit", channel="push", bank=bank)
    found = [f for f in report.findings if f.rule == "LEN-PUSH"]
    assert [f.severity for f in found] == ([] if seen else ["warn"])
    assert [f.excerpt for f in found] == ([] if seen else ["Оценивайте свои финансовые возможности и риски"])
    assert seen or f"на {before + 1 + 46}-м знаке" in found[0].advice


def test_unknown_names():
    assert group_of("вклад") == group_of("DEPOSIT") == group_of("Вклад ") == "deposit"
    assert group_of("PK") == group_of("ПК") == "consumer_credit"
    with pytest.raises(UnknownProduct):
        group_of("самокат")


def test_unknown_channel(bank):
    with pytest.raises(UnknownChannel):
        check("", card=None, group="deposit", channel="голубь", bank=bank)


def test_what_is_too_long_is_refused_unread(bank):
    report = check("ПАО «Примербанк» " * 3000, card=None, group="deposit", channel="sms", bank=bank)
    assert report.verdict == "violation"
    assert report.findings[0].start == MOST_JUDGED or "FACT-GROUND" in rules_of(report)


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=400),
    st.sampled_from(["deposit", "consumer_credit", "trust", "premium"]),
    st.sampled_from(["sms", "TMO"]),
)
def test_any_text_is_judged(bank, text, group, channel):
    report = check(text, card=None, group=group, channel=channel, bank=bank)
    for finding in report.findings:
        assert 0 <= finding.start <= finding.end <= len(text)
        finding.excerpt.encode("utf-8")


ODD = [
    *("1 ", "5 6 ", "+7", "20% ", "1.", "12.12.", "8 800 ", "до 20% ", "а", "a.", "&#", "<a ", "<!--", "«", "ооо «"),
    *("\u202e", "\x00", "е\u0301", "сто ", "двадцать пять ", "деньги за 5 минут ", "ваш остаток ", "лучший ", "@a"),
    *("в других банках ", "полная стоимость кредита (займа) ", "не ", "кешбэк 5% ", "\n", "😀", "\ud800", "а а "),
    *("Иванов Пётр Сергеевич ", "* "),
]


@pytest.mark.parametrize("piece", ODD)
def test_odd_text_of_100_kb_is_judged_quickly(piece, bank, cards):
    text = piece * (100_000 // len(piece.encode("utf-8", "surrogatepass")))
    for code, channel in (("CC", "SMS"), ("DEPOSIT", "TMO")):
        card = cards[code]
        assert min(seconds(text, card, channel, bank) for _ in range(2)) < QUICK_S


def seconds(text, card, channel, bank) -> float:
    started = time.process_time()
    check(text, card=card, group=card.group, channel=channel, bank=bank)
    return time.process_time() - started

"""What the guard remembers is bounded in bytes too, whatever is sent to be judged, and never outlives its reasons."""

import tracemalloc
from dataclasses import replace

from backend.compliance.card import Card
from backend.compliance.context import Context
from backend.compliance.guard import MOST_JUDGED, check
from backend.compliance.memory import remembered
from backend.compliance.normalise import normalise
from backend.compliance.numbers import find_numbers
from backend.compliance.rules import RuleSet, default_rules

TEXTS = 200
TEXT = "ПАО «Примербанк»: вклад «Зимний» на 181 день"
CARD = Card("DEPOSIT", "deposit", "Вклад «Зимний»", "primerbank.example/deposit", {"term": "срок 181 день"})


def judged(number: int, bank) -> None:
    """A text that is one endless word, another one each time."""
    sign = chr(ord("а") + number % 32) + chr(ord("а") + number // 32)
    text = (sign * MOST_JUDGED)[: MOST_JUDGED - 100]
    context = Context(normalise(text), group="deposit", channel="SMS", bank=bank, card=None)
    assert context.numbers == ()
    find_numbers(text)


def test_endless_words_are_not_kept(bank) -> None:
    judged(0, bank)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(1, TEXTS):
        judged(number, bank)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < TEXTS * 1000


def test_a_judgement_is_not_told_of_another_card_bank_or_rules(bank) -> None:
    """The cards have one hash: conditions do not count there."""

    def findings(card: Card = CARD, rules: RuleSet | None = None, own=bank) -> list[tuple[str, str]]:
        report = check(TEXT, card=card, group="deposit", channel="SMS", bank=own, rules=rules)
        return [(found.rule, found.severity) for found in report.findings]

    changed = replace(CARD, conditions={"term": "срок 91 день"})
    shipped = default_rules()
    warned = {**shipped.rules, "FACT-GROUND": replace(shipped.rules["FACT-GROUND"], severity="warn")}
    ground = ("FACT-GROUND", "block")
    assert hash(changed) == hash(CARD)
    assert ground not in findings()
    assert ground in findings(changed)
    assert ground not in findings(changed, RuleSet(warned))
    assert ("FACT-GROUND", "warn") in findings(changed, RuleSet(warned))
    assert ground in findings(changed)
    other = replace(bank, legal_name="ПАО «Иной Банк»", names=("ПАО «Иной Банк»",))
    assert findings(own=other) != findings()


def test_short_strings_are_answered_once_and_long_ones_each_time() -> None:
    asked: list[str] = []

    @remembered(2, 3)
    def size(text: str, *, unit: str = "") -> str:
        asked.append(text)
        return f"{len(text)}{unit}"

    assert [size(text) for text in ("a", "a", "long", "long")] == ["1", "1", "4", "4"]
    assert size("a", unit=" знак") == "1 знак"
    assert asked == ["a", "long", "long", "a"]

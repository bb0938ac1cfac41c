"""The measures of the report: each sees the fault that it is there for, and leaves good texts alone."""

from pathlib import Path

import pytest

from model.brief import PRODUCTS, Brief, control_prompt
from model.corpus import tone
from model.corpus.banks import whole_texts
from model.corpus.generate import generate
from model.evaluation import grammar, variety, words
from model.evaluation.likelihood import bits_per_byte
from model.evaluation.measures import measure
from model.fluency import word_pairs

GOOD = "За рулём удобно, когда карта всегда с собой. Оформите карту {bank} в приложении {app}."
OTHER = "Собираете чемодан? Возьмите в дорогу дебетовую карту {bank}."


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("Оформите дебетовая карту {bank}.", "дебетовая карту"),
        ("Откройте счёт для поездку к морю.", "для поездку"),
        ("К вашим услугам новый карта.", "новый карта"),
        ("Загляните в приложения с новому картой.", "с новому"),
    ],
)
def test_errors_of_agreement_are_seen(text: str, pair: str) -> None:
    assert pair in grammar.agreement_errors(text)


@pytest.mark.parametrize("text", [GOOD, OTHER, "В новой квартире хватит места для детской.", "На ваш выбор: в рублях."])
def test_right_texts_have_no_errors_of_agreement(text: str) -> None:
    assert grammar.agreement_errors(text) == []


def test_the_rule_seldom_accuses_authors() -> None:
    """Without the exemption for what authors wrote: how often the rule is wrong by itself."""
    pairs = [pair.split(" ") for text in whole_texts("CC") for pair in word_pairs(text.text) if "{" not in pair]
    assert sum(grammar.cannot_stand_together(first, second) for first, second in pairs) / len(pairs) < 0.01


def test_unknown_words_figures_and_names() -> None:
    share, unknown = words.unknown_words(["Карта оформлякается быстро", GOOD])
    assert unknown == ["оформлякается"]
    assert 0 < share < 0.1
    assert [words.invents(t) for t in (GOOD, "Ставка 5", "card {bank}", "{banc} рядом")] == [False, True, True, True]
    assert words.names_in(["Здравствуйте, Пётр, карта ждёт.", GOOD]) == ["Пётр"]


def test_copied_runs() -> None:
    whole = next(text.text for text in whole_texts("CC") if len(words.words(text.text)) > 8)
    assert variety.longest_run(whole) == 1
    tokens = words.words(whole)
    assert variety.longest_run(" ".join(tokens[:5] + ["ананас"] * 5)) == 0.5
    assert variety.longest_run("ананас") == 0


def test_self_bleu_is_high_for_copies_and_low_for_strangers() -> None:
    assert variety.self_bleu([GOOD] * 10, 1) == pytest.approx(1)
    assert variety.self_bleu([GOOD, OTHER], 1) < 0.3
    assert variety.bleu([], [["а"]]) == 0


def test_tone() -> None:
    assert not tone.keeps_tone("Давайте сравним!", "formal")
    assert tone.keeps_tone("Здравствуйте!\nПредлагаем карту {bank}.", "formal")
    assert not tone.keeps_tone("Уважаемый клиент, позвольте предложить карту", "friendly")
    assert tone.keeps_tone("Давайте сравним!", "neutral")


@pytest.mark.parametrize("kind", ["formal", "friendly"])
def test_authors_keep_their_tone(kind: str) -> None:
    texts = [t.text for product in PRODUCTS for t in whole_texts(product) if t.tone == kind]
    assert sum(tone.keeps_tone(text, kind) for text in texts) / len(texts) > 0.97


def test_a_report_has_every_row() -> None:
    briefs = [Brief("DC", "SMS", "neutral", ("drives",)), Brief("DC", "SMS", "neutral", ("ev_trip",))]
    rows = measure(briefs, [GOOD, GOOD])
    assert rows["shows the fact"].value == 0.5
    assert rows["names the product"].value == 1
    assert rows["distinct texts"].value == 0.5
    assert str(rows["self-BLEU"]) == "1.000"


def test_bits_per_byte(weights: Path) -> None:
    """A text of the corpus is likely, the same words in another order are not, and the number is repeatable."""
    prompt = control_prompt(Brief("DC", "SMS", "neutral", ("drives",)))
    text = next(t for b, _, t in generate(5000, 4) if (b.product, b.channel, b.facts) == ("DC", "SMS", ("drives",)))
    likely = bits_per_byte(weights, [(prompt, text)])
    shuffled = " ".join(sorted(text.split()))
    assert 0 < likely < 0.6
    assert bits_per_byte(weights, [(prompt, shuffled)]) > 3 * likely
    assert bits_per_byte(weights, [(prompt, text)]) == pytest.approx(likely)

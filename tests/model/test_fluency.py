"""The salad detector: what authors joined is familiar, what nobody joined is strange."""

import pytest

from model.brief import PRODUCTS
from model.corpus.banks import whole_texts
from model.corpus.familiar import joints
from model.fluency import sentences, sound_start, strangeness, unknown_pairs, word_pairs, word_triples


def test_pairs_stay_inside_a_part_of_a_sentence() -> None:
    assert word_pairs("Карта {bank}: лимиты ваши. Да") == ["карта {bank}", "лимиты ваши"]
    assert word_pairs("") == []


def test_triples_cross_the_end_of_a_sentence() -> None:
    assert word_triples("Карта {bank}. Лимиты") == ["карта {bank} лимиты", "{bank} лимиты /"]
    assert word_triples("Карта\n{bank}") == []


def test_titles_and_lines_are_sentences() -> None:
    assert sentences("Тема: Запас\n\nКарта {bank}: да. Ещё?\nПри отказе: Всё") == [
        "запас",
        "карта {bank} да",
        "ещё",
        "всё",
    ]
    assert sentences("… \n!") == []


def test_a_text_is_sound_up_to_its_first_strange_sentence() -> None:
    known = next(text.text for text in whole_texts("CC") if text.channel == "KND")
    assert sound_start(known) == known
    first, rest = known.split("\n", 1)
    assert sound_start(f"{first}\nЖираф заправил карту облаком. {rest}") == first
    assert sound_start("Жираф заправил карту облаком. " + known) == ""


def test_an_opening_leads_only_where_its_author_says() -> None:
    led = joints()
    opening, offer = min(led)
    elsewhere = min(b for _, b in led if (opening, b) not in led)
    assert strangeness(f"{opening}. {offer}.") < strangeness(f"{opening}. {elsewhere}.")
    assert sound_start(f"{opening}. {elsewhere}.") == ""


@pytest.mark.parametrize("product", PRODUCTS)
def test_hand_written_texts_are_familiar(product: str) -> None:
    assert max(unknown_pairs(text.text) for text in whole_texts(product)) == 0
    assert max(strangeness(text.text) for text in whole_texts(product)) == 0


def test_shuffled_words_are_strange() -> None:
    text = "Получатель на работу расходы оставьте запас заведите её карта дорогу вклад"
    assert unknown_pairs(text) > 0.4
    assert strangeness(text) > 0.8


@pytest.mark.parametrize("text", ["", "…", "a", "\x00\u202e", "слово" * 10_000])
def test_nothing_breaks_it(text: str) -> None:
    assert 0 <= unknown_pairs(text) <= 1
    assert 0 <= strangeness(text) <= 1
    assert text.startswith(sound_start(text))

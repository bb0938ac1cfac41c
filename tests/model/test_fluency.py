"""The salad detector: what authors joined is familiar, what nobody joined is strange."""

import pytest

from model.brief import PRODUCTS
from model.corpus.banks import whole_texts
from model.fluency import strangeness, word_pairs


def test_pairs_stay_inside_a_part_of_a_sentence() -> None:
    assert word_pairs("Карта {bank}: лимиты ваши. Да") == ["карта {bank}", "лимиты ваши"]
    assert word_pairs("") == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_hand_written_texts_are_familiar(product: str) -> None:
    assert max(strangeness(text.text) for text in whole_texts(product)) == 0


def test_shuffled_words_are_strange() -> None:
    text = "Получатель на работу расходы оставьте запас заведите её карта дорогу вклад"
    assert strangeness(text) > 0.4


@pytest.mark.parametrize("text", ["", "…", "a", "\x00\u202e", "слово" * 10_000])
def test_nothing_breaks_it(text: str) -> None:
    assert 0 <= strangeness(text) <= 1

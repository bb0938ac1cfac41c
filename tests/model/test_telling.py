"""The order of telling: there and back again, for every text of the corpus and for any other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.brief import CHANNELS, PRODUCTS
from model.corpus.banks import whole_texts
from model.telling import shown, told

MAIL = "Тема: Запас\nПрехедер: Всегда под рукой\n\nЗдравствуйте!\n\nМысль.\n\nС уважением, {bank}"


def test_the_thought_comes_first() -> None:
    assert told("Заголовок\nМысль.", "PUSH") == "Мысль.\nЗаголовок"
    assert told("Добрый день!\nМысль.\nПри отказе: Спасибо.", "TMO") == "Мысль.\nПри отказе: Спасибо.\nДобрый день!"
    assert told(MAIL, "EMAIL").startswith("Мысль.\n\nС уважением")
    assert told(MAIL, "EMAIL").endswith("Здравствуйте!\n\nТема: Запас\nПрехедер: Всегда под рукой")


@pytest.mark.parametrize("product", PRODUCTS)
def test_whole_texts_come_back_as_they_were(product: str) -> None:
    for text in whole_texts(product):
        assert shown(told(text.text, text.channel), text.channel) == text.text
        if text.channel in ("EMAIL", "PUSH", "TMO", "KND"):
            assert told(text.text, text.channel) != text.text


@given(st.text(alphabet="ab\n :Тема", max_size=40), st.sampled_from(CHANNELS))
def test_nothing_is_lost(text: str, channel: str) -> None:
    for turned in (told(text, channel), shown(text, channel)):
        assert sorted(turned) == sorted(text)


def test_a_text_without_its_form_stays() -> None:
    for text in ("", "Одна строка", "Мысль.\n\nС уважением"):
        assert told(text, "SMS") == shown(text, "SMS") == text
        assert told(text, "EMAIL") == shown(text, "EMAIL") == text

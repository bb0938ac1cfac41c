"""The form of a text on its channel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.compliance.service import utf16_units
from backend.offers.forms import FORMS, body_fill, clean, fills, words

EMAIL = "Тема: Карта на каждый день\nПрехедер: Коротко о главном\n\nДобрый день!\n\nКарта {bank} ждёт вас."
SCRIPT = "Добрый день! Меня зовут {agent}, {bank}. Удобно говорить?\nПри отказе: Спасибо, всего доброго!"


@pytest.mark.parametrize(
    ("text", "form", "cleaned"),
    [
        ("  Карта {bank}. ", "sms", "Карта {bank}."),
        ("Карта\n{bank}.", "sms", "Карта {bank}."),
        ('"Карта {bank}."', "sms", "Карта {bank}."),
        ("«Карта» и «вклад»", "sms", "«Карта» и «вклад»"),
        ("**Карта**  {bank}.", "chat", "Карта {bank}."),
        ("<think>Надо продать.</think>\nКарта {bank}.", "banner", "Карта {bank}."),
        ("Заголовок\nТекст {bank}.", "push", "Заголовок\nТекст {bank}."),
        (EMAIL, "email", EMAIL),
        (EMAIL.replace("\n\nКарта", "\n\n\n\nКарта"), "email", EMAIL),
        (SCRIPT, "script", SCRIPT),
    ],
)
def test_clean_keeps_the_words_and_the_form(text: str, form: str, cleaned: str) -> None:
    assert clean(text, form) == cleaned


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", "sms"),
        ("   \n ", "sms"),
        ("Карта\u200b {bank}", "sms"),
        ("Карта \ufffd {bank}", "sms"),
        ("Одна строка", "push"),
        ("Раз\nдва\nтри", "push"),
        ("Карта ждёт вас.", "email"),
        ("Тема: Карта\nПрехедер: Карта", "email"),
        ("Добрый день! Удобно говорить?", "script"),
        ("Добрый день!\nПри отказе:", "script"),
        ("При отказе: Спасибо.", "script"),
    ],
)
def test_a_text_without_the_form_is_refused(text: str, form: str) -> None:
    assert clean(text, form) is None


def test_lengths_are_counted_as_the_channel_counts_them() -> None:
    assert utf16_units("Привет 🙂") == 9
    assert words("Сайт primerbank.example — 8 800 000-00-00, по-русски") == 6


def test_every_limit_is_measured_on_its_part() -> None:
    shares = fills("Заголовок\nДвадцать знаков тут!", "push", {"title_max": 18, "body_max": 40})
    assert shares == {"title_max": 0.5, "body_max": 0.5}
    shares = fills(EMAIL, "email", {"subject_max": 20, "preheader_max": 100, "max_words": 100})
    assert shares["subject_max"] == 1.0
    assert shares["preheader_max"] == 0.17
    assert body_fill(shares) == shares["max_words"]


def test_a_text_that_lost_its_form_is_too_long_for_anything() -> None:
    assert max(fills("строка", "push", {"body_max": 150}).values()) > 1


@given(st.text(max_size=300), st.sampled_from(FORMS))
def test_cleaning_is_stable(text: str, form: str) -> None:
    once = clean(text, form)
    assert once is None or clean(once, form) == once

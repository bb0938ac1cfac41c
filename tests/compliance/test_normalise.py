"""The normal form and the way back to the original offsets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.compliance.normalise import normalise, plain_text


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("Ещё 15\u00a0%", "еще 15 %"),
        ("«ПАО» — „да“", '"пао" - "да"'),
        ("кpeдит", "кредит"),
        ("КPЕДИT", "кредит"),
        ("CTABKA", "ставка"),
        ("Tеlegram", "telegram"),
        ("primerbank.example/cope", "primerbank.example/cope"),
        ("бес\u200bплатно", "бесплатно"),
        ("с\u00adт\u0301авка", "ставка"),
        ("й и\u0306 ё е\u0308", "й й е е"),
        ("кре<b>дит</b><br>да", "кредит\nда"),
        ("кредит<!-- не виден -->ы", "кредиты"),
        ('а<span style="display:none">тайна</span>б', "аб"),
        ("1&#57;&percnt; &laquo;да&raquo;", '19% "да"'),
        ("１９٪ и ٣", "19% и 3"),
        ("2О% и 1O0", "20% и 100"),
        ("б е с п л а т н о", "бесплатно"),
        ("б.е.с.п.л.а.т.н.о", "бесплатно"),
        ("безплатно", "бесплатно"),
        ("гарантированый доход", "гарантированный доход"),
        ("a < b и 5 < 6", "a < b и 5 < 6"),
        ("два   пробела \n строка", "два пробела\nстрока"),
        ("ставκа", "ставка"),
    ],
)
def test_normal_form(raw, plain):
    assert plain_text(raw) == plain


def test_span_points_into_the_original():
    raw = "Вклад под <b>2\u00ad0</b>&nbsp;%  годовых"
    normal = normalise(raw)
    start = normal.plain.index("20 %")
    assert raw[slice(*normal.span(start, start + 4))] == "2\u00ad0</b>&nbsp;%"


def test_span_of_a_corrected_word_is_the_whole_word():
    raw = "совсем безплатно!"
    normal = normalise(raw)
    start = normal.plain.index("бесплатно")
    assert raw[slice(*normal.span(start, start + 9))] == "безплатно"


@given(st.text(max_size=300))
def test_any_text_has_a_normal_form_and_lawful_spans(raw):
    normal = normalise(raw)
    assert len(normal.cased) == len(normal.plain)
    for start in range(0, len(normal.plain), 7):
        first, last = normal.span(start, min(start + 5, len(normal.plain)))
        assert 0 <= first <= last <= len(raw)


@given(st.text(alphabet="абвё «»—\u00a0\u200b<b>&;12%aeo.\n", max_size=80))
def test_the_normal_form_of_lawful_words_is_stable(raw):
    once = plain_text(raw)
    assert len(plain_text(once)) <= len(once)

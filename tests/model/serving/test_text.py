"""Stop strings and streaming."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.serving.text import TextStream, completing_tokens, cut_at_stop


@pytest.mark.parametrize(
    ("text", "stops", "cut"),
    [("раз два", ["два"], 4), ("раз два", ["два", "раз"], 0), ("раз", ["два"], None), ("", [], None)],
)
def test_cut(text: str, stops: list[str], cut: int | None) -> None:
    assert cut_at_stop(text, stops) == cut


def test_completing_tokens_hold_the_last_byte() -> None:
    pieces = [b"", b"ab", b"bc", "я".encode(), b"\n"]
    assert completing_tokens(pieces, ["b", "\n\n"]).tolist() == [False, True, True, False, True]


@given(
    st.text(alphabet="аб\n😀x", max_size=40), st.lists(st.text(alphabet="аб\nx", min_size=1, max_size=3), max_size=3)
)
def test_a_stream_sends_what_the_whole_text_shows(text: str, stops: list[str]) -> None:
    stream, sent = TextStream(stops), ""
    for byte in text.encode():
        sent += stream.push(bytes([byte]))
        if cut_at_stop(text[: len(sent) + 3], stops) is not None:
            assert cut_at_stop(sent, stops) is None
    sent += stream.finish()
    cut = cut_at_stop(text, stops)
    assert sent == (text if cut is None else text[:cut])


def test_half_a_character_waits() -> None:
    stream = TextStream(())
    assert [stream.push(bytes([byte])) for byte in "я".encode()] == ["", "я"]
    assert stream.push("я".encode()[:1]) == ""
    assert stream.finish() == "�"

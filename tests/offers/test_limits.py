"""How many clients and candidates a call can afford."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import TooLarge
from backend.offers.limits import (
    CHARACTERS,
    LEAST_LONG,
    MOST_LONG,
    CallLimits,
    Piece,
    candidates_for,
    check_size,
    long_limit,
    max_tokens,
    piece_of,
    reserve_seconds,
)
from model.brief import CHANNELS

LIMITS = CallLimits(short=64, long=20, deadline_ms=2000)


def test_every_channel_has_a_length() -> None:
    assert set(CHARACTERS) == set(CHANNELS)


def test_a_fast_model_affords_all_candidates_and_a_slow_one_a_single() -> None:
    sms = [piece_of("SMS", True, "control")] * 64
    assert candidates_for(sms, 4, 2.0, 100_000) == 4
    assert candidates_for(sms, 4, 2.0, 500) == 1
    assert candidates_for(sms[:1], 4, 2.0, 500) == 4


def test_a_deadline_shorter_than_the_reserve_still_asks_for_one() -> None:
    assert candidates_for([Piece(30.0, 0.001)] * 64, 4, 0.1, 5000) == 1


@given(st.floats(1, 1e6), st.floats(0.1, 60))
def test_the_long_limit_stays_in_its_bounds(tokens_per_s: float, deadline_s: float) -> None:
    assert LEAST_LONG <= long_limit(deadline_s, tokens_per_s, "control") <= MOST_LONG


def test_the_long_limit_grows_with_the_speed() -> None:
    assert long_limit(2.0, 300, "control") == LEAST_LONG
    assert long_limit(2.0, 5000, "control") > long_limit(2.0, 3000, "control") > LEAST_LONG


def test_the_cap_of_a_text_leaves_room_for_the_longest() -> None:
    short, long = piece_of("SMS", True, "control"), piece_of("EMAIL", False, "control")
    assert max_tokens([short]) > 34, "the longest text message of the corpus"
    assert max_tokens([long]) > 203, "the longest letter of the corpus"
    assert max_tokens([short, long]) == max_tokens([long])


def test_the_reserve_grows_with_clients_and_candidates() -> None:
    short = piece_of("SMS", True, "control")
    assert reserve_seconds([short] * 64, 4) > reserve_seconds([short] * 64, 1) > reserve_seconds([short], 1)


def test_calls_within_the_limits_pass() -> None:
    check_size([True] * 64, LIMITS)
    check_size([False] * 20 + [True] * 44, LIMITS)


@pytest.mark.parametrize(("flags", "named"), [([True] * 65, "64"), ([False] * 21, "20")])
def test_a_call_too_large_names_the_limit_and_the_way_out(flags: list[bool], named: str) -> None:
    with pytest.raises(TooLarge) as refusal:
        check_size(flags, LIMITS)
    assert named in refusal.value.detail
    assert "/batches" in refusal.value.detail

"""Agreement between two reviewers, against numbers worked out by hand."""

import uuid
from datetime import datetime, timedelta

import pytest

from backend.common.clock import now
from backend.common.ids import new_id
from backend.offers.agreement import Word, measure, paired

START = now()


def word(offer: uuid.UUID, author: str, label: str | None, minutes: float = 0) -> Word:
    at: datetime = START + timedelta(minutes=minutes)
    return Word(new_id(), offer, author, label, at)


def judged(first: str, second: str) -> list[Word]:
    offer = uuid.uuid4()
    return [word(offer, "anna", first), word(offer, "boris", second, 60)]


def test_kappa_of_a_textbook_table() -> None:
    """50 texts: 20 both success, 15 both failure, 5 success-failure, 10 failure-success. p_o = 0.7, p_e = 0.5."""
    table = {("success", "success"): 20, ("success", "failure"): 5, ("failure", "success"): 10}
    table[("failure", "failure")] = 15
    pairs = paired(said for labels, times in table.items() for _ in range(times) for said in judged(*labels))
    measured = measure(pairs)
    assert (measured.pairs, measured.same) == (50, 35)
    assert measured.share == pytest.approx(0.7)
    assert measured.kappa == pytest.approx(0.4)


def test_nothing_is_claimed_where_nothing_can_be_known() -> None:
    assert measure([]).kappa is None
    always_alike = measure(paired(judged("success", "success")))
    assert (always_alike.share, always_alike.kappa) == (1, None)


def test_a_slip_is_corrected_but_a_later_change_of_mind_does_not_count() -> None:
    offer = uuid.uuid4()
    slip = [word(offer, "anna", "failure"), word(offer, "anna", None, 1), word(offer, "anna", "success", 2)]
    [pair] = paired([*slip, word(offer, "boris", "failure", 60)])
    assert (pair.first.label, pair.second.label, pair.decided) == ("success", "failure", False)
    [pair] = paired([*slip, word(offer, "boris", "failure", 60), word(offer, "anna", "failure", 90)])
    assert (pair.first.label, pair.same, pair.decided) == ("success", False, True)


def test_one_reviewer_alone_and_a_word_taken_back_make_no_pair() -> None:
    alone, back = uuid.uuid4(), uuid.uuid4()
    said = [word(alone, "anna", "success"), word(alone, "anna", "failure", 1)]
    said += [word(back, "anna", "success"), word(back, "boris", "failure", 60), word(back, "boris", None, 61)]
    assert paired(said) == []

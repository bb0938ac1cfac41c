"""The automatic choice of a product: what it prefers, what it must never choose, what it tells the marketer."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.offers.next_best import BASE, CREDITS, FOR_TEENAGERS, SIGNALS, rank_products
from model.brief import FACTS, PRODUCTS


def best(*facts: str, segment: str | None = None, age: float | None = 40.0) -> str:
    return rank_products(facts, segment, age, PRODUCTS)[0].product


def ranked(*facts: str, segment: str | None = None, age: float | None = 40.0) -> set[str]:
    return {choice.product for choice in rank_products(facts, segment, age, PRODUCTS)}


def test_tables_speak_of_known_products_and_facts_only() -> None:
    assert set(BASE) == set(PRODUCTS)
    assert set(SIGNALS) <= set(PRODUCTS)
    assert {fact for signals in SIGNALS.values() for fact in signals} <= set(FACTS)


@pytest.mark.parametrize(
    ("facts", "product"),
    [
        (["ev_deposit_closing", "deposit_holder"], "DEPOSIT"),
        (["ev_car_purchase"], "AUTO"),
        (["ev_home_purchase", "young_adult"], "MORTG"),
        (["ev_card_expiring"], "DC"),
        (["ev_trip"], "CURR_EXC"),
        (["visited_invest"], "INVEST"),
        (["former_salary", "active"], "IZP"),
        (["affluent"], "PREMIUM"),
        (["borrower", "visited_credit"], "TOPUP"),
        (["shops_often", "ev_large_purchase"], "CC"),
        (["no_product"], "DC"),
        (["tops_up", "ev_salary"], "SAVE_ACC"),
    ],
)
def test_strong_facts_decide(facts: list[str], product: str) -> None:
    assert best(*facts) == product


def test_minors_get_only_what_the_law_allows_them() -> None:
    assert ranked("youth", age=16.0) == FOR_TEENAGERS
    assert ranked(age=17.99) == FOR_TEENAGERS


def test_children_get_nothing() -> None:
    assert rank_products([], None, 9.0, PRODUCTS) == ()


def test_the_old_get_no_long_credit() -> None:
    assert not ranked("visited_credit", age=84.3) & CREDITS


def test_clients_deep_in_debt_get_no_new_debt() -> None:
    assert ranked("salary_client", "visited_credit", segment="c") & CREDITS == {"REFIN"}


def test_salary_project_is_not_for_those_already_paid_here() -> None:
    assert "IZP" not in ranked("salary_client")
    assert "IZP" in ranked("former_salary")


def test_top_up_is_for_own_borrowers() -> None:
    assert "TOPUP" not in ranked("past_borrower")
    assert "TOPUP" in ranked("borrower")


def test_collateral_needs_a_car_and_wealth_products_need_wealth() -> None:
    assert not ranked() & {"AUTO_SCR", "PREMIUM", "TRUST"}
    assert {"AUTO_SCR", "PREMIUM", "TRUST"} <= ranked("drives", "super_deposit")


def test_a_new_card_is_not_followed_by_another() -> None:
    assert "DC" not in ranked("new_card")


def test_only_available_products_are_chosen() -> None:
    choices = rank_products(["ev_car_purchase"], None, 40.0, {"CC", "DC"})
    assert {choice.product for choice in choices} == {"CC", "DC"}
    assert rank_products([], None, 40.0, set()) == ()


def test_a_viewed_product_gains() -> None:
    choices = rank_products(["active"], None, 40.0, PRODUCTS, viewed=["INS_PROPERTY"])
    assert choices[0].product == "INS_PROPERTY"
    assert "смотрел" in choices[0].reason


def test_a_client_of_whom_nothing_is_known_gets_a_reason_too() -> None:
    choice = rank_products([], None, None, PRODUCTS)[0]
    assert choice.product == "DC"
    assert choice.reason.endswith(".")


@given(
    facts=st.sets(st.sampled_from(sorted(FACTS))),
    segment=st.none() | st.sampled_from("abcdefghijk"),
    age=st.none() | st.floats(14, 120),
)
def test_reasons_are_sentences_without_a_figure(facts: set[str], segment: str | None, age: float | None) -> None:
    choices = rank_products(facts, segment, age, PRODUCTS)
    assert choices, "a client of 14 or older always gets a choice"
    assert [choice.score for choice in choices] == sorted((choice.score for choice in choices), reverse=True)
    for choice in choices:
        assert re.fullmatch(r"[А-ЯЁ][^\d]+\.", choice.reason)
        assert not re.search(r"\bдолг(?:а|у|ом|и|ов)?\b|задолженност|просроч|закредит|руб|₽", choice.reason)

"""The brief: facts are chosen by sense, and nothing but codes can reach the model."""

import json
import random
import re

import pytest

from model.brief import (
    CHANNELS,
    CORPUS,
    FACTS,
    PRODUCTS,
    TONES,
    Brief,
    benefit_tags,
    chat_messages,
    choose_facts,
    control_prompt,
    control_tokens,
    expresses,
    fitting_facts,
    suiting_benefits,
)


@pytest.mark.parametrize("product", PRODUCTS)
def test_only_facts_that_fit_the_product_are_chosen(product: str) -> None:
    rng = random.Random(3)
    for _ in range(200):
        chosen = choose_facts(list(FACTS), product, "SMS", rng, most=2)
        assert len(chosen) == 2
        assert set(chosen) <= fitting_facts(product)


def test_no_fuel_for_an_insured_life_and_no_minor_for_a_mortgage() -> None:
    assert "youth" not in fitting_facts("MORTG")
    assert "fuels_often" not in fitting_facts("MORTG")
    assert choose_facts(["youth"], "MORTG", "SMS", random.Random(0)) == ()


def test_stronger_facts_come_more_often() -> None:
    rng = random.Random(1)
    picks = [choose_facts(["fuels_often", "middle"], "AUTO", "SMS", rng) for _ in range(300)]
    assert picks.count(("fuels_often",)) > picks.count(("middle",))


def test_a_control_prompt_is_made_of_known_tokens_only() -> None:
    known = set(control_tokens())
    assert len(known) == len(control_tokens())
    for product in PRODUCTS:
        for channel in CHANNELS:
            for tone in TONES:
                brief = Brief(product, channel, tone, ("middle",), benefit_tags(product)[-1])
                assert set(re.findall(r"<\|.*?\|>", control_prompt(brief))) <= known
                assert re.sub(r"<\|.*?\|>", "", control_prompt(brief)) == ""


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_fact_has_benefits_that_suit_it(product: str) -> None:
    assert suiting_benefits(product, ()) == benefit_tags(product)
    for fact in fitting_facts(product):
        suiting = suiting_benefits(product, (fact,))
        assert 3 <= len(suiting) < len(benefit_tags(product)), fact
        assert set(suiting) <= set(benefit_tags(product))


def test_the_shipped_model_knows_every_control_token() -> None:
    """A new benefit or fact needs a newly trained model: its token would be read as letters."""
    shipped = json.loads((CORPUS.parent / "weights" / "tokenizer.json").read_text(encoding="utf-8"))
    assert set(control_tokens()) <= {token["content"] for token in shipped["added_tokens"]}


def test_an_unknown_benefit_is_an_error() -> None:
    with pytest.raises(ValueError, match="CC has no benefit free_money"):
        control_prompt(Brief("CC", "SMS", benefit="free_money"))


def test_the_chat_keeps_rules_first_and_tactful_facts_out() -> None:
    brief = Brief("CC", "PUSH", "friendly", ("borrower", "ev_trip"), comment="короче")
    system, user = chat_messages(brief, "Кредитная карта", ["карту привезёт курьер"])
    assert system["role"] == "system"
    assert "собирается в поездку" in user["content"]
    assert FACTS["borrower"].words not in user["content"]
    assert "короче" in user["content"]


def test_expresses_sees_the_fact_and_not_the_product() -> None:
    assert expresses("Полный бак — и вперёд.", "fuels_often", "CC")
    assert not expresses("Кредитная карта ждёт вас в приложении.", "fuels_often", "CC")
    assert not expresses("Вклад ждёт вас в приложении.", "deposit_holder", "DEPOSIT")
    assert expresses("Любой текст", "borrower", "CC"), "a tactful fact is never shown, so nothing is missing"

"""The demo catalogue as an editor and a lawyer would read it: complete, lawful, and of one piece."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.catalogue.schemas import BankChange, ChannelIn, ProductIn
from backend.catalogue.seed import demo_bank, demo_channels, demo_products
from backend.catalogue.service import FORMS
from backend.compliance.service import CHECKLISTS, Bank, Card, check, compose, group_of, mandatory_length
from model.brief import CHANNELS, PRODUCTS, benefit_tags, file_code, fitting_facts

PHRASES = Path(__file__).parents[2] / "model" / "corpus" / "phrases"
CREDITS = ("consumer_credit", "credit_card", "mortgage", "car_loan")
FORBIDDEN = re.compile(
    r"бесплатн|рассрочк|гарантируе|без процент|без переплат|без отказ|\bлучш(?!е\b)|\bсам(?:ый|ая|ое|ые)\b|единственн"
    r"|номер один|мгновенн|моментальн|\bсрочно|только сегодня|[A-Za-z]{3,}",
    re.IGNORECASE,
)
NUMBER = re.compile(r"\d+(?: \d{3})*(?:,\d+)?")
PERCENT = re.compile(r"(\d+(?:,\d+)?) %")

every_product = pytest.mark.parametrize("code", PRODUCTS)
every_credit = pytest.mark.parametrize("code", [code for code in PRODUCTS if group_of(code) in CREDITS])


def product(code: str) -> dict[str, Any]:
    return demo_products()[code]


def card(code: str) -> Card:
    content = product(code)
    return Card(code, content["group"], content["name"], content["site_section"], content["card"])


def bank() -> Bank:
    return Bank(**{**demo_bank(), "names": tuple(demo_bank()["names"])})


def percents(text: str) -> list[float]:
    return [float(number.replace(",", ".")) for number in PERCENT.findall(text)]


def numbers(text: str) -> list[float]:
    return [float(number.replace(" ", "").replace(",", ".")) for number in NUMBER.findall(text)]


def clauses(text: str) -> list[str]:
    """The parts of a phrase that speak of one programme or kind each."""
    return re.split(r", (?=от|до|по|на|\d)", text)


def test_all_products_and_channels_are_there() -> None:
    assert tuple(demo_products()) == PRODUCTS
    assert tuple(demo_channels()) == CHANNELS
    assert {channel["form"] for channel in demo_channels().values()} == set(FORMS)


@every_product
def test_the_api_would_take_it_as_it_is(code: str) -> None:
    assert ProductIn().validate(product(code)) == {}


def test_the_api_would_take_bank_and_channels_as_they_are() -> None:
    assert BankChange().validate({**demo_bank(), "version": 1}) == {}
    assert all(ChannelIn().validate(channel) == {} for channel in demo_channels().values())


@every_product
def test_its_regime_is_the_one_the_rules_know(code: str) -> None:
    assert product(code)["group"] == group_of(code)


@every_product
def test_every_condition_that_the_law_needs_is_there(code: str) -> None:
    given = product(code)["card"]
    lacking = [item.key for item in CHECKLISTS[group_of(code)] if item.required and item.key not in given]
    lacking += [item.key for item in CHECKLISTS[group_of(code)] if item.needed_with in given and item.key not in given]
    assert lacking == []


@every_product
def test_every_condition_is_recognised_by_the_rules(code: str) -> None:
    given = product(code)["card"]
    assert set(given) <= {item.key for item in CHECKLISTS[group_of(code)]}
    for item in CHECKLISTS[group_of(code)]:
        phrase = given.get(item.key, "").lower().replace("ё", "е").replace("«", '"').replace("»", '"')
        assert not phrase or not item.pattern or item.pattern.search(phrase), (item.key, phrase)


@every_product
def test_conditions_read_as_phrases(code: str) -> None:
    for key, phrase in product(code)["card"].items():
        first = phrase.split(" ")[0]
        assert first[0].islower() or first[0].isdigit() or first.isupper(), (key, phrase)
        assert not phrase.endswith(".")
        assert "  " not in phrase
        assert not re.search(r"\d%|\d₽|\d\.\d|\d{5,}", phrase), "«5 %», «10 000 ₽», «1,5»"


@every_product
def test_nothing_unlawful_or_foreign_is_written(code: str) -> None:
    content = product(code)
    lines = [content["name"], content["value_line"], *(benefit["text"] for benefit in content["benefits"])]
    lines += [hint["hint"] for hint in content["audience"]]
    links = re.compile(rf"{re.escape(demo_bank()['site'])}(/[\w-]+)?")
    for line in [*lines, *content["card"].values()]:
        assert not FORBIDDEN.search(links.sub("", line)), line


@every_product
def test_each_benefit_describes_one_group_of_the_phrase_bank(code: str) -> None:
    benefits = product(code)["benefits"]
    groups = yaml.safe_load((PHRASES / f"{file_code(code)}.yaml").read_text(encoding="utf-8"))["benefits"]
    assert [benefit["corpus"] for benefit in benefits] == list(range(len(groups)))
    assert len({benefit["tag"] for benefit in benefits}) == len(benefits)
    assert len({benefit["text"] for benefit in benefits}) == len(benefits)


@every_product
def test_the_model_knows_the_benefits_by_the_same_tags(code: str) -> None:
    assert list(benefit_tags(code)) == [benefit["tag"] for benefit in product(code)["benefits"]]


@every_product
def test_the_starting_corpus_has_as_many_groups(code: str, shared_dir: Path) -> None:
    groups = json.loads((shared_dir / "corpus" / f"phrases-{file_code(code)}.json").read_text(encoding="utf-8"))
    assert len(product(code)["benefits"]) == len(groups["benefits"])


@every_product
def test_hints_speak_for_and_against(code: str) -> None:
    hints = product(code)["audience"]
    subjects = [hint.get("fact") or hint["segment"] for hint in hints]
    assert len(set(subjects)) == len(subjects)
    assert {hint["suits"] for hint in hints} == {True, False}


@every_credit
def test_the_full_cost_is_never_below_the_rate(code: str) -> None:
    costs, rates = (clauses(product(code)["card"][key]) for key in ("psk_range", "rate_range"))
    lows = zip((min(percents(cost)) for cost in costs), (min(percents(rate)) for rate in rates), strict=False)
    assert all(cost >= rate for cost, rate in lows)
    assert max(percents(" ".join(costs))) >= max(percents(" ".join(rates)))
    assert all(low < high for low, high in (percents(cost) for cost in costs))


@every_credit
def test_the_section_belongs_to_the_banks_site(code: str) -> None:
    assert product(code)["site_section"].startswith(f"{demo_bank()['site']}/")


@every_product
def test_ranges_grow(code: str) -> None:
    for key, phrase in product(code)["card"].items():
        for low, high in re.findall(rf"от ({NUMBER.pattern})(?: %)? до ({NUMBER.pattern})", phrase):
            assert numbers(low) < numbers(high), (key, phrase)


def test_sections_of_the_site_differ() -> None:
    sections = [content["site_section"] for content in demo_products().values()]
    assert len(set(sections)) == len(sections)


def test_a_deposit_names_each_rate_and_term_alike_everywhere() -> None:
    given = product("DEPOSIT")["card"]
    assert percents(given["rate"]) == percents(given["min_guaranteed_rate"])
    days = re.compile(r"(\d+) (?:день|дней)")
    assert days.findall(given["rate"]) == days.findall(given["min_guaranteed_rate"]) == days.findall(given["term"])


def test_a_savings_account_names_its_base_rate_alike_everywhere() -> None:
    given = product("SAVE_ACC")["card"]
    assert percents(given["base_rate"]) == percents(given["min_guaranteed_rate"])
    assert percents(given["promo_rate"]) > percents(given["base_rate"])


def test_salary_and_debit_cards_share_their_tariff() -> None:
    """One and the same plastic: 129 ₽, the same limits and fees, the same salary threshold."""
    debit, salary = product("DC")["card"], product("IZP")["card"]
    fee, threshold = numbers(debit["fee"]), numbers(debit["fee_waiver"])[-1]
    assert numbers(salary["employee_tariff"]) == [0, threshold, *fee]
    assert numbers(salary["benefit_terms"]) == numbers(debit["limits"]) + numbers(debit["over_limit_fee"])


def test_life_insurance_sums_follow_from_the_premiums() -> None:
    """The smallest goal is what the smallest premium gives in the shortest term."""
    given = product("NSG")["card"]
    month, quarter, year = numbers(given["premium"])
    shortest = numbers(given["term"])[0]
    assert month * 12 == quarter * 4 == year
    assert year * shortest == numbers(given["sum_insured"])[0]


@pytest.mark.parametrize("code", ["INVEST", "TRUST"])
def test_disclosures_give_the_banks_own_addresses(code: str) -> None:
    phrase = product(code)["card"]["disclosure"]
    profile = demo_bank()
    assert all(profile[name] in phrase for name in ("legal_name", "disclosure_site", "address", "phone"))


@pytest.mark.parametrize("code", ["ISG", "NSG", "INS_LIFE", "INS_PROPERTY"])
def test_policies_name_the_insurer_and_the_time_to_change_ones_mind(code: str) -> None:
    given = product(code)["card"]
    assert demo_bank()["insurer"] in given["insurer"]
    assert "в течение 14 дней" in given["term"]


def test_property_insurance_is_not_life_insurance() -> None:
    content = product("INS_PROPERTY")
    assert content["group"] == "insurance"
    assert "жизн" not in json.dumps(content, ensure_ascii=False)


@pytest.mark.parametrize("code", ["INVEST", "TRUST", "OMS", "ISG", "NSG"])
def test_what_is_not_insured_says_so(code: str) -> None:
    assert "не застрахованы в системе страхования вкладов" in " ".join(product(code)["card"].values())


def letter(code: str) -> str:
    greeting = f"Тема: {product(code)['name'][:42]}\nПрехедер: Об этом предложении — в письме"
    return f"{greeting}\n\n{demo_bank()['legal_name']} предлагает подробности. {product(code)['value_line']}"


@every_product
def test_a_letter_with_full_conditions_is_lawful_and_fits(code: str) -> None:
    text = compose(letter(code), card=card(code), channel="EMAIL", bank=bank(), conditions="full")
    report = check(text, card=card(code), group=group_of(code), channel="EMAIL", bank=bank())
    assert report.verdict == "ok", report.findings
    written = len(re.findall(r"\w+(?:[-–.]\w+)*", text)) - len(re.findall(r"\w+", product(code)["value_line"]))
    assert written + 60 <= demo_channels()["EMAIL"]["limits"]["max_words"], "no room for a body of 60 words"


@every_product
@pytest.mark.parametrize(("channel", "limit", "room"), [("SMS", "max_units", 60), ("PUSH", "body_max", 60)])
def test_obligatory_words_leave_room_for_the_message(code: str, channel: str, limit: str, room: int) -> None:
    added = mandatory_length(card(code), channel, bank())
    assert demo_channels()[channel]["limits"][limit] - added >= room


@every_product
def test_hints_do_not_contradict_the_rules_of_sense(code: str) -> None:
    """No text may build on a fact that the catalogue calls a reason against the product."""
    against = {hint["fact"] for hint in product(code)["audience"] if not hint["suits"] and "fact" in hint}
    assert not against & fitting_facts(code)

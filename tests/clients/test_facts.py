"""Facts: each code has its rule, the strongest comes first, and nothing of the client but codes gets out."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.clients.dictionaries import SEGMENTS, is_manager, segment_of
from backend.clients.events import Event, EventType
from backend.clients.facts import (
    DEFAULT_THRESHOLDS,
    KNOWN_FACTS,
    WINDOWS,
    Thresholds,
    derive_facts,
    shows_product,
    thresholds_of,
    viewed_products,
)
from backend.clients.features import FIELDS, Features, Kind, parse_features
from model.brief import FACTS

TODAY = date(2026, 11, 22)


def facts(events=(), product=None, thresholds=DEFAULT_THRESHOLDS, **features) -> list[str]:
    return derive_facts(Features(**features), events, TODAY, thresholds, product)


def ago(name: str, days: int, page: str | None = None) -> Event:
    return Event(EventType(name), TODAY - timedelta(days), page)


def test_the_codes_are_those_of_the_brief():
    assert frozenset(FACTS) == KNOWN_FACTS


def test_the_codes_are_those_of_the_customer(shared_dir):
    theirs = json.loads((shared_dir / "corpus" / "facts.json").read_text(encoding="utf-8"))
    assert frozenset(theirs) == KNOWN_FACTS


@pytest.mark.parametrize(
    ("features", "code"),
    [
        ({"cnt_zp_12m": 6}, "salary_client"),
        ({"super_clust": "a. Супер-ЗП (6,15)"}, "salary_client"),
        ({"super_clust": "c. Масс-ЗП закредитованные"}, "salary_client"),
        ({"super_clust": "d. Масс-ЗП без согласия БКИ"}, "salary_client"),
        ({"super_clust": "h. Бывшие зарплатники"}, "former_salary"),
        ({"super_clust": "k. Без продукта"}, "no_product"),
        ({"super_clust": "b. Текущие заёмщики"}, "borrower"),
        ({"super_clust": "i. Бывшие заемщики (2,5)"}, "past_borrower"),
        ({"cnt_dep_act": 1}, "deposit_holder"),
        ({"super_clust": "j. Депозиты в оттоке"}, "deposit_leaving"),
        ({"super_clust": "f. Супер-депозиты"}, "super_deposit"),
        ({"super_clust": "e. Супер-аффлуент (-1)"}, "affluent"),
        ({"super_clust": "a. Супер-ЗП"}, "super_salary"),
        ({"super_clust": "g. ДК/ЗК до 6 моба (20)"}, "new_card"),
        ({"app_vehicle_ind": 1}, "drives"),
        ({"cnt_tr_oil_3m": 6}, "fuels_often"),
        ({"cnt_tr_buy_3m": 30}, "shops_often"),
        ({"cnt_tr_service_3m": 5}, "pays_services"),
        ({"cnt_tr_mobile_3m": 4}, "pays_mobile"),
        ({"cnt_tr_on_card_3m": 10}, "transfers_often"),
        ({"cnt_tr_cash_3m": 5}, "cash_often"),
        ({"cnt_tr_top_up_3m": 10}, "tops_up"),
        ({"cnt_tr_all_3m": 60}, "active"),
        ({"cnt_tr_all_3m": 3}, "quiet"),
        ({"age": 14.0}, "youth"),
        ({"age": 17.99}, "youth"),
        ({"age": 18.0}, "young"),
        ({"age": 25.99}, "young"),
        ({"age": 26.0}, "young_adult"),
        ({"age": 36.0}, "middle"),
        ({"age": 50.0}, "mature"),
        ({"age": 60.0}, "senior"),
        ({"app_position_type_nm": "руководитель (зам. рук-ля) организации"}, "manager"),
        ({"visit_purposes": "DCARD"}, "visited_card"),
        ({"visit_purposes": "CCARD"}, "visited_card"),
        ({"visit_purposes": "DEPOSIT"}, "visited_deposit"),
        ({"visit_purposes": "DEPOSCLOSE"}, "visited_deposit"),
        ({"visit_purposes": "POTREB"}, "visited_credit"),
        ({"visit_purposes": "CREDIT"}, "visited_credit"),
        ({"visit_purposes": "TRANS"}, "visited_transfer"),
        ({"visit_purposes": "PAY"}, "visited_transfer"),
        ({"visit_purposes": "INVEST"}, "visited_invest"),
        ({"qnt_months_from_last_visit": 0.0}, "recent_visit"),
        ({"qnt_months_from_last_visit": 12.0}, "long_no_visit"),
        ({"limit_exchange_count": 2}, "limit_changes"),
    ],
)
def test_each_rule(features, code):
    assert code in facts(**features)


@pytest.mark.parametrize(
    "features",
    [
        {},
        {"cnt_zp_12m": 5},
        {"cnt_dep_act": 0},
        {"app_vehicle_ind": 0},
        {"cnt_tr_oil_3m": 5, "cnt_tr_buy_3m": 29, "cnt_tr_service_3m": 4, "cnt_tr_mobile_3m": 3, "cnt_tr_all_3m": 59},
        {"cnt_tr_on_card_3m": 9, "cnt_tr_cash_3m": 4, "cnt_tr_top_up_3m": 9, "limit_exchange_count": 1},
        {"app_position_type_nm": "не руководящий сотрудник"},
        {"app_position_type_nm": "2"},
        {"visit_purposes": "OTHER"},
        {"visit_purposes": "DCARD", "qnt_months_from_last_visit": 11.0 + 0.5, "super_clust": "z. Новый"},
        {"super_clust": "Активные"},
    ],
)
def test_below_the_threshold_there_is_no_fact(features):
    found = set(facts(**features))
    assert found <= ({"visited_card"} if features.get("visit_purposes") == "DCARD" else set())


@pytest.mark.parametrize("name", [kind.value for kind in EventType if kind is not EventType.APP_VISIT])
def test_each_event_within_its_window(name):
    code = "fuels_often" if name == "fuel_often" else f"ev_{name}"
    window = WINDOWS[EventType(name)]
    assert facts([ago(name, 0)]) == [code]
    assert facts([ago(name, window.after)]) == [code]
    assert facts([ago(name, window.after + 1)]) == []
    assert facts([ago(name, -max(window.before, 1))]) == [code]
    assert facts([ago(name, -max(window.before, 1) - 1)]) == []


def test_an_app_visit_speaks_only_for_its_product():
    events = [ago("app_visit", 1, "CC")]
    assert facts(events, product="CC") == ["ev_app_visit"]
    assert facts(events, product="AUTO") == facts(events) == []
    assert facts([ago("app_visit", 1)], product="CC") == []
    assert facts([ago("app_visit", 15, "CC")], product="CC") == []


def test_viewed_products_latest_first():
    events = [ago("app_visit", 5, "/products/deposit"), ago("app_visit", 1, "PK"), ago("app_visit", 99, "CC")]
    assert viewed_products(events, TODAY, ["CC", "DEPOSIT", "ПК"]) == ["ПК", "DEPOSIT"]


@pytest.mark.parametrize(
    ("page", "product", "shows"),
    [("AUTO", "AUTO_SCR", False), ("auto-scr", "AUTO_SCR", True), ("pk", "ПК", True), ("CCX", "CC", False)],
)
def test_pages_name_products_whole(page, product, shows):
    assert shows_product(page, product) is shows


def test_a_birthday_may_be_the_date_of_birth():
    assert facts([Event(EventType.BIRTHDAY, date(1970, 11, 25))]) == ["ev_birthday"]
    assert facts([Event(EventType.BIRTHDAY, date(1970, 5, 25))]) == []
    leap = [Event(EventType.BIRTHDAY, date(2000, 2, 29))]
    assert derive_facts(Features(), leap, date(2027, 2, 28)) == ["ev_birthday"]
    new_year = [Event(EventType.BIRTHDAY, date(1980, 1, 2))]
    assert derive_facts(Features(), new_year, date(2026, 12, 30)) == ["ev_birthday"]


def test_events_come_first_and_the_nearest_before_the_others():
    found = facts(
        [ago("large_purchase", 9), ago("salary", 2), ago("trip", -5), ago("salary", 1)],
        age=30.0,
        cnt_tr_oil_3m=50,
    )
    assert found == ["ev_salary", "ev_trip", "ev_large_purchase", "fuels_often", "young_adult"]


def test_habits_by_how_far_they_pass_their_threshold():
    assert facts(cnt_tr_buy_3m=60, cnt_tr_oil_3m=60, cnt_tr_cash_3m=15) == ["fuels_often", "cash_often", "shops_often"]


def test_a_fresh_visit_is_stronger_than_a_habit_and_an_old_one_is_no_fact():
    fresh = facts(visit_purposes="DEPOSIT", qnt_months_from_last_visit=1.0, cnt_tr_oil_3m=9)
    assert fresh == ["visited_deposit", "fuels_often", "recent_visit"]
    older = facts(visit_purposes="DEPOSIT", qnt_months_from_last_visit=8.0, cnt_tr_oil_3m=9)
    assert older == ["fuels_often", "visited_deposit"]
    assert facts(visit_purposes="DEPOSIT", qnt_months_from_last_visit=20.0) == ["long_no_visit"]


def test_contradictions_are_resolved():
    assert facts(super_clust="h. Бывшие зарплатники", cnt_zp_12m=9) == ["former_salary"]
    assert facts(super_clust="d. Масс-ЗП", cnt_zp_12m=0) == []
    assert "no_product" not in facts(super_clust="k. Без продукта", cnt_dep_act=1)
    assert facts([ago("office_visit", 1)], qnt_months_from_last_visit=15.0) == ["ev_office_visit"]


def test_thresholds_are_settings():
    changed = DEFAULT_THRESHOLDS.with_changes({"fuels": 20, "manager_codes": [1, 2]})
    assert facts(cnt_tr_oil_3m=19, thresholds=changed) == []
    assert facts(app_position_type_nm="2", thresholds=changed) == ["manager"]
    assert facts(cnt_tr_oil_3m=0, cnt_dep_act=0, thresholds=replace(changed, fuels=0, deposits=0)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"fules": 3},
        {"fuels": -1},
        {"fuels": "7"},
        {"fuels": True},
        {"fuels": float("nan")},
        {"windows": 1},
        {"manager_codes": 1},
        {"manager_codes": ["1"]},
    ],
)
def test_wrong_thresholds_are_refused(changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        Thresholds().with_changes(changes)
    with pytest.raises(ValueError, match=f"FACT_THRESHOLDS: {next(iter(changes))}"):
        thresholds_of(json.dumps(changes))


@pytest.mark.parametrize("setting", ["{", "[1]", '"fuels"', "[" * 100_000])
def test_thresholds_that_are_no_object_are_refused(setting):
    with pytest.raises(ValueError, match="FACT_THRESHOLDS"):
        thresholds_of(setting)


def test_thresholds_of_an_installation():
    assert thresholds_of("") == DEFAULT_THRESHOLDS
    assert thresholds_of('{"fuels": 8, "manager_codes": [2]}') == replace(
        DEFAULT_THRESHOLDS, fuels=8, manager_codes=frozenset({2})
    )


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("a. Супер-ЗП (6,15)", "a"),
        ("A", "a"),
        ("h) Бывшие", "h"),
        ("с. Масс-ЗП закредитованные", "c"),  # the letter is Cyrillic
        ("Бывшие заемщики (1,2)", "i"),
        ("  k.  Без продукта", "k"),
        ("активные", None),
        ("z. Новый", None),
        ("", None),
        (None, None),
    ],
)
def test_segments(text, letter):
    segment = segment_of(text)
    assert (segment.letter if segment else None) == letter


def test_every_segment_is_found_by_letter_and_by_name():
    for letter, segment in SEGMENTS.items():
        assert segment_of(f"{letter}. {segment.name} (1,2)") == segment
        assert segment_of(segment.name) == segment


@pytest.mark.parametrize(("text", "expected"), [("Директор", True), ("зам. руководителя", True), ("курьер", False)])
def test_managers_by_title(text, expected):
    assert is_manager(text) is expected


EXTREME = {
    "gender": 1,
    "age": 87.654321,
    "reg_region_nm": "Секретбург-31415",
    "app_vehicle_ind": 1,
    "app_position_type_nm": "руководитель секретбург",
    "visit_purposes": "DEPOSIT",
    "qnt_months_from_last_visit": 0.1234,
    "super_clust": "a. Секретбург (777)",
} | {
    field.name: (98_765 - index if field.kind is Kind.COUNT else 987_654_321.12 + index)
    for index, field in enumerate(FIELDS)
    if field.kind in {Kind.COUNT, Kind.MONEY}
}


def test_no_secret_of_an_extreme_client_gets_out():
    features, errors = parse_features(EXTREME, "")
    assert not errors
    assert len(features.known()) == 25
    secret = Event(EventType.LARGE_PURCHASE, TODAY, "Секретбург-31415", {"sum": 987654321, "shop": "Секретбург"})
    found = derive_facts(features, [secret], TODAY, product="CC")
    assert set(found) <= KNOWN_FACTS
    assert len(found) > 15
    written = json.dumps(found, ensure_ascii=False)
    assert not any(digit in written for digit in "0123456789")
    assert "екретбург" not in written


counts = st.none() | st.integers(0, 100_000)


@given(
    features=st.builds(
        Features,
        age=st.none() | st.floats(14, 120),
        app_vehicle_ind=st.none() | st.integers(0, 1),
        cnt_tr_all_3m=counts,
        cnt_tr_oil_3m=counts,
        cnt_tr_buy_3m=counts,
        cnt_zp_12m=counts,
        cnt_dep_act=counts,
        super_clust=st.none() | st.sampled_from("abcdefghijkz") | st.text(max_size=10),
        app_position_type_nm=st.none() | st.text(max_size=10),
        qnt_months_from_last_visit=st.none() | st.floats(0, 1200),
    ),
    events=st.lists(
        st.builds(Event, st.sampled_from(EventType), st.dates(), st.none() | st.text(max_size=10)), max_size=6
    ),
    today=st.dates(),
)
def test_only_known_codes_each_once(features, events, today):
    found = derive_facts(features, events, today, product="CC")
    assert set(found) <= KNOWN_FACTS
    assert len(found) == len(set(found))
    assert derive_facts(features, events, today, product="CC") == found

"""The 25 features: every dirty spelling is understood, every impossible value is pointed at."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.clients.features import ALIASES, BY_NAME, FIELDS, NAMES, Features, Kind, parse_features

POINTER = "/clients/3/features"
COUNTS = [field.name for field in FIELDS if field.kind is Kind.COUNT]
MONEY = [field.name for field in FIELDS if field.kind is Kind.MONEY]
UNKNOWN = [None, "NULL", "null", "N/A", "n/a", "", " ", "\u00a0", " NULL ", "nan", "NaN", "NULL" + " " * 16, " " * 20]


def parsed(name, value):
    features, errors = parse_features({name: value}, POINTER)
    assert not errors, errors
    return getattr(features, name)


def refused(name, value) -> str:
    features, errors = parse_features({name: value}, POINTER)
    assert features == Features()
    assert [error.pointer for error in errors] == [f"{POINTER}/{name}"]
    assert errors[0].detail
    return errors[0].detail


def test_the_table_names_the_25_features():
    assert len(FIELDS) == len(NAMES) == 25
    assert tuple(field.name for field in FIELDS) == NAMES
    assert all(field.meaning for field in FIELDS)


@pytest.mark.parametrize("value", UNKNOWN)
@pytest.mark.parametrize("name", NAMES)
def test_unknown_is_unknown_in_every_field(name, value):
    assert parsed(name, value) is None


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (12, 12.0),
        ("12", 12.0),
        ("15968.690000", 15968.69),
        ("15968,69", 15968.69),
        ("1 234 567,5", 1234567.5),
        ("1\u00a0234", 1234.0),
        (" 7 ", 7.0),
        ("+5", 5.0),
        ("1e3", 1000.0),
        (Decimal("10.50"), 10.5),
    ],
)
def test_sums_in_every_spelling(written, number):
    assert parsed("sum_dep_now", written) == number


@pytest.mark.parametrize("written", [3, 3.0, "3", "3.0", "3,000000", Decimal(3)])
def test_a_count_is_a_whole_number(written):
    value = parsed("cnt_tr_oil_3m", written)
    assert value == 3
    assert isinstance(value, int)


@pytest.mark.parametrize("name", COUNTS + MONEY)
@pytest.mark.parametrize("value", [-1, "-1", "-0.5"])
def test_negative_values_are_impossible(name, value):
    refused(name, value)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("value", [2.5, "2,5", 10**9, 10**400, True])
def test_impossible_counts(name, value):
    refused(name, value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "-inf", "Infinity", "1e999", Decimal("NaN")])
@pytest.mark.parametrize("name", ["age", "sum_dep_now", "cnt_tr_all_3m", "gender", "qnt_months_from_last_visit"])
def test_numbers_must_be_finite(name, value):
    refused(name, value)


@pytest.mark.parametrize("age", [900, 121, 13.9, 0, -5, "900", "сорок", True, [40], {"a": 1}, "1_000", "4 0", "٤٠"])
def test_impossible_ages(age):
    refused("age", age)


def test_real_ages_are_fractional():
    assert parsed("age", 52.688) == 52.688
    assert parsed("age", "62,1") == 62.1
    assert parsed("age", 14) == 14.0


@pytest.mark.parametrize(("written", "value"), [(0, 0), (1, 1), ("0", 0), ("1", 1), (0.0, 0), ("1.0", 1)])
@pytest.mark.parametrize("name", ["gender", "app_vehicle_ind"])
def test_flags(name, written, value):
    assert parsed(name, written) == value


def test_only_a_flag_may_be_a_boolean():
    assert parsed("app_vehicle_ind", True) == 1
    assert parsed("app_vehicle_ind", False) == 0
    refused("gender", True)


@pytest.mark.parametrize("value", [2, 3, -1, 0.5, "2", "м", []])
@pytest.mark.parametrize("name", ["gender", "app_vehicle_ind"])
def test_impossible_flags(name, value):
    refused(name, value)


def test_both_names_of_the_deposit_balance():
    alias, name = next(iter(ALIASES.items()))
    features, errors = parse_features({alias: "100.5"}, POINTER)
    assert (features.avg_dep_avg_balance_1month, errors) == (100.5, [])
    assert not parse_features({alias: 100.5, name: "100,50"}, POINTER)[1]
    assert not parse_features({alias: None, name: 7}, POINTER)[1]
    _, errors = parse_features({name: 1, alias: 2}, POINTER)
    assert [error.pointer for error in errors] == [f"{POINTER}/{alias}"]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("agee", "age"), ("cnt_tr_oil_3", "cnt_tr_oil_3m"), ("Gender", "gender"), ("super_cluster", "super_clust")],
)
def test_an_unknown_name_gets_the_closest_right_one(wrong, right):
    _, errors = parse_features({wrong: 1}, POINTER)
    assert errors[0].pointer == f"{POINTER}/{wrong}"
    assert right in errors[0].detail


def test_a_strange_name_gets_no_proposal_and_a_valid_pointer():
    _, errors = parse_features({"a/b~c": 1}, POINTER)
    assert errors[0].pointer == f"{POINTER}/a~1b~0c"
    assert "возможно" not in errors[0].detail


def test_many_unknown_names_stay_bounded():
    _, errors = parse_features({f"x{i}": i for i in range(150)}, POINTER)
    assert len(errors) == 11
    _, errors = parse_features({f"x{i}": i for i in range(100_000)}, POINTER)
    assert len(errors) == 1


@pytest.mark.parametrize("raw", [[], "text", 5, [{"age": 3}]])
def test_features_must_be_an_object(raw):
    _, errors = parse_features(raw, POINTER)
    assert [error.pointer for error in errors] == [POINTER]


def test_no_features_are_fine():
    assert parse_features(None, POINTER) == (Features(), [])
    assert parse_features({}, POINTER) == (Features(), [])


def test_texts_are_trimmed_and_bounded():
    assert parsed("reg_region_nm", "  Пермский \n край ") == "Пермский край"
    assert "длиннее" in refused("reg_region_nm", "я" * 201)
    assert "длиннее" in refused("super_clust", "я" * 100_000)
    refused("reg_region_nm", "Пермь\x00")
    refused("reg_region_nm", "\ud800")
    refused("reg_region_nm", 59)


def test_an_unknown_segment_is_tolerated():
    assert parsed("super_clust", "z. Новый сегмент") == "z. Новый сегмент"


@pytest.mark.parametrize(
    ("written", "value"),
    [(17, "17"), ("17", "17"), (17.0, "17"), ("17.0", "17"), (" руководитель ", "руководитель")],
)
def test_positions_are_codes_or_texts(written, value):
    assert parsed("app_position_type_nm", written) == value


@pytest.mark.parametrize("value", [0, 19, "0", "19", 3.5, "3,5", True, [1]])
def test_impossible_positions(value):
    refused("app_position_type_nm", value)


def test_visit_purposes():
    assert parsed("visit_purposes", "dcard ") == "DCARD"
    assert "допустимы" in refused("visit_purposes", "HOLIDAY")
    assert "латиницей" in refused("visit_purposes", "ССARD")  # two Cyrillic letters
    refused("visit_purposes", 5)


def test_one_wrong_field_does_not_hide_the_others():
    features, errors = parse_features({"age": 900, "gender": 3, "cnt_tr_buy_3m": "46"}, POINTER)
    assert features == Features(cnt_tr_buy_3m=46)
    assert {error.pointer for error in errors} == {f"{POINTER}/age", f"{POINTER}/gender"}


def test_known_is_ready_for_json():
    features, _ = parse_features({"age": "40", "gender": "NULL", "cnt_zp_12m": "0"}, POINTER)
    assert features.known() == {"age": 40.0, "cnt_zp_12m": 0}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.just("9" * 5000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(JSON | st.dictionaries(st.sampled_from([*NAMES, *ALIASES]) | st.text(max_size=20), JSON, max_size=30))
def test_whatever_comes_in_comes_out_as_features_and_errors(raw):
    features, errors = parse_features(raw, POINTER)
    assert isinstance(features, Features)
    for error in errors:
        assert error.pointer.startswith(POINTER)
        (error.pointer + error.detail).encode()
    for name, value in features.known().items():
        field = BY_NAME[name]
        if isinstance(value, str):
            assert value == value.strip() != ""
        else:
            assert field.lowest <= value <= field.highest
    again, errors = parse_features(features.known(), POINTER)
    assert (again, errors) == (features, [])


def test_64_clients_are_parsed_in_a_moment():
    raw = {
        field.name: "a. Супер-ЗП (6,15)" if field.kind is Kind.TEXT else "1" for field in FIELDS
    } | {"age": "52.688", "visit_purposes": "DCARD", "sum_dep_now": "1 000 000,50"}  # fmt: skip

    def cost() -> float:
        start = time.process_time()
        for _ in range(64):
            assert not parse_features(raw, POINTER)[1]
        return time.process_time() - start

    assert min(cost() for _ in range(5)) < 0.010

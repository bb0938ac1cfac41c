"""The body of POST /offers: every mistake is found, and its pointer leads to it."""

import json
from datetime import date
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.compliance.service import Card
from backend.errors import FieldError, Invalid, NotFound, TooLarge, Unavailable
from backend.offers.limits import CallLimits
from backend.offers.parse import OfferCall, _Reader, parse_call
from backend.offers.shelf import ChannelView, ProductView

TODAY = date(2026, 11, 22)
LIMITS = CallLimits(short=64, long=16, deadline_ms=2000)


def product(code: str) -> ProductView:
    return ProductView(code, code, "credit_card", 1, Card(code, "credit_card", code, ""))


class SmallShelf:
    """Two products and two channels; counts how often it is asked."""

    products: ClassVar = {"CC": product("CC"), "DC": product("DC")}
    channels: ClassVar = {
        "SMS": ChannelView("SMS", "sms", True, {"max_units": 201}),
        "EMAIL": ChannelView("EMAIL", "email", False, {"max_words": 220}),
    }

    def __init__(self) -> None:
        self.asked: list[str] = []

    def product(self, code: str) -> ProductView:
        return self._find(self.products, code)

    def channel(self, code: str) -> ChannelView:
        return self._find(self.channels, code)

    def _find(self, known: dict[str, Any], code: str) -> Any:
        self.asked.append(code)
        if code not in known:
            raise NotFound(f"Кода «{code}» нет в каталоге")
        return known[code]


def parse(body: Any, shelf: SmallShelf | None = None) -> OfferCall:
    return parse_call(body, shelf or SmallShelf(), LIMITS, TODAY)


def body(*clients: Any, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"product": "CC", "channel": "SMS", "clients": list(clients) or [{"client_id": 1}]}
    made.update(changes)
    return {name: value for name, value in made.items() if value is not ...}


def errors_of(wrong: Any) -> list[FieldError]:
    with pytest.raises(Invalid) as refusal:
        parse(wrong)
    return list(refusal.value.errors)


def pointers(wrong: Any) -> list[str]:
    return [error.pointer for error in errors_of(wrong)]


def test_a_full_call_is_understood() -> None:
    call = parse(
        body(
            {"client_id": 101, "features": {"age": 52.7}, "events": [{"type": "salary", "at": "2026-11-20"}]},
            {"client_id": "A-1", "product": "DC", "channel": "EMAIL", "features": None, "events": None},
            {"client_id": 3, "product": "auto"},
            tone="friendly",
            variants=2,
            conditions="full",
            seed=7,
        )
    )
    first, second, third = call.clients
    assert (first.client_id, first.is_number, first.features.age) == ("101", True, 52.7)
    assert first.product is SmallShelf.products["CC"]
    assert first.id_as_sent() == 101
    assert (second.client_id, second.is_number, second.id_as_sent()) == ("A-1", False, "A-1")
    assert second.product is SmallShelf.products["DC"]
    assert second.channel is SmallShelf.channels["EMAIL"]
    assert third.product is None
    assert (call.tone, call.variants, call.conditions, call.seed) == ("friendly", 2, "full", 7)


def test_everything_optional_has_a_default() -> None:
    call = parse(body())
    assert (call.tone, call.variants, call.conditions, call.seed) == ("neutral", 1, "none", None)


def test_the_common_codes_may_be_left_out_when_every_client_has_its_own() -> None:
    call = parse(body({"client_id": 1, "product": "DC", "channel": "SMS"}, product=..., channel=...))
    assert call.clients[0].product is SmallShelf.products["DC"]


def test_a_code_is_looked_up_once() -> None:
    shelf = SmallShelf()
    parse(body(*({"client_id": number} for number in range(50))), shelf)
    assert sorted(shelf.asked) == ["CC", "SMS"]


@pytest.mark.parametrize("wrong", [None, [], "text", 3, True])
def test_the_body_must_be_an_object(wrong: Any) -> None:
    assert pointers(wrong) == [""]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        (body(clients=[]), "/clients"),
        (body(clients=...), "/clients"),
        (body(clients=None), "/clients"),
        (body(clients="abc"), "/clients"),
        (body(clients={"client_id": 1}), "/clients"),
        (body({"client_id": 1}, 5), "/clients/1"),
        (body({}), "/clients/0/client_id"),
        (body({"client_id": None}), "/clients/0/client_id"),
        (body({"client_id": True}), "/clients/0/client_id"),
        (body({"client_id": 1.5}), "/clients/0/client_id"),
        (body({"client_id": " "}), "/clients/0/client_id"),
        (body({"client_id": "x" * 129}), "/clients/0/client_id"),
        (body({"client_id": "a\nb"}), "/clients/0/client_id"),
        (body({"client_id": 10**30}), "/clients/0/client_id"),
        (body({"client_id": [1]}), "/clients/0/client_id"),
        (body({"client_id": 1, "name": "Иван"}), "/clients/0/name"),
        (body({"client_id": 1, "a/b~c": 1}), "/clients/0/a~1b~0c"),
        (body({"client_id": 1, "features": []}), "/clients/0/features"),
        (body({"client_id": 1, "features": {"age": 900}}), "/clients/0/features/age"),
        (body({"client_id": 1, "features": {"age": "много"}}), "/clients/0/features/age"),
        (body({"client_id": 1, "features": {"cnt_tr_all_3m": -1}}), "/clients/0/features/cnt_tr_all_3m"),
        (body({"client_id": 1, "features": {"salary": 1}}), "/clients/0/features/salary"),
        (body({"client_id": 1, "events": [{"type": "war", "at": "2026-11-20"}]}), "/clients/0/events/0/type"),
        (body({"client_id": 1, "events": [{"type": "salary", "at": "вчера"}]}), "/clients/0/events/0/at"),
        (body({"client_id": 1, "events": "salary"}), "/clients/0/events"),
        (body({"client_id": 1, "product": "XX"}), "/clients/0/product"),
        (body({"client_id": 1, "product": 5}), "/clients/0/product"),
        (body({"client_id": 1, "channel": "FAX"}), "/clients/0/channel"),
        (body({"client_id": 1, "channel": "auto"}), "/clients/0/channel"),
        (body(product="XX"), "/product"),
        (body(product=...), "/product"),
        (body(product=["CC"]), "/product"),
        (body(channel=...), "/channel"),
        (body(channel="СMS"), "/channel"),
        (body({"client_id": 1, "product": "DC"}, product="XX"), "/product"),
        (body(tone="rude"), "/tone"),
        (body(tone=None), "/tone"),
        (body(tone=["neutral"]), "/tone"),
        (body(variants=0), "/variants"),
        (body(variants=5), "/variants"),
        (body(variants=True), "/variants"),
        (body(variants="2"), "/variants"),
        (body(variants=1.5), "/variants"),
        (body(conditions="some"), "/conditions"),
        (body(seed=-1), "/seed"),
        (body(seed=2**31), "/seed"),
        (body(seed="7"), "/seed"),
        (body(colour="red"), "/colour"),
    ],
)
def test_each_mistake_is_found_at_its_place(wrong: dict[str, Any], pointer: str) -> None:
    assert pointers(wrong) == [pointer]


def test_all_mistakes_are_told_at_once() -> None:
    wrong = body(
        {"client_id": 1, "features": {"age": 900}}, {"client_id": 2, "features": {"cnt_dep_act": -3}}, tone="rude"
    )
    assert set(pointers(wrong)) == {"/clients/0/features/age", "/clients/1/features/cnt_dep_act", "/tone"}


def test_a_wrong_common_code_is_one_mistake_for_many_clients() -> None:
    assert pointers(body(*({"client_id": number} for number in range(10)), product="XX")) == ["/product"]


@pytest.mark.parametrize("again", [101, "101", 101.0])
def test_a_client_may_come_once(again: Any) -> None:
    errors = errors_of(body({"client_id": 101}, {"client_id": 5}, {"client_id": again}))
    assert [error.pointer for error in errors] == ["/clients/2/client_id"]
    assert "/clients/0" in errors[0].detail


def test_the_number_of_errors_is_bounded() -> None:
    assert len(pointers(body(**{f"unknown{number}": 1 for number in range(1000)}))) == 100


def test_members_that_nobody_knows_are_not_all_remembered() -> None:
    strange = {f"unknown{number}": 1 for number in range(1000)}
    reader = _Reader(SmallShelf(), TODAY)
    reader.unknown(strange, (), "/clients/0")
    assert len(reader.errors) == 100


def test_65_clients_are_too_many() -> None:
    with pytest.raises(TooLarge, match=r"64.*batches"):
        parse(body(*({"client_id": number} for number in range(65))))


def test_long_channels_have_a_limit_of_their_own() -> None:
    with pytest.raises(TooLarge, match=r"16.*batches"):
        parse(body(*({"client_id": number, "channel": "EMAIL"} for number in range(17))))


def test_an_outage_of_the_catalogue_is_no_mistake_of_the_caller() -> None:
    class Broken(SmallShelf):
        def _find(self, known: dict[str, Any], code: str) -> Any:
            raise Unavailable("нет базы")

    with pytest.raises(Unavailable):
        parse(body(), Broken())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
fields = ["product", "channel", "clients", "tone", "variants", "conditions", "seed"]
client_fields = ["client_id", "features", "events", "product", "channel"]


@settings(max_examples=300)
@given(
    st.dictionaries(st.sampled_from(fields), json_values),
    st.lists(st.dictionaries(st.sampled_from(client_fields), json_values), max_size=3),
)
def test_no_body_breaks_the_parser(top: dict[str, Any], clients: list[Any]) -> None:
    for wrong in (top, {**top, "clients": clients}, body(*clients)):
        try:
            assert parse(wrong).clients
        except Invalid as refusal:
            told = json.dumps([vars(error) for error in refusal.errors])
        except TooLarge as refusal:
            told = refusal.detail
        else:
            told = "a good call"
        assert told != "[]"

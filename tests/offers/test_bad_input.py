"""Bad input over HTTP: a clear 4xx that points at the place, and nothing stored. No model runs here."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import scoped_session

from backend.offers.models import IdempotencyKey, Offer
from tests.conftest import problem
from tests.offers.bodies import call_body, some_clients
from tests.offers.conftest import Post

Auth = Callable[..., dict[str, str]]
URL = "/api/v1/offers"


@pytest.fixture(autouse=True)
def _nothing_is_stored(request: pytest.FixtureRequest) -> Any:
    session: scoped_session[Any] = request.getfixturevalue("db_session")
    yield
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Offer)) == 0
    assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0


@pytest.mark.parametrize(
    "raw",
    [
        '{"product": "CC",',
        "",
        "[1, 2",
        '{"clients": [{"client_id": 1, "features": {"age": NaN}}]}',
        '{"seed": Infinity}',
    ],
)
def test_broken_json_is_400(client: FlaskClient, auth: Auth, raw: str) -> None:
    problem(client.post(URL, data=raw, content_type="application/json", headers=auth()), 400)


def test_another_content_type_is_415(client: FlaskClient, auth: Auth) -> None:
    problem(client.post(URL, data="product=CC", content_type="text/plain", headers=auth()), 415)


def test_no_body_is_422(client: FlaskClient, auth: Auth) -> None:
    problem(client.post(URL, headers=auth()), 422)


def test_no_credentials_is_401(client: FlaskClient, demo_catalogue: None) -> None:
    problem(client.post(URL, json=call_body()), 401)


def test_a_body_of_5_megabytes_is_413(client: FlaskClient, auth: Auth) -> None:
    body = call_body() | {"tone": "x" * 5_000_000}
    detail = problem(client.post(URL, json=body, headers=auth()), 413)["detail"]
    assert all(word in detail for word in ("4 МБ", "64", "/api/v1/batches"))


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (call_body({"client_id": 1, "features": {"age": 900}}), "/clients/0/features/age"),
        (call_body(*some_clients(3), {"client_id": 4, "features": {"age": -5}}), "/clients/3/features/age"),
        (call_body({"client_id": 1, "features": {"cnt_tr_oil_3m": -1}}), "/clients/0/features/cnt_tr_oil_3m"),
        (call_body({"client_id": 1, "features": {"pet": 1}}), "/clients/0/features/pet"),
        (call_body({"client_id": 1, "features": {"age": [40]}}), "/clients/0/features/age"),
        (call_body({"client_id": 7}, {"client_id": "7"}), "/clients/1/client_id"),
        (call_body() | {"clients": []}, "/clients"),
        (call_body(product="СС"), "/product"),
        (call_body(product="cc"), "/product"),
        (call_body(product="ΠK"), "/product"),
        (call_body(channel="SМS"), "/channel"),
        (call_body(channel="FAX"), "/channel"),
        (call_body({"client_id": 1, "product": "DС"}), "/clients/0/product"),
        (call_body({"client_id": "a\u0000b"}), "/clients/0/client_id"),
        (call_body({"client_id": 1, "features": {"super_clust": "\ud800"}}), "/clients/0/features/super_clust"),
    ],
)
def test_the_answer_points_at_the_mistake(post_without_model: Post, body: dict[str, Any], pointer: str) -> None:
    errors = problem(post_without_model(body), 422)["errors"]
    assert [error["pointer"] for error in errors] == [pointer]
    assert errors[0]["detail"]


def test_a_lookalike_letter_gets_advice(post_without_model: Post) -> None:
    [error] = problem(post_without_model(call_body(product="СС")), 422)["errors"]
    assert "кирилл" in error["detail"]
    assert "«CC»" in error["detail"]


def test_65_clients_get_the_limit_and_the_way_out(post_without_model: Post) -> None:
    detail = problem(post_without_model(call_body(*some_clients(65))), 413)["detail"]
    assert "64" in detail
    assert "/batches" in detail


@pytest.mark.parametrize("key", ["", "x" * 256, "ключ".encode().decode("latin-1")])
def test_an_unfit_idempotency_key_is_422(post_without_model: Post, key: str) -> None:
    problem(post_without_model(call_body(), key=key), 422)


def test_a_mistake_under_a_key_leaves_the_key_free(post_without_model: Post) -> None:
    problem(post_without_model(call_body(product="XX"), key="k1"), 422)
    problem(post_without_model(call_body(product="YY"), key="k1"), 422)


def test_full_conditions_of_a_product_without_them_are_422(
    post_without_model: Post, db_session: scoped_session[Any]
) -> None:
    from backend.catalogue import service as catalogue

    product = catalogue.find_product("DEPOSIT")
    product.card = {key: phrase for key, phrase in product.card.items() if key != "rate"}
    db_session.commit()
    body = call_body(product="DEPOSIT", channel="EMAIL", conditions="full")
    [error] = problem(post_without_model(body), 422)["errors"]
    assert error["pointer"] == "/conditions"
    assert "rate" in error["detail"]


@pytest.mark.parametrize("conditions", ["none", "full"])
def test_an_offer_that_is_over_is_422_with_its_last_day(
    post_without_model: Post, db_session: scoped_session[Any], conditions: str
) -> None:
    from backend.catalogue import service as catalogue

    product = catalogue.find_product("DEPOSIT")
    product.card = {**product.card, "offer_until": "предложение действует до 30 июня 2025 года"}
    db_session.commit()
    [error] = problem(post_without_model(call_body(product="DEPOSIT", conditions=conditions)), 422)["errors"]
    assert error["pointer"] == "/product"
    assert "30.06.2025" in error["detail"]


def test_full_conditions_of_a_policy_whose_insurer_has_changed_are_422(
    post_without_model: Post, db_session: scoped_session[Any]
) -> None:
    from backend.catalogue import service as catalogue

    catalogue.change_bank(1, {"insurer": "АО «Новый страховщик»"})
    db_session.commit()
    body = call_body(product="ISG", channel="EMAIL", conditions="full")
    [error] = problem(post_without_model(body), 422)["errors"]
    assert error["pointer"] == "/conditions"
    assert "устарели условия: insurer" in error["detail"]

"""POST /offers with the real model: the answer's shape, lawfulness, lengths, choice of product, repeatability."""

import re
from contextlib import closing
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from backend.catalogue import service as catalogue
from backend.compliance.service import check
from backend.offers.forms import fills
from backend.offers.models import Offer
from model.brief import CHANNELS, PRODUCTS, TONES
from tests.offers.bodies import call_body, some_clients
from tests.offers.conftest import Post

LONG = {"EMAIL", "TMO", "KND"}


def offers_of(post: Post, body: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    response = post(body, **more)
    assert response.status_code == 200, response.get_data(as_text=True)
    offers: list[dict[str, Any]] = response.get_json()["offers"]
    assert [offer["client_id"] for offer in offers] == [one["client_id"] for one in body["clients"]]
    return offers


def assert_sendable(offer: dict[str, Any]) -> None:
    """The text is lawful by a guard of our own and fits the limits of its channel."""
    channel = catalogue.resolve_channel(offer["channel"])
    card = catalogue.card(catalogue.resolve_product(offer["product"]))
    report = check(offer["text"], card=card, group=card.group, channel=channel.code, bank=catalogue.bank())
    assert [finding for finding in report.findings if finding.severity == "block"] == []
    assert max(fills(offer["text"], channel.form, channel.limits).values()) <= 1
    assert "Примербанк" in offer["text"]
    assert not re.search(r"[{}<>]", offer["text"])


def test_the_answer_has_the_agreed_shape(post: Post, db_session: scoped_session[Any]) -> None:
    body = call_body(
        {"client_id": 101, "features": {"cnt_tr_oil_3m": 46}, "product": "DC", "channel": "PUSH"},
        {"client_id": "A-102", "features": {"age": "31", "app_vehicle_ind": "NULL"}},
        tone="friendly",
    )
    answer = post(body).get_json()
    assert answer.keys() == {"model_version", "elapsed_ms", "offers"}
    first, second = answer["offers"]
    assert (first["client_id"], first["product"], first["channel"]) == (101, "DC", "PUSH")
    assert (second["client_id"], second["product"], second["channel"]) == ("A-102", "CC", "SMS")
    assert first.keys() >= {"offer_id", "text", "confidence", "calibrated", "compliance", "facts", "variants"}
    assert first["compliance"]["verdict"] == "ok"
    assert first["calibrated"] is False
    assert 0 < first["confidence"] < 1
    assert "часто заправляет автомобиль" in first["facts"]
    assert first["product_reason"] is None
    for offer in answer["offers"]:
        assert_sendable(offer)


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_product_gets_a_lawful_text_on_every_channel(
    post: Post, db_session: scoped_session[Any], channel: str
) -> None:
    with_texts = 0
    for start in range(0, len(PRODUCTS), 11):
        clients = [
            {"client_id": number, "product": product, "features": {"cnt_tr_buy_3m": 40, "age": 41.2}}
            for number, product in enumerate(PRODUCTS[start : start + 11])
        ]
        for offer in offers_of(post, call_body(*clients, channel=channel)):
            if offer["text"] is None:
                assert offer["error"]["code"] == "no_compliant_text"
                assert offer["confidence"] is None
            else:
                with_texts += 1
                assert_sendable(offer)
    assert with_texts >= len(PRODUCTS) - 1


def test_64_clients_get_64_texts_in_one_call_and_all_are_stored(
    post: Post, client: FlaskClient, auth: Any, db_session: scoped_session[Any]
) -> None:
    offers = offers_of(post, call_body(*some_clients(64)))
    assert len([offer for offer in offers if offer["text"]]) >= 63
    listed = client.get("/api/v1/offers?limit=64", headers=auth()).get_json()
    assert listed["total"] == 64
    assert {item["offer_id"] for item in listed["items"]} == {offer["offer_id"] for offer in offers}
    rows = list(db_session.scalars(select(Offer)))
    assert len({row.request_id for row in rows}) == 1
    assert all("model_ms" in row.timings for row in rows)
    assert [row.segment for row in rows if row.segment] == ["h"] * 8


def test_texts_of_one_call_differ(post: Post, db_session: scoped_session[Any]) -> None:
    texts = [offer["text"] for offer in offers_of(post, call_body(*some_clients(32), product="DC"))]
    assert len(set(texts)) >= 24


@pytest.mark.parametrize("tone", TONES)
def test_every_tone_is_served(post: Post, db_session: scoped_session[Any], tone: str) -> None:
    for offer in offers_of(post, call_body(*some_clients(3), tone=tone)):
        assert_sendable(offer)


def test_variants_are_further_lawful_texts(post: Post, db_session: scoped_session[Any]) -> None:
    [offer] = offers_of(post, call_body(*some_clients(1), variants=4))
    texts = [offer["text"], *(variant["text"] for variant in offer["variants"])]
    assert 2 <= len(texts) <= 4
    assert len(set(texts)) == len(texts)
    for variant in offer["variants"]:
        assert_sendable({**offer, "text": variant["text"]})
        assert variant["confidence"] <= offer["confidence"]


def test_auto_chooses_a_product_and_says_why(post: Post, db_session: scoped_session[Any]) -> None:
    body = call_body(
        {"client_id": 1, "events": [{"type": "car_purchase", "at": _today()}], "features": {"age": 38}},
        {"client_id": 2, "features": {"age": 16.4}},
        {"client_id": 3, "product": "OMS"},
        product="auto",
    )
    first, second, third = offers_of(post, body)
    assert first["product"] == "AUTO"
    assert "автомобиль" in first["product_reason"]
    assert second["product"] in {"DC", "SAVE_ACC", "DEPOSIT"}
    assert third["product"] == "OMS"
    assert third["product_reason"] is None


def test_full_conditions_stand_in_the_letter(post: Post, db_session: scoped_session[Any]) -> None:
    [offer] = offers_of(post, call_body(product="DEPOSIT", channel="EMAIL", conditions="full"))
    assert_sendable(offer)
    assert re.search(r"\d+(,\d+)? ?%", offer["text"])


def test_a_seed_makes_a_call_repeatable(post: Post) -> None:
    body = call_body(*some_clients(12), seed=7)
    first, second = offers_of(post, body), offers_of(post, body)
    assert [offer["text"] for offer in first] == [offer["text"] for offer in second]
    other = offers_of(post, body | {"seed": 8})
    assert [offer["text"] for offer in other] != [offer["text"] for offer in first]


def test_without_a_seed_a_repeated_call_brings_other_texts(post: Post) -> None:
    body = call_body(*some_clients(12))
    first, second = offers_of(post, body), offers_of(post, body)
    assert [offer["text"] for offer in first] != [offer["text"] for offer in second]


def test_the_latin_spelling_of_the_cash_loan_is_accepted(post: Post) -> None:
    [offer] = offers_of(post, call_body(product="PK"))
    assert offer["product"] == "ПК"


def test_rejected_candidates_keep_no_words(post: Post, db_session: scoped_session[Any]) -> None:
    offers_of(post, call_body(*some_clients(32), product="INVEST", channel="PUSH"))
    for row in db_session.scalars(select(Offer)):
        for candidate in row.candidates:
            assert (candidate["text"] is None) == (candidate["rejected"] is not None)
            assert all("excerpt" not in finding for finding in candidate["findings"] if candidate["rejected"])
        assert row.text is None or row.text in {candidate["text"] for candidate in row.candidates}


def test_calls_are_counted(post: Post, client: FlaskClient) -> None:
    post(call_body(*some_clients(2), channel="PUSH"))
    exposed = client.get("/metrics").get_data(as_text=True)
    assert re.search(r'offerloop_offers_total\{channel="PUSH",outcome="text",part="api"\} [1-9]', exposed)
    assert re.search(r'offerloop_candidates_total\{outcome="passed",part="api"\} [1-9]', exposed)
    assert re.search(r'offerloop_offer_step_seconds_count\{part="api",step="model"\} [1-9]', exposed)


def test_real_rows_get_lawful_texts_on_every_channel(
    post: Post, db_session: scoped_session[Any], shared_dir: Any
) -> None:
    with closing(openpyxl.load_workbook(shared_dir / "data" / "clients_sample.xlsx", read_only=True)) as book:
        header, *rows = book.worksheets[0].iter_rows(values_only=True, max_row=65)
    clients = [
        {"client_id": number, "features": dict(zip(header, row, strict=True))} for number, row in enumerate(rows)
    ]
    for channel in CHANNELS:
        part = clients[:16] if channel in LONG else clients
        offers = offers_of(post, call_body(*part, product="auto", channel=channel))
        for offer in offers:
            if offer["text"] is not None:
                assert_sendable(offer)
        assert len([offer for offer in offers if offer["text"]]) >= len(part) - 1


def _today() -> str:
    from backend.common.clock import now

    return now().date().isoformat()

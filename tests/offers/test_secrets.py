"""The client's secrets reach neither the brief nor a text: searched for in everything that is stored and answered."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from backend.offers.models import Offer
from model.brief import CHANNELS, PRODUCTS
from tests.offers.bodies import call_body
from tests.offers.conftest import Post

SECRETS: dict[str, Any] = {
    "age": 73.918264,
    "cnt_tr_all_3m": 91827,
    "cnt_tr_top_up_3m": 38461,
    "cnt_tr_cash_3m": 27193,
    "cnt_tr_buy_3m": 64829,
    "cnt_tr_mobile_3m": 51937,
    "cnt_tr_oil_3m": 72846,
    "cnt_tr_on_card_3m": 83719,
    "cnt_tr_service_3m": 46293,
    "cnt_zp_12m": 93746,
    "sum_zp_12m": 718293645.37,
    "limit_exchange_count": 58271,
    "max_outstanding_amount_6m": 629184735.91,
    "avg_outstanding_amount_3m": 847362915.28,
    "cnt_dep_act": 39174,
    "sum_dep_now": 951627384.46,
    "avg_dep_avg_balance_1month": 283746159.73,
    "max_dep_avg_balance_3month": 462819537.82,
    "qnt_months_from_last_visit": 738.29164,
    "reg_region_nm": "Ыыргызтанская область 84627",
}
WORDS = ("Ыыргыз", "Заклятов")
EVENTS = [{"type": "salary", "at": "2026-11-20", "details": {"sum": 593817264.55, "payer": "ООО Заклятов 71948"}}]
LEAST_TELLING = 5
"""Shorter figures may come up by chance."""
OF_OUR_OWN = {"offer_id", "client_id", "confidence"}


def digits(value: Any) -> set[str]:
    """The figures of a value as a text could show them: with a point, a comma, grouped, without kopecks."""
    if isinstance(value, str):
        return {part for part in value.split() if part.isdigit()}
    whole = f"{value:,.0f}"
    return {str(value), str(value).replace(".", ","), *(whole.replace(",", gap) for gap in ("", " ", "\u00a0", ","))}


FORBIDDEN = {
    figure
    for value in [*SECRETS.values(), 593817264.55, "71948"]
    for figure in digits(value)
    if len(figure) >= LEAST_TELLING
}


def assert_clean(content: str) -> None:
    assert [secret for secret in FORBIDDEN if secret in content] == []
    assert [word for word in WORDS if word in content] == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_secret_gets_into_a_text_a_brief_or_a_candidate(
    post: Post, client: FlaskClient, auth: Any, db_session: scoped_session[Any], channel: str
) -> None:
    products = [*PRODUCTS, "auto"]
    for start in range(0, len(products), 12):
        clients = [
            {"client_id": number, "features": SECRETS, "events": EVENTS, "product": product}
            for number, product in enumerate(products[start : start + 12])
        ]
        response = post(call_body(*clients, channel=channel, variants=3))
        assert response.status_code == 200
        for offer in response.get_json()["offers"]:
            texts = [variant["text"] for variant in offer.pop("variants")]
            shown = {name: value for name, value in offer.items() if name not in OF_OUR_OWN}
            assert_clean(json.dumps([shown, texts], ensure_ascii=False))
    for row in db_session.scalars(select(Offer)):
        variants = [{**one, "confidence": None} for one in row.variants]
        kept = [row.text, row.brief, row.facts, variants, row.product_reason, row.findings, row.error_detail]
        candidates = [{**one, "tokens": None, "score_features": None, "score": None} for one in row.candidates]
        assert_clean(json.dumps([*kept, *candidates], ensure_ascii=False))
    # the reader of one offer sees the features, and that is the only place
    assert row.features["sum_zp_12m"] == SECRETS["sum_zp_12m"]
    shown = client.get(f"/api/v1/offers/{row.id}", headers=auth()).get_json()
    assert shown["features"]["sum_zp_12m"] == SECRETS["sum_zp_12m"]

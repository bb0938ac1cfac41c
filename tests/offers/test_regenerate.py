"""POST /offers/{id}/regenerate: another text for the same client, the former one stays."""

import pytest
from sqlalchemy import select

from backend.common.db import db
from backend.offers import drafting
from backend.offers.models import Offer
from backend.offers.wishes import Wish, read_wish
from backend.privacy.service import forget_client
from tests.conftest import problem
from tests.offers.bodies import store_offer

BODY = {
    "product": "CC",
    "channel": "SMS",
    "clients": [{"client_id": 7, "features": {"age": 41, "cnt_tr_oil_3m": 46}, "events": []}],
}


@pytest.fixture
def again(client, auth):
    def again(offer_id, role="marketer", **body):
        return client.post(f"/api/v1/offers/{offer_id}/regenerate", json=body, headers=auth(role))

    return again


def test_another_text_for_the_same_client(post, again, client, auth):
    first = post(BODY).get_json()["offers"][0]
    answer = again(first["offer_id"], comment="Теплее, пожалуйста", temperature=0.9)
    body = answer.get_json()
    assert answer.status_code == 200, body
    assert body["parent_id"] == first["offer_id"]
    assert body["comment_understood"] is True
    second = body["offers"][0]
    assert second["client_id"] == 7
    assert second["text"] not in (None, first["text"])
    stored = client.get(f"/api/v1/offers/{second['offer_id']}", headers=auth("marketer")).get_json()
    assert (stored["parent_id"], stored["tone"]) == (first["offer_id"], "friendly")
    assert stored["brief"]["comment"] == "Теплее, пожалуйста"
    assert stored["features"] == {"age": 41, "cnt_tr_oil_3m": 46}


def test_a_client_who_is_forgotten_meanwhile_does_not_come_back(post, again, monkeypatch, db_session):
    offer = post(BODY).get_json()["offers"][0]["offer_id"]
    usual = drafting.draft

    def draft(*given):
        made = usual(*given)
        forget_client(7)
        db.session.commit()
        return made

    monkeypatch.setattr(drafting, "draft", draft)
    assert "удалены" in problem(again(offer), 422)["detail"]
    db_session.expire_all()
    assert db_session.scalars(select(Offer.client_id).where(Offer.client_id == "7")).all() == []


def test_a_wish_that_nobody_understands_is_told(post, again):
    offer = post(BODY).get_json()["offers"][0]["offer_id"]
    assert again(offer, comment="Добавь единорогов").get_json()["comment_understood"] is False
    assert again(offer).get_json()["comment_understood"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"tone": "rude"}, "/tone"), ({"temperature": 9}, "/temperature"), ({"comment": "я" * 501}, "/comment")],
)
def test_a_wrong_wish_is_pointed_at(app, db_session, again, body, pointer):
    offer = store_offer()
    db_session.commit()
    assert problem(again(offer.id, **body), 422)["errors"][0]["pointer"] == pointer


def test_a_system_regenerates_its_own_only(app, db_session, demo_catalogue, again):
    offer = store_offer()
    automatic = store_offer(product="auto", text=None, error="no_suitable_product", error_detail="…")
    db_session.commit()
    problem(again(offer.id, role="service"), 404)
    problem(again(automatic.id), 422)


def test_another_text_still_says_why_its_product_was_chosen(app, db_session, demo_catalogue, again):
    offer = store_offer(product_reason="часто заправляет автомобиль")
    db_session.commit()
    assert again(offer.id).get_json()["offers"][0]["product_reason"] == "часто заправляет автомобиль"


@pytest.mark.parametrize(
    ("comment", "wish"),
    [
        ("короче", Wish(None, -1)),
        ("Сделай официальнее и подробнее", Wish("formal", 1)),
        ("теплее и покороче", Wish("friendly", -1)),
        ("слишком длинно", Wish(None, -1)),
        ("подлиннее", Wish(None, 1)),
        ("спокойнее", Wish("neutral", 0)),
        ("про рыбалку", Wish(None, 0)),
        ("неофициально", Wish("friendly", 0)),
        ("не так официально", Wish("friendly", 0)),
        ("слишком строго и слишком подробно", Wish("friendly", -1)),
        ("менее весело", Wish("neutral", 0)),
        ("живее, но не длиннее 70 знаков", Wish("friendly", -1)),
        ("живой текст, не короче этого", Wish("friendly", 1)),
    ],
)
def test_wishes_in_words(comment, wish):
    assert read_wish(comment) == wish

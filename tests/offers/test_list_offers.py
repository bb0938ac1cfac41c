"""GET /offers and GET /offers/{id}: filters, orders, pages, and who sees what."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import scoped_session
from sqlalchemy.sql.visitors import iterate

from backend.catalogue import service as catalogue
from backend.common.clock import now
from backend.common.db import db
from backend.offers import listing
from backend.offers.filters import CONDITIONS, conditions
from backend.offers.models import Offer
from tests import factories
from tests.conftest import problem
from tests.offers.bodies import store_offer

List = Callable[..., dict[str, Any]]
BATCH = uuid.uuid4()


@pytest.fixture
def listed(client: FlaskClient, auth: Callable[..., dict[str, str]]) -> List:
    def call(role: str = "marketer", **query: Any) -> dict[str, Any]:
        response = client.get(f"/api/v1/offers?{urlencode(query)}", headers=auth(role))
        assert response.status_code == 200, response.get_data(as_text=True)
        body: dict[str, Any] = response.get_json()
        return body

    return call


@pytest.fixture
def offers(db_session: scoped_session[Any]) -> list[Offer]:
    made = [
        store_offer(),
        store_offer(product="DC", confidence=0.9, text="Копите баллы за покупки с картой."),
        store_offer(channel="EMAIL", confidence=0.3, client_id="A-7", client_id_is_number=False),
        store_offer(model_version="base-2", label="success", text="Откройте вклад онлайн."),
        store_offer(batch_id=BATCH, label="failure"),
        store_offer(text=None, product="ПК", error="no_compliant_text", error_detail="…", confidence=0.0, verdict=None),
    ]
    db_session.commit()
    return made


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({}, [5, 4, 3, 2, 1, 0]),
        ({"product": "DC"}, [1]),
        ({"channel": "EMAIL"}, [2]),
        ({"label": "success"}, [3]),
        ({"label": "failure"}, [4]),
        ({"label": "none"}, [5, 2, 1, 0]),
        ({"model_version": "base-2"}, [3]),
        ({"client_id": "A-7"}, [2]),
        ({"client_id": "1", "product": "CC"}, [4, 3, 0]),
        ({"batch_id": BATCH}, [4]),
        ({"min_confidence": 0.8}, [1]),
        ({"min_confidence": 0}, [4, 3, 2, 1, 0]),
        ({"max_confidence": 0.3}, [2]),
        ({"q": "покупка"}, [1]),
        ({"q": "вклады онл"}, [3]),
        ({"q": "КАРТА день"}, [4, 2, 0]),
        ({"q": "ничего такого"}, []),
        ({"q": "!&|'"}, []),
        ({"sort": "created_at"}, [0, 1, 2, 3, 4, 5]),
        ({"sort": "confidence", "min_confidence": 0.1, "label": "none"}, [2, 0, 1]),
        ({"sort": "-confidence", "label": "none"}, [1, 0, 2, 5]),
        ({"product": "XX"}, []),
        ({"product": "PK"}, [5]),
        ({"product": "ПК"}, [5]),
    ],
)
def test_filters_and_orders(listed: List, offers: list[Offer], query: dict[str, Any], places: list[int]) -> None:
    page = listed(**query)
    assert [item["offer_id"] for item in page["items"]] == [str(offers[place].id) for place in places]
    assert page["total"] == len(places)
    assert page["next_cursor"] is None


def test_the_span_of_time_includes_its_start_and_not_its_end(listed: List, offers: list[Offer]) -> None:
    span = {"from": offers[1].created_at.isoformat(), "to": offers[3].created_at.isoformat()}
    assert [item["offer_id"] for item in listed(**span)["items"]] == [str(offers[2].id), str(offers[1].id)]


@pytest.mark.parametrize("order", ["created_at", "-created_at", "confidence", "-confidence"])
def test_pages_meet_without_gap_or_repetition(listed: List, offers: list[Offer], order: str) -> None:
    whole = [item["offer_id"] for item in listed(sort=order)["items"]]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = listed(sort=order, limit=2, **({"cursor": cursor} if cursor else {}))
        assert page["total"] == 6
        seen += [item["offer_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == whole


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 1000},
        {"sort": "text"},
        {"label": "maybe"},
        {"batch_id": "x"},
        {"from": "yesterday"},
        {"from": "2026-11-20T00:00:00Z", "to": "2026-11-19T00:00:00Z"},
        {"min_confidence": 2},
        {"min_confidence": "nan"},
        {"cursor": "abc"},
        {"q": ""},
    ],
)
def test_wrong_queries_are_422_and_name_the_parameter(
    client: FlaskClient, auth: Callable[..., dict[str, str]], query: dict[str, Any]
) -> None:
    response = client.get(f"/api/v1/offers?{urlencode(query)}", headers=auth())
    [error] = problem(response, 422)["errors"]
    assert error["pointer"] == f"/query/{next(iter(query))}"


def test_an_offer_shows_everything_that_explains_it(
    client: FlaskClient, auth: Callable[..., dict[str, str]], db_session: scoped_session[Any]
) -> None:
    author = factories.user_with_role("marketer")
    offer = store_offer(
        author_id=author.id,
        candidates=[{"text": "…", "score": 0.7, "tokens": {"mean_logprob": -0.4}}],
        brief={"product": "CC", "facts": ["drives"]},
        timings={"model_ms": 12},
    )
    db.session.commit()
    shown = client.get(f"/api/v1/offers/{offer.id}", headers=auth("admin")).get_json()
    assert shown["author"] == "marketer-user"
    assert shown["features"] == {"age": 40}
    assert shown["facts"] == ["есть автомобиль"]
    assert shown["fact_codes"] == ["drives"]
    assert shown["candidates"][0]["tokens"] == {"mean_logprob": -0.4}
    assert shown["brief"]["facts"] == ["drives"]
    assert shown["timings"] == {"model_ms": 12}
    assert shown["labels"] == []
    assert shown["client_id"] == 1


@pytest.mark.usefixtures("demo_catalogue")
@pytest.mark.parametrize("product", ["CC", "auto", "GONE"])
def test_benefits_are_told_in_the_words_of_the_card_as_it_is_now(
    client: FlaskClient, auth: Callable[..., dict[str, str]], db_session: scoped_session[Any], product: str
) -> None:
    known, other = catalogue.find_product("CC").benefits[:2]
    offer = store_offer(
        product=product,
        brief={"product": product, "facts": [], "benefit": known["tag"]},
        candidates=[{"text": "…", "benefit": tag} for tag in (known["tag"], "no_such_benefit", "")],
    )
    db.session.commit()
    shown = client.get(f"/api/v1/offers/{offer.id}", headers=auth()).get_json()
    assert shown["benefits"] == ({known["tag"]: known["text"]} if product == "CC" else {})
    assert other["tag"] not in shown["benefits"]


def test_a_system_sees_its_own_offers_only(
    client: FlaskClient, auth: Callable[..., dict[str, str]], listed: List, db_session: scoped_session[Any]
) -> None:
    system, marketer = factories.user_with_role("service"), factories.user_with_role("marketer")
    own, foreign = store_offer(author_id=system.id), store_offer(author_id=marketer.id)
    db.session.commit()
    assert [item["offer_id"] for item in listed(role="service")["items"]] == [str(own.id)]
    assert listed(role="service")["total"] == 1
    assert listed(role="marketer")["total"] == 2
    assert client.get(f"/api/v1/offers/{own.id}", headers=auth("service")).status_code == 200
    problem(client.get(f"/api/v1/offers/{foreign.id}", headers=auth("service")), 404)


def test_an_unknown_offer_is_404(client: FlaskClient, auth: Callable[..., dict[str, str]]) -> None:
    problem(client.get(f"/api/v1/offers/{uuid.uuid4()}", headers=auth()), 404)
    problem(client.get("/api/v1/offers/nonsense", headers=auth()), 404)


def test_the_future_is_empty(listed: List, offers: list[Offer]) -> None:
    assert listed(**{"from": (now() + timedelta(days=1)).isoformat()})["total"] == 0


def test_limits_are_told(client: FlaskClient, auth: Callable[..., dict[str, str]]) -> None:
    limits = client.get("/api/v1/limits", headers=auth("service")).get_json()
    assert limits["short"] == 64
    assert 16 <= limits["long"] <= 64
    assert limits["deadline_ms"] == 2000


def test_a_long_list_tells_that_its_total_is_an_estimate(
    listed: List, offers: list[Offer], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert listed()["total_is_exact"] is True
    monkeypatch.setattr(listing, "EXACT", 2)
    many = listed(label="none")
    assert many["total_is_exact"] is False
    assert many["total"] >= 3
    assert (listed(product="DC")["total"], listed(product="DC")["total_is_exact"]) == (1, True)


def test_the_indexes_of_both_orders_hold_every_filtered_column() -> None:
    """Else the filter reads the wide rows, which takes seconds where the index takes milliseconds."""
    asked = {name: 0.5 if "confidence" in name else "none" for name in CONDITIONS if name != "q"}
    filtered = {"id", "author_id"}  # what a page reads, and what a system is kept to
    for condition in conditions(asked):
        filtered |= {part.name for part in iterate(condition) if getattr(part, "table", None) is Offer.__table__}
    indexes = {index.name: index for index in Offer.__table__.indexes}
    for name in ("ix_offers_created_at_id", "ix_offers_confidence_id"):
        index = indexes[name]
        assert filtered <= {*index.columns.keys(), *index.dialect_options["postgresql"]["include"]}

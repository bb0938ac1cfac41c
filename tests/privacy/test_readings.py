"""Who looks at clients' data leaves an entry in the audit log; an external system with its own data does not."""

from typing import Any

import pytest
from redis import Redis

from backend.common.client_ids import reference
from backend.offers import readings
from tests.factories import user_with_role
from tests.offers.bodies import store_offer

OFFERS = "/api/v1/offers"


@pytest.fixture
def entries(client, auth):
    """entries() -> [(action, actor, target, details)] of what was read, the last one first."""

    def found() -> list[tuple[Any, ...]]:
        items = client.get("/api/v1/audit?limit=100", headers=auth("admin")).get_json()["items"]
        return [tuple(item[name] for name in ("action", "actor", "target", "details")) for item in items]

    return found


def test_who_opened_a_card_is_known(client, auth, db_session, entries) -> None:
    offer = store_offer(client_id="101")
    db_session.commit()
    client.get(f"{OFFERS}/{offer.id}", headers=auth("marketer"))
    [entry] = entries()
    assert entry == ("offers.read", "marketer-user", reference("101"), {"offer": str(offer.id)})


def test_who_looked_a_client_up_is_known(client, auth, db_session, entries) -> None:
    store_offer(client_id="101")
    db_session.commit()
    client.get(f"{OFFERS}?client_id=101", headers=auth("ml_engineer"))
    assert entries() == [("offers.lookup", "ml_engineer-user", reference(101), {})]


def test_who_read_the_history_is_known_by_what_was_asked_for(client, auth, db_session, entries) -> None:
    for number in range(3):
        store_offer(client_id=str(number), text=f"Карта номер {number}")
    db_session.commit()
    client.get(f"{OFFERS}?product=CC&q=карта&limit=2", headers=auth("marketer"))
    [entry] = entries()
    asked = {"product": "CC", "sort": "-created_at", "items": 2}
    assert entry == ("offers.list", "marketer-user", "offers", asked), "words are whatever somebody typed"
    client.get(f"{OFFERS}?channel=PUSH", headers=auth("marketer"))
    assert len(entries()) == 1, "nothing was shown"


def test_a_page_of_the_history_that_is_read_again_soon_is_told_once(client, auth, db_session, entries, app) -> None:
    for number in range(3):
        store_offer(client_id=str(number), text=f"Карта номер {number}")
    db_session.commit()
    first = client.get(f"{OFFERS}?limit=2", headers=auth("marketer")).get_json()
    client.get(f"{OFFERS}?limit=2", headers=auth("marketer"))
    assert len(entries()) == 1
    client.get(f"{OFFERS}?limit=2", headers=auth("admin"))
    client.get(f"{OFFERS}?limit=2&cursor={first['next_cursor']}", headers=auth("marketer"))
    client.get(f"{OFFERS}?limit=2&q=номер", headers=auth("marketer"))
    told = [(actor, details["items"]) for _, actor, _, details in entries()]
    assert told == [("marketer-user", 2), ("marketer-user", 1), ("admin-user", 2), ("marketer-user", 2)]
    [key] = app.extensions["redis"].keys("offerloop:listed:*")[:1]
    assert 0 < app.extensions["redis"].ttl(key) <= readings.SAME_S


def test_without_redis_every_page_is_told(client, auth, db_session, entries, app, monkeypatch) -> None:
    store_offer(client_id="101")
    db_session.commit()
    headers = auth("marketer")
    monkeypatch.setitem(app.extensions, "redis", Redis(port=9))
    for _ in range(2):
        assert client.get(OFFERS, headers=headers).status_code == 200
    assert [entry[0] for entry in entries()] == ["offers.list"] * 2


def test_who_read_what_was_said_of_a_text_is_known(client, auth, db_session, entries) -> None:
    offer = store_offer(client_id="101")
    db_session.commit()
    client.get(f"{OFFERS}/{offer.id}/labels", headers=auth("marketer"))
    assert entries() == [("offers.read", "marketer-user", reference("101"), {"offer": str(offer.id)})]


def test_what_a_reviewer_took_is_known(client, auth, db_session, entries) -> None:
    offer = store_offer(client_id="101")
    db_session.commit()
    client.post("/api/v1/review/queue", json={"size": 5}, headers=auth("marketer"))
    [entry] = entries()
    assert entry == ("offers.review", "marketer-user", "offers", {"offers": [str(offer.id)]})
    client.post("/api/v1/review/queue", json={"size": 5, "product": "DC"}, headers=auth("admin"))
    assert len(entries()) == 1, "nothing was shown"


def test_an_export_is_known_by_what_was_asked_for(client, auth, db_session, entries) -> None:
    client.get(f"{OFFERS}/export?format=csv&client_id=101&q=Иванов&label=success", headers=auth("marketer"))
    [(action, actor, target, details)] = entries()
    assert (action, actor, target) == ("offers.export", "marketer-user", "offers")
    asked = {"format": "csv", "client_id": reference(101), "label": "success", "sort": "-created_at"}
    assert details == asked


def test_a_system_reads_its_own_without_entries_but_exports_with(client, auth, db_session, entries) -> None:
    auth("service")
    offer = store_offer(client_id="101", author_id=user_with_role("service").id)
    db_session.commit()
    assert client.get(f"{OFFERS}/{offer.id}", headers=auth("service")).status_code == 200
    assert client.get(f"{OFFERS}/{offer.id}/labels", headers=auth("service")).status_code == 200
    assert client.get(OFFERS, headers=auth("service")).get_json()["total"] == 1
    assert client.get(f"{OFFERS}?client_id=101", headers=auth("service")).get_json()["total"] == 1
    assert entries() == []
    client.get(f"{OFFERS}/export", headers=auth("service"))
    assert [entry[:2] for entry in entries()] == [("offers.export", "service-user")]


def test_a_refused_reading_leaves_none(client, auth, db_session, entries) -> None:
    offer = store_offer(client_id="101")
    db_session.commit()
    assert client.get(f"{OFFERS}/{offer.id}", headers=auth("service")).status_code == 404
    assert client.get(f"{OFFERS}?client_id=101&limit=0", headers=auth("marketer")).status_code == 422
    assert entries() == []


def test_references_tell_clients_apart_and_nothing_else(app, test_settings) -> None:
    with app.app_context():
        assert reference(101) == reference("101") != reference("0101")
        usual = app.config["SETTINGS"]
        app.config["SETTINGS"] = test_settings.model_copy(update={"secret_key": _other_key()})
        try:
            other = reference(101)
        finally:
            app.config["SETTINGS"] = usual
        assert other != reference(101), "without the key nobody can try ids one after another"


def _other_key() -> Any:
    from pydantic import SecretStr

    return SecretStr("another secret of the tests, also longer than 32")

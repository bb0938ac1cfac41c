"""An external system sees and touches what it has sent itself, and nothing of anybody else."""

import pytest

from backend.batches.models import Batch
from backend.common.db import db
from tests.conftest import problem
from tests.factories import user_with_role
from tests.offers.bodies import store_offer

API = "/api/v1"


def make_batch(author):
    batch = Batch(
        status="done",
        stage="write",
        author_id=author.id,
        author=author.username,
        source={"file": "clients.csv"},
        options={"product": "CC", "channel": "SMS", "tone": "neutral", "conditions": "none", "variants": 1},
    )
    db.session.add(batch)
    db.session.flush()
    return batch


@pytest.fixture
def things(db_session, auth, demo_catalogue):
    """Ids of an offer and a batch: the system's own, and a marketer's."""
    found = {}
    for role in ("service", "marketer"):
        author = user_with_role(role)
        batch = make_batch(author)
        offer = store_offer(author_id=author.id, client_id=f"of-{role}", client_id_is_number=False, batch_id=batch.id)
        found[role] = {"offer_id": str(offer.id), "batch_id": str(batch.id)}
    db_session.commit()
    return found


READS = [
    "/offers/{offer_id}",
    "/offers/{offer_id}/labels",
    "/batches/{batch_id}",
    "/batches/{batch_id}/results?format=csv",
    "/batches/{batch_id}/problems",
    "/batches/{batch_id}/events",
]
CHANGES = ["/offers/{offer_id}/regenerate", "/batches/{batch_id}/cancel", "/batches/{batch_id}/resume"]


@pytest.mark.parametrize("path", READS)
def test_a_system_reads_its_own_and_nothing_else(client, auth, things, path) -> None:
    assert client.get(API + path.format(**things["service"]), headers=auth("service")).status_code == 200
    problem(client.get(API + path.format(**things["marketer"]), headers=auth("service")), 404)
    assert client.get(API + path.format(**things["service"]), headers=auth("marketer")).status_code == 200


@pytest.mark.parametrize("path", CHANGES)
def test_a_system_changes_nothing_of_others(client, auth, things, path) -> None:
    problem(client.post(API + path.format(**things["marketer"]), json={}, headers=auth("service")), 404)


def test_lists_and_exports_of_a_system_hold_its_own(client, auth, things) -> None:
    headers = auth("service")
    offers = client.get(f"{API}/offers", headers=headers).get_json()
    assert [offer["client_id"] for offer in offers["items"]] == ["of-service"]
    assert offers["total"] == 1
    assert client.get(f"{API}/offers?client_id=of-marketer", headers=headers).get_json()["items"] == []
    foreign = f"{API}/offers?batch_id={things['marketer']['batch_id']}"
    assert client.get(foreign, headers=headers).get_json()["items"] == []
    exported = client.get(f"{API}/offers/export?format=csv", headers=headers).get_data(as_text=True)
    assert "of-service" in exported
    assert "of-marketer" not in exported
    [batch] = client.get(f"{API}/batches", headers=headers).get_json()["items"]
    assert batch["batch_id"] == things["service"]["batch_id"]

"""POST /labels/undo: what was said before a bulk label is said again, for all of them or for none."""

import uuid

import pytest

from backend.common.db import db
from backend.offers.models import Label, Offer
from tests.conftest import problem
from tests.offers.bodies import store_offer

API = "/api/v1"


@pytest.fixture
def ids(app):
    with app.app_context():
        made = [str(store_offer().id) for _ in range(3)]
        db.session.commit()
    return made


@pytest.fixture
def call(client, auth):
    def call(path, role="marketer", **body):
        return client.post(f"{API}{path}", json=body, headers=auth(role))

    return call


@pytest.fixture
def said(client, auth):
    return lambda offer_id: client.get(f"{API}/offers/{offer_id}", headers=auth("admin")).get_json()


def test_every_text_gets_back_what_it_had(ids, call, said):
    call("/labels", role="admin", offer_ids=ids[:1], label="success", comment="Хорошо")
    call("/labels", role="admin", offer_ids=ids[1:2], label="failure", reasons=["dull"])
    made = call("/labels", offer_ids=ids, label="failure", reasons=["long"]).get_json()
    assert made["labelled"] == len(set(made["label_ids"])) == 3
    assert call("/labels/undo", label_ids=made["label_ids"]).get_json() == {"undone": 3}
    assert [said(offer_id)["label"] for offer_id in ids] == ["success", "failure", None]
    assert [label["comment"] for label in said(ids[0])["labels"]] == ["Хорошо", "", "Хорошо"]
    assert said(ids[1])["labels"][0]["reasons"] == ["dull"]
    assert said(ids[0])["labels"][0]["author"] == "marketer-user"


def test_what_was_judged_since_stays_and_so_does_the_rest(ids, call, said):
    made = call("/labels", offer_ids=ids, label="failure").get_json()["label_ids"]
    call("/labels", role="admin", offer_ids=ids[:1], label="success")
    problem(call("/labels/undo", label_ids=made), 409)
    assert [said(offer_id)["label"] for offer_id in ids] == ["success", "failure", "failure"]


def test_an_undo_happens_once(ids, call, said):
    made = call("/labels", offer_ids=ids, label="failure").get_json()["label_ids"]
    assert call("/labels/undo", label_ids=made).status_code == 200
    problem(call("/labels/undo", label_ids=made), 409)
    assert said(ids[0])["label"] is None


def test_a_label_whose_text_is_gone_is_pointed_at_in_the_order_of_the_call(app, ids, call, said):
    made = call("/labels", offer_ids=ids, label="failure").get_json()["label_ids"]
    with app.app_context():
        gone = db.session.get(Label, uuid.UUID(made[0])).offer_id
        db.session.get(Offer, gone).text = None
        db.session.commit()
    for order, place in ((made, 0), (made[::-1], 2)):
        wrong = problem(call("/labels/undo", label_ids=order), 422)
        assert [error["pointer"] for error in wrong["errors"]] == [f"/label_ids/{place}"]


def test_foreign_and_unknown_labels_are_pointed_at(ids, call, said):
    foreign = call("/labels", role="admin", offer_ids=ids[:1], label="success").get_json()["label_ids"]
    wrong = problem(call("/labels/undo", label_ids=[*foreign, str(uuid.uuid4())]), 422)
    assert [error["pointer"] for error in wrong["errors"]] == ["/label_ids/0", "/label_ids/1"]
    assert said(ids[0])["label"] == "success"
    problem(call("/labels/undo", role="service", label_ids=foreign), 403)

"""Labels: the last one counts, every one is kept, nothing is labelled by half."""

import threading
import uuid

import pytest

from backend.common.db import db
from backend.offers.models import Label, Offer
from tests.conftest import problem
from tests.offers.bodies import store_offer

API = "/api/v1"
pytestmark = pytest.mark.usefixtures("demo_catalogue")


@pytest.fixture
def offer(app):
    return stored(app)


def stored(app, **columns):
    with app.app_context():
        offer = store_offer(**columns)
        db.session.commit()
        return str(offer.id)


@pytest.fixture
def put(client, auth):
    def put(offer_id, role="marketer", **body):
        return client.put(f"{API}/offers/{offer_id}/label", json=body, headers=auth(role))

    return put


@pytest.fixture
def read(client, auth):
    return lambda path, role="marketer": client.get(f"{API}{path}", headers=auth(role)).get_json()


def test_the_last_label_counts_and_all_are_kept(offer, put, read, client, auth):
    first = put(offer, label="failure", reasons=["dull", "tone", "dull"], comment="Сухо").get_json()
    assert (first["label"], first["reasons"], first["author"]) == ("failure", ["dull", "tone"], "marketer-user")
    put(offer, role="admin", label="success")
    assert client.delete(f"{API}/offers/{offer}/label", headers=auth("marketer")).status_code == 204
    said = read(f"/offers/{offer}/labels")["items"]
    assert [label["label"] for label in said] == [None, "success", "failure"]
    shown = read(f"/offers/{offer}")
    assert shown["label"] is None
    assert shown["labels"] == said
    put(offer, label="success")
    assert read("/offers?label=success")["total"] == 1
    assert read("/offers?label=none")["total"] == 0


def test_taking_back_what_is_not_there_changes_nothing(offer, read, client, auth):
    assert client.delete(f"{API}/offers/{offer}/label", headers=auth("marketer")).status_code == 204
    assert read(f"/offers/{offer}/labels")["items"] == []


def test_a_reviewer_who_was_overtaken_is_told(offer, put):
    mine = put(offer, label="success", seen=None).get_json()
    late = problem(put(offer, role="admin", label="failure", seen=None), 409)
    assert "marketer-user" in late["detail"]
    assert put(offer, role="admin", label="failure", seen=mine["id"]).status_code == 200


def test_nobody_takes_back_a_label_that_they_have_not_seen(offer, put, read, client, auth):
    mine = put(offer, label="failure").get_json()
    theirs = put(offer, role="admin", label="success").get_json()

    def take_back(seen):
        return client.delete(f"{API}/offers/{offer}/label", query_string={"seen": seen}, headers=auth("marketer"))

    assert "admin-user" in problem(take_back(mine["id"]), 409)["detail"]
    assert read(f"/offers/{offer}")["label"] == "success"
    assert take_back(theirs["id"]).status_code == 204
    assert read(f"/offers/{offer}")["label"] is None


def test_two_at_once_leave_one_label_and_one_refusal(app, offer, auth):
    answers = []

    def put(role):
        answer = app.test_client().put(
            f"{API}/offers/{offer}/label", json={"label": "success", "seen": None}, headers=auth(role)
        )
        answers.append(answer.status_code)

    threads = [threading.Thread(target=put, args=(role,)) for role in ("marketer", "admin", "ml_engineer")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409, 409]


def test_many_at_once_are_all_or_none(app, client, auth, read):
    ids = [stored(app) for _ in range(3)]
    silent = stored(app, text=None, error="no_compliant_text", error_detail="…")

    def label(offer_ids):
        body = {"offer_ids": offer_ids, "label": "failure", "reasons": ["long"]}
        return client.post(f"{API}/labels", json=body, headers=auth("marketer"))

    wrong = problem(label([*ids, silent, str(uuid.uuid4())]), 422)
    assert [error["pointer"] for error in wrong["errors"]] == ["/offer_ids/3", "/offer_ids/4"]
    assert read("/offers?label=failure")["total"] == 0
    assert label([*ids, ids[0]]).get_json()["labelled"] == 3
    assert read("/offers?label=failure")["total"] == 3


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"label": "good"}, "/label"),
        ({}, "/label"),
        ({"label": "failure", "reasons": ["ugly"]}, "/reasons/0"),
        ({"label": "failure", "comment": "я" * 2001}, "/comment"),
        ({"label": "success", "seen": "yesterday"}, "/seen"),
        ({"label": "failure", "corrected_text": ""}, "/corrected_text"),
    ],
)
def test_a_wrong_label_is_pointed_at(offer, put, read, body, pointer):
    assert pointer in [error["pointer"] for error in problem(put(offer, **body), 422)["errors"]]
    assert read(f"/offers/{offer}/labels")["items"] == []


def test_a_correction_has_to_be_lawful(app, put, read):
    offer = stored(app, product="DEPOSIT", channel="SMS")
    refused = problem(put(offer, label="failure", corrected_text="ПАО «Примербанк»: лучший вклад до 21%"), 422)
    assert {error["pointer"] for error in refused["errors"]} == {"/corrected_text"}
    assert any("лучший" in error["detail"] for error in refused["errors"])
    right = "ПАО «Примербанк»: вклад для отпуска. Загляните в приложение."
    assert put(offer, label="failure", corrected_text=right).get_json()["corrected_text"] == right


def test_a_correction_that_no_rule_can_judge_is_refused(app, put, client, auth):
    offer = stored(app, product="DEPOSIT", channel="SMS")
    client.patch(f"{API}/products/DEPOSIT", json={"version": 1, "group": None}, headers=auth("admin"))
    refused = problem(put(offer, label="failure", corrected_text="ПАО «Примербанк»: лучший вклад до 21%"), 422)
    [error] = refused["errors"]
    assert error["pointer"] == "/corrected_text"
    assert "группа" in error["detail"]
    assert put(offer, label="failure").status_code == 200


def test_lines_of_a_correction_end_in_one_way(app, put):
    offer = stored(app, product="DEPOSIT", channel="EMAIL")
    pasted = "ПАО «Примербанк»: вклад для отпуска.\u2028Загляните в приложение.\r\nДо встречи!"
    kept = put(offer, label="failure", corrected_text=pasted).get_json()["corrected_text"]
    assert kept == "ПАО «Примербанк»: вклад для отпуска.\nЗагляните в приложение.\nДо встречи!"


def test_a_system_labels_nothing_and_nobody_labels_what_is_not_there(offer, put):
    problem(put(offer, role="service", label="success"), 403)
    problem(put(uuid.uuid4(), label="success"), 404)


def test_labels_go_with_their_offer(app, offer, put):
    put(offer, label="success")
    with app.app_context():
        db.session.delete(db.session.get(Offer, uuid.UUID(offer)))
        db.session.commit()
        assert db.session.query(Label).count() == 0


def test_reasons_in_words(read):
    reasons = {reason["code"]: reason["words"] for reason in read("/labels/reasons")["items"]}
    assert reasons["grammar"] == "Ошибка в языке"

"""The review queue: nobody gets what another has on screen, leases end, the shared sample is judged twice."""

import hashlib
import threading
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import update

from backend.common.clock import now
from backend.common.db import db
from backend.common.ids import new_id
from backend.learning.release import Release, Released
from backend.offers import review
from backend.offers.models import Offer, ReviewLease
from backend.offers.review import is_drawn, spread
from tests.conftest import problem
from tests.offers.bodies import store_offer

API = "/api/v1"


def is_shared(offer_id: uuid.UUID) -> bool:
    return hashlib.sha256(offer_id.bytes).digest()[0] < 26


def an_id(shared: bool = False, drawn: bool = False) -> uuid.UUID:
    return next(made for made in iter(new_id, None) if (is_shared(made), is_drawn(made)) == (shared, drawn))


@pytest.fixture
def store(app):
    def store(number=1, shared=False, drawn=False, **columns):
        with app.app_context():
            made = [str(store_offer(id=an_id(shared, drawn), **columns).id) for _ in range(number)]
            db.session.commit()
            return made

    return store


@pytest.fixture
def queue(client, auth):
    def queue(role="marketer", **body):
        answer = client.post(f"{API}/review/queue", json=body, headers=auth(role))
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()["items"]

    return queue


@pytest.fixture
def put(client, auth):
    def put(offer_id, role="marketer", label="success", **body):
        return client.put(f"{API}/offers/{offer_id}/label", json={"label": label, **body}, headers=auth(role))

    return put


@pytest.fixture
def progress(client, auth):
    return lambda role="marketer": client.get(f"{API}/review/progress", headers=auth(role)).get_json()


def ids(items):
    return [item["offer_id"] for item in items]


def end_leases(app):
    with app.app_context():
        db.session.execute(update(ReviewLease).values(until=now() - timedelta(seconds=1)))
        db.session.commit()


def test_the_next_texts_are_those_that_can_be_judged(store, queue):
    wanted = store(2)
    store(label="success")
    store(text=None, error="no_compliant_text", error_detail="…", verdict=None)
    items = queue(order="oldest")
    assert ids(items) == wanted
    assert items[0]["seen"] is None
    assert items[0]["features"] == {"age": 40}
    assert items[0]["fact_codes"] == ["drives"]


def test_reviewers_at_once_never_share(app, store, auth):
    store(60)
    headers = [auth(role) for role in ("marketer", "admin", "ml_engineer")]
    barrier, got = threading.Barrier(3), []

    def ask(own):
        barrier.wait()
        answer = app.test_client().post(f"{API}/review/queue", json={"size": 20}, headers=own)
        got.append(ids(answer.get_json()["items"]))

    threads = [threading.Thread(target=ask, args=(own,)) for own in headers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(set(one)) for one in got] == [20, 20, 20]
    assert len({offer_id for one in got for offer_id in one}) == 60


def test_a_lease_is_given_again_to_its_holder_and_ends_for_the_others(app, store, queue):
    first, second = store(2)
    assert ids(queue(size=1, order="oldest")) == [first]
    assert ids(queue(size=1, order="oldest")) == [first]
    assert ids(queue("admin", order="oldest")) == [second]
    end_leases(app)
    assert ids(queue("admin", order="oldest")) == [first, second]
    assert queue() == []


def test_released_texts_are_free_and_those_of_others_stay(store, queue, client, auth):
    offers = store(3)
    queue(size=3)
    body = {"offer_ids": [*offers, str(uuid.uuid4())]}
    stranger = client.post(f"{API}/review/release", json=body, headers=auth("admin"))
    assert stranger.get_json() == {"released": 0}
    assert client.post(f"{API}/review/release", json=body, headers=auth("marketer")).get_json() == {"released": 3}
    assert sorted(ids(queue("admin"))) == sorted(offers)


def test_filters_and_orders(store, queue):
    [old] = store(confidence=0.9)
    [close] = store(confidence=0.52)
    [far] = store(confidence=0.1, product="DC", channel="PUSH")
    assert ids(queue(order="oldest")) == [old, close, far]
    assert ids(queue(order="newest")) == [far, close, old]
    assert ids(queue(order="uncertain")) == [close, old, far]
    assert ids(queue(product="DC")) == [far]
    assert ids(queue(channel="SMS", put_aside=[old])) == [close]
    assert queue(product="NONE") == []


def test_the_most_valuable_fill_the_cells_with_fewest_labels(store, queue):
    store(4, label="success")
    store(5)
    pushes = store(5, channel="PUSH")
    cards = store(1, product="DC")
    items = queue(order="valuable", size=5)
    assert Counter((item["product"], item["channel"]) for item in items) == {("CC", "PUSH"): 4, ("DC", "SMS"): 1}
    assert set(ids(items)) <= {*pushes, *cards}


@pytest.mark.parametrize("order", ["uncertain", "valuable"])
def test_a_quarter_is_drawn_whatever_its_confidence(store, queue, order):
    drawn = store(9, drawn=True, confidence=0.99)
    doubtful = store(30, confidence=0.5)
    got = ids(queue(order=order, size=8))
    assert [one for one in got if one in drawn] == drawn[:-3:-1]  # the newest
    assert got.index(drawn[-1]) > 0
    assert ids(queue("admin", order=order, size=8, put_aside=drawn)) == doubtful[6:14]


def test_a_drawn_text_is_not_given_for_its_doubt_and_comes_at_last(store, queue):
    drawn = store(6, drawn=True, confidence=0.5)
    store(3, confidence=0.9)
    assert set(ids(queue(size=4))) - set(drawn) != set()
    assert len(ids(queue("admin", size=20))) == 5
    assert queue("ml_engineer") == []


def test_orders_by_time_take_every_text_as_it_comes(store, queue):
    offers = [store(drawn=place % 2 == 0)[0] for place in range(6)]
    assert ids(queue(order="oldest", size=6)) == offers


def test_versions_that_are_compared_get_equally_many_labels_of_drawn_texts(app, store, queue, monkeypatch):
    at_work = Release(Released("base-4", "base-4"), Released("base-4.1", "base-4"), 0.1)
    monkeypatch.setattr(review, "current", lambda: at_work)
    lately = now() - timedelta(hours=5)
    store(2, drawn=True, label="success", model_version="base-4", created_at=lately)
    canary = store(3, drawn=True, model_version="base-4.1", created_at=lately)
    store(9, drawn=True, model_version="base-4")
    store(30, model_version="base-4")
    assert len(set(ids(queue(size=8))) & set(canary)) == 2
    assert len(set(ids(queue("admin", size=8))) & set(canary)) == 1


def test_spread_is_even_and_takes_no_more_than_there_is():
    one, two, three = ("CC", "SMS"), ("DC", "SMS"), ("PK", "SMS")
    assert spread({one: 5, two: 1}, {one: 9, two: 9, three: 1}, 6) == {one: 1, two: 4, three: 1}
    assert spread({}, {one: 2}, 20) == {one: 2}


def test_the_shared_sample_is_judged_by_two_and_no_more(store, queue, put):
    [shared], [other] = store(shared=True), store()
    for offer_id in (shared, other):
        queue()
        put(offer_id, label="failure", reasons=["dull"])
    assert queue() == []
    [again] = queue("admin")
    assert (again["offer_id"], again["label"]) == (shared, None)
    problem(put(shared, "admin", seen=None), 409)
    assert put(shared, "admin", seen=again["seen"]).status_code == 200
    assert queue("admin") == queue("ml_engineer") == []


def test_second_looks_are_few_while_there_is_other_work(store, queue, put):
    looked = store(10, shared=True)
    for offer_id in looked:
        put(offer_id)
    store(30)
    items = queue("admin", size=10)
    assert len(items) == 10
    assert sum(item["offer_id"] in looked for item in items) == 2
    assert items[-1]["offer_id"] not in looked


def test_what_was_taken_back_stays_with_the_reviewer(store, queue, put, client, auth):
    [offer] = store()
    queue()
    put(offer)
    client.delete(f"{API}/offers/{offer}/label", headers=auth("marketer"))
    assert queue("admin") == []
    [mine] = queue()
    assert put(offer, label="failure", seen=mine["seen"]).status_code == 200


def test_progress_and_agreement(app, store, put, progress, client, auth):
    shared = store(4, shared=True)
    store(3)
    [slip] = store()
    put(slip)
    client.delete(f"{API}/offers/{slip}/label", headers=auth("marketer"))
    for offer_id, label in zip(shared, ("success", "success", "failure", "failure"), strict=True):
        put(offer_id, label=label)
    for offer_id, label in zip(shared, ("success", "failure", "failure", "failure"), strict=True):
        put(offer_id, "admin", label=label)
    told = progress()
    assert told["labelled_today"] == {"mine": 4, "all": 4}
    assert told["unlabelled"] == 4
    # by hand: p_o = 3/4; p_e = 2/4·1/4 + 2/4·3/4 = 1/2; kappa = (3/4 − 1/2) / (1/2)
    numbers = {name: told["shared"][name] for name in ("pairs", "same", "agreement", "kappa", "open_conflicts")}
    assert numbers == {"pairs": 4, "same": 3, "agreement": 0.75, "kappa": 0.5, "open_conflicts": 1}
    [conflict] = told["shared"]["conflicts"]
    assert conflict["offer_id"] == shared[1]
    assert [(said["author"], said["label"]) for said in conflict["labels"]] == [
        ("marketer-user", "success"),
        ("admin-user", "failure"),
    ]
    assert [said["corrected_text"] for said in conflict["labels"]] == [None, None]
    put(shared[1], "ml_engineer", label="success")
    [settled] = progress()["shared"]["conflicts"]
    assert (settled["decided"], settled["label"]) == (True, "success")
    assert progress()["shared"]["kappa"] == 0.5
    assert progress("service")["status"] == 403


def test_a_lease_goes_with_its_text(app, store, queue):
    [offer] = store()
    queue()
    with app.app_context():
        db.session.delete(db.session.get(Offer, uuid.UUID(offer)))
        db.session.commit()
        assert db.session.query(ReviewLease).count() == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"size": 21}, "/size"),
        ({"size": 0}, "/size"),
        ({"order": "best"}, "/order"),
        ({"put_aside": ["x"]}, "/put_aside/0"),
    ],
)
def test_a_wrong_question_is_pointed_at(client, auth, body, pointer):
    refused = problem(client.post(f"{API}/review/queue", json=body, headers=auth("marketer")), 422)
    assert [error["pointer"] for error in refused["errors"]] == [pointer]


@pytest.mark.parametrize(("path", "body"), [("queue", {}), ("release", {"offer_ids": [str(uuid.uuid4())]})])
def test_systems_and_strangers_review_nothing(client, auth, path, body):
    problem(client.post(f"{API}/review/{path}", json=body, headers=auth("service")), 403)
    problem(client.post(f"{API}/review/{path}", json=body), 401)

"""The quality endpoints over stored offers: counts by hand, roles, filters, an empty database."""

from datetime import UTC, datetime

import pytest

from backend.common.db import db
from backend.offers import labels
from backend.offers.labels import Judgement
from tests import factories
from tests.conftest import problem
from tests.learning.conftest import store_promotion, store_version
from tests.offers.bodies import an_id, store_offer

API = "/api/v1/quality"
PATHS = ("rates", "calibration", "reasons", "summary")


@pytest.fixture
def read(client, auth):
    def read(path, role="marketer", **query):
        return client.get(f"{API}/{path}", query_string=query, headers=auth(role))

    return read


@pytest.fixture
def store(app):
    """store(label, reasons, **columns): an offer with its judgement as a reviewer gives it."""

    def store(label=None, reasons=(), **columns):
        offer = store_offer(**columns)
        if label:
            labels.put(offer.id, Judgement(label, tuple(reasons)), factories.user_with_role("marketer"))
        db.session.commit()
        return offer

    with app.app_context():
        yield store


def at(day, hour=12):
    return datetime(2026, 9, day, hour, tzinfo=UTC)


def counted(group):
    return group["texts"], group["labelled"], group["success"]


def test_rates_count_texts_labels_and_successes(read, store):
    for label in ("success", "success", "failure", None):
        store(label, product="DC")
    store("failure", product="CC")
    store(None, product="CC", text=None, error="no_compliant_text", error_detail="…", verdict=None)
    answer = read("rates", by="product").get_json()
    assert {group["key"]: counted(group) for group in answer["groups"]} == {"DC": (4, 3, 2), "CC": (1, 1, 0)}
    assert [group["key"] for group in answer["groups"]] == ["DC", "CC"]
    assert counted(answer["total"]) == (5, 4, 2)
    card = answer["groups"][0]
    # Wilson for 2 of 3
    assert (card["rate"], card["low"], card["high"]) == (
        pytest.approx(2 / 3),
        pytest.approx(0.2077, abs=5e-5),
        pytest.approx(0.9385, abs=5e-5),
    )


def test_a_label_taken_back_counts_no_more(read, store):
    offer = store("success")
    labels.take_back(offer.id, factories.user_with_role("marketer"))
    db.session.commit()
    assert counted(read("rates").get_json()["total"]) == (1, 0, 0)
    assert read("rates").get_json()["total"]["rate"] is None


def test_weeks_begin_on_a_moscow_monday(read, store):
    # 20 Sep 2026 is a Sunday; at 21:30 UTC it is Monday in Moscow
    store("success", created_at=at(20, 20))
    store("failure", created_at=datetime(2026, 9, 20, 21, 30, tzinfo=UTC))
    store("success", created_at=at(25))
    answer = read("rates", by="week").get_json()
    assert [(group["key"], *counted(group)) for group in answer["groups"]] == [
        ("2026-09-14", 1, 1, 1),
        ("2026-09-21", 2, 2, 1),
    ]


def test_versions_stand_in_the_order_of_their_use(read, store):
    store("success", model_version="zero", created_at=at(1))
    for _ in range(3):
        store("success", model_version="best", created_at=at(9))
    store(None, model_version="alpha", created_at=at(5))
    groups = read("rates", by="model_version").get_json()["groups"]
    assert [(group["key"], group["labelled"]) for group in groups] == [("zero", 1), ("alpha", 0), ("best", 3)]


def test_segments_in_words_and_an_unknown_one(read, store):
    store("success", segment="h")
    store("failure", segment=None)
    store("failure", segment="h")
    groups = read("rates", by="segment").get_json()["groups"]
    assert [(group["key"], group["name"], group["labelled"]) for group in groups] == [
        ("h", "Бывшие зарплатники", 2),
        (None, None, 1),
    ]


@pytest.mark.usefixtures("demo_catalogue")
def test_products_in_words(read, store):
    store("success", product="CC")
    store("success", product="GONE")
    names = {group["key"]: group["name"] for group in read("rates", by="product").get_json()["groups"]}
    assert names["GONE"] == "GONE"
    assert names["CC"] not in {"CC", ""}


def test_filters_narrow_every_answer(read, store):
    store("failure", ["dull"], product="DC", channel="SMS", model_version="v2", created_at=at(10))
    store("failure", ["dull"], product="CC", channel="SMS", model_version="v2", created_at=at(10))
    store("failure", ["dull"], product="DC", channel="PUSH", model_version="v2", created_at=at(10))
    store("failure", ["dull"], product="DC", channel="SMS", model_version="v1", created_at=at(10))
    store("failure", ["dull"], product="DC", channel="SMS", model_version="v2", created_at=at(12))
    chosen = {"product": "DC", "channel": "SMS", "model_version": "v2", "from": at(9).isoformat()}
    chosen["to"] = at(12).isoformat()
    assert counted(read("rates", **chosen).get_json()["total"]) == (1, 1, 0)
    assert read("calibration", **chosen).get_json()["labelled"] == 1
    assert read("reasons", **chosen).get_json()["reasons"][0]["count"] == 1
    assert counted(read("summary", **chosen).get_json()) == (1, 1, 0)


def test_calibration(read, store):
    for confidence, label in ((0.2, "failure"), (0.2, "success"), (0.9, "success"), (0.9, "success"), (0.9, "failure")):
        store(label, confidence=confidence)
    store("success", confidence=1.0, calibrated=True)
    store(None, confidence=0.5)
    answer = read("calibration").get_json()
    assert (answer["labelled"], answer["calibrated"]) == (6, 1)
    low, high = answer["bins"]
    assert (low["from"], low["to"], low["count"], low["rate"]) == (0.2, 0.3, 2, 0.5)
    # full confidence belongs to the last bin
    assert (high["from"], high["to"], high["count"], high["rate"]) == (0.9, 1.0, 4, 0.75)
    assert high["confidence"] == pytest.approx(3.7 / 4)
    assert answer["ece"] == pytest.approx(2 / 6 * 0.3 + 4 / 6 * 0.175)
    assert answer["brier"] == pytest.approx(1.51 / 6)
    assert answer["brier_base"] == pytest.approx(4 / 6 * 2 / 6)


def test_reasons_of_the_last_judgement(read, store):
    changed = store("failure", ["grammar", "long"], product="DC")
    labels.put(changed.id, Judgement("failure", ("dull",)), factories.user_with_role("admin"))
    rehabilitated = store("failure", ["tone"], product="DC")
    labels.put(rehabilitated.id, Judgement("success"), factories.user_with_role("admin"))
    store("failure", ["dull", "tone"], product="CC")
    store("failure", [], product="CC")
    db.session.commit()
    answer = read("reasons").get_json()
    assert (answer["failures"], answer["without_reason"], answer["groups"]) == (3, 1, [])
    assert [(one["code"], one["words"], one["count"]) for one in answer["reasons"]] == [
        ("dull", "Скучно, шаблонно", 2),
        ("tone", "Не тот тон", 1),
    ]
    assert answer["reasons"][0]["share"] == pytest.approx(2 / 3)
    groups = read("reasons", by="product").get_json()["groups"]
    assert [(one["key"], one["failures"], [reason["code"] for reason in one["reasons"]]) for one in groups] == [
        ("CC", 2, ["dull", "tone"]),
        ("DC", 1, ["dull"]),
    ]


def test_summary_tells_what_each_version_changed(read, store):
    store_promotion("old", at=at(1))
    store_promotion("new", "old", at=at(8))
    for label in ["success"] * 48 + ["failure"] * 32:
        store(label, id=an_id(), model_version="old", created_at=at(1))
    for label in ["success"] * 56 + ["failure"] * 14:
        store(label, id=an_id(), model_version="new", created_at=at(8))
    store(None, model_version="new", created_at=at(9))
    answer = read("summary").get_json()
    assert counted(answer) == (151, 150, 104)
    assert answer["unlabelled_share"] == pytest.approx(1 / 151)
    new, old = answer["versions"]
    assert (old["model_version"], old["former"], old["change"]) == ("old", None, None)
    assert datetime.fromisoformat(new["first_used"]) == at(8)
    assert datetime.fromisoformat(new["last_used"]) == at(9)
    assert new["change"]["against"] == "old"
    assert new["change"]["difference"] == pytest.approx(0.2)
    assert new["change"]["low"] == pytest.approx(0.0524, abs=5e-5)
    written = {day["day"]: day["texts"] for day in answer["days"] if day["texts"]}
    assert written == {"2026-09-01": 80, "2026-09-08": 70, "2026-09-09": 1}
    # the labels were given just now
    assert sum(day["labels"] for day in answer["days"]) == 150


def test_a_version_is_compared_with_what_it_took_over_from(read, store):
    """base-2 was tried beside base-1 and went; base-3 took over from base-1. An update brought base-9."""
    for version, kind, former, day in (
        ("base-1", "full", None, 1),
        ("base-2", "canary", "base-1", 2),
        ("base-1", "rollback", "base-2", 3),
        ("base-3", "full", "base-1", 4),
        ("base-9", "full", None, 5),
    ):
        store_promotion(version, former, kind, at=at(day))
    store_version("base-9", "champion")
    for day, name in enumerate(("base-1", "base-2", "base-3", "base-9"), start=1):
        for _ in range(3):
            store("success", id=an_id(), model_version=name, created_at=at(day, 14))
    answer = read("summary").get_json()
    assert answer["champion"] == "base-9"
    compared = [(one["model_version"], one["former"], one["change"]["against"]) for one in answer["versions"][:3]]
    assert compared == [("base-9", "base-3", "base-3"), ("base-3", "base-1", "base-1"), ("base-2", "base-1", "base-1")]


def test_only_labels_that_no_confidence_has_chosen_compare_versions(read, store):
    store_promotion("old", at=at(1))
    store_promotion("new", "old", at=at(8))
    for version, day, drawn in (("old", 2, True), ("new", 9, False)):
        for _ in range(3):
            store("failure", id=an_id(drawn=drawn), model_version=version, created_at=at(day))
    new, _old = read("summary").get_json()["versions"]
    assert (new["labelled"], new["former"], new["change"]) == (3, "old", None)
    assert counted(read("rates", drawn="true").get_json()["total"]) == (3, 3, 0)
    assert counted(read("rates").get_json()["total"]) == (6, 6, 0)


def test_the_first_use_of_a_version_knows_no_filter(read, store):
    store(None, model_version="old", created_at=at(1))
    store(None, model_version="old", created_at=at(20))
    (version,) = read("summary", **{"from": at(15).isoformat()}).get_json()["versions"]
    assert datetime.fromisoformat(version["first_used"]) == at(1)
    assert version["texts"] == 1


def test_an_empty_database(read):
    total = {"texts": 0, "labelled": 0, "success": 0, "rate": None, "low": None, "high": None}
    assert read("rates").get_json() == {"by": "model_version", "total": total, "groups": []}
    assert read("calibration").get_json() == {
        "labelled": 0,
        "calibrated": 0,
        "bins": [],
        "ece": None,
        "brier": None,
        "brier_base": None,
    }
    assert read("reasons", by="channel").get_json() == {"failures": 0, "without_reason": 0, "reasons": [], "groups": []}
    assert read("summary").get_json() == {
        **total,
        "unlabelled_share": None,
        "days": [],
        "champion": None,
        "versions": [],
    }


@pytest.mark.parametrize("path", PATHS)
def test_systems_and_strangers_read_no_quality(read, client, path):
    problem(read(path, role="service"), 403)
    problem(client.get(f"{API}/{path}"), 401)
    for role in ("marketer", "admin", "ml_engineer"):
        assert read(path, role=role).status_code == 200


def test_a_wrong_question_is_pointed_at(read):
    answer = problem(read("rates", by="weather"), 422)
    assert [error["pointer"] for error in answer["errors"]] == ["/query/by"]
    answer = problem(read("summary", **{"from": at(12).isoformat(), "to": at(9).isoformat()}), 422)
    assert [error["pointer"] for error in answer["errors"]] == ["/query/from"]


def test_the_history_shows_the_failures_of_a_reason(client, auth, store):
    dull = store("failure", ["dull", "tone"])
    forgiven = store("failure", ["dull"])
    labels.put(forgiven.id, Judgement("success"), factories.user_with_role("admin"))
    other = store("failure", ["dull"])
    labels.put(other.id, Judgement("failure", ("long",)), factories.user_with_role("admin"))
    db.session.commit()
    page = client.get("/api/v1/offers", query_string={"reason": "dull"}, headers=auth("marketer")).get_json()
    assert [offer["offer_id"] for offer in page["items"]] == [str(dull.id)]

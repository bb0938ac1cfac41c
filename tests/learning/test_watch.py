"""The watch over new versions: the pure decision by tables of counts, then over labelled offers."""

from datetime import timedelta
from typing import Any

import pytest

from backend.common.clock import now
from backend.learning import jobs
from backend.learning.watch import Counts, Step, judge
from tests.learning.conftest import Component, statuses, store_labels, store_promotion, store_version

NAMES = ("base-4.1", "base-4")
OLD = Counts(labelled=100, failures=30, candidates=4000, refused=200)


@pytest.mark.parametrize(
    ("new", "full_after", "step"),
    [
        (Counts(), None, Step.STAY),
        (Counts(labelled=19, failures=19), 40, Step.STAY),  # too few to say anything
        (Counts(labelled=20, failures=10), 40, Step.STAY),  # more, but by chance
        (Counts(labelled=20, failures=12), 40, Step.ROLL_BACK),
        (Counts(labelled=60, failures=30), 40, Step.ROLL_BACK),
        (Counts(labelled=60, failures=18), 40, Step.MAKE_FULL),
        (Counts(labelled=60, failures=0), None, Step.STAY),  # a person makes it full
        (Counts(labelled=39, failures=0), 40, Step.STAY),
        (Counts(candidates=199, refused=199), None, Step.STAY),
        (Counts(candidates=400, refused=24), None, Step.STAY),
        (Counts(candidates=400, refused=60), None, Step.ROLL_BACK),
        (Counts(labelled=60, failures=5, candidates=400, refused=60), 40, Step.ROLL_BACK),
        (Counts(candidates=10**6, refused=51_500), None, Step.STAY),  # certain, but too small to matter
    ],
)
def test_verdicts(new: Counts, full_after: int | None, step: Step) -> None:
    assert judge(new, OLD, NAMES, full_after).step is step


def test_nothing_to_compare_with_is_no_reason_to_go_back() -> None:
    assert judge(Counts(labelled=30, failures=30, candidates=900, refused=900), Counts(), NAMES).step is Step.STAY


def test_a_verdict_gives_its_numbers_in_words() -> None:
    words = judge(Counts(labelled=20, failures=14), OLD, NAMES).words
    assert words == (
        "Больше неудач: неудач у base-4.1 14 из 20 (70 %), у base-4 30 из 100 (30 %); точный тест Фишера, p = 0,001"
    )


@pytest.fixture
def canary(db_session: Any, component: Component) -> Component:
    """base-4 serves, base-4.1 is its canary since an hour; both have labels."""
    store_version("base-4", "champion")
    store_version("base-4.1", "canary", weights="base-4")
    store_promotion("base-4.1", "base-4", "canary", share=0.2, at=now() - timedelta(hours=1))
    store_labels(40, 20, model_version="base-4", created_at=now())
    return component


def test_a_canary_that_does_worse_is_taken_back(canary: Component) -> None:
    store_labels(5, 20, model_version="base-4.1", created_at=now())
    verdict = jobs.watch()
    assert verdict is not None
    assert statuses() == {"base-4": "champion", "base-4.1": "retired"}
    from backend.common.audit import AuditEntry
    from backend.common.db import db

    entry = db.session.query(AuditEntry).one()
    assert (entry.action, entry.actor) == ("model.automatic_rollback", "system")
    assert entry.details["reason"] == verdict.words
    assert "20 из 25" in verdict.words


def test_labels_of_before_the_promotion_do_not_count(canary: Component) -> None:
    store_labels(0, 25, model_version="base-4.1", created_at=now() - timedelta(hours=2))
    jobs.watch()
    assert statuses()["base-4.1"] == "canary"


def test_a_canary_whose_candidates_break_rules_is_taken_back(canary: Component) -> None:
    from backend.common.db import db
    from tests.offers.bodies import store_offer

    for version, refused in (("base-4", 0), ("base-4.1", 1)):
        candidates = [{"rejected": "guard" if number < refused else None} for number in range(4)]
        for _ in range(80):
            store_offer(model_version=version, created_at=now(), candidates=candidates)
    db.session.commit()
    verdict = jobs.watch()
    assert verdict is not None
    assert "80 из 320 (25 %), у base-4 0 из 320 (0 %)" in verdict.words
    assert statuses()["base-4.1"] == "retired"


@pytest.mark.parametrize(("policy", "status"), [("policy", "champion"), ("person", "canary")])
def test_a_good_canary_becomes_full_by_the_policy_alone(canary: Component, with_settings, policy, status) -> None:
    with_settings(promotion=policy)
    store_labels(30, 10, model_version="base-4.1", created_at=now())
    jobs.watch()
    assert statuses()["base-4.1"] == status


@pytest.mark.parametrize(("days", "champion"), [(1, "base-4"), (8, "base-4.1")])
def test_a_new_champion_is_watched_for_a_week(db_session: Any, component: Component, days, champion) -> None:
    store_version("base-4", "retired")
    store_version("base-4.1", "champion", weights="base-4")
    begun = now() - timedelta(days=days)
    store_promotion("base-4.1", "base-4", at=begun)
    store_labels(40, 20, model_version="base-4", created_at=begun - timedelta(days=3))
    store_labels(5, 20, model_version="base-4.1", created_at=now())
    jobs.watch()
    assert statuses()[champion] == "champion"


def test_without_versions_there_is_nothing_to_watch(db_session: Any) -> None:
    assert jobs.watch() is None

"""The watch over new versions: the pure decision by tables of counts, then over labelled offers."""

from datetime import timedelta
from typing import Any

import pytest
from scipy.stats import fisher_exact

from backend.common.clock import now
from backend.learning import jobs, promotion
from backend.learning.watch import Counts, Step, judge, more_often
from tests.learning.conftest import Component, statuses, store_labels, store_promotion, store_version

NAMES = ("base-4.1", "base-4")


def counts(failures: int = 0, labelled: int = 0, refused: int = 0, candidates: int = 0, product: str = "DC") -> Counts:
    """Everything about one product by text message."""
    return Counts({product: (failures, labelled)}, {f"{product}/SMS": (refused, candidates)})


OLD = counts(failures=30, labelled=100, candidates=4000, refused=200)


@pytest.mark.parametrize(
    ("new", "full_after", "step"),
    [
        (Counts(), None, Step.STAY),
        (counts(labelled=19, failures=19), 40, Step.STAY),  # too few to say anything
        (counts(labelled=20, failures=11), 40, Step.STAY),  # more, but by chance
        (counts(labelled=20, failures=13), 40, Step.ROLL_BACK),
        (counts(labelled=60, failures=32), 40, Step.ROLL_BACK),
        (counts(labelled=60, failures=18), 40, Step.MAKE_FULL),
        (counts(labelled=60, failures=0), None, Step.STAY),  # a person makes it full
        (counts(labelled=60, failures=0, product="CC"), 40, Step.STAY),  # compared with nothing
        (counts(labelled=39, failures=0), 40, Step.STAY),
        (counts(candidates=199, refused=199), None, Step.STAY),
        (counts(candidates=400, refused=24), None, Step.STAY),
        (counts(candidates=400, refused=60), None, Step.ROLL_BACK),
        (counts(labelled=60, failures=5, candidates=400, refused=60), 40, Step.ROLL_BACK),
        (counts(candidates=10**5, refused=5_150), None, Step.STAY),  # certain, but too small to matter
        (counts(labelled=60, failures=60, candidates=900, refused=900, product="CC"), None, Step.STAY),  # nothing alike
    ],
)
def test_verdicts(new: Counts, full_after: int | None, step: Step) -> None:
    assert judge(new, OLD, NAMES, full_after).step is step


def test_nothing_to_compare_with_is_no_reason_to_go_back() -> None:
    assert judge(counts(30, 30, 900, 900), Counts(), NAMES).step is Step.STAY


@pytest.mark.parametrize(("of_old", "step"), [(0, Step.STAY), (19, Step.STAY), (20, Step.MAKE_FULL)])
def test_a_canary_becomes_full_only_where_the_old_version_has_labels_too(of_old: int, step: Step) -> None:
    old = Counts({"DC": (0, of_old), "CC": (10, 100)})
    assert judge(counts(labelled=60, failures=1), old, NAMES, 40).step is step


def test_a_verdict_for_a_canary_names_what_was_compared() -> None:
    new = Counts({"DC": (9, 40), "CC": (30, 30)})
    assert judge(new, OLD, NAMES, 40).words == (
        "Не хуже прежней: неудач у base-4.1 9 из 40 (22 %), у base-4 30 из 100 (30 %)"
    )


def test_a_verdict_gives_its_numbers_in_words() -> None:
    words = judge(counts(labelled=20, failures=14), OLD, NAMES).words
    assert words == (
        "Больше неудач: неудач у base-4.1 14 из 20 (70 %), у base-4 30 из 100 (30 %); "
        "точный тест по продуктам, p = 0,001"
    )


def test_a_harder_product_is_no_worse_version() -> None:
    old = Counts(failures={"DC": (10, 100), "MORTG": (60, 100)})
    new = Counts(failures={"DC": (1, 10), "MORTG": (54, 90)})
    assert judge(new, old, NAMES).step is Step.STAY
    assert more_often([((55, 100), (70, 200))]) < 0.01  # without a look at the products
    worse = Counts(failures={"DC": (9, 30), "MORTG": (80, 90)})
    assert judge(worse, old, NAMES).step is Step.ROLL_BACK


def test_one_stratum_is_the_exact_test_of_fisher() -> None:
    fisher = fisher_exact([[12, 8], [30, 70]], alternative="greater").pvalue
    assert more_often([((12, 20), (30, 100))]) == pytest.approx(fisher)
    assert more_often([((0, 0), (3, 10)), ((12, 20), (30, 100))]) == pytest.approx(fisher)
    assert more_often([((0, 20), (0, 100))]) == 1.0


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


def test_labels_that_the_confidence_has_chosen_take_nobody_back(canary: Component) -> None:
    store_labels(5, 20, drawn=False, model_version="base-4.1", created_at=now())
    jobs.watch()
    assert statuses()["base-4.1"] == "canary"


@pytest.fixture
def person_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ann rolls the canary back between the watch's verdict and what it does about it."""
    judged = jobs._canary_verdict

    def meanwhile(*versions: Any) -> Any:
        verdict = judged(*versions)
        promotion.rollback(actor="ann")
        return verdict

    monkeypatch.setattr(jobs, "_canary_verdict", meanwhile)


@pytest.mark.usefixtures("person_faster")
def test_where_a_person_was_faster_no_other_version_goes(canary: Component) -> None:
    """The verdict was about the canary; without a look the roll-back would take the champion."""
    store_promotion("base-4", "base-3", at=now() - timedelta(days=1))
    store_version("base-3", "retired", weights="base-4")
    store_labels(5, 20, model_version="base-4.1", created_at=now())
    jobs.watch()
    assert statuses() == {"base-3": "retired", "base-4": "champion", "base-4.1": "retired"}


@pytest.mark.usefixtures("person_faster")
def test_a_canary_that_a_person_took_out_does_not_become_full(canary: Component, with_settings) -> None:
    with_settings(promotion="policy")
    store_labels(30, 10, model_version="base-4.1", created_at=now())
    verdict = jobs.watch()
    assert verdict is not None
    assert verdict.step is Step.MAKE_FULL
    assert statuses() == {"base-4": "champion", "base-4.1": "retired"}


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


def test_only_what_the_guard_read_counts_and_under_the_same_rules(db_session: Any) -> None:
    from backend.offers import service as offers
    from tests.offers.bodies import store_offer

    candidates = [{"rejected": reason} for reason in ("guard", None, "form", "product", "repeats")]
    for rules in ("1", "2"):
        store_offer(model_version="base-4", created_at=now(), candidates=candidates, rules_version=rules)
    found = offers.refused_candidates("base-4", now() - timedelta(hours=1))
    assert found == {"CC/SMS/1": (1, 2), "CC/SMS/2": (1, 2)}


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

"""What serves, as every call reads it: quickly, and without ever failing."""

import time
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from backend.common.db import db
from backend.learning import release
from backend.learning.release import Release, Released
from backend.learning.success import SuccessModel
from tests.learning.conftest import store_promotion, store_version

MODEL = SuccessModel(weights={"length": -1.0}, intercept=0.2, trees=(), lengths={})


def test_nothing_is_known_of_an_empty_database(db_session: Any) -> None:
    assert release.current() == Release()
    assert release.current().pick(0.0) is None


def test_champion_and_canary_with_their_scores(db_session: Any) -> None:
    store_version("base-4", "champion", score=MODEL.to_json())
    store_version("base-4.1", "canary", weights="base-4")
    store_promotion("base-4.1", "base-4", "canary", share=0.3)
    now = release.current()
    assert now.champion == Released("base-4", "base-4", MODEL)
    assert (now.pick(0.29), now.pick(0.3)) == (Released("base-4.1", "base-4"), now.champion)


def test_it_is_read_once_in_two_seconds(db_session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store_version("base-4", "champion")
    first = release.current()
    store_version("base-4.1", "canary")
    assert release.current() is first
    later = time.monotonic() + release.FRESH_S
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert release.current().canary == Released("base-4.1", "base-4.1")


def test_without_the_database_the_last_answer_holds(db_session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store_version("base-4", "champion")
    known = release.current()

    def away() -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(db.engine, "connect", away)
    release.forget()
    assert release.current() == known


def test_a_damaged_score_leaves_the_rank_score(db_session: Any) -> None:
    store_version("base-4", "champion", score={"weights": "none"})
    assert release.current().champion == Released("base-4", "base-4", None)

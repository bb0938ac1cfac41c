"""Idempotency keys: one generation however often a call is repeated, also at once, also after a crash."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select
from sqlalchemy.orm import scoped_session

from backend.common.clock import now
from backend.common.db import db
from backend.errors import Invalid
from backend.offers import idempotency
from backend.offers.idempotency import Claim, KeyInUse, Replay, claim, complete, hash_of
from backend.offers.jobs import purge_idempotency_keys
from backend.offers.models import IdempotencyKey, Offer
from tests import factories
from tests.conftest import problem
from tests.offers.bodies import call_body, some_clients
from tests.offers.conftest import Post

BODY = call_body(*some_clients(2))


def stored(session: scoped_session[Any]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Offer)) or 0


def test_a_repeated_call_gets_the_first_answer(post: Post, db_session: scoped_session[Any]) -> None:
    first, again = post(BODY, key="order-1"), post(BODY, key="order-1")
    assert first.status_code == again.status_code == 200
    assert again.get_json() == first.get_json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert stored(db_session) == 2


def test_the_same_call_under_another_key_is_a_new_one(post: Post, db_session: scoped_session[Any]) -> None:
    assert post(BODY, key="order-1").get_json() != post(BODY, key="order-2").get_json()
    assert stored(db_session) == 4


def test_keys_of_different_users_do_not_meet(post: Post, db_session: scoped_session[Any]) -> None:
    first = post(BODY, key="order-1")
    other = post(call_body(*some_clients(1)), role="service", key="order-1")
    assert first.status_code == other.status_code == 200
    assert stored(db_session) == 3


def test_another_body_under_the_same_key_is_refused(post: Post, db_session: scoped_session[Any]) -> None:
    post(BODY, key="order-1")
    [error] = problem(post(BODY | {"tone": "formal"}, key="order-1"), 422)["errors"]
    assert error["pointer"] == "/header/Idempotency-Key"
    assert stored(db_session) == 2


def test_many_at_once_generate_once(
    app: APIFlask, post: Post, auth: Callable[..., dict[str, str]], db_session: scoped_session[Any]
) -> None:
    headers = auth() | {"Idempotency-Key": "rush"}
    with ThreadPoolExecutor(6) as threads:
        calls = [
            threads.submit(lambda: app.test_client().post("/api/v1/offers", json=BODY, headers=headers))
            for _ in range(6)
        ]
        answers = [call.result() for call in calls]
    busy = [answer for answer in answers if answer.status_code == 409]
    done = [answer for answer in answers if answer.status_code == 200]
    assert done
    assert len(busy) + len(done) == 6
    assert all(answer.headers["Retry-After"] == "1" for answer in busy)
    assert len({answer.get_data() for answer in done}) == 1
    assert stored(db_session) == 2


def test_order_and_spaces_of_a_body_do_not_matter() -> None:
    assert hash_of({"a": 1, "b": [2]}) == hash_of({"b": [2], "a": 1})
    assert hash_of({"a": 1}) != hash_of({"a": 2})


@pytest.fixture
def user_id(db_session: scoped_session[Any]) -> uuid.UUID:
    return factories.user_with_role("marketer").id


def take(user_id: uuid.UUID, body: str = "hash", lease_s: float = 5.0) -> Claim | Replay:
    return claim(user_id, "key", body, lease_s, keep_hours=24)


def test_a_call_at_work_makes_the_next_wait(user_id: uuid.UUID) -> None:
    assert isinstance(take(user_id), Claim)
    with pytest.raises(KeyInUse) as refusal:
        take(user_id)
    assert refusal.value.headers() == {"Retry-After": "1"}
    with pytest.raises(Invalid):
        take(user_id, body="another")


def test_the_key_of_a_dead_holder_is_taken_over_and_the_dead_cannot_finish(user_id: uuid.UUID) -> None:
    dead = take(user_id, lease_s=-1.0)
    heir = take(user_id)
    assert isinstance(dead, Claim)
    assert isinstance(heir, Claim)
    with pytest.raises(KeyInUse):
        complete(dead, 200, {"by": "dead"})
    complete(heir, 200, {"by": "heir"})
    db.session.commit()
    assert take(user_id) == Replay({"by": "heir"})


def test_a_failed_call_gives_its_key_back(user_id: uuid.UUID) -> None:
    held = take(user_id)
    assert isinstance(held, Claim)
    with pytest.raises(ZeroDivisionError), idempotency.releasing(held):
        raise ZeroDivisionError
    assert isinstance(take(user_id, body="another"), Claim)


def test_an_expired_key_is_free_for_anything_and_swept_away(user_id: uuid.UUID) -> None:
    done = take(user_id)
    assert isinstance(done, Claim)
    complete(done, 200, {})
    row = db.session.scalar(select(IdempotencyKey))
    assert row is not None
    row.expires_at = now() - timedelta(seconds=1)
    db.session.commit()
    assert isinstance(take(user_id, body="another"), Claim)
    row.expires_at = now() - timedelta(seconds=1)
    db.session.commit()
    assert purge_idempotency_keys() == 1
    assert purge_idempotency_keys() == 0

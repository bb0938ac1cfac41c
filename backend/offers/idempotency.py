"""Idempotency keys: a repeated call gets the first answer, a concurrent one is told to wait, a crash blocks nobody.

A call first claims its key in a transaction of its own and then works outside of any. The answer is written together
with the offers. A holder that died leaves a claim whose lease runs out; whoever comes next takes it over.
"""

import hashlib
import json
import logging
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import SQLAlchemyError

from backend.common.clock import now
from backend.common.db import db
from backend.common.ids import new_id
from backend.errors import Conflict, FieldError, Invalid
from backend.offers.models import IdempotencyKey

log = logging.getLogger(__name__)

HEADER = "Idempotency-Key"
MOST_LENGTH = 255


class KeyInUse(Conflict):
    """The first call with this key is still at work."""

    code = "idempotency_key_in_use"
    title = "Такой вызов уже выполняется"

    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": "1"}


@dataclass(frozen=True)
class Claim:
    """The right to answer under a key, until the lease runs out."""

    row_id: uuid.UUID
    lease: uuid.UUID


@dataclass(frozen=True)
class Replay:
    """The first answer, to be given again."""

    response: dict[str, Any]


def check_key(key: str) -> str:
    """The key of a header. Raises Invalid for one that is empty, too long or not printable ASCII."""
    if not 1 <= len(key) <= MOST_LENGTH or not key.isascii() or not key.isprintable():
        detail = f"от 1 до {MOST_LENGTH} печатных знаков ASCII"
        raise Invalid(f"Заголовок {HEADER} не подходит", [FieldError(f"/header/{HEADER}", detail)])
    return key


def hash_of(body: Any) -> str:
    """The same for bodies that differ in spaces and order of fields only."""
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def claim(user_id: uuid.UUID, key: str, request_hash: str, lease_s: float, keep_hours: int) -> Claim | Replay:
    """Take the key or get the stored answer, and commit. Raises Invalid for another body, KeyInUse to wait."""
    fresh = _fresh(request_hash, lease_s, keep_hours)
    inserted = db.session.scalar(
        insert(IdempotencyKey)
        .values(id=new_id(), user_id=user_id, key=key, **fresh)
        .on_conflict_do_nothing(index_elements=["user_id", "key"])
        .returning(IdempotencyKey.id)
    )
    found = Claim(inserted, fresh["lease"]) if inserted else _known(user_id, key, fresh)
    db.session.commit()
    return found


def _known(user_id: uuid.UUID, key: str, fresh: dict[str, Any]) -> Claim | Replay:
    """What to do with a key that is in the table already; the row is locked against a takeover by two."""
    row = db.session.scalar(
        select(IdempotencyKey).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key).with_for_update()
    )
    if row is None:
        raise KeyInUse("Предыдущий вызов с этим ключом только что завершился, повторите запрос")
    if row.expires_at > now():
        if row.request_hash != fresh["request_hash"]:
            detail = "с этим ключом уже был другой запрос"
            raise Invalid("Ключ занят другим запросом", [FieldError(f"/header/{HEADER}", detail)])
        if row.status is not None:
            return Replay(row.response or {})
        if row.lease_until > now():
            raise KeyInUse("Вызов с этим ключом ещё выполняется, повторите запрос позже")
    for name, value in {**fresh, "status": None, "response": None}.items():
        setattr(row, name, value)
    db.session.flush()
    return Claim(row.id, row.lease)


def complete(claimed: Claim, status: int, response: dict[str, Any]) -> None:
    """Store the answer in the caller's transaction. Raises KeyInUse when the lease was lost meanwhile."""
    done: CursorResult[Any] = db.session.execute(  # type: ignore[assignment]
        update(IdempotencyKey)
        .where(IdempotencyKey.id == claimed.row_id, IdempotencyKey.lease == claimed.lease)
        .values(status=status, response=response)
    )
    if done.rowcount != 1:
        raise KeyInUse("Этот вызов занял слишком много времени, и его ключ перешёл к другому")


@contextmanager
def releasing(claimed: Claim | None) -> Iterator[None]:
    """Give the key back when the call fails: the caller may correct the body or simply try again."""
    try:
        yield
    except BaseException:
        db.session.rollback()
        if claimed:
            _release(claimed)
        raise


def _release(claimed: Claim) -> None:
    try:
        db.session.execute(
            delete(IdempotencyKey).where(
                IdempotencyKey.id == claimed.row_id,
                IdempotencyKey.lease == claimed.lease,
                IdempotencyKey.status.is_(None),
            )
        )
        db.session.commit()
    except SQLAlchemyError:
        db.session.rollback()
        log.warning("an idempotency key could not be released; its lease will run out")


def _fresh(request_hash: str, lease_s: float, keep_hours: int) -> dict[str, Any]:
    return {
        "request_hash": request_hash,
        "lease": uuid.uuid4(),
        "lease_until": now() + timedelta(seconds=lease_s),
        "created_at": now(),
        "expires_at": now() + timedelta(hours=keep_hours),
    }

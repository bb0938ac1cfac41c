"""Leases of the review queue: a text that one reviewer has on screen is given to no other for a while."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.dialects.postgresql import insert

from backend.common.clock import now
from backend.common.db import db
from backend.offers.models import Offer, ReviewLease

LEASE = timedelta(minutes=5)


def held_by(reviewer_id: uuid.UUID) -> ColumnElement[bool]:
    """Whether the reviewer holds the offer of the statement now."""
    return _live().where(ReviewLease.user_id == reviewer_id).exists()


def held() -> ColumnElement[bool]:
    """Whether anybody holds it."""
    return _live().exists()


def _live() -> Select[uuid.UUID]:
    return select(ReviewLease.offer_id).where(ReviewLease.offer_id == Offer.id, ReviewLease.until > now())


def take(offer_ids: Sequence[uuid.UUID], reviewer_id: uuid.UUID) -> set[uuid.UUID]:
    """Lease these texts, or renew. Flushes; returns those that were got.

    A lock on the offer is not enough: a statement that began before another reviewer committed does not see the new
    lease, though it may lock the row after that. The key of the table settles who has it.
    """
    if not offer_ids:
        return set()
    moment = now()
    rows = [
        {"offer_id": offer_id, "user_id": reviewer_id, "until": moment + LEASE} for offer_id in sorted(set(offer_ids))
    ]
    fresh = insert(ReviewLease).values(rows)
    taken = fresh.on_conflict_do_update(
        index_elements=[ReviewLease.offer_id],
        set_={"user_id": fresh.excluded.user_id, "until": fresh.excluded.until},
        where=(ReviewLease.user_id == reviewer_id) | (ReviewLease.until <= moment),
    ).returning(ReviewLease.offer_id)
    return set(db.session.scalars(taken))


def drop(offer_ids: Sequence[uuid.UUID], reviewer_id: uuid.UUID) -> int:
    """Give leases back; those of others and those that are not there stay as they are. Returns how many went."""
    gone = db.session.execute(
        delete(ReviewLease)
        .where(ReviewLease.offer_id.in_(offer_ids), ReviewLease.user_id == reviewer_id)
        .returning(ReviewLease.offer_id)
    )
    return len(gone.all())

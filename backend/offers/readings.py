"""Who looked at the data of which client: entries of the audit log. They name the client by a reference, never by id.

An external system that reads what it has sent itself leaves no entries; its exports do, as everybody's.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from redis import RedisError

from backend.common import audit
from backend.common.client_ids import reference
from backend.common.db import db
from backend.common.redis import redis
from backend.offers.models import Offer

if TYPE_CHECKING:
    from backend.users.models import User

SYSTEM = "service"
SAME_S = 15 * 60
"""So long the same page of the history, read again by the same user, is one reading."""


def read(offer: Offer, reader: "User") -> None:
    """The card of one offer, with the client's features, or its labels. Of an anonymised one nothing is left."""
    if reader.role != SYSTEM and offer.anonymised_at is None:
        audit.record("offers.read", reference(offer.client_id), {"offer": str(offer.id)})


def looked_up(client_id: str, reader: "User") -> None:
    """The history of one client."""
    if reader.role != SYSTEM:
        audit.record("offers.lookup", reference(client_id))


def listed(filters: Mapping[str, Any], offers: Sequence[Offer], reader: "User") -> None:
    """A page of the history; that of one client is `looked_up`. Flushes, and remembers the page in Redis.

    Without Redis nothing is remembered and every page is told.
    """
    shown = sum(offer.anonymised_at is None for offer in offers)
    if reader.role == SYSTEM or "client_id" in filters or not shown:
        return
    page, reachable = _page(filters, reader), True
    try:
        if redis().exists(page):
            return
    except RedisError:
        reachable = False
    audit.record("offers.list", "offers", {**_asked(filters), "items": shown})
    db.session.flush()
    if reachable:
        with suppress(RedisError):
            redis().set(page, 1, ex=SAME_S)


def _page(filters: Mapping[str, Any], reader: "User") -> str:
    """A key of Redis; hashed, since it may hold words that somebody typed."""
    parts = [str(reader.id), *(f"{name}={value}" for name, value in sorted(filters.items()))]
    return "offerloop:listed:" + hashlib.sha256("\n".join(parts).encode()).hexdigest()


def reviewed(offers: Sequence[Offer]) -> None:
    """Texts of the review queue, with the clients' features."""
    if offers:
        audit.record("offers.review", "offers", {"offers": [str(offer.id) for offer in offers]})


def exported(filters: Mapping[str, Any]) -> None:
    """A table of offers."""
    audit.record("offers.export", "offers", _asked(filters))


def _asked(filters: Mapping[str, Any]) -> dict[str, Any]:
    """Filters as they are told. Words that were searched for are left out: they are whatever somebody typed."""
    asked = {name: str(value) for name, value in filters.items() if name not in ("q", "cursor", "limit")}
    if "client_id" in asked:
        asked["client_id"] = reference(asked["client_id"])
    return asked

"""Takes the client out of offers, for good.

The row stays, for what counts need: when, product, channel, version, label. Everything that was said of the client or
to the client goes: id, features, events, facts, texts, candidates, corrections. Nothing leads back. The caller commits.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, case, delete, func, or_, select, update
from sqlalchemy.engine import CursorResult

from backend.common.client_ids import spellings
from backend.common.clock import now
from backend.common.db import db
from backend.offers.models import IdempotencyKey, Label, Offer, ReviewLease

ANONYMISED = "anonymised"
"""Error of an offer whose text was removed."""
DETAIL = "Данные клиента и текст удалены"
AT_ONCE = 1000

_EMPTY: dict[str, Any] = {
    **{name: [] for name in ("findings", "facts", "events", "variants", "candidates")},
    **{name: {} for name in ("features", "brief", "timings")},
    **dict.fromkeys(("seed", "body", "product_reason", "verdict"), None),
    "client_id": "",
    "client_id_is_number": False,
}


def anonymise_older(before: datetime, limit: int = AT_ONCE) -> int:
    """Anonymise the oldest offers written before that moment, not more than `limit`; returns how many."""
    return _anonymise([Offer.created_at < before], limit)


def anonymise_client(client_id: str) -> int:
    """Anonymise every offer of one client, and forget the answers that are kept for repeated calls."""
    done = 0
    while some := _anonymise([Offer.client_id == client_id], AT_ONCE):
        done += some
    db.session.execute(delete(IdempotencyKey).where(_answered_about(client_id)))
    return done


def _anonymise(conditions: Sequence[ColumnElement[bool]], limit: int) -> int:
    wanted = select(Offer.id).where(Offer.anonymised_at.is_(None), *conditions)
    ids = list(db.session.scalars(wanted.order_by(Offer.created_at, Offer.id).limit(limit).with_for_update()))
    if not ids:
        return 0
    db.session.execute(delete(ReviewLease).where(ReviewLease.offer_id.in_(ids)))
    db.session.execute(update(Label).where(Label.offer_id.in_(ids)).values(comment="", corrected_text=None))
    values = {
        **_EMPTY,
        "text": case((Offer.text.is_not(None), "")),
        "error": func.coalesce(Offer.error, ANONYMISED),
        "error_detail": DETAIL,
        "anonymised_at": now(),
    }
    done = db.session.execute(update(Offer).where(Offer.id.in_(ids)).values(**values))
    return cast("CursorResult[Any]", done).rowcount


def _answered_about(client_id: str) -> ColumnElement[bool]:
    """A stored answer names the client as the caller did: as a number or as a string."""
    offers = IdempotencyKey.response["offers"]
    return or_(*(offers.contains([{"client_id": name}]) for name in spellings(client_id)))

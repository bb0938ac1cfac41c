"""Bodies of POST /offers and offers made by hand, for the tests."""

import itertools
import uuid
from datetime import timedelta
from typing import Any

from backend.common.clock import now
from backend.common.db import db
from backend.common.ids import new_id
from backend.offers.models import Offer
from backend.offers.review import is_drawn

HABITS: list[dict[str, Any]] = [
    {"cnt_tr_oil_3m": 20, "app_vehicle_ind": 1},
    {"cnt_tr_buy_3m": 90},
    {"cnt_tr_on_card_3m": 40, "age": 31},
    {"cnt_tr_cash_3m": 12, "age": 45.5},
    {"super_clust": "h. Бывшие зарплатники (4,9,10,11)", "age": 37},
    {"cnt_dep_act": 2, "age": 62},
    {"age": 23, "cnt_tr_mobile_3m": "8"},
    {},
]
_minutes = itertools.count()


def call_body(*clients: dict[str, Any], product: str = "CC", channel: str = "SMS", **more: Any) -> dict[str, Any]:
    return {"product": product, "channel": channel, "clients": list(clients) or [{"client_id": 1}], **more}


def some_clients(number: int) -> list[dict[str, Any]]:
    """Clients that differ in a few facts each."""
    return [{"client_id": 1000 + place, "features": HABITS[place % len(HABITS)]} for place in range(number)]


def an_id(*, drawn: bool = True) -> uuid.UUID:
    """The id of a text that the review queue draws by lot, or of one that it does not."""
    return next(made for made in iter(new_id, None) if is_drawn(made) == drawn)


def store_offer(**columns: Any) -> Offer:
    """An offer in the database, a minute younger than the one stored before; the caller commits."""
    made: dict[str, Any] = {
        "request_id": new_id(),
        "position": 0,
        "client_id": "1",
        "client_id_is_number": True,
        "product": "CC",
        "channel": "SMS",
        "tone": "neutral",
        "conditions": "none",
        "seed": 1,
        "text": "Карта на каждый день от ПАО «Примербанк».",
        "confidence": 0.7,
        "calibrated": False,
        "verdict": "ok",
        "findings": [],
        "facts": ["drives"],
        "features": {"age": 40},
        "events": [],
        "brief": {},
        "variants": [],
        "candidates": [],
        "timings": {},
        "model_version": "base-1",
        "created_at": now() - timedelta(days=30) + timedelta(minutes=next(_minutes)),
    }
    offer = Offer(**(made | columns))
    db.session.add(offer)
    db.session.flush()
    return offer

"""How many candidates of a model version the guard refused: a sign that a version has gone astray."""

from datetime import datetime

from sqlalchemy import Text, func, select, true

from backend.common.db import db
from backend.offers.models import Offer

LATEST = 2000
"""Texts of a version that are looked at: candidates are wide, and the latest tell how it writes now."""


def refused(model_version: str, since: datetime, until: datetime | None = None) -> dict[str, tuple[int, int]]:
    """Of the latest texts in the period, by `product/channel`: candidates that broke a rule, and all candidates."""
    wanted = select(Offer.product, Offer.channel, Offer.candidates).where(
        Offer.model_version == model_version, Offer.created_at >= since
    )
    if until is not None:
        wanted = wanted.where(Offer.created_at < until)
    texts = wanted.order_by(Offer.created_at.desc()).limit(LATEST).subquery("texts")
    candidate = func.jsonb_array_elements(texts.c.candidates).table_valued("value").lateral("candidate")
    by_guard = candidate.c.value.op("->>", return_type=Text())("rejected") == "guard"
    counted = select(texts.c.product, texts.c.channel, func.count().filter(by_guard), func.count())
    statement = counted.select_from(texts.join(candidate, true())).group_by(texts.c.product, texts.c.channel)
    return {f"{product}/{channel}": (part, whole) for product, channel, part, whole in db.session.execute(statement)}

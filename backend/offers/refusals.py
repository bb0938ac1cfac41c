"""How many candidates of a model version the guard refused: a sign that a version has gone astray."""

from datetime import datetime

from sqlalchemy import Text, func, select, true

from backend.common.db import db
from backend.offers.models import Offer

LATEST = 2000
"""Texts of a version that are looked at: candidates are wide, and the latest tell how it writes now."""

_STRATUM = (Offer.product, Offer.channel, Offer.rules_version)


def refused(model_version: str, since: datetime, until: datetime | None = None) -> dict[str, tuple[int, int]]:
    """Of the latest texts in the period, by `product/channel/rules`: candidates that broke a rule, of all that it read.

    What never reached the guard says nothing of it, and a change of the rules nothing of the version.
    """
    wanted = select(*_STRATUM, Offer.candidates).where(Offer.model_version == model_version, Offer.created_at >= since)
    if until is not None:
        wanted = wanted.where(Offer.created_at < until)
    texts = wanted.order_by(Offer.created_at.desc()).limit(LATEST).subquery("texts")
    candidate = func.jsonb_array_elements(texts.c.candidates).table_valued("value").lateral("candidate")
    rejected = candidate.c.value.op("->>", return_type=Text())("rejected")
    stratum = [texts.c[column.key] for column in _STRATUM]
    counted = select(*stratum, func.count().filter(rejected == "guard"), func.count())
    statement = counted.select_from(texts.join(candidate, true())).where(func.coalesce(rejected, "guard") == "guard")
    rows = db.session.execute(statement.group_by(*stratum))
    return {"/".join(map(str, names)): (part, whole) for *names, part, whole in rows}

"""Taking a bulk label back: every text gets the judgement again that it had before."""

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from backend.common.db import db
from backend.errors import Conflict, FieldError, Invalid
from backend.offers.labels import Judgement, add, locked
from backend.offers.models import Label

if TYPE_CHECKING:
    from backend.users.models import User


def undo(label_ids: Sequence[uuid.UUID], reviewer: "User") -> int:
    """Undo judgements of this reviewer, all or none. Flushes; the caller commits.

    What was said before is said again, by who undoes; the history keeps every step. Raises Invalid that points at ids
    that are nobody's or somebody else's; Conflict where a text has been judged since, also by an undo.
    """
    wanted = _own(label_ids, reviewer)
    offers = locked([wanted[label_id].offer_id for label_id in label_ids], "/label_ids")
    said = _last_two([offer.id for offer in offers])
    if {pair[0].id for pair in said.values()} != set(wanted):
        raise Conflict("Часть текстов за это время отметили заново. Обновите список и решите ещё раз")
    for offer in offers:
        add(offer, _judgement(said[offer.id][1:]), reviewer)
    db.session.flush()
    return len(offers)


def _own(label_ids: Sequence[uuid.UUID], reviewer: "User") -> Mapping[uuid.UUID, Label]:
    found = {label.id: label for label in db.session.scalars(select(Label).where(Label.id.in_(label_ids)))}
    errors = [
        FieldError(f"/label_ids/{place}", "такой метки нет" if label_id not in found else "это не ваша метка")
        for place, label_id in enumerate(label_ids)
        if label_id not in found or found[label_id].author_id != reviewer.id
    ]
    if errors:
        raise Invalid("Отменить можно только свои метки", errors[:100])
    return found


def _last_two(offer_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[Label]]:
    """The last judgement of each text and the one before it, the latest first."""
    place = func.row_number().over(partition_by=Label.offer_id, order_by=Label.id.desc()).label("place")
    numbered = select(Label, place).where(Label.offer_id.in_(offer_ids)).subquery()
    last = aliased(Label, numbered)
    said: dict[uuid.UUID, list[Label]] = {}
    for label in db.session.scalars(select(last).where(numbered.c.place <= 2).order_by(numbered.c.place)):
        said.setdefault(label.offer_id, []).append(label)
    return said


def _judgement(before: Sequence[Label]) -> Judgement | None:
    if not before or before[0].label is None:
        return None
    former = before[0]
    return Judgement(former.label or "", tuple(former.reasons), former.comment, former.corrected_text)

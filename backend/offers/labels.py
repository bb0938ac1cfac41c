"""Labels: what reviewers say of a text. Each judgement is a row of its own; the last one counts."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import load_only

from backend.catalogue import service as catalogue
from backend.common.clock import now
from backend.common.db import db
from backend.compliance import rulebook
from backend.compliance.service import check
from backend.errors import Conflict, FieldError, Invalid, NotFound
from backend.offers import leases
from backend.offers.models import Label, Offer

if TYPE_CHECKING:
    from backend.users.models import User

SUCCESS, FAILURE = LABELS = ("success", "failure")
REASONS: Mapping[str, str] = {
    "senseless": "Нет смысла",
    "grammar": "Ошибка в языке",
    "wrong_fact": "Не к этому клиенту",
    "wrong_product": "Не о том продукте",
    "tone": "Не тот тон",
    "dull": "Скучно, шаблонно",
    "pushy": "Навязчиво",
    "long": "Длинно",
    "unlawful": "Нарушает закон",
    "other": "Другое",
}
"""Why a text fails, in the words of the page; a success needs no reason."""
MOST_AT_ONCE = 1000


@dataclass(frozen=True)
class Judgement:
    """What a reviewer says. `corrected_text` is how the text should have read."""

    label: str
    reasons: tuple[str, ...] = ()
    comment: str = ""
    corrected_text: str | None = None


def put(offer_id: uuid.UUID, judgement: Judgement, reviewer: "User", seen: uuid.UUID | bool | None = False) -> Label:
    """Label one text. Flushes; the caller commits.

    `seen` is the id of the label that the reviewer saw (None for none); False does not ask. Raises NotFound; Invalid
    for an offer without a text or a correction that breaks a block rule; Conflict where somebody was faster.
    """
    offer = _locked_one(offer_id)
    last = latest(offer.id)
    if seen is not False and seen != (last.id if last else None):
        raise Conflict(_overtaken(last))
    if judgement.corrected_text is not None:
        corrected = "\n".join(judgement.corrected_text.splitlines())  # pasted texts bring separators of many kinds
        judgement = replace(judgement, corrected_text=corrected)
        _check_correction(offer, corrected)
    leases.drop([offer.id], reviewer.id)
    return _add(offer, judgement, reviewer)


def put_many(offer_ids: Sequence[uuid.UUID], judgement: Judgement, reviewer: "User") -> list[Label]:
    """Label many texts alike, all or none. Raises Invalid that points at the ids that cannot be labelled."""
    offers = locked(offer_ids)
    made = [add(offer, judgement, reviewer) for offer in offers]
    db.session.flush()
    leases.drop([offer.id for offer in offers], reviewer.id)
    return made


def take_back(offer_id: uuid.UUID, reviewer: "User", seen: uuid.UUID | None = None) -> None:
    """Take the label back; the history keeps that there was one. Nothing happens to a text without a label.

    `seen` is the id of the label that the reviewer saw, None does not ask. Raises NotFound; Conflict where somebody
    was faster.
    """
    offer = _locked_one(offer_id)
    if offer.label is not None:
        last = latest(offer.id)
        if seen is not None and last is not None and seen != last.id:
            raise Conflict(_overtaken(last))
        _add(offer, None, reviewer)
        leases.take([offer.id], reviewer.id)  # who undoes is about to judge again


def history(offer_id: uuid.UUID) -> list[Label]:
    """Everything that was said of the text, the latest first."""
    return list(db.session.scalars(select(Label).where(Label.offer_id == offer_id).order_by(Label.id.desc())))


def latest(offer_id: uuid.UUID) -> Label | None:
    """The last judgement, which may be one that takes the label back."""
    found: Label | None = db.session.scalar(
        select(Label).where(Label.offer_id == offer_id).order_by(Label.id.desc()).limit(1)
    )
    return found


def as_json(label: Label) -> dict[str, Any]:
    """A label as callers see it."""
    return {
        "id": str(label.id),
        "label": label.label,
        "reasons": label.reasons,
        "comment": label.comment,
        "corrected_text": label.corrected_text,
        "author": label.author,
        "created_at": label.created_at.isoformat(),
    }


def _locked_one(offer_id: uuid.UUID) -> Offer:
    offer: Offer | None = db.session.scalar(select(Offer).where(Offer.id == offer_id).with_for_update())
    if offer is None:
        raise NotFound("Такого предложения нет")
    if not offer.text:
        raise Invalid("Разметить можно только текст, а у этого предложения его нет", [FieldError("", "нет текста")])
    return offer


def locked(offer_ids: Sequence[uuid.UUID], pointer: str = "/offer_ids") -> list[Offer]:
    """The offers, locked in one order so that two reviewers cannot block each other. All of them have a text.

    Raises Invalid, with the places below `pointer`.
    """
    wanted = list(dict.fromkeys(offer_ids))
    statement = select(Offer).where(Offer.id.in_(wanted)).order_by(Offer.id).with_for_update()
    rows = db.session.scalars(statement.options(load_only(Offer.text, Offer.label))).all()
    found = {offer.id: offer for offer in rows}
    errors = [
        FieldError(f"{pointer}/{place}", "такого предложения нет" if offer_id not in found else "у него нет текста")
        for place, offer_id in enumerate(offer_ids)
        if offer_id not in found or not found[offer_id].text
    ]
    if errors:
        raise Invalid("Разметить можно только тексты, которые есть", errors[:100])
    return [found[offer_id] for offer_id in wanted]


def _add(offer: Offer, judgement: Judgement | None, reviewer: "User") -> Label:
    label = add(offer, judgement, reviewer)
    db.session.flush()
    return label


def add(offer: Offer, judgement: Judgement | None, reviewer: "User") -> Label:
    """A judgement of a locked offer, None to take it back; the caller flushes."""
    said = judgement or Judgement("")
    label = Label(
        offer_id=offer.id,
        author_id=reviewer.id,
        author=reviewer.username,
        label=said.label or None,
        reasons=list(said.reasons),
        comment=said.comment,
        corrected_text=said.corrected_text,
        created_at=now(),
    )
    offer.label = label.label
    db.session.add(label)
    return label


def _overtaken(last: Label | None) -> str:
    if last is None:
        return "Метку этого текста за это время сняли. Обновите его и решите ещё раз"
    said = {SUCCESS: "«успех»", FAILURE: "«неудача»", None: "«без метки»"}[last.label]
    return f"Этот текст уже отмечен: {said}, {last.author}. Обновите его и решите ещё раз"


def _check_correction(offer: Offer, text: str) -> None:
    """A correction becomes training data, so it has to be as lawful as a text that goes out."""
    product, channel = catalogue.find_product(offer.product), catalogue.find_channel(offer.channel)
    if not product.group:
        wrong = f"У продукта {product.code} не указана группа: по каким правилам проверять текст, неизвестно"
        raise Invalid("Исправленный текст нельзя проверить", [FieldError("/corrected_text", wrong)])
    report = check(
        text,
        card=catalogue.card(product),
        group=product.group,
        channel=channel.code,
        bank=catalogue.bank(),
        rules=rulebook.current(),
    )
    errors = [
        FieldError("/corrected_text", f"{finding.law}: «{finding.excerpt}». {finding.advice}")
        for finding in report.findings
        if finding.severity == "block"
    ]
    if errors:
        raise Invalid("Исправленный текст нарушает закон", errors)

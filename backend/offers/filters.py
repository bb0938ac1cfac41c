"""Filters and orders of GET /offers, as statements."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, select, true
from sqlalchemy import text as sql

from backend.catalogue.codes import canonical
from backend.common.pages import Key
from backend.offers.labels import FAILURE
from backend.offers.models import DRAWN, Label, Offer

UNLABELLED = "none"
ORDERS: Mapping[str, tuple[Key, Key]] = {
    "-created_at": (Key(Offer.created_at, descending=True), Key(Offer.id, descending=True)),
    "created_at": (Key(Offer.created_at), Key(Offer.id)),
    "-confidence": (Key(Offer.confidence, descending=True), Key(Offer.id, descending=True)),
    "confidence": (Key(Offer.confidence), Key(Offer.id)),
}

_WORD = re.compile(r"[^\W_]+")
_MATCHES = "to_tsvector('russian', coalesce(offers.text, '')) @@ to_tsquery('russian', :words)"


def order(name: str) -> tuple[Key, Key]:
    """The sort keys of an order's public name; the id settles ties."""
    return ORDERS[name]


def narrowed(statement: Select[Any], filters: Mapping[str, Any]) -> Select[Any]:
    """The statement with every filter that is set."""
    return statement.where(*conditions(filters))


def conditions(filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """What every filter that is set asks for."""
    return [condition(filters[name]) for name, condition in CONDITIONS.items() if filters.get(name) is not None]


def _label(value: str) -> ColumnElement[bool]:
    return Offer.label.is_(None) if value == UNLABELLED else Offer.label == value


def _reason(code: str) -> ColumnElement[bool]:
    """A failure whose last judgement names the reason."""
    judgements = select(Label.reasons).where(Label.offer_id == Offer.id).order_by(Label.id.desc()).limit(1)
    named: ColumnElement[bool] = judgements.scalar_subquery().contains([code])
    return and_(Offer.label == FAILURE, named)


def _words(value: str) -> ColumnElement[bool]:
    """Every word must begin some word of the text, in any of its Russian forms; without a word nothing matches."""
    found = _WORD.findall(value)
    if not found:
        return false()
    return sql(_MATCHES).bindparams(words=" & ".join(f"{word}:*" for word in found))  # type: ignore[return-value]


def _drawn(value: bool) -> ColumnElement[bool]:
    return sql(DRAWN) if value else true()  # type: ignore[return-value]


_SURE = Offer.confidence > 0
"""An offer without a text has no confidence and holds 0."""

CONDITIONS: Mapping[str, Callable[[Any], ColumnElement[bool]]] = {
    "product": lambda value: Offer.product == canonical(value),
    "channel": lambda value: Offer.channel == value,
    "label": _label,
    "reason": _reason,
    "model_version": lambda value: Offer.model_version == value,
    "client_id": lambda value: Offer.client_id == value,
    "batch_id": lambda value: Offer.batch_id == value,
    "since": lambda value: Offer.created_at >= value,
    "until": lambda value: Offer.created_at < value,
    "min_confidence": lambda value: _SURE & (Offer.confidence >= value),
    "max_confidence": lambda value: _SURE & (Offer.confidence <= value),
    "drawn": _drawn,
    "q": _words,
}

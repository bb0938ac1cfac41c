"""A chunk of a batch: the same way as a call of POST /offers, without anybody waiting for the answer.

What a chunk stores it stores in its caller's transaction, together with the state of the chunk.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import defer

from backend.catalogue.codes import canonical
from backend.clients.service import segment_of
from backend.common.clock import now
from backend.common.db import db
from backend.common.ids import new_id
from backend.errors import DomainError, Invalid
from backend.offers import drafting, shelf
from backend.offers.drafting import Bulk
from backend.offers.limits import CallLimits
from backend.offers.listing import HEAVY
from backend.offers.model_client import Deadline
from backend.offers.models import Offer
from backend.offers.parse import AUTO, MOST_SEED, parse_call

NOT_WRITTEN = "not_written"
"""Error of a client for whom the model was never asked, or could not be."""
CODES = ("product", "channel")
_OF_CLIENT = re.compile(r"/clients/(\d+)(?:/|$)")


@dataclass(frozen=True)
class Written:
    """Columns of the offers of a chunk, in the order of its clients."""

    rows: list[dict[str, Any]]

    @property
    def failed(self) -> int:
        """How many clients got no text."""
        return sum(row["text"] is None for row in self.rows)


class Codes:
    """Says what is wrong with the codes of a client, if anything; each pair is looked up once."""

    def __init__(self, conditions: str) -> None:
        self._full = conditions == "full"
        self._known: dict[tuple[str, str], tuple[str, str] | None] = {}

    def problem(self, product: str, channel: str) -> tuple[str, str] | None:
        """The field and what is wrong with it, None when both codes will do. Raises Unavailable."""
        pair = product, channel
        if pair not in self._known:
            self._known[pair] = self._look_up(*pair)
        return self._known[pair]

    def _look_up(self, product: str, channel: str) -> tuple[str, str] | None:
        catalogue = shelf.CatalogueShelf()
        field = "channel"
        try:
            place = catalogue.channel(channel)
            field = "product"
            if product == AUTO:
                return None
            view = catalogue.product(product)
        except DomainError as error:
            if error.status >= 500:
                raise
            return field, error.detail
        lacking = shelf.missing_conditions(view, place) if self._full else ()
        return ("product", f"в карточке не заполнены или устарели условия: {', '.join(lacking)}") if lacking else None


def write(
    options: Mapping[str, Any],
    clients: Sequence[Mapping[str, Any]],
    author_id: uuid.UUID | None,
    bulk: Bulk,
    seconds: float,
) -> Written:
    """Have the texts of these clients written within so many seconds. Ends the session's transaction.

    `options` are those of POST /offers; a client has a `row` besides its members there, which becomes the offer's
    position. A client who is not right any more, because a product went out of the catalogue, gets an error and the
    others their texts. Raises Unavailable.
    """
    try:
        return Written(_write(options, clients, author_id, bulk, seconds))
    except Invalid as error:
        wrong = _wrong_clients(error)
        right = [client for place, client in enumerate(clients) if place not in wrong]
        if not wrong or not right:
            return refuse(options, clients, author_id, bulk.batch_id, _in_words(error))
    texts = write(options, right, author_id, bulk, seconds)
    left_out = [client for place, client in enumerate(clients) if place in wrong]
    errors = refuse(options, left_out, author_id, bulk.batch_id, "Данные клиента или каталог изменились")
    return Written(sorted([*texts.rows, *errors.rows], key=lambda row: row["position"]))


def _write(
    options: Mapping[str, Any],
    clients: Sequence[Mapping[str, Any]],
    author_id: uuid.UUID | None,
    bulk: Bulk,
    seconds: float,
) -> list[dict[str, Any]]:
    deadline = Deadline(seconds)
    # each client has its own codes, so that what is wrong with one of them stands with those whom it concerns
    codes = {name: options[name] for name in CODES}
    sent = [{**codes, **{name: value for name, value in client.items() if name != "row"}} for client in clients]
    body = {**{name: value for name, value in options.items() if name not in CODES}, "clients": sent}
    if options.get("seed") is not None:
        body["seed"] = (options["seed"] + clients[0]["row"]) % (MOST_SEED + 1)
    room = CallLimits(len(clients), len(clients), round(seconds * 1000))
    today = now().date()
    call = parse_call(body, shelf.CatalogueShelf(), room, today)
    made = drafting.draft(call, today, author_id, deadline, bulk=bulk)
    return [{**row, "position": client["row"]} for row, client in zip(made.rows, clients, strict=True)]


def _wrong_clients(error: Invalid) -> set[int]:
    """Places of the clients that the error is about; empty when it is about the whole chunk."""
    found = [_OF_CLIENT.match(one.pointer) for one in error.errors]
    return {int(match[1]) for match in found if match} if all(found) else set()


def _in_words(error: Invalid) -> str:
    return "; ".join([error.detail, *(one.detail for one in error.errors[:3])])[:500]


def refuse(
    options: Mapping[str, Any],
    clients: Sequence[Mapping[str, Any]],
    author_id: uuid.UUID | None,
    batch_id: uuid.UUID,
    reason: str,
) -> Written:
    """Rows of clients who get no text, for a reason in words: so that each of them is in the results."""
    request_id = new_id()
    return Written([_without(options, one, author_id, batch_id, request_id, reason) for one in clients])


def _without(
    options: Mapping[str, Any],
    client: Mapping[str, Any],
    author_id: uuid.UUID | None,
    batch_id: uuid.UUID,
    request_id: uuid.UUID,
    reason: str,
) -> dict[str, Any]:
    features = client.get("features") or {}
    segment = segment_of(features.get("super_clust"))
    empty: dict[str, Any] = {name: [] for name in ("findings", "facts", "variants", "candidates")}
    missing = ("seed", "text", "body", "verdict", "product_reason", "rules_version", "card_version", "parent_id")
    return {
        **empty,
        **dict.fromkeys((*missing, "label")),
        "id": new_id(),
        "request_id": request_id,
        "position": client["row"],
        "batch_id": batch_id,
        "author_id": author_id,
        "client_id": str(client["client_id"]),
        "client_id_is_number": not isinstance(client["client_id"], str),
        "product": canonical(client.get("product") or options["product"]),
        "channel": client.get("channel") or options["channel"],
        "tone": options["tone"],
        "conditions": options["conditions"],
        "error": NOT_WRITTEN,
        "error_detail": reason,
        "confidence": 0.0,
        "calibrated": False,
        "features": features,
        "events": client.get("events") or [],
        "brief": {},
        "timings": {},
        "segment": segment.letter if segment else None,
        "model_version": "",
        "created_at": now(),
    }


def store(batch_id: uuid.UUID, written: Written) -> None:
    """Store the rows in the caller's transaction; they take the place of earlier ones without a text."""
    positions = [row["position"] for row in written.rows]
    former = Offer.position.in_(positions) & Offer.text.is_(None)
    db.session.execute(delete(Offer).where(Offer.batch_id == batch_id, former))
    db.session.execute(insert(Offer), written.rows)


def texts(batch_id: uuid.UUID, after: int, limit: int) -> list[Offer]:
    """Offers of a batch in the order of its rows, those behind row `after`; without their heavy columns."""
    wanted = select(Offer).where(Offer.batch_id == batch_id, Offer.position > after)
    light = wanted.options(*(defer(column) for column in HEAVY))
    return list(db.session.scalars(light.order_by(Offer.position).limit(limit)))


def take_without_text(batch_id: uuid.UUID, after: int, limit: int) -> list[dict[str, Any]]:
    """Clients whose text failed, those behind row `after`, as `write` takes them; their offers are removed.

    So none of them is taken twice, however often a batch is stopped and resumed before they are written. Who is being
    forgotten meanwhile is waited for, and then left out. Flushes; the caller holds the batch's row.
    """
    failed = (Offer.batch_id == batch_id, Offer.text.is_(None), Offer.anonymised_at.is_(None))
    behind = select(Offer).where(*failed, Offer.position > after)
    some = list(db.session.scalars(behind.order_by(Offer.position).limit(limit).with_for_update()))
    clients = [_client(offer) for offer in some]
    db.session.execute(delete(Offer).where(Offer.id.in_([offer.id for offer in some])))
    return clients


def _client(offer: Offer) -> dict[str, Any]:
    return {
        "row": offer.position,
        "client_id": int(offer.client_id) if offer.client_id_is_number else offer.client_id,
        "features": offer.features,
        "events": offer.events,
        # what was chosen for the client may be off sale by now: it is chosen anew
        "product": AUTO if offer.product_reason else offer.product,
        "channel": offer.channel,
    }

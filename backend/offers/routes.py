"""Generate offers, list them, read one, ask for the limits of a call."""

import time
import uuid
from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint
from flask import Response, jsonify

from backend.offers import answers, schemas, service
from backend.users.auth import auth, current_user

bp = APIBlueprint("offers", __name__, tag="Предложения")


@bp.post("/offers")
@bp.auth_required(auth)
@bp.input(schemas.IdempotencyHeader, location="headers", arg_name="headers")
@bp.input(schemas.OfferCallIn, validation=False, example=schemas.CALL_EXAMPLE)
@bp.output(schemas.AnswerOut, example=schemas.ANSWER_EXAMPLE)
@bp.doc(responses=[409])
def create_offers(json_data: Any, headers: dict[str, str]) -> Response:
    """Написать предложения для клиентов."""
    answer = service.generate(json_data, current_user(), headers.get("key"), time.monotonic())
    response = jsonify(answer.body)
    if answer.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


@bp.get("/offers")
@bp.auth_required(auth)
@bp.input(schemas.OfferQuery, location="query")
@bp.output(schemas.OfferPage)
def list_offers(query_data: dict[str, Any]) -> Response:
    """Предложения по отбору, постранично; внешняя система видит только свои."""
    page = service.list_offers(query_data, current_user())
    items = [answers.listed(offer) for offer in page.items]
    return jsonify({"items": items, "next_cursor": page.next_cursor, "total": page.total})


@bp.get("/offers/<uuid:offer_id>")
@bp.auth_required(auth)
@bp.output(schemas.DetailedOut)
def get_offer(offer_id: uuid.UUID) -> Response:
    """Одно предложение со всем, что его объясняет."""
    return jsonify(service.get_offer(offer_id, current_user()))


@bp.get("/limits")
@bp.auth_required(auth)
@bp.output(schemas.LimitsOut)
def get_limits() -> dict[str, int]:
    """Сколько клиентов может быть в одном вызове."""
    return asdict(service.call_limits())

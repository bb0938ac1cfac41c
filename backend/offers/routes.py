"""Generate offers, list and export them, read one, label them, ask for the limits of a call."""

import uuid
from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint
from flask import Response, g, jsonify

from backend.common.db import db
from backend.offers import answers, export, labels, schemas, service
from backend.offers.labels import Judgement
from backend.offers.undo import undo
from backend.users.auth import auth, current_user

bp = APIBlueprint("offers", __name__, tag="Предложения")

REVIEWERS = ["marketer", "admin", "ml_engineer"]


@bp.post("/offers")
@bp.auth_required(auth)
@bp.input(schemas.IdempotencyHeader, location="headers", arg_name="headers")
@bp.input(schemas.OfferCallIn, validation=False, example=schemas.CALL_EXAMPLE)
@bp.output(schemas.AnswerOut, example=schemas.ANSWER_EXAMPLE)
@bp.doc(responses=[409])
def create_offers(json_data: Any, headers: dict[str, str]) -> Response:
    """Написать предложения для клиентов."""
    answer = service.generate(json_data, current_user(), headers.get("key"), g.started)
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
    page, total = service.list_offers(query_data, current_user())
    items = [answers.listed(offer) for offer in page.items]
    db.session.commit()
    counted = {"total": total.number, "total_is_exact": total.exact}
    return jsonify({"items": items, "next_cursor": page.next_cursor, **counted})


@bp.get("/offers/<uuid:offer_id>")
@bp.auth_required(auth)
@bp.output(schemas.DetailedOut)
def get_offer(offer_id: uuid.UUID) -> Response:
    """Одно предложение со всем, что его объясняет."""
    offer = service.get_offer(offer_id, current_user())
    db.session.commit()
    return jsonify(offer)


@bp.get("/offers/export")
@bp.auth_required(auth)
@bp.input(schemas.ExportQuery, location="query")
@bp.doc(responses=schemas.EXPORT_RESPONSES)
def export_offers(query_data: dict[str, Any]) -> Response:
    """Предложения по тому же отбору одной таблицей: csv, xlsx или ndjson."""
    kind = query_data["format"]
    file = service.export(query_data, current_user())
    response = Response(export.pieces(file), content_type=export.FORMATS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="offers.{kind}"'
    return response


@bp.post("/offers/<uuid:offer_id>/regenerate")
@bp.auth_required(auth)
@bp.input(schemas.AgainIn)
@bp.output(schemas.AgainOut)
@bp.doc(responses=[404])
def regenerate_offer(offer_id: uuid.UUID, json_data: dict[str, Any]) -> Response:
    """Другой текст для того же клиента; прежний остаётся в истории."""
    return jsonify(service.regenerate(offer_id, json_data, current_user(), g.started))


@bp.put("/offers/<uuid:offer_id>/label")
@bp.auth_required(auth, roles=REVIEWERS)
@bp.input(schemas.LabelIn)
@bp.output(schemas.LabelOut)
@bp.doc(responses=[404, 409])
def put_label(offer_id: uuid.UUID, json_data: dict[str, Any]) -> Response:
    """Отметить текст: успех или неудача, причины, исправленный текст."""
    seen = json_data.pop("seen", False)
    label = labels.put(offer_id, _judgement(json_data), current_user(), seen)
    db.session.commit()
    return jsonify(labels.as_json(label))


@bp.delete("/offers/<uuid:offer_id>/label")
@bp.auth_required(auth, roles=REVIEWERS)
@bp.input(schemas.SeenQuery, location="query")
@bp.output({}, status_code=204)
@bp.doc(responses=[404, 409])
def delete_label(offer_id: uuid.UUID, query_data: dict[str, Any]) -> tuple[str, int]:
    """Снять метку; история помнит, что она была."""
    labels.take_back(offer_id, current_user(), query_data.get("seen"))
    db.session.commit()
    return "", 204


@bp.get("/offers/<uuid:offer_id>/labels")
@bp.auth_required(auth)
@bp.output(schemas.LabelsOut)
@bp.doc(responses=[404])
def list_labels(offer_id: uuid.UUID) -> Response:
    """Все метки текста, последняя первой."""
    said = service.labels_of(offer_id, current_user())
    db.session.commit()
    return jsonify({"items": said})


@bp.post("/labels")
@bp.auth_required(auth, roles=REVIEWERS)
@bp.input(schemas.LabelManyIn)
@bp.output(schemas.LabelledOut)
def label_many(json_data: dict[str, Any]) -> dict[str, Any]:
    """Отметить много текстов сразу: все или ни одного."""
    offer_ids = json_data.pop("offer_ids")
    made = labels.put_many(offer_ids, _judgement(json_data), current_user())
    answer = {"labelled": len(made), "label_ids": [label.id for label in made]}
    db.session.commit()
    return answer


@bp.post("/labels/undo")
@bp.auth_required(auth, roles=REVIEWERS)
@bp.input(schemas.UndoIn)
@bp.output(schemas.UndoneOut)
@bp.doc(responses=[409])
def undo_labels(json_data: dict[str, Any]) -> dict[str, int]:
    """Отменить свои последние метки: у текстов снова будет то, что было до них."""
    undone = undo(json_data["label_ids"], current_user())
    db.session.commit()
    return {"undone": undone}


@bp.get("/labels/reasons")
@bp.auth_required(auth)
@bp.output(schemas.ReasonsOut)
def list_reasons() -> dict[str, Any]:
    """Причины неудачи, словами."""
    return {"items": [{"code": code, "words": words} for code, words in labels.REASONS.items()]}


def _judgement(data: dict[str, Any]) -> Judgement:
    return Judgement(**{**data, "reasons": tuple(dict.fromkeys(data["reasons"]))})


@bp.get("/limits")
@bp.auth_required(auth)
@bp.output(schemas.LimitsOut)
def get_limits() -> dict[str, int]:
    """Сколько клиентов может быть в одном вызове."""
    return asdict(service.call_limits())

"""The review queue: the next texts, giving them back, progress and agreement."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, jsonify

from backend.common.db import db
from backend.offers import review, review_schemas
from backend.offers.routes import REVIEWERS
from backend.users.auth import auth, current_user

bp = APIBlueprint("review", __name__, tag="Разметка")


@bp.post("/review/queue")
@bp.auth_required(auth, roles=REVIEWERS)
@bp.input(review_schemas.QueueIn)
@bp.output(review_schemas.QueueOut)
def lease_texts(json_data: dict[str, Any]) -> Response:
    """Взять следующие неразмеченные тексты на пять минут; уже взятые продлеваются и даются снова."""
    wish = review.Wish(**{**json_data, "put_aside": tuple(json_data["put_aside"])})
    items = review.as_json(review.next_texts(wish, current_user()))
    db.session.commit()
    return jsonify({"items": items})


@bp.post("/review/release")
@bp.auth_required(auth, roles=REVIEWERS)
@bp.input(review_schemas.ReleaseIn)
@bp.output(review_schemas.ReleasedOut)
def release_texts(json_data: dict[str, Any]) -> dict[str, int]:
    """Вернуть взятые тексты в очередь."""
    released = review.release(json_data["offer_ids"], current_user())
    db.session.commit()
    return {"released": released}


@bp.get("/review/progress")
@bp.auth_required(auth, roles=REVIEWERS)
@bp.output(review_schemas.ProgressOut)
def get_progress() -> Response:
    """Сколько размечено за день, сколько осталось и насколько согласны рецензенты."""
    return jsonify(review.progress(current_user()))

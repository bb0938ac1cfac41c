"""Batches: send a file or name a table, watch, end, resume, fetch the texts and the report of the wrong rows."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from apiflask import APIBlueprint
from flask import Response, jsonify, request

from backend.batches import events, intake, results, schemas, service
from backend.batches.progress import shown
from backend.common import audit
from backend.common.db import db
from backend.common.pages import Page
from backend.offers import service as offers
from backend.users.auth import auth, current_user

bp = APIBlueprint("batches", __name__, tag="Рассылки")

SENDERS = ["marketer", "admin", "service"]
READERS = [*SENDERS, "ml_engineer"]


def read_by_hand(view: Callable[..., Any]) -> Callable[..., Any]:
    """Describe the two bodies of the operation without reading either: the framework would hold a file in memory."""

    @wraps(view)
    def described(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    body = {"body": schemas.BatchIn(), "content_type": ["multipart/form-data", "application/json"]}
    described._spec = {**getattr(view, "_spec", {}), **body}  # type: ignore[attr-defined]
    return described


@bp.post("/batches")
@bp.auth_required(auth, roles=SENDERS)
@bp.input(schemas.KeyHeader, location="headers", arg_name="headers")
@bp.output(schemas.StartedOut, status_code=202)
@bp.doc(responses=[409])
@read_by_hand
def create_batch(headers: dict[str, str]) -> Response:
    """Принять файл или таблицу клиентов: проверить строки и написать тексты в фоне."""
    batch, replayed = service.create(intake.receive(request), current_user(), headers.get("key"))
    response = jsonify({"batch_id": batch.id, "status": batch.status})
    response.status_code = 202
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


@bp.get("/batches")
@bp.auth_required(auth, roles=READERS)
@bp.input(schemas.BatchQuery, location="query")
@bp.output(schemas.BatchPage)
def list_batches(query_data: dict[str, Any]) -> Page[dict[str, Any]]:
    """Рассылки, новые первыми; внешняя система видит только свои."""
    return service.list_batches(query_data, current_user())


@bp.get("/batches/<uuid:batch_id>")
@bp.auth_required(auth, roles=READERS)
@bp.output(schemas.BatchOut)
def get_batch(batch_id: uuid.UUID) -> dict[str, Any]:
    """Одна рассылка: сколько готово, скорость, сколько осталось."""
    return shown(service.get(batch_id, current_user()))


@bp.get("/batches/<uuid:batch_id>/events")
@bp.auth_required(auth, roles=READERS)
@bp.doc(responses=schemas.EVENTS_RESPONSES)
def watch_batch(batch_id: uuid.UUID) -> Response:
    """Следить за рассылкой (server-sent events)."""
    return events.stream(batch_id, current_user())


@bp.get("/batches/<uuid:batch_id>/results")
@bp.auth_required(auth, roles=READERS)
@bp.input(schemas.ResultsQuery, location="query")
@bp.doc(responses=schemas.RESULTS_RESPONSES)
def get_batch_results(batch_id: uuid.UUID, query_data: dict[str, Any]) -> Response:
    """Готовые тексты в порядке строк, ссылки с метками кампании."""
    kind = query_data["format"]
    sheet = results.sheet_of(service.get(batch_id, current_user()), kind)
    audit.record("batches.results", f"batch:{batch_id}", {"format": kind})
    db.session.commit()
    return _download(results.results(sheet, kind), f"batch-{batch_id}.{kind}", kind)


@bp.get("/batches/<uuid:batch_id>/problems")
@bp.auth_required(auth, roles=READERS)
@bp.doc(responses=schemas.PROBLEMS_RESPONSES)
def get_batch_problems(batch_id: uuid.UUID) -> Response:
    """Что не так в строках: номер строки, поле, причина (csv)."""
    service.get(batch_id, current_user())
    audit.record("batches.problems", f"batch:{batch_id}")
    db.session.commit()
    return _download(results.problems(batch_id), f"problems-{batch_id}.csv", "csv")


@bp.post("/batches/<uuid:batch_id>/cancel")
@bp.auth_required(auth, roles=SENDERS)
@bp.output(schemas.BatchOut)
@bp.doc(responses=[409])
def cancel_batch(batch_id: uuid.UUID) -> dict[str, Any]:
    """Остановить рассылку; готовые тексты остаются."""
    ended = service.cancel(batch_id, current_user())
    db.session.commit()
    return ended


@bp.post("/batches/<uuid:batch_id>/resume")
@bp.auth_required(auth, roles=SENDERS)
@bp.output(schemas.BatchOut)
@bp.doc(responses=[409])
def resume_batch(batch_id: uuid.UUID) -> dict[str, Any]:
    """Продолжить остановленную рассылку или повторить клиентов без текста."""
    return service.resume(batch_id, current_user())


def _download(pieces: Any, name: str, kind: str) -> Response:
    response = Response(pieces, content_type=offers.EXPORTS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

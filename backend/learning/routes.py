"""Model versions: what there is, what serves, putting one to work. Retraining runs: start, watch, end."""

import uuid
from typing import Any

from apiflask import APIBlueprint
from flask import Response

from backend.common.db import db
from backend.common.pages import Page
from backend.learning import events, readiness, runs, schemas, versions
from backend.users.auth import auth, current_user

bp = APIBlueprint("learning", __name__, tag="Дообучение")

READERS = ["marketer", "admin", "ml_engineer"]
ENGINEERS = ["admin", "ml_engineer"]


@bp.get("/model-versions")
@bp.auth_required(auth, roles=READERS)
@bp.output(schemas.VersionsOut)
def list_model_versions() -> dict[str, Any]:
    """Версии модели, что работает сейчас и что может учиться."""
    return versions.overview()


@bp.get("/model-versions/<name>")
@bp.auth_required(auth, roles=READERS)
@bp.output(schemas.VersionDetail)
def get_model_version(name: str) -> dict[str, Any]:
    """Одна версия: показатели, происхождение, метки её текстов."""
    return versions.detail(name)


@bp.post("/model-versions/<name>/promote")
@bp.auth_required(auth, roles=ENGINEERS)
@bp.input(schemas.PromoteIn)
@bp.output(schemas.VersionDetail)
@bp.doc(responses=[409])
def promote_model_version(name: str, json_data: dict[str, Any]) -> dict[str, Any]:
    """Включить версию: для всех вызовов или пробно, для доли."""
    versions.promote(name, actor=current_user().username, **json_data)
    return versions.detail(name)


@bp.post("/model-versions/rollback")
@bp.auth_required(auth, roles=ENGINEERS)
@bp.input(schemas.RollbackIn)
@bp.output(schemas.VersionDetail)
@bp.doc(responses=[409])
def roll_back_model_version(json_data: dict[str, Any]) -> dict[str, Any]:
    """Убрать пробную версию, а без неё вернуть прежнюю основную."""
    version = versions.rollback(actor=current_user().username, **json_data)
    return versions.detail(version.name)


@bp.post("/retrain-runs")
@bp.auth_required(auth, roles=ENGINEERS)
@bp.input(schemas.RunIn)
@bp.output(schemas.RunStartedOut, status_code=202)
@bp.doc(responses=[409])
def start_retrain_run(json_data: dict[str, Any]) -> dict[str, Any]:
    """Начать дообучение."""
    run = runs.start(current_user().username, **json_data)
    return {"run_id": run.id, "status": run.status}


@bp.get("/retrain-runs")
@bp.auth_required(auth, roles=READERS)
@bp.input(schemas.RunQuery, location="query")
@bp.output(schemas.RunPage)
def list_retrain_runs(query_data: dict[str, Any]) -> Page[dict[str, Any]]:
    """Дообучения, новые первыми."""
    return runs.list_runs(query_data)


@bp.get("/retrain-runs/readiness")
@bp.auth_required(auth, roles=READERS)
@bp.output(schemas.ReadinessOut)
def get_retrain_readiness() -> dict[str, Any]:
    """Хватает ли меток и когда дообучение начнётся само."""
    return readiness.report()


@bp.get("/retrain-runs/<uuid:run_id>")
@bp.auth_required(auth, roles=READERS)
@bp.output(schemas.RunDetail)
def get_retrain_run(run_id: uuid.UUID) -> dict[str, Any]:
    """Одно дообучение: этап, решение, журнал."""
    return runs.detail(run_id)


@bp.get("/retrain-runs/<uuid:run_id>/events")
@bp.auth_required(auth, roles=READERS)
@bp.doc(responses=schemas.EVENTS_RESPONSES)
def watch_retrain_run(run_id: uuid.UUID) -> Response:
    """Следить за дообучением (server-sent events)."""
    return events.stream(run_id)


@bp.post("/retrain-runs/<uuid:run_id>/cancel")
@bp.auth_required(auth, roles=ENGINEERS)
@bp.output(schemas.RunDetail)
@bp.doc(responses=[409])
def cancel_retrain_run(run_id: uuid.UUID) -> dict[str, Any]:
    """Отменить дообучение или отклонить его версию."""
    runs.cancel(run_id)
    db.session.commit()
    return runs.detail(run_id)

"""The end of one client's data."""

from typing import Any

from apiflask import APIBlueprint

from backend.common.db import db
from backend.privacy import schemas, service
from backend.privacy.service import Forgotten
from backend.users.auth import auth

bp = APIBlueprint("privacy", __name__, tag="Данные клиентов")


@bp.post("/privacy/forget-client")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.ForgetIn)
@bp.output(schemas.ForgottenOut)
@bp.doc(responses=[409])
def forget_client(json_data: dict[str, Any]) -> Forgotten:
    """Удалить данные одного клиента: предложения, метки, рассылки, наборы для обучения."""
    done = service.forget_client(json_data["client_id"])
    db.session.commit()
    return done

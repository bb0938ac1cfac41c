"""Judging a text and reading the rules over HTTP; works without the language model."""

from typing import Any

from apiflask import APIBlueprint

from backend.compliance import asked, schemas
from backend.compliance.guard import Report
from backend.users.auth import auth

bp = APIBlueprint("compliance", __name__, tag="Проверка текстов")


@bp.post("/compliance/check")
@bp.auth_required(auth)
@bp.input(schemas.CheckIn)
@bp.output(schemas.ReportOut)
def check_text(json_data: dict[str, Any]) -> Report:
    """Проверить текст: вердикт и находки со статьями закона."""
    return asked.judge(**json_data)


@bp.get("/compliance/rules")
@bp.auth_required(auth)
@bp.output(schemas.RulesOut)
def list_rules() -> dict[str, Any]:
    """Все правила с версией набора."""
    return asked.rules_page()

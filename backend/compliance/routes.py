"""Judging a text and reading the rules over HTTP; works without the language model."""

from typing import Any

from apiflask import APIBlueprint

from backend.common.db import db
from backend.common.pages import Page
from backend.compliance import asked, rulebook, schemas
from backend.compliance.guard import Report
from backend.compliance.models import RuleRevision
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


@bp.patch("/compliance/rules/<string:rule_id>")
@bp.auth_required(auth, roles=["admin"])
@bp.input(schemas.RuleChangeIn)
@bp.output(schemas.RuleOut)
@bp.doc(responses=[404])
def change_rule(rule_id: str, json_data: dict[str, Any]) -> dict[str, Any]:
    """Включить, выключить, смягчить или ужесточить правило, добавить слова; комментарий юриста обязателен."""
    rule = asked.change_rule(rule_id, **json_data)
    db.session.commit()
    return rule


@bp.get("/compliance/rules/history")
@bp.auth_required(auth)
@bp.input(schemas.HistoryQuery, location="query")
@bp.output(schemas.HistoryOut)
def list_history(query_data: dict[str, Any]) -> Page[rulebook.HistoryEntry]:
    """Все состояния правил, новые первыми: кто, когда, что и почему изменил."""
    return rulebook.history(query_data.get("cursor"), query_data["limit"])


@bp.get("/compliance/rules/versions/<string:version>")
@bp.auth_required(auth)
@bp.output(schemas.RevisionOut)
@bp.doc(responses=[404])
def get_version(version: str) -> RuleRevision:
    """Правила той версии, которая записана у проверенного текста."""
    return rulebook.revision_of(version)


@bp.post("/compliance/check-campaign")
@bp.auth_required(auth)
@bp.input(schemas.CampaignIn)
@bp.output(schemas.CampaignReportOut)
def check_campaign(json_data: dict[str, Any]) -> dict[str, Any]:
    """Проверить данные рассылки: согласия, кто звонит, часы отправки, маркировку."""
    return asked.judge_campaign(**json_data)

"""Quality: shares of success, calibration of the confidence, reasons of failure, a summary."""

from typing import Any

from apiflask import APIBlueprint

from backend.analytics import schemas, service
from backend.users.auth import auth

bp = APIBlueprint("analytics", __name__, tag="Качество")

READERS = ["marketer", "admin", "ml_engineer"]


@bp.get("/quality/rates")
@bp.auth_required(auth, roles=READERS)
@bp.input(schemas.RatesQuery, location="query")
@bp.output(schemas.RatesOut)
def get_rates(query_data: dict[str, Any]) -> dict[str, Any]:
    """Доля успеха по группам, с интервалами."""
    return service.rates(query_data.pop("by"), query_data)


@bp.get("/quality/calibration")
@bp.auth_required(auth, roles=READERS)
@bp.input(schemas.QualityQuery, location="query")
@bp.output(schemas.CalibrationOut)
def get_calibration(query_data: dict[str, Any]) -> dict[str, Any]:
    """Можно ли верить уверенности: она и доля успеха, по размеченным текстам."""
    return service.confidence(query_data)


@bp.get("/quality/reasons")
@bp.auth_required(auth, roles=READERS)
@bp.input(schemas.ReasonsQuery, location="query")
@bp.output(schemas.FailureReasonsOut)
def get_failure_reasons(query_data: dict[str, Any]) -> dict[str, Any]:
    """Причины неудач, всего и по продуктам или каналам."""
    return service.reasons(query_data.pop("by", None), query_data)


@bp.get("/quality/summary")
@bp.auth_required(auth, roles=READERS)
@bp.input(schemas.QualityQuery, location="query")
@bp.output(schemas.SummaryOut)
def get_summary(query_data: dict[str, Any]) -> dict[str, Any]:
    """Сводка: тексты и метки по дням, последние версии модели и что они изменили."""
    return service.summary(query_data)

"""What the API takes and gives about the end of clients' data."""

from typing import Any

from apiflask.fields import Integer, Raw, String
from apiflask.validators import Range
from marshmallow import ValidationError

from backend.common.schemas import Schema
from backend.offers import service as offers


def _check_id(value: Any) -> None:
    """As POST /offers takes ids."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not 1 <= len(str(value)) <= offers.MOST_CLIENT_ID:
        raise ValidationError(f"Ожидается целое число или строка до {offers.MOST_CLIENT_ID} знаков")


class ForgetIn(Schema):
    client_id = Raw(required=True, validate=_check_id, metadata={"type": ["integer", "string"]})


class ForgottenOut(Schema):
    reference = String(required=True, metadata={"description": "Цель записи в журнале: не сам идентификатор"})
    offers = Integer(required=True, validate=Range(0))
    batch_rows = Integer(required=True, validate=Range(0), metadata={"description": "Строки рассылок и их отчётов"})
    learning_examples = Integer(required=True, validate=Range(0))

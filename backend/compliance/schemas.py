"""What the API takes and gives about compliance."""

from apiflask.fields import Boolean, Dict, Integer, List, Nested, Raw, String
from apiflask.validators import Length, OneOf

from backend.common.schemas import Schema

MAX_TEXT = 200_000
SEVERITIES = ("block", "warn")


class CheckIn(Schema):
    text = String(required=True, validate=Length(1, MAX_TEXT), metadata={"example": "ПАО «Примербанк»: вклад до 21%"})
    product = String(
        required=True,
        validate=Length(1, 100),
        metadata={"description": "Код продукта из каталога или группа по-русски, например «вклад»", "example": "вклад"},
    )
    channel = String(
        required=True,
        validate=Length(1, 50),
        metadata={"description": "Код канала или sms, push, email, telemarketing", "example": "sms"},
    )
    offer_card = Dict(
        keys=String(validate=Length(1, 100)),
        values=Raw(allow_none=True),
        metadata={"description": "Условия предложения: с ними сверяются числа, даты, имена и ссылки текста"},
    )


class FindingOut(Schema):
    rule = String(required=True)
    severity = String(required=True, validate=OneOf(SEVERITIES))
    law = String(required=True)
    start = Integer(required=True, metadata={"description": "Начало в тексте, в знаках Юникода"})
    end = Integer(required=True)
    excerpt = String(required=True)
    advice = String(required=True)


class ReportOut(Schema):
    verdict = String(required=True, validate=OneOf(["ok", "violation"]))
    findings = List(Nested(FindingOut), required=True)
    rules_version = String(required=True)


class RuleOut(Schema):
    id = String(required=True)
    title = String(required=True)
    severity = String(required=True, validate=OneOf(SEVERITIES))
    law = String(required=True)
    advice = String(required=True)
    products = List(String(), required=True, metadata={"description": "Группы продуктов по-русски"})
    channels = List(String(), required=True)
    scope = String(required=True, validate=OneOf(["text", "campaign"]))
    enabled = Boolean(required=True)


class RulesOut(Schema):
    items = List(Nested(RuleOut), required=True)
    next_cursor = String(required=True, allow_none=True)
    total = Integer(required=True)
    version = String(required=True)

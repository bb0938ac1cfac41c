"""What the API takes and gives about compliance."""

from apiflask.fields import AwareDateTime, Boolean, DateTime, Dict, Integer, List, Nested, Raw, String
from apiflask.validators import Length, OneOf, Range

from backend.common.pages import PageQuery, page_schema
from backend.common.schemas import Schema
from backend.compliance.words import MOST

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
    words = List(String(), required=True, metadata={"description": "Слова и фразы, добавленные юристом банка"})
    comment = String(required=True, allow_none=True, metadata={"description": "Почему правило изменено"})
    changed_at = DateTime(required=True, allow_none=True)
    changed_by = String(required=True, allow_none=True)


class RuleChangeIn(Schema):
    enabled = Boolean(truthy={True}, falsy={False})
    severity = String(validate=OneOf(SEVERITIES))
    words = List(
        String(),
        validate=Length(max=MOST),
        metadata={
            "description": "Полный список слов и фраз, которые правило находит в любой форме",
            "example": ["вне конкуренции"],
        },
    )
    comment = String(
        required=True,
        validate=Length(3, 2000),
        metadata={"description": "Почему: слова юриста", "example": "Решение комитета по рекламе от 20 ноября"},
    )


class HistoryQuery(PageQuery):
    pass


class ChangeOut(Schema):
    number = Integer(required=True)
    at = DateTime(required=True)
    actor = String(required=True)
    rule = String(required=True, allow_none=True, metadata={"description": "Пусто, если правила принёс новый выпуск"})
    comment = String(required=True)
    version = String(required=True)


class DifferenceOut(Schema):
    """Each as [before, after], only where they differ."""

    enabled = List(Boolean())
    severity = List(String(validate=OneOf(SEVERITIES)))
    words = List(List(String()))


class HistoryEntryOut(ChangeOut):
    difference = Nested(
        DifferenceOut, required=True, metadata={"description": "Что изменилось в правиле: [было, стало] по полям"}
    )


HistoryOut = page_schema(HistoryEntryOut)


class RevisionOut(ChangeOut):
    rules = List(Dict(), required=True, metadata={"description": "Все правила этой версии"})


class CampaignIn(Schema):
    channel = String(required=True, validate=Length(1, 50), metadata={"example": "TMO"})
    without_consent = Integer(
        validate=Range(0), metadata={"description": "Сколько получателей без записанного согласия", "example": 0}
    )
    dialled_by = String(validate=OneOf(["human", "robot"]))
    starts_at = AwareDateTime(metadata={"description": "Начало отправки по времени клиента, со сдвигом пояса"})
    ends_at = AwareDateTime()
    erid = String(validate=Length(1, 100))


class CampaignFindingOut(Schema):
    rule = String(required=True)
    severity = String(required=True, validate=OneOf(SEVERITIES))
    law = String(required=True)
    field = String(required=True)
    advice = String(required=True)


class CampaignReportOut(Schema):
    verdict = String(required=True, validate=OneOf(["ok", "violation"]))
    findings = List(Nested(CampaignFindingOut), required=True)
    rules_version = String(required=True)


class RulesOut(Schema):
    items = List(Nested(RuleOut), required=True)
    next_cursor = String(required=True, allow_none=True)
    total = Integer(required=True)
    version = String(required=True)

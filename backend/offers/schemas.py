"""What the API takes and gives about offers.

POST /offers is read by `parse.py`, by hand for speed; `OfferCallIn` tells OpenAPI the same rules.
"""

from typing import Any

from apiflask.fields import UUID, AwareDateTime, Boolean, Dict, Field, Float, Integer, List, Nested, Raw, String
from apiflask.validators import Length, OneOf, Range
from marshmallow import EXCLUDE, INCLUDE, RAISE, ValidationError, validates_schema

from backend.clients.features import ALIASES, BY_NAME
from backend.clients.service import FIELDS as FEATURES
from backend.clients.service import EventType, Kind
from backend.clients.service import Field as FeatureField
from backend.common.pages import PageQuery, page_schema
from backend.common.schemas import Schema
from backend.offers import parse
from backend.offers.chunks import NOT_WRITTEN
from backend.offers.export import FORMATS as EXPORTS
from backend.offers.filters import ORDERS, UNLABELLED
from backend.offers.forgetting import ANONYMISED
from backend.offers.idempotency import MOST_LENGTH
from backend.offers.labels import FAILURE, MOST_AT_ONCE, REASONS, SUCCESS
from backend.offers.listing import EXACT
from backend.offers.wishes import MOST_LENGTH as MOST_WISH
from model.brief import TONES

CODE_LENGTH = 32
LABELS = (SUCCESS, FAILURE)
ERRORS = ("no_compliant_text", "no_suitable_product", NOT_WRITTEN, ANONYMISED)


def _about(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


def _feature_field(feature: FeatureField) -> Field[Any]:
    """Numbers may come as text, and null, "NULL", "N/A" and blanks mean unknown: hence several types.

    The bounds are those of numbers; JSON Schema does not apply them to text.
    """
    kinds = ["string"] if feature.kind in {Kind.TEXT, Kind.PURPOSE} else ["number", "string"]
    if feature.kind is Kind.FLAG:
        kinds = ["boolean", *kinds]
    bounds = {"minimum": feature.lowest, "maximum": feature.highest} if "number" in kinds else {}
    known = {name: bound for name, bound in bounds.items() if bound is not None}
    return Raw(allow_none=True, metadata=_about(feature.meaning, type=kinds, **known))


FEATURE_FIELDS = {feature.name: _feature_field(feature) for feature in FEATURES} | {
    alias: _feature_field(BY_NAME[name]) for alias, name in ALIASES.items()
}


class FeaturesIn(Schema.from_dict(FEATURE_FIELDS)):  # type: ignore[misc]
    """The 25 features of a client; all optional."""

    class Meta:
        unknown = RAISE


class EventIn(Schema):
    class Meta:
        unknown = INCLUDE

    type = String(required=True, validate=OneOf([kind.value for kind in EventType]))
    at = String(required=True, metadata=_about("Дата события", examples=["2026-11-20"]))
    page = String(metadata=_about("Страница приложения, для app_visit"))
    details = Dict(keys=String())


class ClientIn(Schema):
    client_id = Raw(
        required=True,
        metadata=_about("Номер или строка; в одном вызове не повторяется", type=["integer", "string"], examples=[101]),
    )
    features = Nested(FeaturesIn, allow_none=True)
    events = List(Nested(EventIn), allow_none=True, validate=Length(max=50))
    product = String(allow_none=True, metadata=_about("Вместо product вызова"))
    channel = String(allow_none=True, metadata=_about("Вместо channel вызова"))


class IdempotencyHeader(Schema):
    class Meta:
        unknown = EXCLUDE

    key = String(
        data_key="Idempotency-Key",
        validate=Length(1, MOST_LENGTH),
        metadata=_about("Повторный вызов с тем же ключом и телом получает первый ответ; ключ помнят сутки"),
    )


class OfferCallIn(Schema):
    product = String(metadata=_about("Код каталога или auto: лучший продукт для каждого клиента", examples=["CC"]))
    channel = String(metadata=_about("Код канала", examples=["SMS"]))
    clients = List(Nested(ClientIn), required=True, validate=Length(min=1))
    tone = String(load_default="neutral", validate=OneOf(TONES))
    variants = Integer(load_default=1, validate=Range(1, parse.MOST_VARIANTS), metadata=_about("Сколько текстов всего"))
    conditions = String(
        load_default="none",
        validate=OneOf(parse.CONDITIONS),
        metadata=_about("none — без условий, full — полные условия из карточки продукта"),
    )
    seed = Integer(
        allow_none=True, validate=Range(0, parse.MOST_SEED), metadata=_about("Делает отдельный вызов повторимым")
    )


class FindingOut(Schema):
    rule = String(required=True)
    severity = String(required=True, validate=OneOf(["block", "warn"]))
    law = String(required=True)
    start = Integer(required=True)
    end = Integer(required=True)
    excerpt = String(required=True)
    advice = String(required=True)


class ComplianceOut(Schema):
    verdict = String(required=True, allow_none=True, validate=OneOf(["ok"]), metadata=_about("null, когда текста нет"))
    findings = List(Nested(FindingOut), required=True)


class VariantOut(Schema):
    text = String(required=True)
    confidence = Float(required=True)
    compliance = Nested(ComplianceOut, required=True)


class OfferErrorOut(Schema):
    code = String(required=True, validate=OneOf(ERRORS))
    detail = String(required=True)


class OfferOut(Schema):
    offer_id = UUID(required=True)
    client_id = Raw(required=True, metadata={"type": ["integer", "string"]})
    product = String(required=True)
    channel = String(required=True)
    text = String(required=True, allow_none=True, metadata=_about("Весь текст, каким его увидит клиент"))
    confidence = Float(required=True, allow_none=True, validate=Range(0, 1))
    calibrated = Boolean(required=True, metadata=_about("false: число упорядочивает тексты, но не вероятность"))
    compliance = Nested(ComplianceOut, required=True)
    facts = List(String(), required=True, metadata=_about("Что известно о клиенте, словами"))
    product_reason = String(required=True, allow_none=True, metadata=_about("Почему выбран продукт, при auto"))
    variants = List(Nested(VariantOut), required=True)
    error = Nested(OfferErrorOut, metadata=_about("Есть только у предложения без текста"))


class AnswerOut(Schema):
    model_version = String(required=True)
    elapsed_ms = Integer(required=True)
    offers = List(Nested(OfferOut), required=True)


class ListedOut(OfferOut):
    tone = String(required=True)
    conditions = String(required=True)
    model_version = String(required=True)
    batch_id = UUID(required=True, allow_none=True)
    label = String(required=True, allow_none=True)
    created_at = AwareDateTime(required=True)


class CandidateOut(Schema):
    text = String(required=True, allow_none=True, metadata=_about("null у отклонённого"))
    rejected = String(
        required=True,
        allow_none=True,
        validate=OneOf(["cut", "form", "slots", "length", "guard"]),
        metadata=_about("Проверка, которая отклонила вариант"),
    )
    score = Float(required=True, allow_none=True)
    score_features = Dict(keys=String(), values=Float(), required=True)
    facts = List(String(), required=True)
    benefit = String(required=True)
    temperature = Float(required=True)
    tokens = Dict(keys=String(), values=Float(), required=True)
    findings = List(Dict(), required=True)


class LabelOut(Schema):
    id = UUID(required=True)
    label = String(required=True, allow_none=True, validate=OneOf(LABELS), metadata=_about("null, когда метку сняли"))
    reasons = List(String(validate=OneOf(list(REASONS))), required=True)
    comment = String(required=True)
    corrected_text = String(required=True, allow_none=True)
    author = String(required=True)
    created_at = AwareDateTime(required=True)


class JudgementIn(Schema):
    label = String(required=True, validate=OneOf(LABELS))
    reasons = List(
        String(validate=OneOf(list(REASONS))),
        load_default=list,
        validate=Length(max=len(REASONS)),
        metadata=_about("Почему неудача; слова — в GET /labels/reasons"),
    )
    comment = String(load_default="", validate=Length(max=2000))


class LabelIn(JudgementIn):
    corrected_text = String(allow_none=True, load_default=None, validate=Length(1, 5000))
    seen = UUID(
        allow_none=True,
        metadata=_about("id последней виденной метки или null: если за это время есть другая, ответ 409"),
    )


class SeenQuery(Schema):
    seen = UUID(metadata=_about("id последней виденной метки: если за это время есть другая, ответ 409"))


class LabelManyIn(JudgementIn):
    offer_ids = List(UUID(), required=True, validate=Length(1, MOST_AT_ONCE))


class LabelledOut(Schema):
    labelled = Integer(required=True)
    label_ids = List(UUID(), required=True, metadata=_about("Метки по порядку, для POST /labels/undo"))


class UndoIn(Schema):
    label_ids = List(UUID(), required=True, validate=Length(1, MOST_AT_ONCE))


class UndoneOut(Schema):
    undone = Integer(required=True)


class LabelsOut(Schema):
    items = List(Nested(LabelOut), required=True)


class ReasonOut(Schema):
    code = String(required=True)
    words = String(required=True)


class ReasonsOut(Schema):
    items = List(Nested(ReasonOut), required=True)


class AgainIn(Schema):
    comment = String(
        load_default="",
        validate=Length(max=MOST_WISH),
        metadata=_about("Пожелание словами: короче, теплее, официальнее", examples=["короче и теплее"]),
    )
    tone = String(validate=OneOf(TONES))
    temperature = Float(validate=Range(0, 1.5), metadata=_about("Больше — смелее"))


class AgainOut(AnswerOut):
    parent_id = UUID(required=True)
    comment_understood = Boolean(
        required=True,
        allow_none=True,
        metadata=_about("false: в пожелании не нашлось ни тона, ни длины"),
    )


class DetailedOut(ListedOut):
    request_id = UUID(required=True)
    seed = Integer(required=True, allow_none=True)
    features = Dict(keys=String(), required=True)
    events = List(Dict(), required=True)
    fact_codes = List(String(), required=True)
    brief = Dict(keys=String(), required=True, metadata=_about("Что сказано модели"))
    benefits = Dict(
        keys=String(),
        values=String(),
        required=True,
        metadata=_about("Метка выгоды из brief или candidates → её слова в карточке; убранной из карточки здесь нет"),
    )
    candidates = List(Nested(CandidateOut), required=True)
    timings = Dict(keys=String(), values=Float(), required=True)
    rules_version = String(required=True, allow_none=True)
    card_version = Integer(required=True, allow_none=True)
    parent_id = UUID(required=True, allow_none=True, metadata=_about("Предложение, для которого это — другой текст"))
    labels = List(Nested(LabelOut), required=True, metadata=_about("История меток, последняя первой"))
    author = String(required=True, allow_none=True)


class OfferQuery(PageQuery):
    product = String(validate=Length(1, CODE_LENGTH))
    channel = String(validate=Length(1, CODE_LENGTH))
    label = String(validate=OneOf([*LABELS, UNLABELLED]), metadata=_about("none — ещё не размеченные"))
    reason = String(validate=OneOf(list(REASONS)), metadata=_about("Причина неудачи из последней метки"))
    model_version = String(validate=Length(1, 128))
    client_id = String(validate=Length(1, parse.MOST_CLIENT_ID))
    batch_id = UUID()
    since = AwareDateTime(data_key="from", default_timezone=None, metadata=_about("Созданные не раньше"))
    until = AwareDateTime(data_key="to", default_timezone=None, metadata=_about("Созданные раньше"))
    min_confidence = Float(validate=Range(0, 1))
    max_confidence = Float(validate=Range(0, 1))
    q = String(validate=Length(1, 200), metadata=_about("Слова или их начала из текста"))
    sort = String(load_default="-created_at", validate=OneOf(list(ORDERS)))

    @validates_schema
    def _right_way_round(self, data: dict[str, Any], **_: Any) -> None:
        if "since" in data and "until" in data and data["since"] > data["until"]:
            raise ValidationError("Начало позже конца", "from")


class ExportQuery(OfferQuery):
    class Meta:
        exclude = ("cursor", "limit")

    format = String(load_default="csv", validate=OneOf(list(EXPORTS)))


class OfferPage(page_schema(ListedOut)):  # type: ignore[misc]
    total_is_exact = Boolean(required=True, metadata=_about(f"false: подходит больше {EXACT}, и total — оценка"))


class LimitsOut(Schema):
    short = Integer(required=True, metadata=_about("Клиентов в вызове всего и на коротких каналах"))
    long = Integer(required=True, metadata=_about("Клиентов в вызове на длинных каналах: письмо, звонок, курьер"))
    deadline_ms = Integer(required=True)


_FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
EXPORT_RESPONSES: dict[int | str, dict[str, str | dict[str, dict[str, Any]]]] = {
    200: {"description": "Таблица файлом", "content": {kind.split(";")[0]: _FILE for kind in EXPORTS.values()}}
}


CALL_EXAMPLE = {
    "product": "CC",
    "channel": "SMS",
    "clients": [
        {
            "client_id": 101,
            "features": {
                "gender": 0,
                "age": 52.7,
                "cnt_tr_oil_3m": 46,
                "super_clust": "d. Масс-ЗП без согласия БКИ (1,3)",
            },
            "events": [{"type": "salary", "at": "2026-11-20"}],
            "product": "DC",
            "channel": "PUSH",
        },
        {"client_id": "A-102", "features": {"age": "31", "cnt_tr_buy_3m": "48", "app_vehicle_ind": "NULL"}},
    ],
    "tone": "neutral",
    "variants": 1,
    "conditions": "none",
    "seed": 7,
}

ANSWER_EXAMPLE = {
    "model_version": "base-7",
    "elapsed_ms": 212,
    "offers": [
        {
            "offer_id": "01939b1e-6c1f-7b3a-8c55-0d4c1f1f2a10",
            "client_id": 101,
            "product": "DC",
            "channel": "PUSH",
            "text": "Дорога станет выгоднее\nОформите дебетовую карту ПАО «Примербанк» в приложении.",
            "confidence": 0.83,
            "calibrated": False,
            "compliance": {"verdict": "ok", "findings": []},
            "facts": ["пришла зарплата", "часто заправляет автомобиль"],
            "product_reason": None,
            "variants": [],
        }
    ],
}

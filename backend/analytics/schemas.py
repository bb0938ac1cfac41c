"""What the API takes and gives about quality."""

from typing import Any

from apiflask.fields import AwareDateTime, Boolean, Date, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from marshmallow import ValidationError, validates_schema

from backend.common.schemas import Schema

CODE_LENGTH = 32
GROUPS = ("model_version", "product", "channel", "segment", "week", "tone")
REASON_GROUPS = ("product", "channel")


def _about(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


class QualityQuery(Schema):
    product = String(validate=Length(1, CODE_LENGTH))
    channel = String(validate=Length(1, CODE_LENGTH))
    model_version = String(validate=Length(1, 128))
    since = AwareDateTime(data_key="from", default_timezone=None, metadata=_about("Тексты, созданные не раньше"))
    until = AwareDateTime(data_key="to", default_timezone=None, metadata=_about("Тексты, созданные раньше"))

    @validates_schema
    def _right_way_round(self, data: dict[str, Any], **_: Any) -> None:
        if "since" in data and "until" in data and data["since"] > data["until"]:
            raise ValidationError("Начало позже конца", "from")


class RatesQuery(QualityQuery):
    by = String(load_default="model_version", validate=OneOf(GROUPS), metadata=_about("Неделя — по Москве"))
    drawn = Boolean(
        metadata=_about("Только тексты, которые очередь разметки даёт по жребию: по ним можно сравнивать версии")
    )


class ReasonsQuery(QualityQuery):
    by = String(validate=OneOf(REASON_GROUPS), metadata=_about("Ещё и по группам"))


class ShareOut(Schema):
    """A share of successes with its interval; null where there is no label."""

    rate = Float(required=True, allow_none=True, validate=Range(0, 1), metadata=_about("Доля успеха среди меток"))
    low = Float(
        required=True, allow_none=True, validate=Range(0, 1), metadata=_about("Интервал Уилсона 95 %, нижний край")
    )
    high = Float(required=True, allow_none=True, validate=Range(0, 1), metadata=_about("Верхний край"))


class CountedOut(ShareOut):
    texts = Integer(required=True, validate=Range(0))
    labelled = Integer(required=True, validate=Range(0), metadata=_about("Тексты с меткой"))
    success = Integer(required=True, validate=Range(0))


class RateOut(CountedOut):
    key = String(required=True, allow_none=True, metadata=_about("Код или понедельник недели; null — неизвестно"))
    name = String(required=True, allow_none=True, metadata=_about("Название; код, если названия нет"))


class RatesOut(Schema):
    by = String(required=True, validate=OneOf(GROUPS))
    total = Nested(CountedOut, required=True)
    groups = List(Nested(RateOut), required=True)


class ConfidenceBinOut(ShareOut):
    start = Float(required=True, data_key="from", validate=Range(0, 1))
    end = Float(required=True, data_key="to", validate=Range(0, 1))
    count = Integer(required=True, validate=Range(1))
    confidence = Float(required=True, validate=Range(0, 1), metadata=_about("Средняя уверенность"))


class CalibrationOut(Schema):
    labelled = Integer(required=True, validate=Range(0))
    calibrated = Integer(
        required=True, validate=Range(0), metadata=_about("Из них с уверенностью, настроенной по меткам")
    )
    bins = List(Nested(ConfidenceBinOut), required=True)
    ece = Float(required=True, allow_none=True, metadata=_about("Среднее расхождение уверенности и доли успеха"))
    brier = Float(required=True, allow_none=True, metadata=_about("Средний квадрат ошибки уверенности"))
    brier_base = Float(
        required=True, allow_none=True, metadata=_about("То же, если всегда отвечать общей долей успеха")
    )


class ReasonCountOut(Schema):
    code = String(required=True)
    words = String(required=True)
    count = Integer(required=True, validate=Range(1))
    share = Float(required=True, validate=Range(0), metadata=_about("Доля неудач; причин у неудачи может быть много"))


class ReasonGroupOut(Schema):
    key = String(required=True)
    name = String(required=True)
    failures = Integer(required=True, validate=Range(1))
    reasons = List(Nested(ReasonCountOut), required=True)


class FailureReasonsOut(Schema):
    failures = Integer(required=True, validate=Range(0))
    without_reason = Integer(required=True, validate=Range(0))
    reasons = List(Nested(ReasonCountOut), required=True)
    groups = List(Nested(ReasonGroupOut), required=True, metadata=_about("Пусто, если by не задан"))


class DayOut(Schema):
    day = Date(required=True, metadata=_about("День по Москве"))
    texts = Integer(required=True, validate=Range(0))
    labels = Integer(required=True, validate=Range(0), metadata=_about("Поставлено меток в этот день"))


class ChangeOut(Schema):
    against = String(required=True, metadata=_about("Сменённая версия"))
    difference = Float(required=True, metadata=_about("Насколько выросла доля успеха"))
    low = Float(required=True, metadata=_about("Интервал Ньюкомба 95 %; ноль внутри — разница не доказана"))
    high = Float(required=True)


class UsedVersionOut(CountedOut):
    model_version = String(required=True)
    first_used = AwareDateTime(required=True, metadata=_about("Первый текст, независимо от отбора"))
    last_used = AwareDateTime(required=True)
    former = String(required=True, allow_none=True, metadata=_about("Версия, которую она сменила; null — первая"))
    change = Nested(
        ChangeOut,
        required=True,
        allow_none=True,
        metadata=_about("Против сменённой версии, по текстам, взятым по жребию; null, если сравнить не по чему"),
    )


class SummaryOut(CountedOut):
    unlabelled_share = Float(required=True, allow_none=True, validate=Range(0, 1))
    days = List(Nested(DayOut), required=True)
    champion = String(required=True, allow_none=True, metadata=_about("Основная версия"))
    versions = List(Nested(UsedVersionOut), required=True, metadata=_about("Последние версии, новая первой"))

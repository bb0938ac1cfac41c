"""What the API takes and gives about batches."""

from typing import Any

from apiflask.fields import UUID, AwareDateTime, File, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range, Regexp
from marshmallow import EXCLUDE

from backend.batches.states import STAGES, STATUSES
from backend.common.pages import PageQuery, page_schema
from backend.common.schemas import EVENTS, Schema
from backend.offers import service as offers
from model.brief import TONES

CODE_LENGTH = 32
FORMATS = ("csv", "xlsx", "ndjson")
CAMPAIGN = r"[\w][\w.\- ]{0,63}"
TABLE = r"[^\W\d][\w$]{0,62}\.[^\W\d][\w$]{0,62}"


def _about(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


class OptionsIn(Schema):
    product = String(
        required=True,
        validate=Length(1, CODE_LENGTH),
        metadata=_about("Код каталога или auto; столбец product важнее", examples=["CC"]),
    )
    channel = String(
        required=True, validate=Length(1, CODE_LENGTH), metadata=_about("Код канала; столбец channel важнее")
    )
    tone = String(load_default="neutral", validate=OneOf(TONES))
    conditions = String(load_default="none", validate=OneOf(offers.CONDITIONS))
    variants = Integer(load_default=1, validate=Range(1, offers.MOST_VARIANTS), metadata=_about("Сколько текстов"))
    seed = Integer(validate=Range(0, offers.MOST_SEED), metadata=_about("Повторяет выборы прежней рассылки"))
    campaign = String(
        validate=Regexp(rf"\A{CAMPAIGN}\Z"),
        metadata=_about("Имя кампании для меток UTM в ссылках", examples=["autumn-2026"], maxLength=64),
    )


class TableIn(OptionsIn):
    table = String(required=True, validate=Regexp(rf"\A{TABLE}\Z"), metadata=_about("схема.таблица той же базы данных"))


class BatchIn(OptionsIn):
    """Describes both bodies: a form with the file, and JSON that names a table."""

    file = File(  # type: ignore[no-untyped-call]
        metadata=_about("csv, xlsx, parquet, json или ndjson; только в multipart/form-data")
    )
    table = String(metadata=_about("схема.таблица той же базы данных; только в application/json"))


class KeyHeader(Schema):
    class Meta:
        unknown = EXCLUDE

    key = String(
        data_key="Idempotency-Key",
        validate=Regexp(r"\A[\x20-\x7e]{1,255}\Z"),
        metadata=_about("Повторный вызов с тем же ключом получает ту же рассылку; ключ помнят сутки", maxLength=255),
    )


class StartedOut(Schema):
    batch_id = UUID(required=True)
    status = String(required=True, validate=OneOf(STATUSES))


class BatchQuery(PageQuery):
    status = String(validate=OneOf(STATUSES))


class SourceOut(Schema):
    file = String(metadata=_about("Имя файла"))
    table = String()


class SettledOut(Schema):
    product = String(required=True)
    channel = String(required=True)
    tone = String(required=True)
    conditions = String(required=True)
    variants = Integer(required=True)
    seed = Integer()


class BatchOut(Schema):
    batch_id = UUID(required=True)
    status = String(required=True, validate=OneOf(STATUSES))
    stage = String(required=True, validate=OneOf(STAGES), metadata=_about("validate — проверка строк, write — тексты"))
    author = String(required=True)
    source = Nested(SourceOut, required=True)
    options = Nested(SettledOut, required=True)
    campaign = String(required=True, allow_none=True)
    rows = Integer(required=True, validate=Range(0), metadata=_about("Прочитано строк"))
    problems = Integer(required=True, validate=Range(0), metadata=_about("Строк с ошибками; они не обслуживаются"))
    total = Integer(required=True, validate=Range(0), metadata=_about("Клиентов, которым пишутся тексты"))
    done = Integer(required=True, validate=Range(0), metadata=_about("Клиентов с текстом"))
    failed = Integer(required=True, validate=Range(0), metadata=_about("Клиентов, для которых текста не вышло"))
    rate_per_s = Float(required=True, allow_none=True, metadata=_about("Клиентов в секунду за последнюю минуту"))
    eta_s = Integer(required=True, allow_none=True, metadata=_about("Секунд до конца"))
    notes = List(String(), required=True, metadata=_about("Столбцы, которые не используются"))
    error = String(required=True, allow_none=True, metadata=_about("Почему рассылка не удалась"))
    created_at = AwareDateTime(required=True)
    started_at = AwareDateTime(required=True, allow_none=True)
    finished_at = AwareDateTime(required=True, allow_none=True)


BatchPage = page_schema(BatchOut)


class ResultsQuery(Schema):
    format = String(load_default="csv", validate=OneOf(FORMATS))


Described = dict[int | str, dict[str, str | dict[str, dict[str, Any]]]]


def _table(description: str, *kinds: str) -> Described:
    text = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"description": description, "content": {kind.partition(";")[0]: text for kind in kinds}}}


RESULTS_RESPONSES = _table(
    "Таблица: строка на клиента в порядке исходных строк", *(offers.EXPORTS[kind] for kind in FORMATS)
)
PROBLEMS_RESPONSES = _table("Что не так: номер строки, поле, причина", offers.EXPORTS["csv"])
EVENTS_RESPONSES: Described = {
    200: {
        "description": "Тот же JSON, что у GET /batches/{id}, при каждом изменении; не дольше 10 минут",
        "content": EVENTS,
    }
}

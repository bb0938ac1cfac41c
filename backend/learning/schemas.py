"""What the API takes and gives about model versions and retraining runs."""

from typing import Any

from apiflask.fields import UUID, AwareDateTime, Boolean, Dict, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range

from backend.common.pages import PageQuery, page_schema
from backend.common.schemas import EVENTS, Schema
from backend.learning.models import NAME_LENGTH
from backend.learning.states import LEARNERS, RUN_STATUSES, STAGES, VERSION_STATUSES

KINDS = ("canary", "full", "rollback", "automatic_rollback")
TRIGGERS = ("person", "schedule", "labels")
MOST_WORDS = 1000


def _about(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


# --- versions --------------------------------------------------------------------------------------------------------


class TextCountsOut(Schema):
    texts = Integer(required=True, validate=Range(0))
    labelled = Integer(required=True, validate=Range(0))
    success = Integer(required=True, validate=Range(0))


class VersionOut(Schema):
    name = String(required=True)
    parent = String(required=True, allow_none=True, metadata=_about("Версия, из которой выведена"))
    weights = String(required=True, metadata=_about("Имя весов у компонента модели"))
    status = String(required=True, validate=OneOf(VERSION_STATUSES))
    share = Float(required=True, validate=Range(0, 1), metadata=_about("Доля вызовов, которые она обслуживает сейчас"))
    learned_score = Boolean(required=True, metadata=_about("Оценка успеха настроена по меткам"))
    labels = Integer(required=True, allow_none=True, metadata=_about("Меток, по которым она сделана"))
    metrics = Dict(required=True)
    counts = Nested(TextCountsOut, required=True, metadata=_about("Тексты этой версии и их метки"))
    created_at = AwareDateTime(required=True)
    promoted_at = AwareDateTime(required=True, allow_none=True)


class PromotionOut(Schema):
    version = String(required=True)
    former = String(required=True, allow_none=True)
    share = Float(required=True, validate=Range(0, 1))
    kind = String(required=True, validate=OneOf(KINDS))
    reason = String(required=True)
    actor = String(required=True)
    at = AwareDateTime(required=True)


class VersionDetail(VersionOut):
    lineage = Dict(required=True, metadata=_about("Из каких меток, корпуса и кода; родитель"))
    ancestors = List(String(), required=True, metadata=_about("Родитель, его родитель и так далее"))
    run_id = UUID(required=True, allow_none=True, metadata=_about("Дообучение, которое её сделало"))
    promotions = List(Nested(PromotionOut), required=True, metadata=_about("Новые первыми"))


class ServingOut(Schema):
    champion = String(required=True, allow_none=True, metadata=_about("Основная версия"))
    canary = String(required=True, allow_none=True, metadata=_about("Пробная версия"))
    share = Float(required=True, validate=Range(0, 1), metadata=_about("Доля вызовов пробной версии"))
    previous = String(required=True, allow_none=True, metadata=_about("Что станет основной после отката"))
    problem = String(required=True, allow_none=True, metadata=_about("Что не так с обслуживанием, словами"))


class AbilitiesOut(Schema):
    score = Boolean(required=True, metadata=_about("Оценка успеха может учиться"))
    tune = Boolean(required=True, metadata=_about("Сама модель может дообучаться"))
    reason = String(required=True, allow_none=True, metadata=_about("Почему модель не может дообучаться"))
    worker = Boolean(required=True, metadata=_about("Обработчик дообучения работает"))


class VersionsOut(Schema):
    items = List(Nested(VersionOut), required=True, metadata=_about("Новые первыми"))
    serving = Nested(ServingOut, required=True)
    abilities = Nested(AbilitiesOut, required=True)
    promotions = List(Nested(PromotionOut), required=True, metadata=_about("Последние, новые первыми"))


class PromoteIn(Schema):
    share = Float(
        load_default=1.0,
        validate=Range(0, 1, min_inclusive=False),
        metadata=_about("Доля вызовов; меньше 1 — пробная версия рядом с основной"),
    )
    reason = String(load_default="", validate=Length(0, MOST_WORDS))


class RollbackIn(Schema):
    leaving = String(
        validate=Length(1, NAME_LENGTH), metadata=_about("Какая версия должна уйти; 409, если ушла бы другая")
    )
    reason = String(load_default="", validate=Length(0, MOST_WORDS))


# --- runs ------------------------------------------------------------------------------------------------------------


class RunIn(Schema):
    note = String(load_default="", validate=Length(0, MOST_WORDS))
    learners = List(
        String(validate=OneOf(LEARNERS)),
        validate=Length(1, len(LEARNERS)),
        metadata=_about("Что учить: score — оценку успеха, tune — саму модель; без поля — всё, что может учиться"),
    )


class RunStartedOut(Schema):
    run_id = UUID(required=True)
    status = String(required=True, validate=OneOf(RUN_STATUSES))


class RunQuery(PageQuery):
    status = String(validate=OneOf(RUN_STATUSES))


class StageOut(Schema):
    name = String(required=True, validate=OneOf(STAGES))
    finished_at = String(required=True, metadata={"format": "date-time"})
    seconds = Float(required=True, allow_none=True)
    result = Dict(required=True)


class RunOut(Schema):
    run_id = UUID(required=True)
    status = String(required=True, validate=OneOf(RUN_STATUSES))
    stage = String(required=True, allow_none=True, validate=OneOf(STAGES), metadata=_about("Чем занято"))
    progress = Float(required=True, validate=Range(0, 1))
    trigger = String(required=True, validate=OneOf(TRIGGERS))
    author = String(required=True)
    options = Dict(required=True)
    parent = String(required=True, allow_none=True, validate=Length(0, NAME_LENGTH))
    challenger = String(required=True, allow_none=True, metadata=_about("Версия, которую делает"))
    decision = Dict(required=True, allow_none=True, metadata=_about("Что решила проверка и почему, словами"))
    metrics = Dict(required=True)
    error = String(required=True, allow_none=True)
    cancel_requested = Boolean(required=True)
    attempts = Integer(required=True, validate=Range(0))
    created_at = AwareDateTime(required=True)
    started_at = AwareDateTime(required=True, allow_none=True)
    finished_at = AwareDateTime(
        required=True, allow_none=True, metadata=_about("Конец работы; решение человека может быть позже")
    )


class LogLineOut(Schema):
    at = AwareDateTime(required=True)
    line = String(required=True)


class RunDetail(RunOut):
    stages = List(Nested(StageOut), required=True, metadata=_about("Законченные этапы с их результатами"))
    log_tail = List(Nested(LogLineOut), required=True, metadata=_about("Последние 200 строк журнала"))


RunPage = page_schema(RunOut)


class LabelCountsOut(Schema):
    success = Integer(required=True, validate=Range(0))
    failure = Integer(required=True, validate=Range(0))
    corrected = Integer(required=True, validate=Range(0), metadata=_about("С исправленным текстом"))


class AutomaticOut(Schema):
    after_labels = Integer(required=True, metadata=_about("Столько новых меток запускают дообучение; 0 — нет"))
    every_hours = Integer(required=True, metadata=_about("Через столько часов после прошлого; 0 — нет"))
    promotion = String(required=True, validate=OneOf(("person", "policy")))
    canary_share = Float(required=True)
    canary_labels = Integer(required=True)
    next_at = AwareDateTime(required=True, allow_none=True, metadata=_about("Когда по расписанию"))


class ReadinessOut(Schema):
    ready = Boolean(required=True)
    missing = List(String(), required=True, metadata=_about("Чего не хватает, словами"))
    least = Integer(required=True, metadata=_about("Сколько меток каждого вида нужно"))
    labels = Nested(LabelCountsOut, required=True)
    new_labels = Nested(LabelCountsOut, required=True, metadata=_about("После последнего дообучения"))
    last_run_at = AwareDateTime(required=True, allow_none=True)
    going = UUID(required=True, allow_none=True, metadata=_about("Идущее дообучение"))
    automatic = Nested(AutomaticOut, required=True)
    abilities = Nested(AbilitiesOut, required=True)


EVENTS_RESPONSES: dict[int | str, dict[str, str | dict[str, dict[str, Any]]]] = {
    200: {
        "description": "Тот же JSON, что у GET /retrain-runs/{id}, при каждом изменении; не дольше 10 минут",
        "content": EVENTS,
    }
}

"""What the API takes and gives about the review queue."""

from apiflask.fields import UUID, AwareDateTime, Boolean, Dict, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range

from backend.common.schemas import Schema
from backend.offers import review
from backend.offers.labels import REASONS
from backend.offers.schemas import CODE_LENGTH, LABELS, ListedOut

MOST_IDS = 1000


class QueueIn(Schema):
    size = Integer(load_default=10, validate=Range(1, review.MOST_AT_ONCE), metadata={"example": 10})
    order = String(
        load_default=review.UNCERTAIN,
        validate=OneOf(list(review.ORDERS)),
        metadata={
            "description": "uncertain — уверенность ближе к 0,5; valuable — продукты и каналы, где меток меньше; "
            "в обоих каждый четвёртый текст — по жребию, чтобы сравнивать версии; newest и oldest — по времени"
        },
    )
    product = String(validate=Length(1, CODE_LENGTH))
    channel = String(validate=Length(1, CODE_LENGTH))
    put_aside = List(
        UUID(),
        load_default=list,
        validate=Length(max=MOST_IDS),
        metadata={"description": "Отложенные в этот раз: их не давать"},
    )


class ReviewItemOut(ListedOut):
    fact_codes = List(String(), required=True)
    features = Dict(keys=String(), required=True)
    events = List(Dict(), required=True)
    seen = UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Передайте в seen метки: если за это время текст отметят, ответ 409"},
    )
    leased_until = AwareDateTime(required=True, metadata={"description": "До этого времени текст не дают другим"})


class QueueOut(Schema):
    items = List(Nested(ReviewItemOut), required=True)


class ReleaseIn(Schema):
    offer_ids = List(UUID(), required=True, validate=Length(1, MOST_IDS))


class ReleasedOut(Schema):
    released = Integer(required=True)


class LabelledTodayOut(Schema):
    mine = Integer(required=True)
    all = Integer(required=True)


class WordOut(Schema):
    author = String(required=True)
    label = String(required=True, validate=OneOf(LABELS))
    reasons = List(String(validate=OneOf(list(REASONS))), required=True)
    comment = String(required=True)
    corrected_text = String(required=True, allow_none=True)
    created_at = AwareDateTime(required=True)


class ConflictOut(Schema):
    offer_id = UUID(required=True)
    product = String(required=True)
    channel = String(required=True)
    text = String(required=True, allow_none=True)
    label = String(required=True, allow_none=True, metadata={"description": "Метка текста сейчас"})
    decided = Boolean(required=True, metadata={"description": "После двух разных меток кто-то решил"})
    labels = List(Nested(WordOut), required=True, validate=Length(equal=2))


class SharedOut(Schema):
    pairs = Integer(required=True, metadata={"description": "Текстов, которые независимо оценили двое"})
    same = Integer(required=True)
    agreement = Float(required=True, allow_none=True, validate=Range(0, 1))
    kappa = Float(required=True, allow_none=True, metadata={"description": "Каппа Коэна; null, когда её нельзя найти"})
    open_conflicts = Integer(required=True)
    conflicts = List(Nested(ConflictOut), required=True)


class ProgressOut(Schema):
    labelled_today = Nested(LabelledTodayOut, required=True)
    unlabelled = Integer(required=True)
    shared = Nested(SharedOut, required=True)

"""What the API takes and gives about products, channels and the bank."""

import re
from collections.abc import Callable
from typing import Any

from apiflask.fields import AwareDateTime, Boolean, Dict, File, Float, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range, Regexp
from marshmallow import ValidationError, validates, validates_schema

from backend.catalogue.codes import NEW_CODE
from backend.catalogue.service import FORMS, LIMITS, SEGMENTS, STATES
from backend.common.pages import PageQuery, page_schema
from backend.common.schemas import FieldErrorOut, Schema
from backend.compliance.service import CHECKLISTS, is_name
from model.brief import FACTS

GROUPS = tuple(CHECKLISTS)
CARD_KEY = r"\A[a-z][a-z0-9_]{1,39}\Z"
SITE = r"\A[\w-]+(\.[\w-]+)+(/[\w./-]*)?\Z"
PHONE = r"\A\+?\d[\d ()-]{4,38}\Z"
# Slots are written in braces, so a brace in a value would tear the text that the value is put into.
_PLAIN = re.compile(r"[^{}<>\x00-\x1f\x7f-\x9f\u2028\u2029]*")
_FIGURE = re.compile(r"\d")


def _plain(value: str) -> None:
    if not _PLAIN.fullmatch(value):
        raise ValidationError("Переводы строк, фигурные и угловые скобки недопустимы")
    if value != value.strip():
        raise ValidationError("Пробелы в начале и в конце недопустимы")


def _no_figures(value: str) -> None:
    """Figures live in the card of conditions only: the text of a benefit goes into every offer."""
    if _FIGURE.search(value):
        raise ValidationError("Цифры допустимы только в карточке условий")


def _a_name(value: str) -> None:
    """The rules look for the bank by its names: one without letters would be found in every text."""
    if not is_name(value):
        raise ValidationError("В названии нужны буквы, не меньше двух подряд")


def _whole_kopecks(value: float) -> None:
    if round(value, 2) != value:
        raise ValidationError("Не больше двух знаков после запятой")


def text(longest: int, shortest: int = 1, *checks: Callable[[str], Any], **options: Any) -> String:
    """One line of Russian text."""
    return String(validate=[Length(shortest, longest), _plain, *checks], **options)


def version() -> Integer:
    note = "Версия, которую вы видели; если запись изменилась, ответ 409"
    return Integer(required=True, strict=True, validate=Range(1, 2**31 - 1), metadata={"description": note})


def position() -> Integer:
    return Integer(strict=True, validate=Range(0, 100_000), metadata={"description": "Место в списке"})


class Benefit(Schema):
    tag = String(required=True, validate=Regexp(CARD_KEY))
    text = text(300, 3, _no_figures, required=True)
    corpus = Integer(strict=True, validate=Range(0, 200), metadata={"description": "Номер группы фраз этой выгоды"})


class Hint(Schema):
    """A client fact or a segment, and whether the product suits such clients."""

    fact = String(validate=OneOf(tuple(FACTS)))
    segment = String(validate=OneOf(SEGMENTS))
    suits = Boolean(required=True, truthy={True}, falsy={False})
    hint = text(300, 3, required=True)

    @validates_schema
    def _one_subject(self, data: dict[str, Any], **_: object) -> None:
        if ("fact" in data) == ("segment" in data):
            raise ValidationError("Укажите либо fact, либо segment")


class ProductFields(Schema):
    """Everything of a product that may be changed."""

    group = String(
        allow_none=True,
        validate=OneOf(GROUPS),
        metadata={"description": "Правовой режим; без него продукт остаётся черновиком"},
    )
    name = text(300, 2)
    value_line = text(300, 0, _no_figures)
    benefits = List(Nested(Benefit), validate=Length(0, 40))
    audience = List(Nested(Hint), validate=Length(0, 60))
    card = Dict(
        keys=String(validate=Regexp(CARD_KEY)),
        values=text(1000, 2),
        validate=Length(0, 40),
        metadata={"description": "Полные условия: ключ → законченная русская фраза с цифрами"},
    )
    site_section = String(validate=[Length(0, 200), Regexp(rf"\A\Z|{SITE}")])
    position = position()

    @validates("benefits")
    def _tags_differ(self, benefits: list[dict[str, Any]], **_: object) -> None:
        tags = [benefit["tag"] for benefit in benefits]
        if len(set(tags)) != len(tags):
            raise ValidationError("Метки выгод повторяются")


class ProductIn(ProductFields):
    code = String(required=True, validate=Regexp(NEW_CODE, error="Код: ПК или заглавные латинские буквы, цифры и _"))
    name = text(300, 2, required=True)


class ProductChange(ProductFields):
    version = version()


class BenefitOut(Schema):
    tag = String(required=True)
    text = String(required=True)
    corpus = Integer()


class HintOut(Schema):
    fact = String()
    segment = String()
    suits = Boolean(required=True)
    hint = String(required=True)


class ProductOut(Schema):
    code = String(required=True)
    group = String(required=True, allow_none=True)
    name = String(required=True)
    value_line = String(required=True)
    benefits = List(Nested(BenefitOut), required=True)
    audience = List(Nested(HintOut), required=True)
    card = Dict(keys=String(), values=String(), required=True)
    site_section = String(required=True)
    position = Integer(required=True)
    state = String(required=True, validate=OneOf(STATES))
    archived_at = AwareDateTime(required=True, allow_none=True)
    updated_at = AwareDateTime(required=True)
    version = Integer(required=True)
    outdated = List(
        Nested(FieldErrorOut),
        required=True,
        metadata={"description": "Что больше не верно: сведения не из профиля банка, прошедший срок предложения"},
    )


class ConditionOut(Schema):
    key = String(required=True)
    label = String(required=True)
    required = Boolean(required=True)
    text = String(required=True, allow_none=True)


class ProductDetail(ProductOut):
    conditions = List(
        Nested(ConditionOut), required=True, metadata={"description": "Что закон требует назвать вместе, по группе"}
    )
    missing = List(
        String(), required=True, metadata={"description": "Чего не хватает, чтобы писать тексты с полными условиями"}
    )


class ChecklistItem(Schema):
    key = String(required=True)
    label = String(required=True)
    required = Boolean(required=True)
    needed_with = String(
        required=True, allow_none=True, metadata={"description": "С этим условием становится обязательным"}
    )


class GroupOut(Schema):
    code = String(required=True, validate=OneOf(GROUPS))
    name = String(required=True)
    conditions = List(
        Nested(ChecklistItem), required=True, metadata={"description": "Что закон требует назвать вместе"}
    )


class NamedCode(Schema):
    code = String(required=True)
    name = String(required=True)


class ReferenceOut(Schema):
    groups = List(Nested(GroupOut), required=True)
    facts = List(Nested(NamedCode), required=True, metadata={"description": "Факты о клиенте для аудитории"})
    segments = List(Nested(NamedCode), required=True)


class ProductQuery(PageQuery):
    group = String(validate=OneOf(GROUPS))
    state = String(validate=OneOf(STATES), metadata={"description": "Без него — всё, кроме архива"})
    q = String(validate=Length(1, 100), metadata={"description": "Часть кода или названия"})


ProductPage = page_schema(ProductOut)


class ChannelFields(Schema):
    name = text(300, 2)
    form = String(
        allow_none=True,
        validate=OneOf(FORMS),
        metadata={"description": "Как построен текст; без формы канал остаётся черновиком"},
    )
    description = text(1000, 0)
    limits = Dict(
        keys=String(validate=OneOf(LIMITS)),
        values=Integer(strict=True, validate=Range(1, 100_000)),
        metadata={"description": "Пределы готового текста; max_units — в единицах UTF-16"},
    )
    short = Boolean(truthy={True}, falsy={False}, metadata={"description": "Короткий текст: больше клиентов за вызов"})
    part_price = Float(
        allow_none=True,
        validate=[Range(0, 1000), _whole_kopecks],
        metadata={"description": "Цена одной части СМС в рублях; null — неизвестна"},
    )
    position = position()


class ChannelIn(ChannelFields):
    code = String(required=True, validate=Regexp(NEW_CODE, error="Код: заглавные латинские буквы, цифры и _"))
    name = text(300, 2, required=True)


class ChannelChange(ChannelFields):
    version = version()


class ChannelOut(Schema):
    code = String(required=True)
    name = String(required=True)
    form = String(required=True, allow_none=True)
    description = String(required=True)
    limits = Dict(keys=String(), values=Integer(), required=True)
    short = Boolean(required=True)
    part_price = Float(required=True, allow_none=True)
    position = Integer(required=True)
    state = String(required=True, validate=OneOf(STATES))
    archived_at = AwareDateTime(required=True, allow_none=True)
    updated_at = AwareDateTime(required=True)
    version = Integer(required=True)


class ChannelQuery(PageQuery):
    state = String(validate=OneOf(STATES), metadata={"description": "Без него — всё, кроме архива"})


ChannelPage = page_schema(ChannelOut)


class VersionIn(Schema):
    version = version()


class BankChange(Schema):
    legal_name = text(200, 3, _a_name)
    names = List(
        text(200, 2, _a_name), validate=Length(1, 20), metadata={"description": "Все написания названия банка"}
    )
    app = text(100, 2, _a_name)
    site = String(validate=[Length(4, 100), Regexp(SITE)])
    phone = String(validate=[Length(5, 40), Regexp(PHONE)])
    agent = text(60, 2)
    insurer = text(200, 3, _a_name)
    asset_manager = text(200, 3, _a_name)
    disclosure_site = String(validate=[Length(4, 200), Regexp(SITE)])
    address = text(300, 5)
    version = version()


class BankOut(Schema):
    legal_name = String(required=True)
    names = List(String(), required=True)
    app = String(required=True)
    site = String(required=True)
    phone = String(required=True)
    agent = String(required=True)
    insurer = String(required=True)
    asset_manager = String(required=True)
    disclosure_site = String(required=True)
    address = String(required=True)
    updated_at = AwareDateTime(required=True)
    version = Integer(required=True)


class ImportFile(Schema):
    file = File(required=True, metadata={"description": "Книга Excel (.xlsx)"})  # type: ignore[no-untyped-call]


class ImportQuery(Schema):
    dry_run = Boolean(load_default=False, metadata={"description": "Только показать, что изменится"})


class ImportedRow(Schema):
    kind = String(required=True, validate=OneOf(("product", "channel")))
    code = String(required=True)
    cell = String(required=True)
    name = String(required=True)
    previous_name = String(required=True, allow_none=True)


class ImportReport(Schema):
    dry_run = Boolean(required=True)
    created = List(Nested(ImportedRow), required=True)
    updated = List(Nested(ImportedRow), required=True)
    unchanged = List(Nested(ImportedRow), required=True)
    warnings = List(Nested(FieldErrorOut), required=True, metadata={"description": "Принято, но требует внимания"})
    errors = List(
        Nested(FieldErrorOut), required=True, metadata={"description": "Всегда пуст: с ошибками файл отклоняется (422)"}
    )

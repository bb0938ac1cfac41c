"""What the API takes and gives about users, sessions and the audit log."""

from apiflask.fields import UUID, AwareDateTime, Boolean, Dict, Nested, String
from apiflask.validators import Length, OneOf, Regexp
from marshmallow import ValidationError, validates_schema

from backend.common.pages import PageQuery, page_schema
from backend.common.schemas import Schema
from backend.users.models import ROLES
from backend.users.passwords import MAX_LENGTH, MIN_LENGTH
from backend.users.service import USERNAME

new_password = Length(MIN_LENGTH, MAX_LENGTH)


class UserOut(Schema):
    id = UUID(required=True)
    username = String(required=True)
    full_name = String(required=True)
    role = String(required=True, validate=OneOf(ROLES))
    disabled = Boolean(required=True)
    created_at = AwareDateTime(required=True)
    updated_at = AwareDateTime(required=True)


class UserSeen(UserOut):
    last_seen_at = AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Последний след: вход, действие из журнала, написанный текст или метка"},
    )


class UserIn(Schema):
    username = String(required=True, validate=Regexp(USERNAME))
    full_name = String(load_default="", validate=Length(0, 200))
    role = String(required=True, validate=OneOf(ROLES))
    password = String(required=True, validate=new_password, load_only=True)


class UserChange(Schema):
    full_name = String(validate=Length(0, 200))
    role = String(validate=OneOf(ROLES))
    disabled = Boolean(truthy={True}, falsy={False})


class UserQuery(PageQuery):
    role = String(validate=OneOf(ROLES))
    disabled = Boolean()
    q = String(validate=Length(1, 100), metadata={"description": "Часть имени"})


UserPage = page_schema(UserSeen)


class PasswordReset(Schema):
    password = String(validate=new_password, metadata={"description": "Без него пароль придумывает сервер"})


class PasswordOut(Schema):
    password = String(required=True, metadata={"description": "Показывается один раз"})


class PasswordChange(Schema):
    old_password = String(required=True, validate=Length(1, MAX_LENGTH))
    new_password = String(required=True, validate=new_password)


class Credentials(Schema):
    """May be left out when the call carries HTTP Basic."""

    username = String(validate=Length(1, 64))
    password = String(validate=Length(1, MAX_LENGTH))

    @validates_schema
    def _both_or_none(self, data: dict[str, str], **_: object) -> None:
        if len(data) == 1:
            raise ValidationError("Нужны и имя, и пароль")


class SessionOut(Schema):
    user = Nested(UserOut, required=True)
    csrf_token = String(required=True, metadata={"description": "Повторять в X-CSRF-Token при каждом изменении"})
    expires_at = AwareDateTime(required=True)


class AuditQuery(PageQuery):
    actor = String(validate=Length(1, 64))
    action = String(validate=Length(1, 64), metadata={"description": "Начало названия действия: user, product.change"})
    target = String(validate=Length(1, 200), metadata={"description": "Начало цели: user:, product:CC"})
    since = AwareDateTime(data_key="from")
    until = AwareDateTime(data_key="to")


class AuditOut(Schema):
    id = UUID(required=True)
    at = AwareDateTime(required=True)
    actor_id = UUID(required=True, allow_none=True)
    actor = String(required=True)
    action = String(required=True)
    target = String(required=True)
    details = Dict(required=True)
    request_id = String(required=True, allow_none=True)
    address = String(required=True, allow_none=True)


AuditPage = page_schema(AuditOut)

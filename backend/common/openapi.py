"""Completes the generated OpenAPI description: servers, the cookie scheme, every error as problem+json.

The framework documents its own error shape and only some statuses. Which errors an operation can give follows from
what it is: signed in or not, with a body or not, with a path parameter or not.
"""

from typing import Any

from apiflask import APIFlask
from apispec import APISpec
from apispec.ext.marshmallow.common import make_schema_key
from marshmallow import Schema

from backend.common.security import SESSION_COOKIE
from backend.errors import JSON_PROBLEM

Spec = dict[str, Any]

DESCRIPTION = (
    "OfferLoop пишет персональные рекламные предложения для клиентов банка. "
    "Вызовы принимают HTTP Basic; страница входит через POST /api/v1/session и дальше пользуется cookie, "
    "повторяя cookie offerloop_csrf в заголовке X-CSRF-Token при каждом изменении. "
    "Ошибки имеют вид application/problem+json (RFC 9457)."
)
COOKIE = "Даёт POST /api/v1/session; с COOKIE_SECURE имя начинается с __Host-"
ERRORS = {
    400: "Запрос не разобран",
    401: "Нет верных имени и пароля",
    403: "Роль не позволяет это действие, или нет токена CSRF",
    404: "Не найдено",
    409: "Противоречит текущему состоянию",
    413: "Слишком большой запрос",
    415: "Неподходящий тип содержимого",
    422: "Данные не прошли проверку",
    429: "Слишком много неверных паролей или запросов",
    503: "База данных, Redis или модель не отвечает, или очередь не успевает; повторите через Retry-After секунд",
}
PROBLEM: Spec = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
        "request_id": {"type": "string", "description": "Номер вызова, как в заголовке X-Request-ID и в журналах"},
    },
}
FIELD_ERROR: Spec = {
    "type": "object",
    "required": ["pointer", "detail"],
    "properties": {
        "pointer": {
            "type": "string",
            "description": "JSON pointer в теле запроса; для параметров адреса /query/<имя>",
        },
        "detail": {"type": "string"},
    },
}
RETRY_AFTER: Spec = {"Retry-After": {"description": "Секунды до повтора", "schema": {"type": "integer", "minimum": 1}}}


class DescribedFlask(APIFlask):
    """APIFlask that describes each schema once.

    The framework (3.1) registers a schema a second time, under another name and with a warning, when an earlier
    schema already brought it in as a nested one.
    """

    def _register_schema_and_get_ref(
        self, spec: APISpec, registered_schema_classes: dict[int, str], schema_obj: Any
    ) -> dict[str, str]:
        known = self._ma_plugin.converter.refs if self._ma_plugin and self._ma_plugin.converter else {}
        if isinstance(schema_obj, Schema) and (name := known.get(make_schema_key(schema_obj))):
            return {"$ref": f"#/components/schemas/{name}"}
        return super()._register_schema_and_get_ref(spec, registered_schema_classes, schema_obj)


class SchemaNames:
    """Names of schemas in the description: the class name, with the domain before it where two domains share one."""

    def __init__(self) -> None:
        self._owners: dict[str, type[Schema]] = {}

    def of(self, schema: Schema | type[Schema]) -> str:
        kind = schema if isinstance(schema, type) else type(schema)
        name = kind.__name__ + ("Update" if not isinstance(schema, type) and schema.partial else "")
        if self._owners.setdefault(name, kind) is kind:
            return name
        return kind.__module__.split(".")[1].capitalize() + name


def init_app(app: APIFlask) -> None:
    app.config.update(
        SERVERS=[{"url": "/"}],  # the framework would cache the Host header of whoever asks first
        DESCRIPTION=DESCRIPTION,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        AUTO_404_RESPONSE=False,
        AUTO_OPERATION_ID=True,
        SUCCESS_DESCRIPTION="Успех",
    )
    app.schema_name_resolver = SchemaNames().of
    app.spec_processor(complete)  # type: ignore[arg-type]


def complete(spec: Spec) -> Spec:
    """The description as it is served. Pure but for changing `spec` itself."""
    components = spec.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.pop("HTTPError", None)
    schemas |= {"Problem": PROBLEM, "FieldError": FIELD_ERROR}
    cookie = {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE, "description": COOKIE}
    components.setdefault("securitySchemes", {})["SessionCookie"] = cookie
    for path, operations in spec["paths"].items():
        for operation in operations.values():
            _complete_operation(path, operation, schemas)
    return spec


def _complete_operation(path: str, operation: Spec, schemas: Spec) -> None:
    if _is_protected(operation):
        security = operation["security"]
        operation["security"] = [*security, {"SessionCookie": next(iter(security[0].values()))}]
    if body := operation.get("requestBody"):
        body["required"] = any(_has_required(content["schema"], schemas) for content in body["content"].values())
    responses = operation["responses"]
    declared = {int(status) for status in responses if status >= "400"}
    for status in sorted(declared | _possible(path, operation)):
        known = responses.get(str(status), {})
        responses[str(status)] = _error(status, known.get("description") if status not in ERRORS else None)


def _possible(path: str, operation: Spec) -> set[int]:
    statuses: set[int] = set()
    if path.startswith("/api/"):
        statuses |= {400, 503}
    if _is_protected(operation):
        statuses |= {401, 403, 429}
    if operation.get("parameters"):
        statuses.add(422)
    if any(parameter["in"] == "path" for parameter in operation.get("parameters", [])):
        statuses.add(404)
    if operation.get("requestBody"):
        statuses |= {413, 415, 422}
    return statuses


def _is_protected(operation: Spec) -> bool:
    """An empty alternative in `security` means that credentials may be left out."""
    security = operation.get("security", [])
    return bool(security) and {} not in security


def _has_required(schema: Spec, schemas: Spec) -> bool:
    name = schema.get("$ref", "").rpartition("/")[2]
    return bool(schemas.get(name, schema).get("required"))


def _error(status: int, description: str | None) -> Spec:
    response: Spec = {
        "description": description or ERRORS.get(status, "Ошибка"),
        "content": {JSON_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in {429, 503}:
        response["headers"] = RETRY_AFTER
    return response

"""Domain errors and their way out: every error of the API leaves as application/problem+json (RFC 9457)."""

import errno
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, ClassVar

import httpx
from apiflask import APIFlask, HTTPError
from flask import Response, current_app, request
from psycopg2.errors import ForeignKeyViolation, UniqueViolation
from redis import RedisError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from backend.common import request_ids
from backend.common.messages import in_russian
from backend.common.metrics import errors_unexpected, refusals
from backend.common.security import SESSION_COOKIE, cookie_name
from backend.config import settings

JSON_PROBLEM = "application/problem+json"
BODY_LOCATIONS = frozenset({"json", "form", "files", "form_and_files", "json_or_form"})
PASSED_HEADERS = frozenset({"Allow", "Retry-After", "WWW-Authenticate", "Content-Range"})
DETAILS = {
    400: "Запрос составлен неверно",
    404: "По этому адресу ничего нет",
    405: "Этот метод здесь не поддерживается",
    500: "Внутренняя ошибка; сообщите администратору номер запроса (request_id)",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FieldError:
    """One wrong value. `pointer` is a JSON pointer (RFC 6901) into the body, such as /clients/3/features/age."""

    pointer: str
    detail: str


class DomainError(Exception):
    """What a service raises when it cannot do what was asked. Knows its HTTP status, but nothing of HTTP else."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "Запрос нельзя выполнить"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def headers(self) -> Mapping[str, str]:
        return {}

    def members(self) -> Mapping[str, Any]:
        """Members of the problem beyond type, title, status and detail."""
        return {}


class BadRequest(DomainError):
    code = "bad_request"
    title = "Запрос не разобран"


class Unauthorized(DomainError):
    status = 401
    code = "unauthorized"
    title = "Нужен вход"

    def headers(self) -> Mapping[str, str]:
        """A Basic challenge would open the browser's own dialog over the page."""
        scheme = "Session" if _asked_by_page() else "Basic"
        return {"WWW-Authenticate": f'{scheme} realm="OfferLoop", charset="UTF-8"'}


class Forbidden(DomainError):
    status = 403
    code = "forbidden"
    title = "Недостаточно прав"


class NotFound(DomainError):
    status = 404
    code = "not_found"
    title = "Не найдено"


class Conflict(DomainError):
    status = 409
    code = "conflict"
    title = "Противоречит текущему состоянию"


class TooLarge(DomainError):
    status = 413
    code = "too_large"
    title = "Слишком большой запрос"


class UnsupportedMedia(DomainError):
    status = 415
    code = "unsupported_media_type"
    title = "Неподходящий тип содержимого"


class Invalid(DomainError):
    """422 with the list of wrong fields."""

    status = 422
    code = "invalid"
    title = "Данные не прошли проверку"

    def __init__(self, detail: str, errors: Iterable[FieldError] = ()) -> None:
        super().__init__(detail)
        self.errors = tuple(errors)

    def members(self) -> Mapping[str, Any]:
        return {"errors": [asdict(error) for error in self.errors]}


class _Later(DomainError):
    """Base of the refusals that name the time of the next try. `reason` is a word for the metrics."""

    def __init__(self, detail: str, retry_after: int = 1, reason: str = "") -> None:
        super().__init__(detail)
        self.retry_after = max(1, retry_after)
        self.reason = reason or self.code

    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.retry_after)}


class TooManyRequests(_Later):
    status = 429
    code = "too_many_requests"
    title = "Слишком много запросов"


class Unavailable(_Later):
    """Database, Redis or the model component does not answer, the queue cannot keep the deadline, the disk is full."""

    status = 503
    code = "unavailable"
    title = "Сервис временно недоступен"


_BY_STATUS: dict[int, type[DomainError]] = {
    kind.status: kind for kind in (BadRequest, Unauthorized, Forbidden, NotFound, Conflict, TooLarge, UnsupportedMedia)
}


def init_app(app: APIFlask) -> None:
    """Turn every error into problem+json: ours, the framework's, those of dependencies, and the unexpected."""
    app.register_error_handler(DomainError, problem)
    app.register_error_handler(HTTPError, _from_apiflask)
    app.register_error_handler(HTTPException, _from_werkzeug)
    app.register_error_handler(DBAPIError, _from_database)
    app.register_error_handler(PoolTimeout, _from_dependency)
    app.register_error_handler(RedisError, _from_dependency)
    app.register_error_handler(httpx.TransportError, _from_dependency)
    app.register_error_handler(OSError, _from_machine)
    app.register_error_handler(Exception, _from_defect)


def problem(error: DomainError) -> Response:
    """The answer for a domain error."""
    body = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        **error.members(),
        request_ids.KEY: request_ids.current(),
    }
    response = current_app.response_class(current_app.json.dumps(body), error.status, mimetype=JSON_PROBLEM)
    response.headers.update(error.headers())
    if isinstance(error, _Later):
        refusals.labels(error.status, error.reason).inc()
    return response


def _asked_by_page() -> bool:
    """Its script names itself with X-Requested-With; a download and a stream of events that it begins cannot."""
    if "X-Requested-With" in request.headers or request.headers.get("Accept") == "text/event-stream":
        return True
    return cookie_name(SESSION_COOKIE, settings()) in request.cookies


def _from_apiflask(error: HTTPError) -> Response:
    """Schema errors arrive as {location: {field: {index: {...: [messages]}}}}."""
    if error.status_code == 422 and isinstance(error.detail, dict):
        return problem(Invalid("Проверьте отмеченные поля", _field_errors(error.detail)))
    return _problem_for(error.status_code, Headers(error.headers))


def _from_werkzeug(error: HTTPException) -> Response | HTTPException:
    """Refusals of the web framework: no route, wrong method, too large a body. Redirects pass as they are."""
    if error.code is None or error.code < 400:
        return error
    headers = Headers([(name, value) for name, value in error.get_headers() if name in PASSED_HEADERS])
    return _problem_for(error.code, headers)


def _problem_for(status: int, headers: Headers) -> Response:
    kind = _BY_STATUS.get(status)
    if kind is TooLarge:
        return problem(TooLarge(too_large()))
    if kind is None:
        phrase = HTTPStatus(status).phrase
        kind = type("Other", (DomainError,), {"status": status, "code": _code(phrase), "title": phrase})
    response = problem(kind(DETAILS.get(status, kind.title)))
    response.headers.update(headers)
    return response


def _from_database(error: DBAPIError) -> Response:
    """Down, restarting or too slow: 503. A unique or foreign key that somebody was faster to take: 409."""
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        return _from_dependency(error)
    if isinstance(error, IntegrityError) and isinstance(error.orig, UniqueViolation | ForeignKeyViolation):
        return problem(Conflict("Запись изменилась одновременно с вашим запросом, повторите его"))
    if isinstance(error, DataError):
        return problem(Invalid("Значение не помещается в поле"))
    return _from_defect(error)


def _from_dependency(error: Exception) -> Response:
    log.warning("dependency unavailable", extra={"error": type(error).__name__})
    return problem(Unavailable("Часть системы не отвечает, повторите запрос позже", retry_after=2, reason="dependency"))


def _from_machine(error: OSError) -> Response:
    """A full disk is no defect: whoever makes room mends it."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return _from_defect(error)
    log.error("the disk is full", extra={"error": type(error).__name__})
    return problem(Unavailable("На диске сервера нет места", retry_after=600, reason="disk_full"))


def _from_defect(error: Exception) -> Response:
    route = request.url_rule.rule if request.url_rule else "none"
    log.error("unexpected error", exc_info=error)
    errors_unexpected.labels(route).inc()
    return _problem_for(500, Headers())


def too_large() -> str:
    """Of a body beyond the limit of its address; for clients, where more of them may go."""
    limit = request.max_content_length or 0
    detail = f"Тело запроса больше {limit / 2**20:.3g} МБ"
    if not request.path.endswith("/offers"):
        return detail
    most = settings().max_clients_short
    return f"{detail} (MAX_BODY_MB). Клиентов в вызове можно не больше {most}. Больше — через POST /api/v1/batches"


def _field_errors(detail: Mapping[str, Any]) -> list[FieldError]:
    """Body fields get pointers into the body, others the place as their first step: /query/limit, /header/…."""
    found: list[FieldError] = []
    for location, messages in detail.items():
        found += _pointed(messages, "" if location in BODY_LOCATIONS else f"/{location.removesuffix('s')}")
    return found


def _pointed(messages: Any, pointer: str) -> list[FieldError]:
    if isinstance(messages, Mapping):
        pairs = [
            (pointer if name == "_schema" else f"{pointer}/{escaped(name)}", value) for name, value in messages.items()
        ]
        return [error for place, value in pairs for error in _pointed(value, place)]
    texts = messages if isinstance(messages, list) else [messages]
    return [error for text in texts for error in _leaf(text, pointer)]


def _leaf(text: Any, pointer: str) -> list[FieldError]:
    """A list of messages may hold a mapping again when a validator of a list names its items."""
    return _pointed(text, pointer) if isinstance(text, Mapping) else [FieldError(pointer, in_russian(str(text)))]


def escaped(name: Any) -> str:
    """A name as a part of a JSON pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")


def _code(phrase: str) -> str:
    return phrase.lower().replace(" ", "_").replace("-", "_")

"""Reads JSON bodies strictly: the right content type, real JSON, and only text that the database can hold.

The standard parser takes NaN, Infinity and 1e999 and turns them into values that no other system understands; the
web framework takes a body of a foreign content type for an absent one. Both would hide a caller's mistake.
"""

import json
import math
from http import HTTPStatus
from typing import Any, NoReturn

from apiflask.schema_adapters.marshmallow import parser
from flask import Flask, Request, Response, request
from webargs.core import is_json, missing

from backend.errors import BadRequest, FieldError, Invalid, TooLarge, UnsupportedMedia, escaped, too_large

MAX_DEPTH = 50
DRAINED = 64 * 1024 * 1024


def init_app(app: Flask) -> None:
    parser.location_loader("json")(load)
    app.before_request(refuse_unstorable_address)
    app.after_request(drain_refused_body)


def load(request: Request, schema: object = None) -> Any:
    """The parsed body, or `missing` when there is none at all, so that all-optional bodies may be left out."""
    raw = request.get_data(cache=True)
    if request.content_length is None and len(raw) >= (request.max_content_length or math.inf):
        raise TooLarge(too_large())  # a body without a declared length is cut off silently
    if not raw and not request.mimetype:
        return missing
    if not is_json(request.mimetype):
        raise UnsupportedMedia("Тело запроса должно иметь тип application/json")
    return parse(raw)


def parse(raw: bytes) -> Any:
    """JSON in UTF-8. Raises BadRequest when it is broken, Invalid when a string in it cannot be stored."""
    try:
        content = json.loads(raw.decode("utf-8"), parse_constant=_no_such_number, parse_float=_finite)
        errors = _unstorable(content, "", 0)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"Тело запроса не разобрано как JSON: {_reason(error)}") from error
    if errors:
        raise Invalid("В данных есть недопустимые символы", errors)
    return content


def refuse_unstorable_address() -> None:
    """NUL in a path or query string can match nothing, and PostgreSQL refuses it with an exception."""
    if "\x00" in request.path or any("\x00" in value for _, value in request.args.items(multi=True)):
        raise BadRequest("Адрес запроса содержит нулевой символ")


def drain_refused_body(response: Response) -> Response:
    """What was too large is not left to the server."""
    if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        drain(request)
    return response


def drain(request: Request) -> None:
    """Read what is left of a body, so that the caller's connection stays usable.

    The server would close it without a word, and the caller's next request would fail. Beyond DRAINED it may.
    """
    stream, left = request.environ["wsgi.input"], DRAINED
    while left > 0 and (chunk := stream.read(65_536)):
        left -= len(chunk)


def _reason(error: Exception) -> str:
    """Where it broke, without repeating what was sent."""
    if isinstance(error, json.JSONDecodeError):
        return f"ошибка в строке {error.lineno}, позиции {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return "это не UTF-8"
    if isinstance(error, RecursionError):
        return "слишком глубокая вложенность"
    return "число вне допустимых пределов"


def _no_such_number(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("infinite")
    return value


def _unstorable(value: Any, pointer: str, depth: int) -> list[FieldError]:
    """Strings with NUL or half of a surrogate pair: JSON can spell them, PostgreSQL and UTF-8 cannot."""
    if depth > MAX_DEPTH:
        raise RecursionError
    if isinstance(value, str):
        return [] if _is_storable(value) else [FieldError(pointer, "Строка содержит недопустимый символ")]
    if isinstance(value, dict):
        if not all(map(_is_storable, value)):
            return [FieldError(pointer, "Имя поля содержит недопустимый символ")]
        pairs = [(escaped(name), item) for name, item in value.items()]
    elif isinstance(value, list):
        pairs = [(str(index), item) for index, item in enumerate(value)]
    else:
        return []
    return [error for name, item in pairs for error in _unstorable(item, f"{pointer}/{name}", depth + 1)]


def _is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)

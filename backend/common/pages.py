"""Pages of long lists: {"items": [...], "next_cursor": "…" | null, "total": n}.

A cursor holds the sort keys of the last item shown, so a page costs the same at any depth and does not skip or
repeat rows when others are added meanwhile. It is opaque to callers and bound to the order it was made for.
"""

import base64
import binascii
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from apiflask.fields import Field, Integer, List, Nested, String
from apiflask.validators import Length, Range
from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from backend.common.db import db
from backend.common.schemas import Schema
from backend.errors import FieldError, Invalid

MAX_LIMIT = 200

T = TypeVar("T")


@dataclass(frozen=True)
class Key:
    """One column of the order. It must never be NULL; the last key of an order must be unique."""

    column: InstrumentedAttribute[Any]
    descending: bool = False


@dataclass(frozen=True)
class Page(Generic[T]):
    items: list[T]
    next_cursor: str | None
    total: int


class PageQuery(Schema):
    """Query parameters of a list; a domain's filters inherit from it."""

    cursor = String(validate=Length(1, 1000), metadata={"description": "next_cursor предыдущей страницы"})
    limit = Integer(load_default=50, validate=Range(1, MAX_LIMIT))


def page_schema(item: type[Schema]) -> type[Schema]:
    """The schema of a page of `item`, named after it."""
    fields: dict[str, Field[Any]] = {
        "items": List(Nested(item), required=True),
        "next_cursor": String(required=True, allow_none=True),
        "total": Integer(required=True, validate=Range(0)),
    }
    return cast(type[Schema], Schema.from_dict(fields, name=f"{item.__name__}Page"))


def paginate(statement: Select[T], keys: Sequence[Key], cursor: str | None, limit: int) -> Page[T]:
    """One page of `statement` (a select of one record, filters set, without an order) in the order of `keys`."""
    total = db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    rows = list(db.session.scalars(behind(statement, keys, cursor).limit(limit + 1)))
    return page_of(rows, keys, limit, total)


def behind(statement: Select[Any], keys: Sequence[Key], cursor: str | None) -> Select[Any]:
    """The statement in the order of `keys`, from the cursor on. Raises Invalid as decode_cursor does."""
    started = statement.where(_after(keys, decode_cursor(cursor, keys))) if cursor else statement
    return started.order_by(*in_order(keys))


def in_order(keys: Sequence[Key]) -> list[ColumnElement[Any]]:
    """What to sort by."""
    return [key.column.desc() if key.descending else key.column.asc() for key in keys]


def page_of(rows: list[T], keys: Sequence[Key], limit: int, total: int) -> Page[T]:
    """The page of `rows`, which were read one further than `limit` to see whether there are more."""
    more = len(rows) > limit
    return Page(rows[:limit], encode_cursor(rows[limit - 1], keys) if more else None, total)


def encode_cursor(row: object, keys: Sequence[Key]) -> str:
    """The opaque position just after `row`."""
    values = [_plain(getattr(row, key.column.key)) for key in keys]
    content = json.dumps([_order(keys), *values], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(content.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, keys: Sequence[Key]) -> list[Any]:
    """The key values that a cursor holds. Raises Invalid when it is damaged or was made for another order."""
    try:
        content = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        order, *values = content
        if order != _order(keys) or len(values) != len(keys):
            raise ValueError(order)
        return [_typed(key, value) for key, value in zip(keys, values, strict=True)]
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError) as error:
        wrong = FieldError("/query/cursor", "Курсор повреждён или относится к другой сортировке")
        raise Invalid("Курсор не подходит к этому списку", [wrong]) from error


def _order(keys: Sequence[Key]) -> str:
    return ",".join(f"{'-' if key.descending else ''}{key.column.key}" for key in keys)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def _typed(key: Key, value: Any) -> Any:
    """The JSON value back as what the column holds; a foreign type is a forged cursor."""
    expected = key.column.type.python_type
    if isinstance(value, str):
        value.encode()  # half a surrogate pair is nothing that a database could compare with
    elif expected in (datetime, uuid.UUID):
        raise ValueError(type(value))
    if expected is datetime:
        return datetime.fromisoformat(value)
    if expected is uuid.UUID:
        return uuid.UUID(value)
    if expected is float and type(value) is int:
        return float(value)
    if type(value) is not expected or (isinstance(value, str) and "\x00" in value):
        raise ValueError(type(value))
    return value


def _after(keys: Sequence[Key], values: Sequence[Any]) -> ColumnElement[bool]:
    """Rows behind the cursor.

    Keys of one direction are compared as a row, which an index answers by going straight to the place. Mixed ones are
    written out: equal in the first keys and further in the next.
    """
    if len({key.descending for key in keys}) == 1:
        columns = tuple_(*(key.column for key in keys))
        place = tuple_(*(literal(value, key.column.type) for key, value in zip(keys, values, strict=True)))
        return columns < place if keys[0].descending else columns > place
    alternatives = []
    for position, (key, value) in enumerate(zip(keys, values, strict=True)):
        same = [earlier.column == known for earlier, known in zip(keys[:position], values, strict=False)]
        further = key.column < value if key.descending else key.column > value
        alternatives.append(and_(*same, further))
    return or_(*alternatives)

"""Bases of the schemas of all domains."""

from typing import Any

from apiflask import Schema as APISchema
from apiflask.fields import String
from marshmallow import RAISE


class Schema(APISchema):
    """Refuses unknown fields, and says so in the OpenAPI description (additionalProperties: false)."""

    class Meta:
        unknown = RAISE


class FieldErrorOut(Schema):
    """One wrong value: `pointer` is a JSON pointer into the body, or /query/<name>."""

    pointer = String(required=True)
    detail = String(required=True)


EVENTS: dict[str, Any] = {
    "text/event-stream": {
        "schema": {
            "type": "object",
            "description": "Одно событие; в data тот же JSON одной строкой",
            "required": ["data"],
            "properties": {"data": {"type": "string", "contentMediaType": "application/json"}},
        }
    }
}
"""Content of an answer by server-sent events, described by one of them."""

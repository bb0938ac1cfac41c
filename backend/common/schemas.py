"""Bases of the schemas of all domains."""

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

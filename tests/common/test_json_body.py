"""What counts as JSON."""

import json
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.common.json_body import parse
from backend.errors import BadRequest, Invalid
from tests.conftest import problem

USERS = "/api/v1/users"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("абвaz/~", max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_real_json_passes_unchanged(value) -> None:
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_parsed_or_refused(raw) -> None:
    with suppress(BadRequest, Invalid):
        parse(raw)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b'{"a": 1,}', b"NaN", b"[Infinity]", b"[-Infinity]", b"1e999", b'"\xff"', b"[" * 100_000, b"9" * 5000],
)
def test_broken_json(raw) -> None:
    with pytest.raises(BadRequest):
        parse(raw)


@pytest.mark.parametrize("raw", [b'["a", "\\u0000"]', b'{"x": ["a", {"y/z": "\\ud800"}]}', b'{"a\\u0000": 1}'])
def test_strings_that_cannot_be_stored(raw) -> None:
    with pytest.raises(Invalid):
        parse(raw)


def test_pointer_of_an_unstorable_string_is_escaped() -> None:
    with pytest.raises(Invalid) as refusal:
        parse(b'{"x": [1, {"y/z~": "\\u0000"}]}')
    assert refusal.value.errors[0].pointer == "/x/1/y~1z~0"


def test_refusals_do_not_repeat_what_was_sent() -> None:
    with pytest.raises(BadRequest) as refusal:
        parse(b'{"name": Secret}')
    assert "Secret" not in refusal.value.detail


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"username": NaN}', "application/json", 400),
        (b"", "application/json", 400),
        (b"username=a", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b"{}", None, 415),
        (b"", None, 422),
        (b"[]", "application/json", 422),
        (b"{}", "application/vnd.bank+json", 422),
    ],
)
def test_statuses(client, auth, body, content_type, status) -> None:
    headers = auth("admin") | ({"Content-Type": content_type} if content_type else {})
    problem(client.post(USERS, data=body, headers=headers), status)


def test_credentials_come_before_the_body(client) -> None:
    problem(client.post(USERS, data=b"{", content_type="application/json"), 401)


def test_nul_in_the_address(client, auth) -> None:
    problem(client.get("/api/v1/users?q=%00", headers=auth("admin")), 400)
    problem(client.get("/api/v1/%00"), 400)


def test_body_over_the_limit(client, auth, test_settings) -> None:
    body = b'{"username": "' + b"a" * test_settings.max_body_bytes + b'"}'
    problem(client.post(USERS, data=body, content_type="application/json", headers=auth("admin")), 413)


def test_body_over_the_limit_without_a_declared_length(client, auth, test_settings) -> None:
    """What a server makes of chunked transfer."""
    body = BytesIO(b'"' + b"a" * test_settings.max_body_bytes + b'"')
    environ = {"wsgi.input_terminated": True}
    response = client.post(
        USERS, input_stream=body, content_type="application/json", headers=auth("admin"), environ_overrides=environ
    )
    problem(response, 413)

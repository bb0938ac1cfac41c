"""Fixtures of offers: the demo catalogue, with the running model or without, and a short way to call."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.offers.model_pool import close_clients

Post = Callable[..., TestResponse]


PATIENCE_MS = 30_000
"""Deadline of the tests that want texts: they are about texts and not about the speed of a shared machine."""


@pytest.fixture(scope="session", autouse=True)
def _connections() -> Iterator[None]:
    yield
    close_clients()


@pytest.fixture
def post(app: APIFlask, post_without_model: Post, model_url: str) -> Iterator[Post]:
    """post(body, role=…, key=…) -> the answer of POST /offers, by the real model, with a patient deadline."""
    strict = app.config["SETTINGS"]
    app.config["SETTINGS"] = strict.model_copy(update={"deadline_ms": PATIENCE_MS})
    yield post_without_model
    app.config["SETTINGS"] = strict


@pytest.fixture
def post_without_model(client: FlaskClient, auth: Callable[..., dict[str, str]], demo_catalogue: None) -> Post:
    """The same for calls that must end before the model is needed."""

    def call(body: Any, role: str = "marketer", key: str | None = None) -> TestResponse:
        headers = auth(role) | ({"Idempotency-Key": key} if key is not None else {})
        return client.post("/api/v1/offers", data=json.dumps(body), content_type="application/json", headers=headers)

    return call

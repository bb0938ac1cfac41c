"""What the tests of batches share."""

import csv
import io
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from backend.batches import jobs
from backend.batches.models import Batch, Chunk
from backend.common.db import db
from backend.offers.model_pool import close_clients
from backend.offers.models import Offer

BATCHES = "/api/v1/batches"
HEADER = "client_id;age;cnt_tr_oil_3m;gender"
Send = Callable[..., TestResponse]


@pytest.fixture(scope="session", autouse=True)
def _connections() -> Iterator[None]:
    yield
    close_clients()


@pytest.fixture(autouse=True)
def places(app: APIFlask, tmp_path: Path) -> Iterator[Path]:
    """A VAR_DIR of its own for each test."""
    usual = app.config["SETTINGS"]
    app.config["SETTINGS"] = usual.model_copy(update={"var_dir": tmp_path, "batch_chunk": 4})
    yield tmp_path / "batches"
    app.config["SETTINGS"] = usual


@pytest.fixture
def with_settings(app: APIFlask) -> Callable[..., None]:
    """with_settings(batch_calls=1): the application goes on with changed settings until the test ends."""

    def change(**changes: Any) -> None:
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update=changes)

    return change


@pytest.fixture
def send(client: FlaskClient, auth: Callable[..., dict[str, str]], demo_catalogue: None) -> Send:
    """send(content, name=…, role=…, key=…, product=…) -> the answer of POST /batches with a file."""

    def call(
        content: bytes | str, name: str = "clients.csv", role: str = "marketer", key: str | None = None, **form: Any
    ) -> TestResponse:
        raw = content.encode() if isinstance(content, str) else content
        data = {"product": "CC", "channel": "SMS", **form, "file": FileStorage(io.BytesIO(raw), filename=name)}
        headers = auth(role) | ({"Idempotency-Key": key} if key else {})
        # encoded here: the test client would put a large body into a temporary file that it never closes
        boundary, body = encode_multipart(data)
        kind = f"multipart/form-data; boundary={boundary}"
        return client.post(BATCHES, data=body, headers=headers, content_type=kind)

    return call


def table(rows: int, first: int = 1) -> str:
    """A csv of clients that differ in a few facts."""
    lines = [f"{number};{20 + number % 50};{number % 40};{number % 2}" for number in range(first, first + rows)]
    return "\n".join([HEADER, *lines]) + "\n"


def batch_of(answer: TestResponse) -> uuid.UUID:
    assert answer.status_code == 202, answer.get_data(as_text=True)
    return uuid.UUID(answer.get_json()["batch_id"])


def stored(batch_id: uuid.UUID) -> Batch:
    """The record, read anew."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Batch, batch_id)


def clients_of(batch_id: uuid.UUID) -> list[str]:
    """Clients of the stored offers in the order of rows."""
    db.session.rollback()
    return [offer.client_id for offer in db.session.query(Offer).filter_by(batch_id=batch_id).order_by(Offer.position)]


def chunk_statuses(batch_id: uuid.UUID) -> list[str]:
    db.session.rollback()
    db.session.expire_all()
    return [chunk.status for chunk in db.session.query(Chunk).filter_by(batch_id=batch_id).order_by(Chunk.number)]


def work(app: APIFlask) -> None:
    """A turn of a worker, in this process."""
    with app.app_context():
        jobs.work()


def lines_of(answer: TestResponse) -> list[dict[str, str]]:
    """The rows of a csv answer."""
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))


def objects_of(answer: TestResponse) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.text.splitlines()]

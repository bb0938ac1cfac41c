"""GET /offers/export: the same filters, whole tables, nothing that runs on a desk."""

import csv
import io
import json

import pytest
from openpyxl import load_workbook

from backend.clients import writers
from backend.common.db import db
from tests.conftest import problem
from tests.offers.bodies import store_offer

API = "/api/v1/offers/export"


@pytest.fixture
def export(app, client, auth):
    with app.app_context():
        store_offer(client_id="=1+1", client_id_is_number=False, text="Карта «Лето»; для дома")
        store_offer(product="DC", label="success")
        store_offer(text=None, error="no_compliant_text", error_detail="…", confidence=0.0, verdict=None)
        db.session.commit()
    return lambda query="", role="marketer": client.get(f"{API}{query}", headers=auth(role))


def test_csv(export):
    answer = export("?sort=created_at")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="offers.csv"'
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert [row["client_id"] for row in rows] == ["'=1+1", rows[1]["client_id"], rows[2]["client_id"]]
    assert rows[0]["text"] == "Карта «Лето»; для дома"
    assert rows[2]["text"] == ""
    assert rows[2]["error"] == "no_compliant_text"


def test_xlsx_and_ndjson_hold_the_same(export):
    sheet = load_workbook(io.BytesIO(export("?format=xlsx&sort=created_at").data)).active
    names, *cells = sheet.iter_rows(values_only=True)
    objects = [json.loads(line) for line in export("?format=ndjson&sort=created_at").data.splitlines()]
    assert [dict(zip(names, row, strict=True)) for row in cells] == objects
    assert (objects[0]["client_id"], type(objects[1]["client_id"])) == ("=1+1", int)


def test_filters_and_roles(export, client, auth):
    assert len(export("?format=ndjson&label=success").data.splitlines()) == 1
    assert export("?format=ndjson", role="service").data == b""
    assert problem(export("?format=doc"), 422)["errors"][0]["pointer"] == "/query/format"
    entries = client.get("/api/v1/audit?action=offers.export", headers=auth("admin")).get_json()["items"]
    assert entries[0]["details"] == {"format": "ndjson", "sort": "-created_at"}


def test_more_rows_than_a_sheet_holds_are_refused_before_they_are_written(export, monkeypatch):
    monkeypatch.setattr(writers, "MOST_XLSX_ROWS", 3)
    body = problem(export("?format=xlsx"), 422)
    assert body["errors"] == [
        {"pointer": "/query/format", "detail": "в листе помещается 3 строк с заголовком: выберите csv или ndjson"}
    ]
    assert export("?format=xlsx&label=success").status_code == 200
    assert len(export("?format=ndjson").data.splitlines()) == 3

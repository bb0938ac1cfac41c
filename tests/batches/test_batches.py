"""A batch from the file to the table of texts, as a caller sees it."""

import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from backend.batches import queue, service
from backend.batches.models import Chunk
from backend.batches.schemas import BatchOut
from backend.common import live
from backend.common.audit import AuditEntry
from backend.common.db import db
from backend.offers.models import Offer
from tests.batches.conftest import BATCHES, batch_of, clients_of, lines_of, objects_of, stored, table, work
from tests.conftest import problem
from tests.offers.bodies import store_offer

pytestmark = pytest.mark.usefixtures("db_session")


def test_a_file_becomes_texts_in_its_order(app, client, auth, send, places, model_url) -> None:
    batch_id = batch_of(send(table(10), campaign="осень 2026", variants="2"))
    assert (places / str(batch_id) / "upload").read_text() == table(10)
    work(app)
    body = client.get(f"{BATCHES}/{batch_id}", headers=auth("ml_engineer")).get_json()
    assert {name: body[name] for name in ("status", "total", "done", "failed", "problems", "rows", "eta_s")} == {
        "status": "done",
        "total": 10,
        "done": 10,
        "failed": 0,
        "problems": 0,
        "rows": 10,
        "eta_s": None,
    }
    assert body["rate_per_s"] > 0
    assert not places.joinpath(str(batch_id)).exists()
    rows = lines_of(client.get(f"{BATCHES}/{batch_id}/results", headers=auth()))
    assert [row["row"] for row in rows] == [str(number) for number in range(2, 12)]
    assert [row["client_id"] for row in rows] == [str(number) for number in range(1, 11)]
    assert all("Примербанк" in row["text"] for row in rows)
    assert any(row["text_2"] for row in rows)
    assert "utm_campaign=%D0%BE%D1%81%D0%B5%D0%BD%D1%8C%202026" in rows[0]["link"]
    offers = client.get(f"/api/v1/offers?batch_id={batch_id}", headers=auth()).get_json()
    assert offers["total"] == 10
    assert {"batches.create", "batches.results"} <= {entry.action for entry in db.session.query(AuditEntry)}


@pytest.mark.parametrize("padding", [0, 9, 40])
def test_a_large_file_arrives_whatever_its_lines_look_like(send, places, padding) -> None:
    content = table(20_000).replace("\n", " " * padding + "\n")
    batch_id = batch_of(send(content))
    assert (places / str(batch_id) / "upload").read_text() == content


def test_results_in_every_format_say_the_same(app, client, auth, send, model_url) -> None:
    batch_id = batch_of(send(table(3)))
    work(app)
    texts = {}
    for kind in ("csv", "ndjson", "xlsx"):
        answer = client.get(f"{BATCHES}/{batch_id}/results?format={kind}", headers=auth())
        assert answer.headers["Content-Disposition"] == f'attachment; filename="batch-{batch_id}.{kind}"'
        if kind == "xlsx":
            head, *cells = load_workbook(io.BytesIO(answer.data)).active.values
            rows = [dict(zip(head, row, strict=True)) for row in cells]
        else:
            rows = lines_of(answer) if kind == "csv" else objects_of(answer)
        texts[kind] = [(str(row["client_id"]), row["text"]) for row in rows]
    assert len(texts["csv"]) == 3
    assert texts["csv"] == texts["ndjson"] == texts["xlsx"]


def test_formulas_are_defused(app, client, auth, send, model_url) -> None:
    batch_id = batch_of(send("client_id;age\n=1+1;40\n"))
    work(app)
    assert lines_of(client.get(f"{BATCHES}/{batch_id}/results", headers=auth()))[0]["client_id"] == "'=1+1"


def test_a_client_who_gets_no_product_is_a_row_with_its_error(app, client, auth, send, model_url) -> None:
    content = '{"client_id": 1, "features": {"age": 15}}\n{"client_id": "b", "features": {"age": 40}}\n'
    batch_id = batch_of(send(content, "clients.ndjson", product="auto"))
    work(app)
    rows = objects_of(client.get(f"{BATCHES}/{batch_id}/results?format=ndjson", headers=auth()))
    assert [row["client_id"] for row in rows] == [1, "b"]
    assert all(bool(row["text"]) != bool(row["error"]) for row in rows)


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"product": "NOPE"}, "/product"),
        ({"channel": "NOPE"}, "/channel"),
        ({"tone": "rude"}, "/tone"),
        ({"variants": "9"}, "/variants"),
        ({"campaign": "a&b=c"}, "/campaign"),
        ({"unknown": "1"}, "/unknown"),
    ],
)
def test_wrong_options_are_pointed_at_and_the_file_goes(send, places, form, pointer) -> None:
    body = problem(send(table(1), **form), 422)
    assert [error["pointer"] for error in body["errors"]] == [pointer]
    assert not list(places.iterdir())


def test_bodies_that_are_no_batches(client, auth, send, demo_catalogue, with_settings) -> None:
    form = {"product": "CC", "channel": "SMS"}
    multipart = {"content_type": "multipart/form-data", "headers": auth()}
    assert problem(client.post(BATCHES, data=form, **multipart), 422)["errors"][0]["pointer"] == "/file"
    problem(send(""), 422)
    problem(client.post(BATCHES, data="x", content_type="text/csv", headers=auth()), 415)
    problem(client.post(BATCHES, data="{", content_type="application/json", headers=auth()), 400)
    problem(client.post(BATCHES, json={"table": "a;drop", **form}, headers=auth()), 422)
    with_settings(batch_max_mb=1)
    parts = b'--end\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n%b\r\n--end--\r\n'
    kind = "multipart/form-data; boundary=end"
    problem(client.post(BATCHES, data=parts % (b"a" * 2_000_000), content_type=kind, headers=auth()), 413)


def test_roles(client, auth, send, model_url, app) -> None:
    problem(send(table(1), role="ml_engineer"), 403)
    mine = batch_of(send(table(1), role="service"))
    other = batch_of(send(table(1)))
    assert client.get(f"{BATCHES}/{mine}", headers=auth("service")).status_code == 200
    for path in ("", "/results", "/problems", "/events"):
        problem(client.get(f"{BATCHES}/{other}{path}", headers=auth("service")), 404)
    problem(client.post(f"{BATCHES}/{other}/cancel", headers=auth("service")), 404)
    page = client.get(BATCHES, headers=auth("service")).get_json()
    assert [one["batch_id"] for one in page["items"]] == [str(mine)]
    assert client.get(BATCHES, headers=auth("ml_engineer")).get_json()["total"] == 2


def test_a_key_makes_one_batch(send) -> None:
    first = send(table(2), key="night-1")
    again = send(table(2), key="night-1")
    assert batch_of(first) == batch_of(again)
    assert again.headers["Idempotency-Replayed"] == "true"
    problem(send(table(2), key="night-1", product="DC"), 422)
    other = problem(send(table(2, first=5), key="night-1"), 422)
    assert other["errors"][0]["pointer"] == "/header/Idempotency-Key"
    assert batch_of(send(table(2), key="night-1", role="admin")) != batch_of(first)


def test_a_key_brings_its_batch_whatever_became_of_the_product(client, auth, send) -> None:
    first = send(table(2), key="night-2", product="DC")
    archived = client.post("/api/v1/products/DC/archive", json={"version": 1}, headers=auth("admin"))
    assert archived.status_code == 200, archived.text
    assert batch_of(send(table(2), key="night-2", product="DC")) == batch_of(first)
    problem(send(table(2), key="night-3", product="DC"), 422)


def test_a_seed_brings_the_same_texts_and_other_ones_in_each_chunk(
    app, client, auth, send, model_url, with_settings
) -> None:
    with_settings(batch_calls=1)  # chunks side by side share their steps, which changes last bits
    same = "client_id;age\n" + "\n".join(f"{number};40" for number in range(8))
    texts = []
    for seed in ("7", "7", "8"):
        batch_id = batch_of(send(same, seed=seed))
        work(app)
        rows = lines_of(client.get(f"{BATCHES}/{batch_id}/results", headers=auth()))
        texts.append([row["text"] for row in rows])
    assert stored(batch_id).options["seed"] == 8
    assert texts[0] == texts[1] != texts[2]
    assert texts[0][:4] != texts[0][4:]
    assert problem(send(same, seed="-1"), 422)["errors"][0]["pointer"] == "/seed"


def test_the_rate_counts_no_pauses(app, client, auth, send, model_url) -> None:
    batch_id = batch_of(send(table(8)))
    work(app)
    record = stored(batch_id)
    record.writing_at -= timedelta(hours=9)
    record.finished_at -= timedelta(hours=9)
    before = record.finished_at - record.writing_at
    db.session.query(Offer).filter_by(position=3).update({"text": None, "error": "no_compliant_text"})
    record.done, record.failed = 7, 1
    db.session.commit()
    client.post(f"{BATCHES}/{batch_id}/resume", headers=auth())
    work(app)
    record = stored(batch_id)
    assert before < record.finished_at - record.writing_at < before + timedelta(minutes=5)


def test_cancel_and_resume(app, client, auth, send, model_url) -> None:
    batch_id = batch_of(send(table(6)))
    assert client.post(f"{BATCHES}/{batch_id}/cancel", headers=auth()).get_json()["status"] == "cancelled"
    work(app)
    assert clients_of(batch_id) == []
    problem(client.post(f"{BATCHES}/{batch_id}/cancel", headers=auth()), 409)
    assert client.post(f"{BATCHES}/{batch_id}/resume", headers=auth()).get_json()["status"] == "queued"
    problem(client.post(f"{BATCHES}/{batch_id}/resume", headers=auth()), 409)
    work(app)
    assert clients_of(batch_id) == [str(number) for number in range(1, 7)]
    problem(client.post(f"{BATCHES}/{batch_id}/resume", headers=auth()), 409)


def test_failed_rows_are_tried_again_alone(app, client, auth, send, model_url) -> None:
    batch_id = batch_of(send(table(6)))
    work(app)
    kept = {offer.position: offer.id for offer in db.session.query(Offer).filter(Offer.position != 3)}
    record = stored(batch_id)
    db.session.query(Offer).filter_by(position=3).update({"text": None, "error": "no_compliant_text"})
    record.done, record.failed = 5, 1
    db.session.commit()
    body = client.post(f"{BATCHES}/{batch_id}/resume", headers=auth()).get_json()
    assert (body["status"], body["failed"]) == ("running", 0)
    work(app)
    record = stored(batch_id)
    assert (record.status, record.done, record.failed) == ("done", 6, 0)
    assert clients_of(batch_id) == [str(number) for number in range(1, 7)]
    assert {offer.position: offer.id for offer in db.session.query(Offer) if offer.position != 3} == kept


def test_a_product_that_was_chosen_is_chosen_anew_for_failed_rows(app, client, auth, send, model_url) -> None:
    batch_id = batch_of(send(table(3), product="auto"))
    work(app)
    [failed] = db.session.query(Offer).filter_by(position=2)
    chosen, reason = failed.product, failed.product_reason
    failed.text, failed.error = None, "no_compliant_text"
    failed.product = "INVEST" if chosen != "INVEST" else "CC"
    record = stored(batch_id)
    record.done, record.failed = 2, 1
    db.session.commit()
    client.post(f"{BATCHES}/{batch_id}/resume", headers=auth())
    work(app)
    [again] = db.session.query(Offer).filter_by(position=2)
    assert (again.product, again.product_reason) == (chosen, reason)
    assert reason


def test_a_retry_that_is_stopped_and_resumed_tries_each_client_once(app, client, auth, send, model_url) -> None:
    batch_id = batch_of(send(table(6)))
    work(app)
    record = stored(batch_id)
    db.session.query(Offer).filter(Offer.position.in_((3, 4))).update({"text": None, "error": "no_compliant_text"})
    record.done, record.failed = 4, 2
    db.session.commit()
    for _ in range(2):
        body = client.post(f"{BATCHES}/{batch_id}/resume", headers=auth()).get_json()
        assert (body["status"], body["done"], body["failed"]) == ("running", 4, 0)
        assert client.post(f"{BATCHES}/{batch_id}/cancel", headers=auth()).status_code == 200
    client.post(f"{BATCHES}/{batch_id}/resume", headers=auth())
    work(app)
    record = stored(batch_id)
    assert (record.status, record.total, record.done, record.failed) == ("done", 6, 6, 0)
    assert clients_of(batch_id) == [str(number) for number in range(1, 7)]


def test_failed_rows_of_a_large_batch_are_looked_for_once(app, send) -> None:
    batch_id = batch_of(send(table(1)))
    for position in range(2, 402):
        store_offer(batch_id=batch_id, position=position, text="Текст" if position % 2 else None)
    db.session.commit()
    db.session.execute(text("ANALYZE offers"))
    db.session.execute(text("SET LOCAL enable_seqscan = off"))
    before = _offers_read()
    assert service._chunks_of_failed(batch_id) == 200
    db.session.flush()
    assert _offers_read() - before < 3 * 400, "each round began at the first row again"
    rows = [client["row"] for chunk in db.session.query(Chunk).order_by(Chunk.number) for client in chunk.clients]
    assert rows == list(range(2, 402, 2))
    db.session.rollback()


def _offers_read() -> int:
    """Rows of offers that the transaction has read so far."""
    counted = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'offers'"
    return int(db.session.scalar(text(counted)))


def test_events_end_with_the_batch(app, client, auth, send, model_url, monkeypatch) -> None:
    batch_id = batch_of(send(table(2)))
    monkeypatch.setattr(live.time, "sleep", lambda _: work(app))
    answer = client.get(f"{BATCHES}/{batch_id}/events", headers=auth())
    assert answer.mimetype == "text/event-stream"
    told = [piece.removeprefix("data: ") for piece in answer.text.split("\n\n") if piece.startswith("data: ")]
    first, last = (BatchOut().loads(told[place]) for place in (0, -1))
    assert (first["status"], last["status"], last["done"]) == ("queued", "done", 2)


def test_unknown_batches(client, auth, demo_catalogue) -> None:
    for path in ("", "/results", "/problems", "/events"):
        problem(client.get(f"{BATCHES}/{uuid.uuid4()}{path}", headers=auth()), 404)


def test_workers_are_called_once_for_each(app, send) -> None:
    from rq import Queue

    for _ in range(3):
        send(table(1))
    with app.app_context():
        jobs: Any = Queue(queue.NAME, connection=app.extensions["redis"])
        assert jobs.count == 1

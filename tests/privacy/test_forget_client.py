"""One client's data end on request: in offers, labels, answers, batches and data sets; the audit keeps no id."""

import hashlib
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from backend.batches import service as batches
from backend.batches.models import Batch, Chunk, Problem
from backend.common.client_ids import reference
from backend.common.clock import now
from backend.common.db import db
from backend.learning import locks
from backend.offers import labelled
from backend.offers.models import IdempotencyKey, Label, Offer
from backend.privacy import service as privacy
from tests.conftest import problem
from tests.factories import UserFactory
from tests.launch.conftest import until
from tests.offers.bodies import store_offer
from tests.privacy.conftest import SECRET, stored_text, told_everywhere

FORGET = "/api/v1/privacy/forget-client"


@pytest.fixture
def forget(client, auth):
    def call(client_id: Any, status: int = 200) -> dict[str, Any]:
        response = client.post(FORGET, json={"client_id": client_id}, headers=auth("admin"))
        assert response.status_code == status, response.get_data(as_text=True)
        return response.get_json()

    return call


def test_nothing_of_the_client_is_left_in_an_offer(forget, db_session) -> None:
    told_everywhere("101")
    other = store_offer(client_id="102", text="Другой текст")
    db_session.commit()
    assert SECRET in stored_text()
    assert forget(101)["offers"] == 1
    db_session.expire_all()
    assert SECRET not in stored_text()
    assert db_session.get_one(Offer, other.id).text == "Другой текст"
    assert db_session.scalar(select(Offer.anonymised_at).where(Offer.client_id == ""))


def test_number_and_string_are_the_same_client(forget, db_session) -> None:
    for is_number in (True, False):
        store_offer(client_id="101", client_id_is_number=is_number)
    store_offer(client_id="0101", client_id_is_number=False)
    db_session.commit()
    assert forget("101")["offers"] == 2
    assert forget("101")["offers"] == 0


def test_labels_still_count_but_say_nothing(forget, db_session, client, auth) -> None:
    offer = told_everywhere("101")
    db_session.commit()
    before = client.get("/api/v1/quality/rates?by=product", headers=auth()).get_json()
    forget("101")
    db_session.expire_all()
    [label] = db_session.scalars(select(Label).where(Label.offer_id == offer.id))
    assert (label.label, label.reasons, label.comment, label.corrected_text) == ("failure", ["dull"], "", None)
    assert client.get("/api/v1/quality/rates?by=product", headers=auth()).get_json() == before
    assert list(labelled.rows()) == []
    assert labelled.counts().failure == 0


def test_what_was_forgotten_is_shown_as_such_and_not_used(forget, db_session, client, auth) -> None:
    offer = told_everywhere("101")
    unlabelled = store_offer(client_id="101")
    db_session.commit()
    forget("101")
    shown = client.get(f"/api/v1/offers/{offer.id}", headers=auth()).get_json()
    assert shown["text"] is None
    assert shown["error"]["code"] == "anonymised"
    assert shown["features"] == {}
    assert client.post("/api/v1/review/queue", json={"size": 5}, headers=auth()).get_json()["items"] == []
    again = client.post(f"/api/v1/offers/{offer.id}/regenerate", json={}, headers=auth())
    assert "удалены" in problem(again, 422)["detail"]
    label = client.put(f"/api/v1/offers/{unlabelled.id}/label", json={"label": "success"}, headers=auth())
    problem(label, 422)


def test_answers_kept_for_repeated_calls_go_too(forget, db_session) -> None:
    author = UserFactory()
    for key, client_id in (("a", 101), ("b", "101"), ("c", 102)):
        columns = {"request_hash": "", "lease": uuid.uuid4(), "lease_until": now(), "expires_at": now() + timedelta(1)}
        response = {"offers": [{"client_id": 7}, {"client_id": client_id}]}
        db_session.add(IdempotencyKey(user_id=author.id, key=key, status=200, response=response, **columns))
    db_session.commit()
    forget("101")
    assert list(db_session.scalars(select(IdempotencyKey.key))) == ["c"]


def make_batch(*chunks: list[Any], status: str = "running", working: bool = False) -> Batch:
    """A batch in its writing stage whose chunks wait."""
    batch = Batch(
        status=status,
        stage="write",
        author="olga",
        source={"file": "clients.csv"},
        options={"product": "CC", "channel": "SMS", "tone": "neutral", "conditions": "none", "variants": 1},
        total=sum(map(len, chunks)),
    )
    db.session.add(batch)
    db.session.flush()
    for number, ids in enumerate(chunks):
        clients = [{"row": number * 10 + place, "client_id": one, "features": {}} for place, one in enumerate(ids)]
        held = {"status": "working", "lease": uuid.uuid4()} if working else {"status": "waiting"}
        db.session.add(Chunk(batch_id=batch.id, number=number, first_row=0, count=len(ids), clients=clients, **held))
    db.session.commit()
    return batch


def chunks_of(batch: Batch) -> list[tuple[str, list[Any]]]:
    db.session.expire_all()
    rows = db.session.scalars(select(Chunk).where(Chunk.batch_id == batch.id).order_by(Chunk.number))
    return [(chunk.status, [client["client_id"] for client in chunk.clients]) for chunk in rows]


@pytest.mark.parametrize("status", ["running", "cancelled"])
def test_rows_of_batches_that_wait_are_taken_out(forget, db_session, status) -> None:
    batch = make_batch([100, 101], ["101"], [102], status=status)
    assert forget(101)["batch_rows"] == 2
    assert chunks_of(batch) == [("waiting", [100]), ("done", []), ("waiting", [102])]
    assert (batch.total, batch.status) == (2, status)


def test_reports_of_wrong_rows_quote_the_client_no_more(forget, db_session) -> None:
    batch = make_batch([100], status="failed")
    for row, whose in ((3, "101"), (3, "101"), (4, "102"), (5, None)):
        db_session.add(Problem(batch_id=batch.id, row=row, client_id=whose, field="age", detail="«сорок» — не число"))
    db_session.commit()
    assert forget(101)["batch_rows"] == 1
    left = select(Problem.row).where(Problem.batch_id == batch.id).order_by(Problem.row)
    assert list(db_session.scalars(left)) == [4, 5]


def test_a_batch_of_nobody_else_is_over(forget, db_session) -> None:
    batch = make_batch([101])
    forget(101)
    assert chunks_of(batch) == [("done", [])]
    assert (batch.status, batch.total) == ("done", 0)


def test_who_is_writing_the_client_just_now_loses_the_chunk(forget, db_session) -> None:
    batch = make_batch([100, 101], working=True)
    forget(101)
    assert chunks_of(batch) == [("waiting", [100])]
    assert db_session.scalar(select(Chunk.lease).where(Chunk.batch_id == batch.id)) is None


@contextmanager
def meanwhile(app, call: Callable[[], Any]) -> Iterator[list[Any]]:
    """`call` in a thread, which has to wait for what this transaction holds; its answer is there behind the block."""
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(call()))
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")

    def waits() -> bool:
        with db.engine.connect() as connection:
            return bool(connection.scalar(waiting))

    thread.start()
    try:
        until(waits)
        yield answers
        db.session.commit()
    finally:
        db.session.rollback()
        thread.join()


def batch_with_failed(*ids: str) -> Batch:
    """A finished batch whose clients got no text."""
    batch = make_batch(status="done")
    batch.total = batch.failed = len(ids)
    for position, client_id in enumerate(ids, 2):
        store_offer(
            client_id=client_id, batch_id=batch.id, position=position, text=None, error="not_written", confidence=0.0
        )
    db.session.commit()
    return batch


def test_whom_a_resume_is_moving_is_found_where_it_moves_to(app, forget, db_session) -> None:
    batch = batch_with_failed("101", "102")
    batches._write_again(db_session.get_one(Batch, batch.id, with_for_update=True))
    db_session.flush()
    with meanwhile(app, lambda: forget(101)) as answers:
        pass
    assert answers[0]["batch_rows"] == 1
    assert [ids for _, ids in chunks_of(batch)] == [[102]]


def test_who_is_being_forgotten_is_not_moved_by_a_resume(app, client, auth, db_session) -> None:
    batch, headers = batch_with_failed("101", "102"), auth("marketer")
    privacy.forget_client("101")
    resume = f"/api/v1/batches/{batch.id}/resume"
    with meanwhile(app, lambda: client.post(resume, headers=headers).status_code) as answers:
        pass
    assert answers == [200]
    assert [ids for _, ids in chunks_of(batch)] == [[102]]


def test_while_a_file_is_checked_the_client_may_be_in_it(forget, db_session) -> None:
    store_offer(client_id="101")
    batch = make_batch(status="queued")
    batch.stage = "validate"
    db_session.commit()
    assert str(batch.id) in forget(101, 409)["detail"]
    assert db_session.scalar(select(Offer.client_id)) == "101"


def test_files_of_cancelled_batches_go(forget, db_session, places) -> None:
    batch = make_batch(status="cancelled")
    batch.stage = "validate"
    db_session.commit()
    upload = places / "batches" / str(batch.id) / "upload"
    upload.parent.mkdir(parents=True)
    upload.write_text("client_id;age\n101;40\n")
    forget(101)
    assert not upload.exists()
    assert batches.files.upload_path(batch.id) == upload


def frozen_set(places: Path, *ids: str) -> tuple[Path, list[dict[str, str]]]:
    """A data set of learning with an example for each of these clients, and the examples."""
    marks = {one: hashlib.sha256(one.encode()).hexdigest()[:16] for one in ids}
    lines = [{"offer_id": str(number), "client": marks[one]} for number, one in enumerate(ids)]
    path = places / "retrain" / str(uuid.uuid4()) / "dataset.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(map(json.dumps, [{"dropped": 0}, *lines])) + "\n")
    return path, lines


def test_a_run_that_reads_the_labels_just_now_keeps_nobody(app, forget, db_session, places: Path) -> None:
    locks.wait_for_transaction(locks.DATA)  # as the run does before it reads
    with meanwhile(app, lambda: forget("101")) as answers:
        path, lines = frozen_set(places, "101", "102")
    assert answers[0]["learning_examples"] == 1
    assert [json.loads(line) for line in path.read_text().splitlines()] == [{"dropped": 0}, lines[1]]


def test_data_sets_of_learning_lose_the_client(forget, db_session, places: Path) -> None:
    path, lines = frozen_set(places, "101", "102", "101")
    assert forget("101")["learning_examples"] == 2
    assert [json.loads(line) for line in path.read_text().splitlines()] == [{"dropped": 0}, lines[1]]
    assert [one.name for one in path.parent.iterdir()] == ["dataset.jsonl"]


def test_the_audit_tells_that_it_was_done_but_not_for_whom(forget, db_session, client, auth, app) -> None:
    told_everywhere("4276001122")
    db_session.commit()
    client.get("/api/v1/offers?client_id=4276001122", headers=auth("marketer"))
    client.get("/api/v1/offers/export?client_id=4276001122&q=4276001122", headers=auth("marketer"))
    done = forget("4276001122")
    [entry] = client.get("/api/v1/audit?action=privacy", headers=auth("admin")).get_json()["items"]
    assert (entry["action"], entry["actor"], entry["target"]) == ("privacy.forget", "admin-user", done["reference"])
    assert entry["details"] == {"offers": 1, "batch_rows": 0, "learning_examples": 0}
    with app.app_context():
        assert done["reference"] == reference(4276001122)
    everything = client.get("/api/v1/audit?limit=200", headers=auth("admin")).get_json()
    assert "4276001122" not in json.dumps(everything)
    traces = client.get(f"/api/v1/audit?target={done['reference']}", headers=auth("admin")).get_json()["items"]
    assert {one["action"] for one in traces} == {"privacy.forget", "offers.lookup"}


@pytest.mark.parametrize("client_id", [None, "", True, 1.5, [], "x" * 129])
def test_wrong_ids(client, auth, client_id) -> None:
    body = problem(client.post(FORGET, json={"client_id": client_id}, headers=auth("admin")), 422)
    assert body["errors"][0]["pointer"] == "/client_id"


@pytest.mark.parametrize("role", ["marketer", "ml_engineer", "service"])
def test_only_admins_may(client, auth, role) -> None:
    problem(client.post(FORGET, json={"client_id": 1}, headers=auth(role)), 403)


def test_command(app, db_session) -> None:
    told_everywhere("101")
    db_session.commit()
    output = app.test_cli_runner().invoke(args=["privacy", "forget-client", "101"]).output
    assert "Предложений 1" in output
    assert SECRET not in stored_text()

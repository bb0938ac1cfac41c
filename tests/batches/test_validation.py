"""The check of rows: what is wrong is reported row by row, hopeless tables are refused, memory stays flat."""

import errno
import io
import os
import resource
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from openpyxl import Workbook
from sqlalchemy import text

from backend.batches import files, jobs, lease, validation
from backend.batches.models import Batch, Chunk, Problem
from backend.batches.seen import CACHE_KIB, Seen
from backend.common import temporary
from backend.common.db import db
from tests.batches.conftest import BATCHES, HEADER, batch_of, lines_of, stored, table
from tests.conftest import problem

pytestmark = pytest.mark.usefixtures("db_session")
MB = 2**20


def check(app: Any) -> None:
    with app.app_context(), lease.held() as mine:
        while batch := validation.take(mine):
            validation.check(batch.id, mine)


def test_wrong_rows_are_reported_and_the_others_served(app, client, auth, send) -> None:
    rows = ["1;40;5;0", "2;-3;5;7", ";30;1;1", "1;41;6;1", *(f"{number};33;1;1" for number in range(10, 30))]
    batch_id = batch_of(send("\n".join([HEADER, *rows])))
    check(app)
    body = client.get(f"{BATCHES}/{batch_id}", headers=auth()).get_json()
    assert (body["status"], body["stage"], body["rows"], body["total"], body["problems"]) == (
        *("running", "write"),
        *(24, 21, 3),
    )
    report = lines_of(client.get(f"{BATCHES}/{batch_id}/problems", headers=auth()))
    assert [(row["row"], row["field"]) for row in report] == [
        ("3", "age"),
        ("3", "gender"),
        ("4", "client_id"),
        ("5", "client_id"),
    ]
    assert report[-1]["detail"] == "этот клиент уже есть в строке 2"
    whose = db.session.query(Problem.client_id).filter_by(batch_id=batch_id).order_by(Problem.id)
    assert [one for (one,) in whose] == ["2", "2", None, "1"]
    chunks = db.session.query(Chunk).filter_by(batch_id=batch_id).order_by(Chunk.number).all()
    assert [chunk.count for chunk in chunks] == [4, 4, 4, 4, 4, 1]
    assert chunks[0].clients[0] == {
        "row": 2,
        "client_id": "1",
        "features": {"age": 40.0, "cnt_tr_oil_3m": 5, "gender": 0},
    }


def test_a_reason_quotes_names_of_columns_and_no_values_of_a_client(app, client, auth, send) -> None:
    """Without a header the first row is a client's, and the reason stays with the batch."""
    batch_id = batch_of(send("4276001122;40.5;C-77;klient_id\n4276001123;41;C-78;x\n", "a.csv"))
    check(app)
    error = client.get(f"{BATCHES}/{batch_id}", headers=auth()).get_json()["error"]
    assert [value for value in ("4276001122", "40.5", "C-77") if value in error] == [], error


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ("a;b\n1;2\n", "a.csv", "нет ни одного известного столбца"),
        (HEADER + "\n", "a.csv", "нет ни одной строки"),
        (HEADER + "\n1;-1;1;1\n2;30;1;1\n", "a.csv", "строк с ошибками 1 из 2 (50 %)"),
        (b"PK\x03\x04 no workbook", "a.xlsx", "повреждён"),
        (b"PAR1 no parquet", "a.parquet", "parquet не читается"),
        (b"\xd0\xcf\x11\xe0 old", "a.xls", "сохраните как xlsx"),
    ],
)
def test_hopeless_tables_fail_with_the_reason(app, client, auth, send, places, content, name, words) -> None:
    batch_id = batch_of(send(content, name))
    check(app)
    body = client.get(f"{BATCHES}/{batch_id}", headers=auth()).get_json()
    assert body["status"] == "failed"
    assert words in body["error"]
    assert (body["total"], body["eta_s"]) == (0, None)
    assert not places.joinpath(str(batch_id)).exists()
    assert db.session.query(Chunk).count() == 0
    problem(client.post(f"{BATCHES}/{batch_id}/resume", headers=auth()), 409)


def test_a_zip_bomb_is_refused(app, send) -> None:
    import zipfile

    book = io.BytesIO()
    Workbook().save(book)
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b" " * (64 * MB))
    batch_id = batch_of(send(book.getvalue(), "bomb.xlsx"))
    check(app)
    assert "слишком велика" in (stored(batch_id).error or "")


def test_too_many_rows(app, send, with_settings) -> None:
    with_settings(batch_max_rows=3)
    batch_id = batch_of(send(table(4)))
    check(app)
    assert "строк больше 3" in (stored(batch_id).error or "")


def test_every_format_is_read(app, send) -> None:
    columns = {"client_id": [1, 2], "age": [40.5, None]}
    parquet, book = io.BytesIO(), Workbook()
    pyarrow.parquet.write_table(pyarrow.table(columns), parquet)
    for row in (list(columns), *zip(*columns.values(), strict=True)):
        book.active.append(row)
    xlsx = io.BytesIO()
    book.save(xlsx)
    for content, name in (
        (parquet.getvalue(), "a.parquet"),
        (xlsx.getvalue(), "a.xlsx"),
        ('[{"client_id": 1, "age": 40.5}, {"client_id": 2, "age": null}]', "a.json"),
    ):
        batch_id = batch_of(send(content, name))
        check(app)
        chunk = db.session.query(Chunk).filter_by(batch_id=batch_id).one()
        assert [client["client_id"] for client in chunk.clients] == [1, 2], name
        assert [client["features"] for client in chunk.clients] == [{"age": 40.5}, {}], name


@pytest.fixture
def client_base(db_session: Any) -> Iterator[str]:
    """A view of clients in a schema of the bank's own."""
    for statement in (
        "CREATE SCHEMA bank",
        'CREATE TABLE bank.people (client_id int, age numeric, "CNT_TR_OIL_3M" text, hired date)',
        "INSERT INTO bank.people SELECT n, 20 + n % 50, 'N/A', now() FROM generate_series(1, 10) n",
        "CREATE VIEW bank.clients AS SELECT * FROM bank.people ORDER BY client_id",
    ):
        db_session.execute(text(statement))
    db_session.commit()
    yield "bank.clients"
    db_session.rollback()
    db_session.execute(text("DROP SCHEMA bank CASCADE"))
    db_session.commit()


def test_a_view_of_the_database_is_a_batch(app, client, auth, demo_catalogue, with_settings, client_base) -> None:
    body = {"table": client_base, "product": "CC", "channel": "SMS"}
    refused = problem(client.post(BATCHES, json=body, headers=auth()), 422)
    assert refused["errors"][0]["pointer"] == "/table"
    assert "BATCH_SCHEMAS" in refused["errors"][0]["detail"]
    with_settings(batch_schemas="public, bank")
    for wrong in ("bank.nothing", "public.users", "pg_catalog.pg_class"):
        problem(client.post(BATCHES, json={**body, "table": wrong}, headers=auth()), 422)
    batch_id = batch_of(client.post(BATCHES, json=body, headers=auth()))
    check(app)
    record = stored(batch_id)
    assert (record.status, record.total, record.error) == ("running", 10, None)
    assert record.notes == ["столбец «hired» не используется"]
    first = db.session.query(Chunk).filter_by(batch_id=batch_id, number=0).one()
    assert first.clients[0] == {"row": 1, "client_id": 1, "features": {"age": 21.0}}


def test_ids_of_a_table_may_be_uuids(app, client, auth, demo_catalogue, with_settings, client_base) -> None:
    one = "0d9a4c0e-8f1b-4c8e-9b1f-3a8a4f0f2d11"
    db.session.execute(text("CREATE TABLE bank.known (client_id uuid, age int)"))
    db.session.execute(text(f"INSERT INTO bank.known VALUES ('{one}', 40)"))
    db.session.commit()
    with_settings(batch_schemas="bank")
    body = {"table": "bank.known", "product": "CC", "channel": "SMS"}
    batch_id = batch_of(client.post(BATCHES, json=body, headers=auth()))
    check(app)
    assert stored(batch_id).error is None
    assert db.session.query(Chunk).filter_by(batch_id=batch_id).one().clients[0]["client_id"] == one


def test_a_check_that_was_interrupted_begins_again(app, send, monkeypatch) -> None:
    batch_id = batch_of(send(table(20)))
    monkeypatch.setattr(validation, "AT_ONCE", 8)
    keep, calls = validation._keep, []

    def killed(*arguments: Any) -> None:
        keep(*arguments)
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt  # as little is cleaned up as after a kill

    monkeypatch.setattr(validation, "_keep", killed)
    with app.app_context(), lease.held() as mine, pytest.raises(KeyboardInterrupt):
        validation.check(validation.take(mine).id, mine)  # type: ignore[union-attr]
    assert stored(batch_id).rows == 16
    check(app)
    assert stored(batch_id).stage == "validate", "the lease of the killed worker still holds"
    db.session.query(Batch).update({"lease_until": text("now() - interval '1 second'")})
    db.session.commit()
    check(app)
    record = stored(batch_id)
    assert (record.stage, record.rows, record.total, record.attempts) == ("write", 20, 20, 2)
    rows = [client["row"] for chunk in db.session.query(Chunk).order_by(Chunk.number) for client in chunk.clients]
    assert rows == list(range(2, 22))


@pytest.mark.parametrize(
    "failure", [OSError(errno.ENOSPC, "no space"), sqlite3.OperationalError("database or disk is full"), MemoryError()]
)
def test_a_machine_without_room_condemns_no_file(app, client, auth, send, places, monkeypatch, failure) -> None:
    batch_id = batch_of(send(table(5)))

    def full(_: Any, *__: Any) -> None:
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(Seen, "earlier_row", full)
        for number in range(1, validation.MOST_ATTEMPTS + 1):
            with pytest.raises(type(failure)):
                check(app)
            record = stored(batch_id)
            assert (record.attempts, record.lease) == (number, None)
            check(app)  # not before the pause is over
            db.session.query(Batch).update({"lease_until": text("now() - interval '1 second'")})
            db.session.commit()
    record = stored(batch_id)
    assert (record.status, record.stage, type(failure).__name__ in record.error) == ("cancelled", "validate", True)
    assert (places / str(batch_id) / "upload").read_text() == table(5)
    resumed = client.post(f"{BATCHES}/{batch_id}/resume", headers=auth()).get_json()
    assert (resumed["status"], resumed["error"]) == ("queued", None)
    check(app)
    assert (stored(batch_id).stage, stored(batch_id).total) == ("write", 5)


@pytest.fixture
def temporary_folder(tmp_path: Path, monkeypatch) -> Path:
    """Where temporary files of this test lie."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_ids_lie_in_no_file_that_a_killed_worker_would_leave(temporary_folder) -> None:
    with Seen() as seen:
        several = 3 * CACHE_KIB * 1024 // 100
        assert not [row for row in range(several) if seen.earlier_row(f"{row:0100}", row)]
        assert list(temporary_folder.iterdir()) == []
        assert seen.earlier_row(f"{several - 1:0100}", 0) == several - 1
        assert seen.earlier_row(f"{7:0100}", 0) == 7


def test_what_killed_processes_left_is_swept(app, temporary_folder) -> None:
    for name in ("old", "new"):
        for prefix in temporary.PREFIXES:
            path = temporary_folder / f"{prefix}{name}"
            if prefix == temporary.WORKBOOK:
                path.write_text("101")
            else:
                path.mkdir()
                (path / "offers.csv").write_text("101")
    (temporary_folder / "of-others").touch()
    before = time.time() - temporary.KEPT_S - 60
    for path in temporary_folder.iterdir():
        if not path.name.endswith("new"):
            os.utime(path, (before, before))
    with app.app_context():
        jobs.keep_up()
    kept = {path.name for path in temporary_folder.iterdir()}
    assert kept == {"of-others", *(f"{prefix}new" for prefix in temporary.PREFIXES)}


def test_files_that_nobody_needs_are_swept(app, send, places, monkeypatch) -> None:
    needed = batch_of(send(table(1)))
    orphan = places / str(uuid.uuid4())
    orphan.mkdir()
    monkeypatch.setattr(files, "KEPT_S", -1.0)
    with app.app_context():
        assert files.sweep({needed}) == 1
    assert [path.name for path in places.iterdir()] == [str(needed)]


def _grown(app: Any, batch_id: uuid.UUID, answer: Any) -> None:
    """The peak of memory beyond that of a small file, in bytes; in a process of its own."""
    with app.app_context():
        db.engine.dispose(close=False)
        check(app)
        db.session.query(Batch).filter_by(id=batch_id).update({"status": "queued"})
        db.session.commit()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        check(app)
        answer.put((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)


def test_memory_does_not_grow_with_the_file(app, send, places: Path) -> None:
    small, large = batch_of(send(table(3000))), batch_of(send(table(1)))
    db.session.query(Batch).filter_by(id=large).update({"status": "cancelled"})
    db.session.commit()
    with files.upload_path(large).open("w", encoding="utf-8") as file:
        file.write(HEADER + "\n")
        file.writelines(f"{number};{20 + number % 50};{number % 40};{number % 2}\n" for number in range(200_000))
    context = get_context("fork")
    answer = context.SimpleQueue()
    process = context.Process(target=_grown, args=(app, large, answer))
    process.start()
    process.join()
    assert stored(small).stage == "write"
    assert stored(large).total == 200_000
    grown = answer.get()
    assert grown < 25 * MB, f"{grown / MB:.0f} MB"

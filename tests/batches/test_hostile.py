"""Hostile batches: names of tables that are statements, values that are formulas, files that are bombs."""

import io
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pyarrow
import pyarrow.parquet
import pytest
from sqlalchemy import func, select, text
from werkzeug.test import TestResponse

from backend.batches import intake, lease, validation
from backend.common.db import db
from backend.users.models import User
from tests.batches.conftest import BATCHES, batch_of, lines_of, stored
from tests.conftest import problem


def check(app) -> None:
    with app.app_context(), lease.held() as mine:
        while batch := validation.take(mine):
            validation.check(batch.id, mine)


@pytest.fixture
def bank_schema(db_session):
    db_session.execute(text("CREATE SCHEMA bank"))
    db_session.execute(text("CREATE TABLE bank.people AS SELECT 1 AS client_id, 40 AS age"))
    db_session.commit()
    yield
    db_session.rollback()
    db_session.execute(text("DROP SCHEMA bank CASCADE"))
    db_session.commit()


@pytest.mark.parametrize(
    "name",
    [
        'bank.x"; DROP TABLE users; --',
        "bank.x; DELETE FROM users",
        "bank.(SELECT username AS client_id, 40 AS age FROM users) x",
        'bank"."people',
        '"bank".people',
        "bank.people UNION SELECT * FROM users",
        "bank.people\u0000",
        "bank",
        ".",
        "bank.",
        "",
        "BANK.users",
        "information_schema.tables",
        "pg_catalog.pg_authid",
        "public.users",
        "public.audit_log",
        "public.alembic_version",
    ],
)
def test_a_name_is_never_more_than_a_name(client, auth, demo_catalogue, with_settings, bank_schema, name) -> None:
    with_settings(batch_schemas="bank, public")
    headers = auth("admin")
    before = db.session.scalar(select(func.count()).select_from(User))
    problem(client.post(BATCHES, json={"table": name, "product": "CC", "channel": "SMS"}, headers=headers), 422)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(User)) == before


def test_a_table_of_the_bank_may_be_named_as_one_of_ours(
    client, auth, demo_catalogue, with_settings, bank_schema, db_session
) -> None:
    with_settings(batch_schemas="bank")
    db_session.execute(text("ALTER TABLE bank.people RENAME TO users"))
    db_session.commit()
    body = {"table": "bank.users", "product": "CC", "channel": "SMS"}
    assert client.post(BATCHES, json=body, headers=auth()).status_code == 202


def test_the_report_of_wrong_rows_runs_nothing(app, client, auth, send) -> None:
    """A wrong value is quoted in the report, which people open in a spreadsheet."""
    rows = ["client_id;age", "1;=1+1", "2;@SUM(1)", *(f"{number};33" for number in range(10, 40))]
    batch_id = batch_of(send("\n".join(rows)))
    check(app)
    report = lines_of(client.get(f"{BATCHES}/{batch_id}/problems", headers=auth()))
    assert [row["field"] for row in report] == ["age", "age"]
    assert not [value for row in report for value in row.values() if value.lstrip().startswith(("=", "+", "-", "@"))]


def xlsx_bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/sharedStrings.xml", b" " * (64 << 20))
    return target.getvalue()


def parquet_bomb() -> bytes:
    target = io.BytesIO()
    regions = pyarrow.array(["x" * 1_000_000] * 1000).dictionary_encode()
    content = pyarrow.table({"age": range(1000), "reg_region_nm": regions})
    pyarrow.parquet.write_table(content, target, compression="zstd")
    return target.getvalue()


@pytest.mark.parametrize(("make", "name"), [(xlsx_bomb, "clients.xlsx"), (parquet_bomb, "clients.parquet")])
def test_bombs_are_refused_with_a_reason(app, client, auth, send, make, name) -> None:
    content = make()
    assert len(content) < 1 << 20
    batch_id = batch_of(send(content, name))
    check(app)
    body = client.get(f"{BATCHES}/{batch_id}", headers=auth()).get_json()
    assert body["status"] == "failed"
    assert "велика" in body["error"] or "длиннее" in body["error"]


def test_a_file_beyond_the_limit_is_refused_while_it_comes(client, auth, demo_catalogue, with_settings, places) -> None:
    with_settings(batch_max_mb=1)
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="clients.csv"\r\n\r\n'
    body = part + b"x" * (2 << 20) + b"\r\n--x--\r\n"
    answer = client.post(BATCHES, data=body, headers=auth(), content_type="multipart/form-data; boundary=x")
    assert "BATCH_MAX_MB" in problem(answer, 413)["detail"]
    assert not places.is_dir() or list(places.iterdir()) == []


def post_form(client, headers: dict[str, str], body: bytes, length: int | None) -> TestResponse:
    """The very bytes of a form, with or without their number; the test client would make a boundary of its own."""
    told = {"HTTP_TRANSFER_ENCODING": "chunked"} if length is None else {"CONTENT_LENGTH": str(length)}
    environ = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True, **told}
    environ["CONTENT_TYPE"] = "multipart/form-data; boundary=x"
    return client.post(BATCHES, headers=headers, environ_overrides=environ)


@pytest.mark.parametrize("told", [True, False])
def test_a_file_that_comes_as_a_field_is_not_called_too_large(client, auth, demo_catalogue, places, told) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
    body = part + b"x" * (intake.MOST_FIELD_BYTES + 1) + b"\r\n--x--\r\n"
    answer = post_form(client, auth(), body, len(body) if told else None)
    assert problem(answer, 422)["errors"] == [{"pointer": "/file", "detail": "файл передают частью с именем файла"}]
    assert not places.is_dir() or list(places.iterdir()) == []


def test_a_file_of_unknown_length_is_refused_at_the_limit(client, auth, demo_catalogue, with_settings) -> None:
    with_settings(batch_max_mb=1)
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="clients.csv"\r\n\r\n'
    answer = post_form(client, auth(), part + b"x" * (2 << 20) + b"\r\n--x--\r\n", None)
    assert "BATCH_MAX_MB" in problem(answer, 413)["detail"]


class Slow(io.RawIOBase):
    """A body that does not come to its end before `over` is set."""

    def __init__(self, over: threading.Event) -> None:
        self.begun, self._over = threading.Event(), over

    def readable(self) -> bool:
        return True

    def readinto(self, _: object) -> int:
        self.begun.set()
        assert self._over.wait(30)
        return 0


def upload(client, headers: dict[str, str], body: Slow, length: int | None) -> TestResponse:
    """As a server hands it on that knows where the body ends."""
    told = {"HTTP_TRANSFER_ENCODING": "chunked"} if length is None else {"CONTENT_LENGTH": str(length)}
    environ = {"wsgi.input": body, "wsgi.input_terminated": True, **told}
    kind = "multipart/form-data; boundary=x"
    return client.post(BATCHES, headers=headers, content_type=kind, environ_overrides=environ)


def test_slow_files_leave_threads_to_others(app, client, auth, send) -> None:
    over, headers = threading.Event(), auth()
    bodies = [Slow(over) for _ in range(intake.MOST_AT_ONCE)]

    with ThreadPoolExecutor(len(bodies)) as pool:
        try:
            slow = [pool.submit(upload, app.test_client(), headers, body, 1000) for body in bodies]
            assert all(body.begun.wait(30) for body in bodies)
            refused = send("client_id;age\n1;40\n")
            assert "другие файлы" in problem(refused, 503)["detail"]
            assert int(refused.headers["Retry-After"]) > 0
            named = client.post(BATCHES, json={"table": "bank.x", "product": "CC", "channel": "SMS"}, headers=headers)
            assert named.status_code == 422, "a table brings no file"
        finally:
            over.set()
        assert [one.result().status_code for one in slow] == [422] * len(slow)
    for _ in range(intake.MOST_AT_ONCE + 1):
        assert send("client_id;age\n1;40\n").status_code == 202, "each place was given back"


@pytest.mark.parametrize("length", [50 << 20, None])
def test_a_file_without_room_on_the_disk_is_refused_before_it_comes(
    client, auth, send, places, monkeypatch, with_settings, length
) -> None:
    with_settings(batch_max_mb=100)
    monkeypatch.setattr(intake.files, "free_bytes", lambda: intake.RESERVE + (10 << 20))
    never = Slow(threading.Event())
    answer = upload(client, auth(), never, length)
    assert "нет места" in problem(answer, 503)["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert not never.begun.is_set()
    assert send("client_id;age\n1;40\n").status_code == 202, "a small one has room"


def test_the_name_of_a_file_leads_nowhere(db_session, send, places) -> None:
    batch_id = batch_of(send("client_id;age\n1;40\n", name="../../../etc/cron.d/evil.csv"))
    assert stored(batch_id).source == {"file": "evil.csv"}
    assert [path.name for path in (places / str(batch_id)).iterdir()] == ["upload"]
    assert not (places.parent / "etc").exists()

"""`offers generate`: a table in, texts out, honest exit codes, whole files whatever happens."""

import csv
import json
import signal
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from backend import cli
from backend.clients import writers

HEADER = "client_id,age,gender,cnt_tr_oil_3m\n"


def offer(client: dict, body: dict) -> dict:
    return {
        "offer_id": f"id-{client['client_id']}",
        "client_id": client["client_id"],
        "product": client.get("product") or body.get("product"),
        "channel": client.get("channel") or body.get("channel"),
        "text": f"Текст для {client['client_id']}",
        "confidence": 0.8,
        "compliance": {"verdict": "ok", "findings": []},
        "facts": ["часто заправляет автомобиль", "есть автомобиль"],
        "product_reason": None,
    }


class Wire:
    """The wire to a server: answers each call with an offer per client, unless `trouble` has something else to say."""

    def __init__(self) -> None:
        self.bodies: list[dict] = []
        self.trouble = lambda _body: None

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self), base_url="http://offers.test")

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.bodies.append(body)
        made = [offer(client, body) for client in body["clients"]]
        return self.trouble(body) or httpx.Response(200, json={"model_version": "base-1", "offers": made})


@pytest.fixture
def wire(monkeypatch) -> Wire:
    wire = Wire()
    monkeypatch.setattr(cli, "_connection", lambda *_: wire.client())
    return wire


@pytest.fixture
def patient(monkeypatch) -> None:
    """No waiting between tries."""
    monkeypatch.setattr(cli._Stop, "pause", lambda *_: None)


def clients(folder: Path, count: int, extra: str = "") -> Path:
    path = folder / "clients.csv"
    path.write_text(HEADER + "".join(f"C{i},40,1,9\n" for i in range(count)) + extra, encoding="utf-8")
    return path


def run(source: Path, out: Path, *options: str) -> Result:
    command = ["generate", "--in", str(source), "--out", str(out), "--product", "CC", "--channel", "SMS", *options]
    return CliRunner().invoke(cli.main, command)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@pytest.mark.parametrize("name", ["texts.xlsx", "texts.csv", "texts.ndjson"])
def test_texts_for_all(wire, tmp_path, name):
    result = run(clients(tmp_path, 100), tmp_path / name, "--tone", "formal", "--conditions", "full")
    assert result.exit_code == 0, result.output
    assert "100 из 100" in result.output
    assert [len(body["clients"]) for body in wire.bodies] == [64, 36]
    assert {body["tone"] for body in wire.bodies} == {"formal"}
    if name.endswith("xlsx"):
        sheet = load_workbook(tmp_path / name).active
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    elif name.endswith("csv"):
        rows = [list(row.values()) for row in read_csv(tmp_path / name)]
    else:
        rows = [list(json.loads(line).values()) for line in (tmp_path / name).read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 100
    assert str(rows[99][0]) == "101"
    assert rows[99][1:5] == ["C99", "CC", "SMS", "Текст для C99"]
    assert rows[0][7] == "часто заправляет автомобиль; есть автомобиль"


def test_bad_rows_are_reported_and_the_rest_is_served(wire, tmp_path):
    source = clients(tmp_path, 3, "D,900,1,1\nE,40,7,-2\nC1,40,1,1\nF,40,1,1\n")
    result = run(source, tmp_path / "texts.csv", "--errors", str(tmp_path / "errors.csv"))
    assert result.exit_code == cli.EXIT_ROWS_FAILED
    assert [row["client_id"] for row in read_csv(tmp_path / "texts.csv")] == ["C0", "C1", "C2", "F"]
    report = [(row["row"], row["client_id"], row["column"]) for row in read_csv(tmp_path / "errors.csv")]
    assert report == [("5", "D", "age"), ("6", "E", "gender"), ("6", "E", "cnt_tr_oil_3m"), ("7", "C1", "client_id")]
    assert "4 из 7, с ошибками: 3" in result.output
    assert "строка 5, age" in result.output


def test_a_row_without_a_lawful_text_fails_and_is_shown(wire, tmp_path):
    def refuse_second(body):
        made = [offer(client, body) for client in body["clients"]]
        made[1] = {"client_id": "C1", "text": None, "error": {"code": "no_compliant_text", "detail": "не вышло"}}
        return httpx.Response(200, json={"model_version": "base-1", "offers": made})

    wire.trouble = refuse_second
    result = run(clients(tmp_path, 3), tmp_path / "texts.csv")
    assert result.exit_code == cli.EXIT_ROWS_FAILED
    assert [row["error"] for row in read_csv(tmp_path / "texts.csv")] == ["", "не вышло", ""]
    assert "2 из 3, с ошибками: 1" in result.output


def test_columns_of_the_table_go_before_the_options(wire, tmp_path):
    source = tmp_path / "clients.csv"
    source.write_text("age,product,channel\n40,DC,PUSH\n41,,\n", encoding="utf-8")
    assert run(source, tmp_path / "texts.csv").exit_code == 0
    assert [(row["product"], row["channel"]) for row in read_csv(tmp_path / "texts.csv")] == [
        ("DC", "PUSH"),
        ("CC", "SMS"),
    ]


def test_the_product_or_channel_may_not_be_missing(wire, tmp_path):
    source = clients(tmp_path, 1)
    for option in ("--product", "--channel"):
        command = ["generate", "--in", str(source), "--out", str(tmp_path / "texts.csv"), option, "CC"]
        result = CliRunner().invoke(cli.main, command)
        assert result.exit_code == cli.EXIT_NOT_DONE
    assert not wire.bodies
    assert not (tmp_path / "texts.csv").exists()


def test_ctrl_c_leaves_a_whole_file_and_says_so(wire, tmp_path):
    def interrupt(_body):
        if len(wire.bodies) == 2:
            signal.raise_signal(signal.SIGINT)

    wire.trouble = interrupt
    before = signal.getsignal(signal.SIGINT)
    result = run(clients(tmp_path, 300), tmp_path / "texts.xlsx")
    assert result.exit_code == cli.EXIT_INTERRUPTED
    assert "Прервано" in result.output
    assert load_workbook(tmp_path / "texts.xlsx").active.max_row == 1 + 128
    assert len(wire.bodies) == 2
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_in_a_chunk_that_the_server_divides(wire, tmp_path):
    def limited(body):
        if len(wire.bodies) == 3:
            signal.raise_signal(signal.SIGINT)
        return httpx.Response(413, json={}) if len(body["clients"]) > 16 else None

    wire.trouble = limited
    result = run(clients(tmp_path, 64), tmp_path / "texts.csv")
    assert result.exit_code == cli.EXIT_INTERRUPTED
    assert len(read_csv(tmp_path / "texts.csv")) == 16


def test_a_second_ctrl_c_ends_the_running_call(wire, tmp_path):
    def interrupt(_body):
        if len(wire.bodies) == 2:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    wire.trouble = interrupt
    result = run(clients(tmp_path, 300), tmp_path / "texts.csv")
    assert result.exit_code == cli.EXIT_INTERRUPTED
    assert len(read_csv(tmp_path / "texts.csv")) == 64


def test_ctrl_c_while_waiting_for_the_next_try(wire, tmp_path):
    def busy(_body):
        if len(wire.bodies) == 2:
            signal.raise_signal(signal.SIGINT)
            return httpx.Response(503, headers={"Retry-After": "30"}, json={})
        return None

    wire.trouble = busy
    result = run(clients(tmp_path, 300), tmp_path / "texts.csv")
    assert result.exit_code == cli.EXIT_INTERRUPTED
    assert len(read_csv(tmp_path / "texts.csv")) == 64


@pytest.mark.usefixtures("patient")
def test_a_server_lost_on_the_way_leaves_what_was_made(wire, tmp_path):
    def lost(_body):
        if len(wire.bodies) > 1:
            raise httpx.ConnectError("connection refused")

    wire.trouble = lost
    result = run(clients(tmp_path, 100), tmp_path / "texts.csv")
    assert result.exit_code == cli.EXIT_NOT_DONE
    assert "refused" in result.output
    assert len(read_csv(tmp_path / "texts.csv")) == 64


def test_a_wrong_password_is_said(wire, tmp_path):
    wire.trouble = lambda _body: httpx.Response(401, json={})
    result = run(clients(tmp_path, 1), tmp_path / "texts.csv")
    assert result.exit_code == cli.EXIT_NOT_DONE
    assert "имя и пароль" in result.output


def test_a_run_that_fails_at_once_keeps_the_texts_of_the_former(wire, tmp_path):
    run(clients(tmp_path, 3), tmp_path / "texts.csv")
    wire.trouble = lambda _body: httpx.Response(401, json={})
    assert run(clients(tmp_path, 3), tmp_path / "texts.csv").exit_code == cli.EXIT_NOT_DONE
    assert len(read_csv(tmp_path / "texts.csv")) == 3


def test_a_table_too_long_for_a_sheet_is_refused_before_the_work(wire, tmp_path, monkeypatch):
    monkeypatch.setattr(writers, "MOST_XLSX_ROWS", 3)
    result = run(clients(tmp_path, 3), tmp_path / "texts.xlsx")
    assert result.exit_code == cli.EXIT_NOT_DONE
    assert "csv или ndjson" in result.output
    assert not wire.bodies
    assert run(clients(tmp_path, 2), tmp_path / "texts.xlsx").exit_code == 0


def test_a_wrong_row_takes_nobody_elses_id(wire, tmp_path):
    """Neither by its number, where the id is missing, nor before the right row of the same client."""
    source = tmp_path / "clients.csv"
    source.write_text(HEADER + ",40,1,9\n2,40,1,9\nA,900,1,9\nA,40,1,9\n", encoding="utf-8")
    result = run(source, tmp_path / "texts.csv")
    assert result.exit_code == cli.EXIT_ROWS_FAILED
    assert [row["client_id"] for row in read_csv(tmp_path / "texts.csv")] == ["2", "A"]


@pytest.mark.parametrize("content", [b"", b"name\nA\n", b"\xff\xfe\x00", b"age\n" + b"40\n" * 50 + b"1" * 1_000_001])
def test_a_table_that_cannot_be_read_makes_nothing(wire, tmp_path, content):
    (tmp_path / "clients.csv").write_bytes(content)
    result = run(tmp_path / "clients.csv", tmp_path / "texts.csv")
    assert result.exit_code == cli.EXIT_NOT_DONE
    assert "Ошибка" in result.output
    assert not wire.bodies
    assert not (tmp_path / "texts.csv").exists()


def test_notes_on_columns_are_shown(wire, tmp_path):
    (tmp_path / "clients.csv").write_text("age,cnt_tr_oil3m\n40,5\n", encoding="utf-8")
    result = run(tmp_path / "clients.csv", tmp_path / "texts.csv")
    assert result.exit_code == 0
    assert "cnt_tr_oil_3m" in "".join(result.output.split())


def test_files_must_differ_and_formats_be_known(wire, tmp_path):
    source = clients(tmp_path, 1)
    assert run(source, source).exit_code == cli.EXIT_NOT_DONE
    assert source.read_text(encoding="utf-8").startswith(HEADER)
    assert run(source, tmp_path / "texts.doc").exit_code == cli.EXIT_NOT_DONE
    assert run(source, tmp_path / "nowhere" / "texts.csv").exit_code == cli.EXIT_NOT_DONE
    assert run(tmp_path / "absent.csv", tmp_path / "texts.csv").exit_code == cli.EXIT_NOT_DONE


def test_credentials_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("SECRET_OF_OFFERS", "пароль")
    with cli._connection("http://127.0.0.1:9", "anna", "SECRET_OF_OFFERS") as client:
        assert str(client.base_url) == "http://127.0.0.1:9"
        request = next(client.auth.auth_flow(client.build_request("POST", "/api/v1/offers")))
    assert request.headers["Authorization"].startswith("Basic ")
    with pytest.raises(ValueError, match="http"):
        cli._connection("ftp://x", "anna", "SECRET_OF_OFFERS")


def test_the_address_follows_the_port(monkeypatch):
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("OFFERS_PASSWORD", "x")
    with cli._connection(None, "anna", "OFFERS_PASSWORD") as client:
        assert str(client.base_url) == "http://127.0.0.1:8123"

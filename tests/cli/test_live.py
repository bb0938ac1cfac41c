"""`offers generate` against the real application, its database, Redis and the language model, over HTTP."""

import csv
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from apiflask import APIFlask
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from backend import cli
from backend.clients import demo
from backend.clients.readers import read_table
from backend.clients.rows import parse_row
from backend.clients.sender import Options, Sender
from backend.common.clock import now
from backend.common.db import db
from backend.offers.models import Offer
from tests import factories
from tests.live import served


@pytest.fixture
def live_url(app: APIFlask, demo_catalogue: None, model_url: str, auth, monkeypatch) -> Iterator[str]:
    """The application behind a real port, with time enough for a machine that has other work to do."""
    auth("marketer")
    monkeypatch.setitem(app.config, "SETTINGS", app.config["SETTINGS"].model_copy(update={"deadline_ms": 60_000}))
    with served(app) as url:
        yield url


def run(url: str, source: Path, out: Path, *options: str) -> Result:
    command = ["generate", "--in", str(source), "--out", str(out), "--url", url, "--user", "marketer-user", *options]
    return CliRunner().invoke(cli.main, command, env={"OFFERS_PASSWORD": factories.PASSWORD})


def texts(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def stored(app: APIFlask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Offer)) or 0


def test_a_base_of_clients_gets_its_texts(live_url, app, tmp_path):
    source = tmp_path / "clients.xlsx"
    demo.write(demo.generate(12), source)
    result = run(live_url, source, tmp_path / "texts.csv", "--product", "auto", "--channel", "SMS")
    assert result.exit_code == 0, result.output
    rows = texts(tmp_path / "texts.csv")
    assert [row["row"] for row in rows] == [str(number) for number in range(2, 14)]
    assert all(row["text"] and row["compliance"] == "ok" and row["product_reason"] for row in rows)
    assert stored(app) == 12


def test_long_texts_and_bad_rows(live_url, app, tmp_path):
    source = tmp_path / "clients.csv"
    source.write_text("client_id,age,gender,product\nA,40,1,CC\nB,900,1,CC\nC,41,0,XX\nD,42,0,\n", encoding="utf-8")
    options = ("--product", "DEPOSIT", "--channel", "EMAIL", "--errors", str(tmp_path / "errors.csv"))
    result = run(live_url, source, tmp_path / "texts.csv", *options)
    assert result.exit_code == cli.EXIT_ROWS_FAILED, result.output
    assert [(row["client_id"], row["product"]) for row in texts(tmp_path / "texts.csv")] == [
        ("A", "CC"),
        ("D", "DEPOSIT"),
    ]
    assert [(row["client_id"], row["column"]) for row in texts(tmp_path / "errors.csv")] == [
        ("B", "age"),
        ("C", "product"),
    ]
    assert stored(app) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [(("--product", "XX", "--channel", "SMS"), "XX"), (("--product", "CC", "--channel", "FAX"), "FAX")],
)
def test_a_wrong_code_ends_the_work(live_url, app, tmp_path, options, words):
    source = tmp_path / "clients.csv"
    demo.write(demo.generate(3), source)
    result = run(live_url, source, tmp_path / "texts.csv", *options)
    assert result.exit_code == cli.EXIT_NOT_DONE
    assert words in result.output
    assert stored(app) == 0


def test_a_wrong_password(live_url, tmp_path):
    source = tmp_path / "clients.csv"
    demo.write(demo.generate(3), source)
    command = [
        "generate",
        "--in",
        str(source),
        "--out",
        str(tmp_path / "t.csv"),
        "--url",
        live_url,
        "--user",
        "marketer-user",
    ]
    options = ["--product", "CC", "--channel", "SMS"]
    result = CliRunner().invoke(cli.main, command + options, env={"OFFERS_PASSWORD": "wrong"})
    assert result.exit_code == cli.EXIT_NOT_DONE
    assert "имя и пароль" in result.output


class LossyTransport(httpx.HTTPTransport):
    """A network that loses every first answer: the server has done its work, the caller does not know."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        key = request.headers["Idempotency-Key"]
        if key not in self.seen:
            self.seen.add(key)
            response.read()
            response.close()
            raise httpx.ReadError("the answer was lost", request=request)
        return response


def test_a_lost_answer_doubles_no_row(live_url, app, tmp_path):
    source = tmp_path / "clients.csv"
    demo.write(demo.generate(8), source)
    rows = [parse_row(raw, now().date()) for raw in read_table(source)]
    user = ("marketer-user", factories.PASSWORD)
    with httpx.Client(base_url=live_url, auth=user, transport=LossyTransport(), timeout=30) as client:
        answers = list(Sender(client, Options("CC", "SMS"), pause=lambda _: None).send(rows))
    assert [answer.offer["client_id"] for answer in answers] == [row.client_id for row in rows]
    assert stored(app) == 8

"""A whole system under `make run`: one id joins the logs of its parts, and no client's data are in any of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.launch.environment import read_environment_file
from tests.launch.conftest import until
from tests.launch.test_program import PASSWORD, Running, diagnosis, free_port

SECRETS = {
    "region": "Секретск-4417",
    "client": "клиент-тайный-5521",
    "comment": "замечание-о-Пелагее-6632",
    "corrected": "Пелагея, исправленный-текст-7743",
    "wish": "пожелание-про-Пелагею-8854",
    "checked": "проверяемый-текст-9965",
    "search": "поиск-по-Пелагее-1176",
    "field": "выдуманное-поле-2287",
    "broken": "оборванное-тело-3398",
    "row": "строка-таблицы-4409",
    "login": "чужое-имя-5510",
    "password": "чужой-пароль-6621",
}
"""Words that occur nowhere but in what the test sends."""
JSON = {"Content-Type": "application/json"}
PARTS = ("api", "model", "worker", "batches", "trainer", "setup", "postgres", "valkey")


@pytest.fixture(scope="module")
def system(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With the shipped model, and as talkative as it can be."""
    folder = tmp_path_factory.mktemp("logs") / "var"
    running = Running(folder, MODEL_URL="", MODEL_PORT=str(free_port()), LOG_LEVEL="DEBUG")
    yield running
    running.child.stop()


class Caller:
    """Calls as the admin, each under an id of its own."""

    def __init__(self, system: Running) -> None:
        url = f"http://127.0.0.1:{system.port}"
        self._http = httpx.Client(base_url=url, auth=("admin", PASSWORD), timeout=30, trust_env=False)
        self.close = self._http.close

    def __call__(self, method: str, path: str, request_id: str = "", **options: Any) -> httpx.Response:
        headers = {**({"X-Request-ID": request_id} if request_id else {}), **options.pop("headers", {})}
        return self._http.request(method, f"/api/v1{path}", headers=headers, **options)


@pytest.fixture(scope="module")
def call(system: Running) -> Iterator[Caller]:
    caller = Caller(system)
    yield caller
    caller.close()


def lines(system: Running, part: str) -> list[dict[str, Any]]:
    """The log of a part; what the launcher and libraries of C write beside is no JSON."""
    text = (system.var_dir / "logs" / f"{part}.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def told(system: Running, part: str, request_id: str) -> bool:
    return any(line.get("request_id") == request_id for line in lines(system, part))


def one_text(call: Caller, request_id: str = "") -> dict[str, Any]:
    clients = [{"client_id": SECRETS["client"], "features": {"age": 40, "reg_region_nm": SECRETS["region"]}}]
    answer = call("POST", "/offers", request_id, json={"product": "CC", "channel": "SMS", "clients": clients})
    assert answer.status_code == 200, answer.text
    offer: dict[str, Any] = answer.json()["offers"][0]
    return offer


def test_one_id_joins_a_call_with_the_model(system: Running, call: Caller) -> None:
    one_text(call, "call-41")
    assert told(system, "api", "call-41")
    assert told(system, "model", "call-41")


def test_one_id_joins_a_batch_with_its_workers_and_the_model(system: Running, call: Caller) -> None:
    send_batch(call, "batch-42")
    assert told(system, "api", "batch-42")
    assert told(system, "batches", "batch-42")
    assert told(system, "model", "batch-42")


def send_batch(call: Caller, request_id: str = "") -> None:
    """Wait until it is done."""
    good = "\n".join(f"{SECRETS['row']}-{number};{30 + number};{SECRETS['region']}" for number in range(8))
    content = f"client_id;age;reg_region_nm\n{good}\n{SECRETS['row']};{SECRETS['row']};x\n"
    form = {"product": "CC", "channel": "SMS"}
    answer = call("POST", "/batches", request_id, data=form, files={"file": ("t.csv", content.encode())})
    assert answer.status_code == 202, answer.text
    batch = f"/batches/{answer.json()['batch_id']}"
    until(lambda: call("GET", batch).json()["status"] == "done", 60)
    assert call("GET", batch).json()["done"] == 8


def test_no_client_data_in_any_log(system: Running, call: Caller) -> None:
    offer = one_text(call)
    send_batch(call)
    path = f"/offers/{offer['offer_id']}"
    statuses = [
        call("PUT", f"{path}/label", json={"label": "success", "comment": SECRETS["comment"]}),
        call("PUT", f"{path}/label", json={"label": "failure", "corrected_text": SECRETS["corrected"]}),
        call("POST", f"{path}/regenerate", json={"comment": SECRETS["wish"]}),
        call("POST", "/compliance/check", json={"text": SECRETS["checked"], "product": "вклад", "channel": "sms"}),
        call("GET", "/offers", params={"q": SECRETS["search"]}),
        call("GET", "/offers", params={"client_id": SECRETS["client"]}),
        call("GET", "/offers", params={SECRETS["field"]: SECRETS["search"]}),
        call("GET", f"/{SECRETS['search']}"),
        call("POST", "/offers", json={"product": "CC", "clients": [{"features": {SECRETS["field"]: 1}}]}),
        call("POST", "/offers", content=f'{{"clients": "{SECRETS["broken"]}'.encode(), headers=JSON),
        call("POST", "/offers", headers={"Idempotency-Key": "k" * 300}, json={SECRETS["field"]: SECRETS["broken"]}),
    ]
    assert {answer.status_code for answer in statuses} >= {200, 400, 404, 422}
    url = f"http://127.0.0.1:{system.port}"
    httpx.get(f"{url}/api/v1/me", auth=(SECRETS["login"], SECRETS["password"]), trust_env=False)
    httpx.post(f"{url}/api/v1/session", json={"username": "admin", "password": SECRETS["password"]}, trust_env=False)
    written = {part: (system.var_dir / "logs" / f"{part}.log").read_text(encoding="utf-8") for part in PARTS}
    written["console"] = system.printed()
    sent = [form for secret in SECRETS.values() for form in spellings(secret)]
    assert [(part, word) for part, text in written.items() for word in sent if word in text] == []
    assert offer["text"].splitlines()[0] not in written["model"] + written["api"]
    assert PASSWORD not in "".join(written.values())


def spellings(word: str) -> list[str]:
    """As it is, in JSON's escapes and in an address."""
    return [word, json.dumps(word)[1:-1], httpx.QueryParams({"q": word})["q"], str(httpx.QueryParams({"q": word}))[2:]]


def test_a_statement_that_fails_is_not_in_the_log_of_the_database(system: Running) -> None:
    import sqlalchemy

    url = read_environment_file(system.var_dir / "run.env")["DATABASE_URL"]
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    wrong = sqlalchemy.text("INSERT INTO users (id, username) VALUES (gen_random_uuid(), 'secret-row-7788')")
    with engine.connect() as connection, pytest.raises(sqlalchemy.exc.IntegrityError):
        connection.execute(wrong)
    log = (system.var_dir / "logs" / "postgres.log").read_text(encoding="utf-8")
    assert "violates not-null constraint" in log
    assert "secret-row-7788" not in log


def test_the_doctor_finds_a_running_system_healthy(system: Running) -> None:
    code, words = diagnosis(system)
    assert "✗" not in words, words
    assert code == 0
    for part in ("База данных", "Структура базы", "Redis", "Модель", "API", "очередь batch", "очередь retrain"):
        assert f"✓ {part}" in words or f"✓ Обработчики: {part}" in words, words

"""Several model servers as one: who is asked first, who is left out, who comes back; at the end with two real ones."""

import io
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from apiflask import APIFlask

from backend.batches import jobs
from backend.errors import Unavailable
from backend.launch.processes import Child
from backend.offers import model_pool
from backend.offers.model_client import Ask, Deadline, ModelBusy
from backend.offers.model_pool import ModelPool, client_for
from tests.conftest import MODEL_START_S, ROOT
from tests.launch.conftest import until
from tests.load.bench import free_port
from tests.offers.bodies import call_body, some_clients
from tests.offers.conftest import PATIENCE_MS, Post

ASK = Ask(prompts=["<|p:CC|>", "<|p:DC|>"], n=2, max_tokens=40, temperature=0.8, seed=7)


class Servers:
    """What three servers answer; `asked` are the names of those that were asked for texts, in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.load = dict.fromkeys("abc", (0, 0))
        self.versions = dict.fromkeys("abc", "base-1")
        self.away: set[str] = set()
        self.busy: set[str] = set()
        self.speed = dict.fromkeys("abc", 5000.0)
        self.tells = True
        self.holding = threading.Event()
        self.holding.set()

    def answer(self, request: httpx.Request) -> httpx.Response:
        name = request.url.host
        if name in self.away:
            raise httpx.ConnectError("refused")
        if request.url.path == "/v1/models":
            return httpx.Response(200, json={"data": [self._card(name)]})
        self.asked.append(name)
        if name in self.busy:
            return httpx.Response(503, json={"error": {"code": "overloaded"}}, headers={"Retry-After": "3"})
        self.holding.wait(5)
        choices = [{"index": place, "text": name, "finish_reason": "stop"} for place in range(4)]
        return httpx.Response(200, json={"model": json.loads(request.content)["model"], "choices": choices})

    def _card(self, name: str) -> dict[str, Any]:
        meta: dict[str, Any] = {"prompt_format": "control", "tokens_per_s": self.speed[name], "max_sequences": 64}
        if self.tells:
            meta |= dict(zip(("calls", "batch"), self.load[name], strict=True))
        return {"id": self.versions[name], "owned_by": "offerloop", "meta": meta}


@pytest.fixture
def servers() -> Servers:
    return Servers()


@pytest.fixture
def pool(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelPool]:
    monkeypatch.setattr(model_pool, "SAID_S", 0.0)
    monkeypatch.setattr(model_pool, "AGAIN_S", 0.0)
    pool = ModelPool([f"http://{name}" for name in "abc"], httpx.MockTransport(servers.answer))
    yield pool
    pool.close()


def write(pool: ModelPool, ask: Ask = ASK, seconds: float = 2.0, wanted: str | None = None) -> str:
    """Name of the server that wrote."""
    deadline = Deadline(seconds)
    return pool.sample(ask, pool.meta(deadline, wanted), deadline).samples[0][0].text


def test_the_least_loaded_is_asked_first(pool: ModelPool, servers: Servers) -> None:
    servers.load = {"a": (200, 0), "b": (10, 0), "c": (90, 0)}
    assert write(pool) == "b"
    servers.load["b"] = (300, 0)
    assert write(pool) == "c"


def test_batch_work_stands_behind_a_call_but_not_behind_a_batch(pool: ModelPool, servers: Servers) -> None:
    servers.load = {"a": (0, 900), "b": (50, 0), "c": (60, 0)}
    assert write(pool) == "a"
    assert write(pool, Ask(**{**ASK.__dict__, "priority": "batch"})) == "b"


def test_a_faster_server_takes_more(pool: ModelPool, servers: Servers) -> None:
    servers.load = {"a": (100, 0), "b": (40, 0), "c": (100, 0)}
    servers.speed["a"] = 50_000.0
    assert write(pool) == "a"
    assert pool.meta(Deadline(1)).tokens_per_s == 5000, "a call is planned for the slowest that may get it"


@pytest.mark.parametrize("tells", [True, False])
def test_calls_of_this_process_are_shared_out(
    pool: ModelPool, servers: Servers, monkeypatch: pytest.MonkeyPatch, tells: bool
) -> None:
    """What was asked since a server was heard counts, and is all that is known of servers that do not tell."""
    servers.tells = tells
    monkeypatch.setattr(model_pool, "SAID_S", 60.0)
    write(pool)
    servers.asked.clear()
    servers.holding.clear()
    with ThreadPoolExecutor(6) as threads:
        calls = [threads.submit(write, pool) for _ in range(6)]
        until(lambda: len(servers.asked) == 6, 5)
        servers.holding.set()
        assert sorted(call.result() for call in calls) == ["a", "a", "b", "b", "c", "c"]


def test_one_that_refuses_is_followed_by_the_next(pool: ModelPool, servers: Servers) -> None:
    servers.load = {"a": (0, 0), "b": (10, 0), "c": (20, 0)}
    servers.busy = {"a", "b"}
    assert write(pool) == "c"
    assert servers.asked == ["a", "b", "c"]
    servers.busy = {"a", "b", "c"}
    with pytest.raises(ModelBusy) as refusal:
        write(pool)
    assert refusal.value.retry_after == 3


def test_one_that_is_away_is_left_out_and_comes_back(pool: ModelPool, servers: Servers) -> None:
    servers.load = {"a": (0, 0), "b": (50, 0), "c": (50, 0)}
    assert write(pool) == "a"
    servers.away = {"a"}
    assert {write(pool) for _ in range(20)} == {"b", "c"}
    servers.away = set()
    until(lambda: write(pool) == "a", 5)


def test_one_that_dies_between_two_looks_costs_no_call(
    pool: ModelPool, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers.load = {"a": (0, 0), "b": (50, 0), "c": (60, 0)}
    write(pool)
    monkeypatch.setattr(model_pool, "SAID_S", 60.0)
    monkeypatch.setattr(model_pool, "AGAIN_S", 60.0)
    servers.away = {"a"}
    assert [write(pool), write(pool)] == ["b", "b"]


def test_when_all_are_away_it_waits_as_long_as_it_makes_sense(pool: ModelPool, servers: Servers) -> None:
    servers.away = set("abc")
    started = time.monotonic()
    with pytest.raises(Unavailable):
        write(pool, seconds=1.0)
    assert 0.4 < time.monotonic() - started < 1.2
    threading.Timer(0.3, servers.away.clear).start()
    assert write(pool) in "abc"


def test_a_version_is_asked_of_those_that_hold_it(pool: ModelPool, servers: Servers) -> None:
    servers.versions["c"] = "base-2"
    servers.load["c"] = (500, 0)
    assert write(pool, wanted="base-2") == "c"
    assert {write(pool, wanted="base-1") for _ in range(10)} == {"a", "b"}
    assert write(pool, wanted="gone") in "ab"


def test_one_address_needs_no_pool() -> None:
    assert not isinstance(client_for("http://one"), ModelPool)
    assert isinstance(client_for("http://one,http://two"), ModelPool)


class Real:
    """A model component on a port of its own, which may be killed and started again."""

    def __init__(self, weights: Path, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "model.serving.server", "--model", str(weights), "--port", str(self.port)]
        command += ["--threads", "1"]
        self.child = Child("model", command, folder / f"{self.port}.log", env=dict(os.environ), cwd=ROOT)

    def start(self) -> None:
        self.child.start()
        self.child.wait_ready(self._is_ready, MODEL_START_S, "model component")

    def kill(self) -> None:
        assert self.child.process
        self.child.process.send_signal(signal.SIGKILL)
        self.child.process.wait()

    def written(self) -> float:
        lines = httpx.get(f"{self.url}/metrics", timeout=10).text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith("offerloop_model_texts_total"))

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=2).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


@pytest.fixture(scope="module")
def two(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Real, Real]]:
    folder = tmp_path_factory.mktemp("components")
    with ExitStack() as stack:
        pair = Real(weights, folder), Real(weights, folder)
        for one in pair:
            stack.callback(one.child.stop)
            one.start()
        yield pair


@pytest.fixture
def behind_one_address(app: APIFlask, two: tuple[Real, Real], tmp_path: Path) -> Iterator[None]:
    usual = app.config["SETTINGS"]
    changes = {"model_url": ",".join(one.url for one in two), "deadline_ms": PATIENCE_MS, "var_dir": tmp_path}
    app.config["SETTINGS"] = usual.model_copy(update=changes)
    yield
    app.config["SETTINGS"] = usual


@pytest.mark.usefixtures("behind_one_address")
def test_two_components_share_calls_and_one_may_be_killed(
    app: APIFlask, post_without_model: Post, two: tuple[Real, Real], auth: Callable[..., dict[str, str]]
) -> None:
    headers = auth()
    post_without_model(call_body())  # makes the catalogue known

    def call(seed: int) -> int:
        body = {**call_body(*some_clients(8)), "seed": seed}
        return app.test_client().post("/api/v1/offers", json=body, headers=headers).status_code

    def crowd(calls: int) -> list[int]:
        with ThreadPoolExecutor(4) as threads:
            return list(threads.map(call, range(calls)))

    before = [one.written() for one in two]
    assert set(crowd(12)) == {200}
    shares = [one.written() - earlier for one, earlier in zip(two, before, strict=True)]
    assert min(shares) > 0.25 * sum(shares)

    first = two[0]
    with ThreadPoolExecutor(1) as thread:
        answers = thread.submit(crowd, 16)
        first.kill()
        assert set(answers.result()) == {200}, "no call is lost with the component that wrote for it"
    assert app.test_client().get("/readyz").status_code == 200

    first.start()
    until(lambda: call(1) == 200 and first.written() > 0, 30)


@pytest.mark.usefixtures("behind_one_address")
def test_two_components_write_one_batch(
    app: APIFlask, post_without_model: Post, two: tuple[Real, Real], auth: Callable[..., dict[str, str]]
) -> None:
    lines = ["client_id;age", *(f"{number};{20 + number % 50}" for number in range(1, 97))]
    file = (io.BytesIO("\n".join(lines).encode()), "clients.csv")
    form = {"product": "CC", "channel": "SMS", "file": file}
    client, headers = app.test_client(), auth()
    sent = client.post("/api/v1/batches", data=form, headers=headers, content_type="multipart/form-data")
    assert sent.status_code == 202, sent.text
    before = [one.written() for one in two]
    with app.app_context():
        jobs.work()
    shares = [one.written() - earlier for one, earlier in zip(two, before, strict=True)]
    assert min(shares) > 0.2 * sum(shares)
    batch = client.get(f"/api/v1/batches/{sent.get_json()['batch_id']}", headers=headers).get_json()
    assert (batch["status"], batch["done"] + batch["failed"]) == ("done", 96)

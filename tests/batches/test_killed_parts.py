"""A whole running system whose parts are killed in the middle of a batch: each client comes exactly once."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.batches.conftest import BATCHES, table
from tests.launch.conftest import until
from tests.launch.test_program import PASSWORD, Running

ROWS = 160
WAIT_S = 240.0
"""A killed worker's chunks are free after its lease; everything else comes back within seconds."""


@pytest.fixture(scope="module")
def system(weights: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With a model component of its own, which the launcher watches as it does the rest."""
    var_dir = tmp_path_factory.mktemp("killed") / "var"
    running = Running(var_dir, MODEL_URL="", BATCH_CHUNK="8", BATCH_CALLS="2")
    yield running
    running.child.stop()


@pytest.fixture
def caller(system: Running) -> Iterator["Caller"]:
    with closing(Caller(system.port)) as caller:
        yield caller


class Caller:
    """Asks the API as a system would: what cannot be reached is asked again."""

    def __init__(self, port: int) -> None:
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", auth=("admin", PASSWORD), timeout=30)

    def close(self) -> None:
        self._http.close()

    def batch(self, batch_id: str) -> dict[str, Any]:
        until_s = time.monotonic() + WAIT_S
        while True:
            try:
                answer = self._http.get(f"{BATCHES}/{batch_id}")
                if answer.status_code == httpx.codes.OK:
                    return dict(answer.json())
                assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
            except httpx.TransportError:
                pass
            assert time.monotonic() < until_s
            time.sleep(0.1)

    def send(self, rows: int) -> str:
        files = {"file": ("clients.csv", table(rows).encode())}
        answer = self._http.post(BATCHES, data={"product": "CC", "channel": "SMS"}, files=files)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        return str(answer.json()["batch_id"])

    def results(self, batch_id: str) -> list[dict[str, Any]]:
        answer = self._http.get(f"{BATCHES}/{batch_id}/results", params={"format": "ndjson"})
        return [json.loads(line) for line in answer.text.splitlines()]


def kill(system: Running, words: str) -> None:
    """All processes of the part at once, with the jobs and connections that they serve."""
    pids = system.pids(words)
    assert pids
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


@pytest.mark.parametrize(
    "words", ["backend.worker --queues batch", "model.serving.server", "gunicorn", "valkey-server", "bin/postgres"]
)
def test_each_client_comes_once(system: Running, caller: Caller, words: str) -> None:
    batch_id = caller.send(ROWS)
    until(lambda: caller.batch(batch_id)["done"] >= 16, 60)
    kill(system, words)
    assert caller.batch(batch_id)["done"] < ROWS, "it was over before the part was killed"
    until(lambda: caller.batch(batch_id)["status"] == "done", WAIT_S)
    batch = caller.batch(batch_id)
    assert (batch["total"], batch["done"] + batch["failed"]) == (ROWS, ROWS)
    rows = caller.results(batch_id)
    assert [str(row["client_id"]) for row in rows] == [str(number) for number in range(1, ROWS + 1)]
    assert sum(row["text"] is None for row in rows) == batch["failed"]
    assert system.printed().count("SIGKILL") >= 1

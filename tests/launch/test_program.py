"""`python -m backend.launch` as a person meets it."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from backend.launch.environment import ROOT, read_environment_file
from backend.launch.processes import Child
from tests.launch.conftest import until

PASSWORD = "a password of the tests"


def environment(var_dir: Path, **settings: str) -> dict[str, str]:
    """The model component is taken as one of the user's own that is away: these tests are about the rest."""
    clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return {**clean, "VAR_DIR": str(var_dir), "MODEL_URL": "http://127.0.0.1:9", "ADMIN_PASSWORD": PASSWORD, **settings}


def launch(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run to the end: for starts that must fail."""
    return subprocess.run(
        [sys.executable, "-m", "backend.launch"],
        env=env,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def diagnosis(system: "Running", **settings: str) -> tuple[int, str]:
    """What `make doctor` says of a system, and its exit code."""
    env = environment(system.var_dir, PORT=str(system.port), **{**system.settings, **settings})
    command = [sys.executable, "-m", "backend.launch.doctor"]
    done = subprocess.run(command, env=env, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


class Running:
    """A started system and what it printed."""

    def __init__(self, var_dir: Path, **settings: str) -> None:
        self.port = free_port()
        self.var_dir = var_dir
        self.settings = settings
        self.output = var_dir.with_name(var_dir.name + ".out")
        self.output.unlink(missing_ok=True)
        env = environment(var_dir, PORT=str(self.port), **settings)
        self.child = Child("launch", [sys.executable, "-m", "backend.launch"], self.output, env=env, cwd=ROOT)
        self.child.start()
        self.child.wait_ready(lambda: "OfferLoop работает" in self.printed(), 90, "make run")

    def printed(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def get(self, path: str, password: str = PASSWORD, username: str = "admin") -> int:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", auth=(username, password), timeout=5).status_code
        except httpx.TransportError:
            return 0

    def pids(self, words: str) -> list[int]:
        """Processes of this system whose command line holds `words`."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and self._is_mine(entry) and words in _command_line(entry):
                found.append(int(entry.name))
        return found

    def _is_mine(self, entry: Path) -> bool:
        try:
            variables = (entry / "environ").read_bytes()
        except OSError:
            return False
        return str(self.var_dir).encode() in variables or str(self.var_dir) in _command_line(entry)


def _command_line(entry: Path) -> str:
    try:
        return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    system = Running(tmp_path_factory.mktemp("launch") / "var")
    yield system
    system.child.stop()


def test_serves_what_it_announces(running: Running) -> None:
    assert f"http://127.0.0.1:{running.port}" in running.printed()
    assert running.get("/healthz") == 200
    assert running.get("/api/v1/me") == 200
    assert PASSWORD not in running.printed()


def test_passwords_of_the_demo_are_printed_and_stored_nowhere(running: Running) -> None:
    made_up = re.findall(r"^  (?:marketer|ml_engineer|service): (\S+)$", running.printed(), re.MULTILINE)
    assert len(made_up) == 3
    everything = b"".join(path.read_bytes() for path in (running.var_dir / "logs").iterdir())
    assert not [password for password in made_up if password.encode() in everything]
    assert not list((running.var_dir / "secrets").glob("seed*"))


def test_addresses_for_commands_are_kept_from_others(running: Running) -> None:
    file = running.var_dir / "run.env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = read_environment_file(file)
    assert told["DATABASE_URL"].startswith("postgresql+psycopg2://")
    assert PASSWORD not in file.read_text(encoding="utf-8")


def test_the_doctor_names_what_is_away(running: Running) -> None:
    code, words = diagnosis(running)
    assert code == 1
    assert "✗ Модель: http://127.0.0.1:9: Языковая модель не отвечает" in words
    assert "✗ API: Не отвечает: model" in words
    assert "✓ База данных: отвечает, PostgreSQL 18" in words
    assert "✓ Обработчики: очередь housekeeping: работает 1" in words
    assert PASSWORD not in words


def test_second_start_on_the_same_folder_is_refused(running: Running) -> None:
    result = launch(environment(running.var_dir, PORT=str(free_port())))
    assert result.returncode == 1
    assert "уже работает OfferLoop" in result.stdout
    assert f":{running.port}" in result.stdout
    assert running.get("/healthz") == 200


def test_taken_port_is_named(running: Running, tmp_path: Path) -> None:
    result = launch(environment(tmp_path / "var", PORT=str(running.port)))
    assert result.returncode == 1
    assert f"Порт {running.port} на 127.0.0.1 занят" in result.stdout
    assert not (tmp_path / "var" / "postgres").exists()


@pytest.mark.parametrize(
    "words",
    [
        "gunicorn",
        "backend.worker --queues interactive housekeeping",
        "backend.worker --queues batch",
        "backend.worker --queues retrain",
        "valkey-server",
        "bin/postgres",
    ],
)
def test_killed_part_comes_back(running: Running, words: str) -> None:
    before = running.pids(words)
    os.kill(min(before), signal.SIGKILL)
    until(lambda: bool(set(running.pids(words)) - set(before)), 60)
    until(lambda: running.get("/api/v1/me") == 200, 60)
    assert "сигнал SIGKILL" in running.printed()


def test_ends_cleanly_and_starts_again_in_seconds(running: Running) -> None:
    """The last test on the shared system: it stops it."""
    running.child.stop()
    assert running.child.exit_code == 0
    assert "Остановлено." in running.printed()
    order = re.findall(r"Остановка: (\w+(?: [а-я]+)?)", running.printed())
    assert order == [
        "API",
        *(f"Обработчик {whose}" for whose in ("дообучения", "рассылок", "очередей")),
        "Valkey",
        "PostgreSQL",
    ]
    assert not running.pids("")
    again = Running(running.var_dir)
    try:
        assert "Пользователи и каталог" not in again.printed()
        assert again.get("/api/v1/me") == 200
    finally:
        again.child.stop()


def test_admin_password_can_be_set_later(tmp_path: Path) -> None:
    var_dir = tmp_path / "var"
    Running(var_dir).child.stop()
    second = Running(var_dir, ADMIN_PASSWORD="another password of the tests")
    try:
        assert second.get("/api/v1/me", "another password of the tests") == 200
        assert second.get("/api/v1/me", PASSWORD) == 401
    finally:
        second.child.stop()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"PORT": "abc"}, "PORT: "),
        ({"PORT": "70000"}, "PORT: "),
        ({"MODEL_PORT": "none"}, "MODEL_PORT: "),
        ({"ADMIN_PASSWORD": "short"}, "ADMIN_PASSWORD: "),
        ({"SECRET_KEY": "short"}, "SECRET_KEY: "),
        ({"DATABASE_URL": "sqlite:///x"}, "DATABASE_URL: "),
        ({"HOST": "192.0.2.1"}, "Нельзя слушать 192.0.2.1"),
        ({"DATABASE_URL": "postgresql://a:b@127.0.0.1:9/c"}, "База данных не отвечает (DATABASE_URL)"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, settings: dict[str, str], expected: str) -> None:
    result = launch(environment(tmp_path / "var", **{"PORT": str(free_port()), **settings}))
    assert result.returncode == 1
    assert expected in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_redis_of_the_user_that_is_away(tmp_path: Path) -> None:
    result = launch(environment(tmp_path / "var", PORT=str(free_port()), REDIS_URL="redis://127.0.0.1:9"))
    assert result.returncode == 1
    assert "Redis не отвечает (REDIS_URL)" in result.stdout


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("", encoding="utf-8")
    result = launch(environment(tmp_path / "var"))
    assert result.returncode == 1
    assert "нельзя писать" in result.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_permission(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(mode=0o500)
    result = launch(environment(tmp_path / "var"))
    assert result.returncode == 1
    assert "нельзя писать" in result.stdout

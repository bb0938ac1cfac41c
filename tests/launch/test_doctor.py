"""The doctor before each thing that can be wrong, and before none."""

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from pydantic import SecretStr
from redis import Redis
from sqlalchemy.pool import NullPool

from backend import queues, worker
from backend.common.clock import now
from backend.common.db import db
from backend.config import Settings
from backend.launch import bootstrap
from backend.launch.doctor import configuration, machine, place, servers, work
from backend.launch.doctor.findings import Finding, Level
from backend.launch.doctor.place import Place
from backend.launch.environment import ROOT, LaunchSettings, Plan
from backend.launch.var_dir import claim
from backend.learning.models import ModelVersion

NAMES = ("DATABASE_URL", "REDIS_URL", "MODEL_URL", "SECRET_KEY", "VAR_DIR", "MODELS_DIR", "MODEL_PATH")
Make = Callable[..., Place]


def levels(findings: Iterable[Finding]) -> set[Level]:
    return {finding.level for finding in findings}


def only(findings: Iterable[Finding], level: Level, words: str) -> None:
    """One finding of this level, which says so; whatever is wrong comes with a way to mend it."""
    found = list(findings)
    [wrong] = [finding for finding in found if finding.level == level]
    assert words in wrong.lines()
    assert wrong.mend or level in (Level.OK, Level.NOTE)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """make(host="0.0.0.0", started=False, proxies=1) -> a place; unknown words are settings."""
    usual = Settings(
        database_url="postgresql://u:p@127.0.0.1/x",
        redis_url="redis://127.0.0.1:6379/0",
        secret_key=SecretStr("a secret of the tests, longer than 32 characters"),
    )

    def made(host: str = "127.0.0.1", *, started: bool = True, own_machine: bool = True, **changes: Any) -> Place:
        chosen = usual.model_copy(update={"var_dir": tmp_path, **changes})
        plan = Plan(chosen, LaunchSettings(host=host), tmp_path, None, None, None)
        return Place(plan, chosen, started, own_machine)

    return made


# --- the machine -----------------------------------------------------------------------------------------------------


def test_a_usual_machine_is_enough(make: Make) -> None:
    checks = (machine.python(), machine.cores(), machine.memory(), machine.open_files(), machine.disk(make()))
    assert Level.BROKEN not in {level for check in checks for level in levels(check)}


def test_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST", (3, 99))
    only(machine.python(), Level.BROKEN, "нужен Python от 3.99")


def test_packages_of_another_version(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    (tmp_path / "installed-run").write_text("of last year", encoding="utf-8")
    only(machine.packages(make()), Level.WARNING, "make run")
    only(machine.packages(make(own_machine=False)), Level.NOTE, "в образе")


def test_no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    only(machine.compiler(), Level.BROKEN, "apt install g++")


def test_one_core_of_a_container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("100000 100000", encoding="ascii")
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    only(machine.cores(), Level.WARNING, "доступно 1")


@pytest.mark.parametrize(("used", "level"), [(3.8, Level.BROKEN), (3.2, Level.WARNING), (1.0, Level.OK)])
def test_memory_of_a_container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, used: float, level: Level) -> None:
    (tmp_path / "memory.max").write_text(str(4 * machine.GIB), encoding="ascii")
    (tmp_path / "memory.current").write_text(str(int(used * machine.GIB)), encoding="ascii")
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    only(machine.memory(), level, f"свободно {4 - used:.1f} из 4.0 ГиБ")
    (tmp_path / "memory.stat").write_text(f"anon 1\ninactive_file {int(used * machine.GIB)}\n", encoding="ascii")
    only(machine.memory(), Level.OK, "свободно 4.0 из 4.0 ГиБ")


@pytest.mark.parametrize(("free", "level"), [(0.5, Level.BROKEN), (3, Level.WARNING), (50, Level.OK)])
def test_disk(make: Make, monkeypatch: pytest.MonkeyPatch, free: float, level: Level) -> None:
    usage = type("Usage", (), {"free": free * machine.GIB, "total": 100 * machine.GIB})
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage)
    only(machine.disk(make()), level, f"свободно {free:.1f} из 100.0 ГиБ")


def test_a_folder_that_cannot_be_written(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.os, "access", lambda path, mode: False)
    only(machine.disk(make()), Level.BROKEN, "нельзя писать")


# --- settings and files ----------------------------------------------------------------------------------------------


def test_secrets_are_settings() -> None:
    assert set(configuration.SECRETS) <= {name.upper() for name in Settings.model_fields}


def test_secret_files(make: Make) -> None:
    here = make()
    here.plan.secrets.mkdir(mode=0o700)
    secret = here.plan.secrets / "secret-key"
    secret.write_text("x", encoding="utf-8")
    secret.chmod(0o600)
    assert levels(configuration.secret_files(here)) == {Level.OK}
    secret.chmod(0o640)
    only(configuration.secret_files(here), Level.BROKEN, f"chmod 600 {secret}")
    secret.chmod(0o600)
    here.plan.secrets.chmod(0o755)
    only(configuration.secret_files(here), Level.BROKEN, f"chmod 700 {here.plan.secrets}")


def test_a_dotenv_matters_only_when_it_names_secrets(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(place, "ROOT", tmp_path)
    file = tmp_path / ".env"
    file.write_text("PORT=8000\nSECRET_KEY=\n", encoding="utf-8")
    file.chmod(0o644)
    assert levels(configuration.secret_files(make())) == {Level.OK}
    file.write_text("SECRET_KEY=something\n", encoding="utf-8")
    only(configuration.secret_files(make()), Level.BROKEN, f"chmod 600 {file}")


def test_a_secret_key_that_a_person_made_up(make: Make) -> None:
    weak = make(secret_key=SecretStr("password" * 5))
    only(configuration.settings(weak), Level.WARNING, "secrets.token_urlsafe")


@pytest.mark.parametrize(
    ("host", "changes", "words"),
    [
        ("127.0.0.1", {}, ""),
        ("127.0.0.1", {"proxies": 1, "cookie_secure": True}, ""),
        ("127.0.0.1", {"proxies": 1}, "COOKIE_SECURE=true"),
        ("0.0.0.0", {"cookie_secure": True}, "HOST=127.0.0.1"),
        ("127.0.0.1", {"database_url": "postgresql+psycopg2://u:p@db.bank.example/x"}, "sslmode=verify-full"),
        ("127.0.0.1", {"database_url": "postgresql+psycopg2://u:p@db.bank.example/x?sslmode=verify-full"}, ""),
        ("127.0.0.1", {"redis_url": "redis://:p@redis.bank.example:6379/0"}, "rediss://"),
        ("127.0.0.1", {"redis_url": "redis://valkey:6379/0", "model_url": "http://model:8090"}, ""),
        ("127.0.0.1", {"model_url": "http://model:8090,http://10.0.0.7:8090"}, "10.0.0.7"),
    ],
)
def test_passwords_on_the_way(make: Make, host: str, changes: dict[str, Any], words: str) -> None:
    only(configuration.network(make(host, **changes)), Level.WARNING if words else Level.OK, words)


def test_a_taken_port(make: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        only(configuration.port(make(started=False, port=number)), Level.BROKEN, f"PORT={number + 1}")
    only(configuration.port(make(started=False, port=number)), Level.OK, "свободен")
    assert not list(configuration.port(make(port=number)))


def test_page(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(configuration, "ROOT", tmp_path)
    here = make(page_dir=tmp_path / "dist")
    only(configuration.page(here), Level.WARNING, "make page")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("", encoding="utf-8")
    only(configuration.page(here), Level.OK, "собрана")
    source = tmp_path / "frontend" / "src" / "main.ts"
    source.parent.mkdir(parents=True)
    source.write_text("", encoding="utf-8")
    os.utime(source, (2_000_000_000, 2_000_000_000))
    only(configuration.page(here), Level.WARNING, "раньше, чем изменились её исходники")


def test_weights(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    here = make(model_path=path)
    only(configuration.weights(here), Level.BROKEN, f"Файла модели {path} нет")
    only(configuration.weights(make(model_path=path, own_machine=False)), Level.NOTE, "в контейнере")
    elsewhere = replace(here, plan=replace(here.plan, model_url="http://model:8090"))
    only(configuration.weights(elsewhere), Level.NOTE, "там, где компонент модели")
    path.write_bytes(b"GGUF")
    only(configuration.weights(here), Level.NOTE, "сверить не с чем")
    card = path.with_suffix(".json")
    card.write_text(json.dumps({"gguf_sha256": hashlib.sha256(b"GGUF").hexdigest()}), encoding="utf-8")
    only(configuration.weights(here), Level.OK, "цел")
    path.write_bytes(b"GGUG")
    only(configuration.weights(here), Level.BROKEN, "повреждён")


def test_shipped_weights_are_whole(make: Make, weights: Path) -> None:
    only(configuration.weights(make()), Level.OK, weights.name)


# --- servers ---------------------------------------------------------------------------------------------------------


def test_a_healthy_database(app, test_settings: Settings) -> None:
    assert levels(servers.database(test_settings)) == {Level.OK}


def test_a_database_that_is_away_without_its_password(test_settings: Settings) -> None:
    away = test_settings.model_copy(update={"database_url": "postgresql+psycopg2://u:hidden-word@127.0.0.1:1/x"})
    found = list(servers.database(away))
    only(found, Level.BROKEN, "DATABASE_URL")
    assert "hidden-word" not in found[0].lines()


def test_a_database_of_an_earlier_version_of_the_code(postgres, test_settings: Settings) -> None:
    postgres.create_database("doctor")
    empty = test_settings.model_copy(update={"database_url": postgres.url("doctor")})
    only(servers.database(empty), Level.BROKEN, "flask --app backend.app db upgrade")


def test_an_old_database(app, test_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "OLDEST_POSTGRES", 99)
    only(servers.database(test_settings), Level.BROKEN, "нужен PostgreSQL 99")


def test_clocks_that_differ(app, test_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers.time, "time", lambda: now().timestamp() + 60)
    only(servers.database(test_settings), Level.BROKEN, "синхронизацию времени")


def test_a_database_that_writes_statements_into_its_log(app, postgres, test_settings: Settings) -> None:
    with altered(postgres, "log_statement", "all"):
        only(servers.database(test_settings), Level.WARNING, "log_statement=all")
    with altered(postgres, "log_min_error_statement", "error"):
        only(servers.database(test_settings), Level.WARNING, "log_min_error_statement=error")
    with altered(postgres, "log_error_verbosity", "default"):
        only(servers.database(test_settings), Level.WARNING, "log_error_verbosity=default")


def test_a_database_with_too_few_connections(app, test_settings: Settings) -> None:
    assert test_settings.most_connections == 60
    assert levels(servers.database(test_settings)) == {Level.OK}
    many = test_settings.model_copy(update={"web_workers": 10})
    only(servers.database(many), Level.WARNING, "max_connections=140")


@contextmanager
def altered(postgres: Any, name: str, value: str) -> Iterator[None]:
    """For new sessions of the database; command-line settings of the server yield to those of a role."""
    engine = sqlalchemy.create_engine(postgres.url(), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"ALTER ROLE offerloop SET {name} = '{value}'"))
        try:
            yield
        finally:
            connection.execute(sqlalchemy.text(f"ALTER ROLE offerloop RESET {name}"))


def test_redis(app, test_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert levels(servers.redis(test_settings)) == {Level.OK}
    with Redis.from_url(test_settings.redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            only(servers.redis(test_settings), Level.WARNING, "maxmemory-policy noeviction")
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    monkeypatch.setattr(servers, "OLDEST_REDIS", (99, 0))
    only(servers.redis(test_settings), Level.BROKEN, "нужен Redis")
    away = test_settings.model_copy(update={"redis_url": "redis://127.0.0.1:1"})
    only(servers.redis(away), Level.BROKEN, "REDIS_URL")


def test_a_model_that_answers(test_settings: Settings, model_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "SLOW_TEXT_S", 5.0)  # the machine of the tests may be busy
    only(servers.model(test_settings), Level.OK, "токенов/с")
    hasty = test_settings.model_copy(update={"deadline_ms": 1})
    only(servers.model(hasty), Level.WARNING, "MAX_CLIENTS_SHORT")
    monkeypatch.setattr(servers, "SLOW_TEXT_S", 0.0)
    only(servers.model(test_settings), Level.WARNING, "освободите ядра")
    monkeypatch.setattr(servers, "_manifest_error", lambda url: "v2: no such file")
    only(servers.model(test_settings), Level.BROKEN, "v2: no such file")


def test_a_model_that_is_away(test_settings: Settings) -> None:
    away = test_settings.model_copy(update={"model_url": "http://127.0.0.1:1,http://127.0.0.1:2"})
    found = list(servers.model(away))
    assert [finding.level for finding in found] == [Level.BROKEN] * 2
    assert "http://127.0.0.1:2: Языковая модель не отвечает" in found[1].words


def test_an_api_that_is_away(make: Make) -> None:
    only(servers.api(make(port=1)), Level.BROKEN, "api.log")
    only(servers.api(make(port=1, own_machine=False)), Level.NOTE, "docker compose exec api")


# --- work ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def context(app) -> Iterator[None]:
    with app.app_context():
        yield


def test_workers(context, test_settings: Settings) -> None:
    assert levels(work.workers(own_machine=True)) == {Level.BROKEN, Level.WARNING}
    only(work.workers(own_machine=False), Level.WARNING, "docker compose up -d trainer")
    usual = worker.make_worker(test_settings)
    usual.register_birth()
    try:
        only(work.workers(own_machine=True), Level.WARNING, "--queues retrain")
        assert Level.BROKEN not in levels(work.workers(own_machine=True))
    finally:
        usual.register_death()


def test_jobs(context, test_settings: Settings) -> None:
    only(work.jobs(), Level.OK, "ничего не упало")
    with Redis.from_url(test_settings.redis_url) as connection:
        queue = queues.open_queue(queues.BATCH, connection)
        job = queue.enqueue("backend.batches.jobs.work")
        connection.hset(job.key, "enqueued_at", "2026-01-01T00:00:00.000000Z")
        only(work.jobs(), Level.WARNING, "в очереди batch первое задание ждёт")
        queue.empty()
        queue.failed_job_registry.add(job, ttl=60)
        only(work.jobs(), Level.WARNING, "batch: 1")


def test_versions(context) -> None:
    assert not list(work.versions())
    version = ModelVersion(name="base-9.1", weights="base-9.1", path="gone.gguf", status="champion")
    db.session.add(version)
    db.session.flush()
    only(work.versions(), Level.BROKEN, "gone.gguf")
    version.path = None
    only(work.versions(), Level.OK, "base-9.1")
    db.session.rollback()


# --- as a program ----------------------------------------------------------------------------------------------------


def doctor(**settings: str) -> tuple[int, str]:
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    command = [sys.executable, "-m", "backend.launch.doctor"]
    env = {**clean, **settings}
    done = subprocess.run(command, env=env, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def test_before_the_first_start(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    code, words = doctor(VAR_DIR=str(tmp_path), PORT=port)
    assert code == 0, words
    assert "ещё не запускали" in words
    assert "OfferLoop не запущен" in words
    assert not list(tmp_path.iterdir())


def test_wrong_settings(tmp_path: Path) -> None:
    code, words = doctor(VAR_DIR=str(tmp_path), PORT="abc")
    assert code == 1
    assert "✗ Настройки" in words
    assert "PORT: " in words


def test_from_a_container(app, test_settings: Settings, model_url: str, tmp_path: Path) -> None:
    """By environment alone; without workers it is broken, with them it is not."""
    given = {
        "DATABASE_URL": test_settings.database_url,
        "REDIS_URL": test_settings.redis_url,
        "MODEL_URL": model_url,
        "SECRET_KEY": test_settings.secret_key.get_secret_value(),
        "VAR_DIR": str(tmp_path),
        "PORT": "1",
    }
    code, words = doctor(**given)
    assert code == 1
    assert "✗ Обработчики: очередь batch: ни одного" in words
    assert given["SECRET_KEY"] not in words
    usual = worker.make_worker(test_settings)
    usual.register_birth()
    try:
        code, words = doctor(**given)
        assert code == 0, words
        assert "✓ Обработчики: очередь batch: работает 1" in words
    finally:
        usual.register_death()


def test_a_running_system_is_told_by_its_lock(tmp_path: Path) -> None:
    assert not place.is_locked(tmp_path / "lock")
    with claim(tmp_path, "http://127.0.0.1:8000"):
        assert place.is_locked(tmp_path / "lock")
    assert not place.is_locked(tmp_path / "lock")


def test_before_anything_is_installed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["bootstrap.py", "doctor"])
    assert bootstrap.main() == 1
    assert "выполните make run" in capsys.readouterr().out

"""`python -m backend.launch`: what `make run` starts once everything is installed."""

import logging
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy
from redis import Redis, RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from backend.launch import environment as env
from backend.launch import parts
from backend.launch.console import Console
from backend.launch.environment import ROOT, Plan
from backend.launch.errors import LaunchError
from backend.launch.postgres import EmbeddedPostgres
from backend.launch.processes import Child
from backend.launch.sockets import port_is_free
from backend.launch.supervisor import Part, StopRequested, Supervisor
from backend.launch.valkey import EmbeddedValkey
from backend.launch.var_dir import claim


def main() -> int:
    console = Console()
    logging.disable(logging.WARNING)  # of the libraries used here; the parts have logs of their own
    supervisor = Supervisor(console)
    supervisor.listen_to_signals()
    try:
        env.load_dotenv(ROOT / ".env")
        run(env.read_plan(), supervisor)
    except StopRequested:
        console.line("Запуск прерван.")
        return 130
    except LaunchError as error:
        if supervisor.stop_requested:
            return 130
        console.line(f"\nНе запустилось. {error}")
        return 1
    console.line("Остановлено.")
    return 0


def run(plan: Plan, supervisor: Supervisor) -> None:
    """Start everything, say where it is, keep it running until a stop is asked for, stop everything."""
    with claim(plan.var_dir, plan.local_url):
        try:
            start(plan, supervisor)
            supervisor.watch()
        finally:
            supervisor.stop_all()


def start(plan: Plan, supervisor: Supervisor) -> None:
    """Start the parts, side by side where they do not need each other."""
    started = time.monotonic()
    check_port(plan)
    if not plan.model_url:
        env.model_file(plan)
    environment, waiting = start_servers(plan, supervisor)
    created = prepare_database(plan, environment, supervisor)
    for part in (
        parts.worker_part(environment, plan.logs),
        parts.batch_worker_part(environment, plan.logs),
        parts.trainer_part(environment, plan.logs),
        parts.api_part(environment, plan.local_url, plan.logs),
    ):
        supervisor.launch(part)
        waiting.append(part)
    for part in waiting:
        supervisor.wait_ready(part)
    announce(plan, environment, created, time.monotonic() - started, supervisor.console)


def check_port(plan: Plan) -> None:
    port = plan.settings.port
    if not port_is_free(port, plan.launch.host):
        raise LaunchError(
            f"Порт {port} на {plan.launch.host} занят другой программой. Задайте другой: PORT={port + 1} make run"
        )


def start_servers(plan: Plan, supervisor: Supervisor) -> tuple[dict[str, str], list[Part]]:
    """Start database, queue and model. Returns the environment for the rest and the parts still to be waited for."""
    waiting: list[Part] = []
    database_url, redis_url = plan.settings.database_url, plan.settings.redis_url
    if plan.database_url:
        check_database(database_url)
    else:
        database_url = start_postgres(plan, supervisor)
    if plan.redis_url:
        check_redis(redis_url)
    else:
        valkey = EmbeddedValkey(plan.var_dir / "valkey", secrets_dir=plan.secrets)
        valkey.prepare()
        redis_url = valkey.url()
        waiting.append(parts.valkey_part(valkey, plan.logs))
        supervisor.launch(waiting[-1])
    model_url, model_port = env.choose_model_url(plan)
    environment = env.child_environment(plan, database_url, redis_url, model_url)
    env.write_environment_file(plan.var_dir / "run.env", environment)
    if model_port is not None:
        model = parts.model_part(environment, env.model_file(plan), model_port, plan.logs)
        supervisor.launch(model)
        # alone on the machine while it measures its speed, from which the limits of a call follow
        supervisor.wait_ready(model)
    return environment, waiting


def start_postgres(plan: Plan, supervisor: Supervisor) -> str:
    connections = plan.settings.most_connections
    server = EmbeddedPostgres(plan.var_dir / "postgres", secrets_dir=plan.secrets, connections=connections)
    server.prepare()
    part = parts.postgres_part(server, plan.logs)
    supervisor.launch(part)
    supervisor.wait_ready(part)
    server.create_database(server.database)
    return server.url()


def prepare_database(plan: Plan, environment: Mapping[str, str], supervisor: Supervisor) -> str:
    """Migrate, and fill an empty database with the demo. Returns what the person must be told, once."""
    log = plan.logs / "setup.log"
    supervisor.run_step("Структура базы данных", parts.flask_step("migrate", ["db", "upgrade"], environment, log))
    secret = plan.settings.admin_password
    with_password = {**environment, **({"ADMIN_PASSWORD": secret.get_secret_value()} if secret else {})}
    if not has_users(environment["DATABASE_URL"]):
        return seed(plan, with_password, supervisor)
    if secret:
        command = [sys.executable, "-m", "backend.launch.admin_password"]
        supervisor.run_step("Пароль администратора", Child("password", command, log, env=with_password, cwd=ROOT))
    return ""


def seed(plan: Plan, environment: Mapping[str, str], supervisor: Supervisor) -> str:
    """Run the demo scenario. What it prints holds passwords, so it goes to a file of its own that is deleted."""
    answer = plan.secrets / "seed-output"
    answer.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    answer.unlink(missing_ok=True)
    os.close(os.open(answer, os.O_WRONLY | os.O_CREAT, 0o600))
    try:
        step = parts.flask_step("seed", ["seed", "demo"], environment, answer)
        supervisor.run_step("Пользователи и каталог для показа", step)
        return spoken_lines(answer)
    finally:
        answer.unlink(missing_ok=True)


def spoken_lines(path: Path) -> str:
    """The output without log lines, which are JSON."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("{"))


def check_database(url: str) -> None:
    """A server of the user's own must answer before anything is built on it."""
    _ask(url, "SELECT 1")


def has_users(url: str) -> bool:
    return _ask(url, "SELECT 1 FROM users LIMIT 1") is not None


def _ask(url: str, query: str) -> object:
    """The first value of the first row, or None."""
    engine = sqlalchemy.create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            return connection.execute(sqlalchemy.text(query)).scalar()
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or type(error).__name__).strip()
        raise LaunchError(f"База данных не отвечает (DATABASE_URL): {reason}") from error


def check_redis(url: str) -> None:
    """A server of the user's own must answer before anything is built on it."""
    client = Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)
    try:
        client.ping()
    except RedisError as error:
        raise LaunchError(f"Redis не отвечает (REDIS_URL): {error}") from error
    finally:
        client.close()


def announce(plan: Plan, environment: Mapping[str, str], created: str, seconds: float, console: Console) -> None:
    """The address, and the passwords when they were just made."""
    console.line()
    console.line(f"OfferLoop работает: {plan.local_url}   (запуск занял {seconds:.0f} с)")
    console.line(f"  описание API: {plan.local_url}/docs   состояние: {plan.local_url}/readyz")
    console.line(f"  модель: {environment['MODEL_URL']}   журналы: {plan.logs}")
    if created:
        console.line()
        console.line(created)
    if plan.settings.admin_password:
        console.line("  admin: пароль из ADMIN_PASSWORD")
    elif not created:
        console.line("  admin: пароль показан при первом запуске; задать другой: ADMIN_PASSWORD=… make run")
    console.line("Остановить: Ctrl-C")
    console.line()


if __name__ == "__main__":
    sys.exit(main())

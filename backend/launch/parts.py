"""The parts of OfferLoop: how each is started and how one sees that it works."""

import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
from redis import Redis, RedisError
from rq import Worker

from backend.launch.environment import ROOT
from backend.launch.postgres import START_S as POSTGRES_START_S
from backend.launch.postgres import STOP_WITH as POSTGRES_STOP_WITH
from backend.launch.postgres import EmbeddedPostgres, server_env
from backend.launch.processes import Child
from backend.launch.supervisor import Part
from backend.launch.valkey import EmbeddedValkey

# gunicorn finishes the calls it has begun (30 s at most); a worker its job, and is then asked once more.
API_STOP_WITH = ((signal.SIGTERM, 35.0), (signal.SIGKILL, 5.0))
WORKER_STOP_WITH = ((signal.SIGTERM, 20.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
# Nobody waits minutes for a training to finish: it is cut off and goes on from its last stage at the next start.
TRAINER_STOP_WITH = ((signal.SIGTERM, 1.5), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
# Each thread that allocates may get an arena of its own, which keeps what it once held: with many threads the memory of
# an API process goes on growing while it holds no more objects than before.
API_MEMORY = {"MALLOC_ARENA_MAX": "2"}
MODEL_START_S = 300.0  # a user's own model of some gigabytes is read from a slow disk


def postgres_part(server: EmbeddedPostgres, logs: Path) -> Part:
    child = Child("postgres", server.command(), logs / "postgres.log", env=server_env(), stop_with=POSTGRES_STOP_WITH)
    return Part("PostgreSQL", child, server.is_ready, POSTGRES_START_S, before_start=server.prepare)


def valkey_part(server: EmbeddedValkey, logs: Path) -> Part:
    return Part("Valkey", Child("valkey", server.command(), logs / "valkey.log"), server.is_ready, 30.0)


def model_part(environment: Mapping[str, str], file: Path, port: int, logs: Path) -> Part:
    command = [sys.executable, "-m", "model.serving.server", "--model", str(file), "--port", str(port)]
    child = Child("model", command, logs / "model.log", env=environment, cwd=ROOT)
    return Part("Языковая модель", child, _answers(f"http://127.0.0.1:{port}/health"), MODEL_START_S)


def api_part(environment: Mapping[str, str], local_url: str, logs: Path) -> Part:
    command = [sys.executable, "-m", "gunicorn", "-c", "backend/gunicorn.conf.py", "backend.app:create_app()"]
    own = {**API_MEMORY, **environment}
    child = Child("api", command, logs / "api.log", env=own, cwd=ROOT, stop_with=API_STOP_WITH)
    return Part("API", child, _answers(f"{local_url}/healthz"))


def worker_part(environment: Mapping[str, str], logs: Path) -> Part:
    """Short jobs, which must not wait until a batch is written."""
    return _worker(environment, logs, "worker", "Обработчик очередей", "interactive", "housekeeping")


def batch_worker_part(environment: Mapping[str, str], logs: Path) -> Part:
    return _worker(environment, logs, "batches", "Обработчик рассылок", "batch")


def trainer_part(environment: Mapping[str, str], logs: Path) -> Part:
    return _worker(environment, logs, "trainer", "Обработчик дообучения", "retrain", stop_with=TRAINER_STOP_WITH)


def _worker(
    environment: Mapping[str, str],
    logs: Path,
    name: str,
    title: str,
    *queues: str,
    stop_with: tuple[tuple[signal.Signals, float], ...] = WORKER_STOP_WITH,
) -> Part:
    command = [sys.executable, "-m", "backend.worker", "--queues", *queues]
    child = Child(name, command, logs / f"{name}.log", env=environment, cwd=ROOT, stop_with=stop_with)
    return Part(title, child, _worker_is_registered(environment["REDIS_URL"], child))


def flask_step(name: str, arguments: list[str], environment: Mapping[str, str], log_path: Path) -> Child:
    """A command of the back end that runs to its end."""
    command = [sys.executable, "-m", "flask", "--app", "backend.app", *arguments]
    return Child(name, command, log_path, env=environment, cwd=ROOT)


def _answers(url: str) -> Callable[[], bool]:
    def ready() -> bool:
        try:
            return httpx.get(url, timeout=2.0, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    return ready


def _worker_is_registered(redis_url: str, child: Child) -> Callable[[], bool]:
    def ready() -> bool:
        connection = Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2)
        try:
            return any(worker.pid == _pid(child) for worker in Worker.all(connection=connection))
        except RedisError:
            return False
        finally:
            connection.close()

    return ready


def _pid(child: Child) -> int | None:
    """The child's number as it sees it itself: the launcher and its parts share one process namespace."""
    return child.process.pid if child.process else None

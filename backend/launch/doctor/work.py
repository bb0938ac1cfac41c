"""Who does the work: workers, queues, the versions at work. Inside a context of the application."""

from datetime import timedelta

from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from backend import queues
from backend.common.redis import redis
from backend.launch.doctor.findings import Findings, broken, note, ok, warning
from backend.learning import serving

MOST_WAITING = timedelta(minutes=10)
START = "set -a; . var/run.env; set +a; .venv/bin/python -m backend.worker"
"""Without that file a worker would run with the defaults."""
CONTAINERS = {queues.RETRAIN: "trainer", queues.BATCH: "batch-worker"}


def workers(*, own_machine: bool) -> Findings:
    """Every queue needs somebody; without a trainer only learning stands."""
    try:
        living = queues.alive(redis())
    except RedisError:
        yield note("Обработчики", "без Redis о них ничего не известно")
        return
    for name in queues.KNOWN:
        count = sum(name in worker.queue_names() for worker in living)
        start = _start(name, own_machine=own_machine)
        if count:
            yield ok("Обработчики", f"очередь {name}: работает {count}")
        elif name == queues.RETRAIN:
            yield warning("Обработчики", "дообучение запускать некому", start)
        else:
            yield broken("Обработчики", f"очередь {name}: ни одного", start)


def _start(name: str, *, own_machine: bool) -> str:
    if not own_machine:
        return f"docker compose up -d {CONTAINERS.get(name, 'worker')}"
    return f"{START}{f' --queues {name}' if name == queues.RETRAIN else ''} (make run делает это сам)"


def jobs() -> Findings:
    """Nothing waits for long, nothing has failed lately."""
    try:
        found = {name: queues.open_queue(name, redis()) for name in queues.KNOWN}
        waiting = {name: queues.oldest_age(queue) for name, queue in found.items()}
        failed = {name: queues.states(queue)["failed"] for name, queue in found.items()}
    except RedisError:
        return
    for name, seconds in waiting.items():
        if seconds > MOST_WAITING.total_seconds():
            words = f"в очереди {name} первое задание ждёт {seconds / 60:.0f} мин"
            yield warning("Очереди", words, "запустите ещё обработчиков или посмотрите, чем заняты эти")
    if dropped := ", ".join(f"{name}: {count}" for name, count in failed.items() if count):
        yield warning("Очереди", f"есть упавшие задания ({dropped})", "причина — в журнале, строка «the job failed»")
    if not dropped and max(waiting.values()) <= MOST_WAITING.total_seconds():
        yield ok("Очереди", "никто не ждёт долго, ничего не упало")


def versions() -> Findings:
    """The files of what serves are where they should be."""
    try:
        state = serving.state()
    except SQLAlchemyError:
        return
    lost = [version for version in state.versions if not serving.has_file(version)]
    for version in lost:
        mend = "верните файл из резервной копии или вернитесь к прежней версии на странице «Модели»"
        yield broken("Версии модели", f"файла версии {version.name} нет: {serving.file_of(version)}", mend)
    if state.versions and not lost:
        names = ", ".join(version.name for version in state.versions)
        yield ok("Версии модели", f"служат {names}, файлы на месте")

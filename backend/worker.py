"""`python -m backend.worker`: runs the jobs of the queues. Any number of them, on any machine.

`python -m backend.worker --check` ends with 0 when a worker of this host lives.

Jobs travel as JSON (pickle would run whatever somebody puts into Redis) and carry ids only: what a job works on and
how far it got is in PostgreSQL.
"""

import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from redis import Redis, RedisError
from rq import Queue, Worker
from rq.defaults import DEFAULT_WORKER_TTL
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from backend.app import create_app
from backend.config import Settings, get_settings

# In the order in which a worker empties them: somebody waits for the first, nobody for the last.
QUEUES = ("interactive", "batch", "housekeeping")

# Job, and how often it runs at most, counted over all workers.
HOUSEKEEPING = (("backend.offers.jobs.purge_idempotency_keys", 3600),)
CHECK_S = 600
RETRY_AFTER_FAILURE_S = 600


class OfferLoopWorker(Worker):
    """A worker that also sees to the housekeeping.

    RQ's own CronScheduler would do the same in one more process, but queues its jobs as pickles.
    """

    def run_maintenance_tasks(self) -> None:
        """RQ calls this at the start, then every CHECK_S seconds and between jobs."""
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        enqueue_housekeeping(self.connection)


def enqueue_housekeeping(connection: Redis) -> int:
    """Queue each job whose time has come; returns how many.

    RQ keeps a finished job for its `result_ttl` and refuses a second one with the same id meanwhile: that is the
    whole timetable, it holds across workers, and when Redis loses it the jobs just run once more.
    """
    queue = Queue("housekeeping", connection=connection, serializer=JSONSerializer)
    queued = 0
    for function, period_s in HOUSEKEEPING:
        try:
            queue.enqueue(
                function,
                job_id=function.replace(".", "-"),
                unique=True,
                result_ttl=period_s,
                failure_ttl=RETRY_AFTER_FAILURE_S,
            )
        except DuplicateJobError:
            continue
        queued += 1
    return queued


def make_worker(settings: Settings) -> OfferLoopWorker:
    """A worker for all queues. It has a connection of its own, whose time-outs RQ sets for blocking calls."""
    return OfferLoopWorker(
        QUEUES,
        connection=Redis.from_url(settings.redis_url, socket_connect_timeout=5),
        serializer=JSONSerializer,
        maintenance_interval=CHECK_S,
    )


def lives(settings: Settings) -> bool:
    """True when a worker of this host has renewed its entry in Redis lately: the container's health check."""
    connection = Redis.from_url(settings.redis_url, socket_connect_timeout=3, socket_timeout=3)
    try:
        workers = [worker for worker in Worker.all(connection=connection) if worker.hostname == socket.gethostname()]
    except RedisError:
        return False
    beats = [worker.last_heartbeat for worker in workers if worker.last_heartbeat]
    return any((datetime.now(UTC) - beat).total_seconds() < DEFAULT_WORKER_TTL for beat in beats)


def main(arguments: Sequence[str] = ()) -> int:
    """Each job runs in a forked child that inherits the application context; the parent never touches the database."""
    if list(arguments) == ["--check"]:
        return 0 if lives(get_settings()) else 1
    app = create_app()
    settings: Settings = app.config["SETTINGS"]
    with app.app_context():
        make_worker(settings).work(with_scheduler=True, logging_level=settings.log_level)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

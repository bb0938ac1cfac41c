"""`python -m backend.worker`: runs the jobs of the queues. Any number of them, on any machine.

`--queues retrain` makes it a worker of retraining: it runs one job for minutes, out of the way of everything else.
`--queues batch` makes it a worker of batches alone, which lets calls go first.
Whether one of this host lives tells `backend/worker_check.py`.

Jobs travel as JSON (pickle would run whatever somebody puts into Redis) and carry ids only: what a job works on and
how far it got is in PostgreSQL.
"""

import argparse
import logging
import os
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from redis import Redis, RedisError
from rq import Queue, Worker, worker_registration
from rq.exceptions import DeserializationError, DuplicateJobError
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer

from backend.app import create_app
from backend.batches import queue as batches
from backend.common import logs, request_ids, shared_counts
from backend.config import Settings
from backend.learning import abilities
from backend.offers.service import warm_up
from backend.queues import BATCH, KNOWN, QUEUES, RETRAIN, job_seconds, jobs_ended
from backend.queues import HOUSEKEEPING as HOUSEKEEPING_QUEUE

# Job, and how often it runs at most, counted over all workers.
HOUSEKEEPING = (
    ("backend.batches.jobs.keep_up", 20),
    ("backend.learning.jobs.keep_up", 50),
    ("backend.learning.jobs.watch", 110),
    ("backend.learning.jobs.start_if_due", 110),
    ("backend.offers.jobs.purge_idempotency_keys", 3600),
    ("backend.privacy.jobs.purge", 3600),
)
CHECK_S = 15
WAKE_S = 20
"""An idle worker looks up so often, and sees to the housekeeping then: what a killed worker left waits no longer."""
RETRY_AFTER_FAILURE_S = 600
GIVE_WAY = 10
"""Steps of `nice` by which a worker of batches stands back: its checks must not slow a call down."""

log = logging.getLogger(__name__)


class OfferLoopWorker(Worker):
    """A worker that also sees to the housekeeping where that queue is its own, and says what it can train.

    RQ's own CronScheduler would do the same in one more process, but queues its jobs as pickles.
    """

    def __init__(self, queues: Sequence[str], settings: Settings, **options: Any) -> None:
        self._settings = settings
        self._trains = RETRAIN in queues
        self._keeps_house = HOUSEKEEPING_QUEUE in queues
        super().__init__(queues, **options)

    def run_maintenance_tasks(self) -> None:
        """RQ calls this at the start, then every CHECK_S seconds at most and between jobs."""
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        if self._keeps_house:
            enqueue_housekeeping(self.connection)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """In the child that was forked for the job: under the id of the call that asked for it, and counted."""
        with request_ids.bound(request_ids.accept(job.meta.get(request_ids.KEY))):
            started = time.monotonic()
            done = bool(super().perform_job(job, queue, execution))
            job_seconds.labels(queue.name, _name(job)).observe(time.monotonic() - started)
            self._count(job, "done" if done else "failed")
        return done

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """RQ would write the exception's text into the log, which may quote client data; our formatter does not."""
        told = {"job": _name(job), "job_id": job.id, "queue": job.origin}
        log.error("the job failed", exc_info=exc_info, extra=told)

    def handle_job_failure(
        self,
        job: Job,
        queue: Queue,
        started_job_registry: Any = None,
        exc_string: str = "",
        execution: Execution | None = None,
    ) -> None:
        """RQ keeps the exception's text in Redis for a day; so here, too, only its type and where it was raised."""
        kind, _, trace = sys.exc_info()
        kept = "".join([*traceback.format_tb(trace), kind.__name__]) if kind else exc_string
        super().handle_job_failure(job, queue, started_job_registry, kept, execution)

    def handle_work_horse_killed(self, job: Job, *told: Any) -> None:
        """The child died under its job; this runs in the parent."""
        super().handle_work_horse_killed(job, *told)  # type: ignore[no-untyped-call]
        self._count(job, "killed")

    def _count(self, job: Job, outcome: str) -> None:
        jobs_ended.labels(job.origin, _name(job), outcome).inc()
        shared_counts.push(self.connection)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """RQ's sign of life, which a worker also gives while its job runs.

        RQ enters a worker once, at its birth: a Redis that was restarted with nothing would never hear of it again.
        """
        super().heartbeat(timeout, pipeline)
        if self.birth_date:
            (self.connection if pipeline is None else pipeline).hset(self.key, mapping=self.serialize())
            worker_registration.register(self, pipeline)
        if self._trains:
            abilities.announce(self.connection, self._settings, timeout or self.worker_ttl + WAKE_S)


def _name(job: Job) -> str:
    try:
        return str(job.func_name)
    except DeserializationError:
        return "unreadable"


def enqueue_housekeeping(connection: Redis) -> int:
    """Queue each job whose time has come; returns how many.

    RQ keeps a finished job for its `result_ttl` and refuses a second one with the same id meanwhile: that is the
    whole timetable, it holds across workers, and when Redis loses it the jobs just run once more.
    """
    queue = Queue(HOUSEKEEPING_QUEUE, connection=connection, serializer=JSONSerializer)
    queued = 0
    for function, period_s in HOUSEKEEPING:
        try:
            queue.enqueue(
                function,
                job_id=function.replace(".", "-"),
                unique=True,
                result_ttl=period_s,
                failure_ttl=min(period_s, RETRY_AFTER_FAILURE_S),
            )
        except DuplicateJobError:
            continue
        queued += 1
    return queued


def make_worker(settings: Settings, queues: Sequence[str] = QUEUES) -> OfferLoopWorker:
    """A worker for these queues. It has a connection of its own, whose time-outs RQ sets for blocking calls."""
    return OfferLoopWorker(
        queues,
        settings,
        connection=Redis.from_url(settings.redis_url, socket_connect_timeout=5),
        serializer=JSONSerializer,
        maintenance_interval=CHECK_S,
        worker_ttl=WAKE_S + 15,  # RQ waits for a job 15 seconds less than that
    )


def take_up_batches() -> None:
    """Have the work looked for that a killed worker left: its successor need not wait for the housekeeping."""
    try:
        batches.call_workers()
    except RedisError as error:
        log.warning("batches are not taken up yet", extra={"error": type(error).__name__})


def step_back() -> None:
    """Take only the processor time that nobody else wants: training must not be felt by who waits for a text.

    The jobs, which are forked from this process, inherit it. All cores may then be used.
    """
    os.nice(19)
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):
        log.warning("this system has no idle scheduling, only the lowest priority is used")
    _lower_session(19)
    try:
        Path("/proc/self/oom_score_adj").write_text("900")  # where memory ends, training goes first and resumes later
    except OSError:
        log.info("this system does not rank processes for lack of memory")
    # set before the job loads the library that reads it; by itself it leaves out the second thread of each core
    os.environ.setdefault("OMP_NUM_THREADS", str(len(os.sched_getaffinity(0))))


def give_way() -> None:
    """Take the processor after calls and the model, but not only when it is idle: the model waits for these too."""
    os.nice(GIVE_WAY)
    _lower_session(GIVE_WAY)


def _lower_session(steps: int) -> None:
    """Where Linux shares the processor out by sessions first, priorities inside one alone would mean nothing."""
    try:
        Path("/proc/self/autogroup").write_text(str(steps))
    except OSError:
        log.info("this system has no autogroups")


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m backend.worker", description="Runs the jobs of the queues.")
    parser.add_argument("--queues", nargs="+", choices=KNOWN, default=list(QUEUES), metavar="QUEUE")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] = ()) -> int:
    """Each job runs in a forked child that inherits the application context; the parent never touches the database."""
    asked = read_arguments(arguments)
    if asked.queues == [RETRAIN]:
        step_back()
    if asked.queues == [BATCH]:
        give_way()
    app = create_app()
    logs.own_process()
    if BATCH in asked.queues:
        warm_up()  # here, so that the child of each job inherits the dictionaries instead of reading them
    settings: Settings = app.config["SETTINGS"]
    with app.app_context():
        if BATCH in asked.queues:
            take_up_batches()
        worker = make_worker(settings, asked.queues)
        worker.work(with_scheduler=HOUSEKEEPING_QUEUE in asked.queues, logging_level=settings.log_level)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

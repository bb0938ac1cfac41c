"""The queues of RQ: their names, and what Prometheus learns of them, of their jobs and of the workers.

Lengths are counters that Redis keeps; only the first job of each queue is read, and the entries of the few workers.
"""

from collections import Counter as Tally
from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client import Counter, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily
from redis import Redis
from rq import Queue, Worker
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker

from backend.batches import queue as batches
from backend.common.gauges import REDIS, Source, gauges
from backend.common.redis import redis
from backend.learning import queue as learning
from backend.worker_check import ALIVE

INTERACTIVE, HOUSEKEEPING, BATCH, RETRAIN = "interactive", "housekeeping", batches.NAME, learning.NAME
# In the order in which a worker empties them: somebody waits for the first, and of the last there is always more.
QUEUES = (INTERACTIVE, HOUSEKEEPING, BATCH)
KNOWN = (*QUEUES, RETRAIN)
IDLE, BUSY = "idle", "busy"

SECONDS = (0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 180.0, 600.0, 1800.0, 3600.0, 7200.0)
jobs_ended = Counter("offerloop_jobs", "Jobs that ended", ["queue", "function", "outcome"])
job_seconds = Histogram("offerloop_job_seconds", "How long jobs worked", ["queue", "function"], buckets=SECONDS)


def read() -> Iterator[Metric]:
    """Of every queue: its jobs, the age of the first, the workers that live. Raises RedisError."""
    connection = redis()
    queues = [open_queue(name, connection) for name in KNOWN]
    jobs = GaugeMetricFamily("offerloop_queue_jobs", "Jobs of a queue, by state", labels=["queue", "state"])
    for queue in queues:
        for state, count in states(queue).items():
            jobs.add_metric([queue.name, state], count)
    yield jobs
    ages = {queue.name: oldest_age(queue) for queue in queues}
    yield gauges("queue_oldest_job_age_seconds", "How long the first job of a queue has waited", "queue", ages)
    yield from _workers(connection)


def open_queue(name: str, connection: Redis) -> Queue:
    return Queue(name, connection=connection, serializer=JSONSerializer)


def states(queue: Queue) -> dict[str, int]:
    """How many jobs wait, work, wait for their time and have failed lately. Raises RedisError."""
    return {
        "queued": queue.count,
        "started": queue.started_job_registry.get_job_count(cleanup=False),
        "scheduled": queue.scheduled_job_registry.get_job_count(cleanup=False),
        "failed": queue.failed_job_registry.get_job_count(cleanup=False),
    }


def oldest_age(queue: Queue) -> float:
    """Seconds that the first job has waited, 0 for an empty queue. Raises RedisError."""
    first = queue.get_job_ids(0, 1)
    try:
        job = Job.fetch(first[0], connection=queue.connection, serializer=JSONSerializer) if first else None
    except NoSuchJobError:
        return 0.0
    return max(0.0, _since(job.enqueued_at)) if job and job.enqueued_at else 0.0


def alive(connection: Redis) -> list[BaseWorker]:
    """Workers that gave a sign of life lately: while they wait they do so every minute. Raises RedisError."""
    workers = Worker.all(connection=connection, serializer=JSONSerializer)
    limit = ALIVE.total_seconds()
    return [worker for worker in workers if worker.last_heartbeat and _since(worker.last_heartbeat) < limit]


def _workers(connection: Redis) -> Iterator[Metric]:
    family = GaugeMetricFamily("offerloop_workers", "Workers that live, by queue", labels=["queue", "state"])
    counted = Tally(
        (name, BUSY if worker.get_state() == BUSY else IDLE)
        for worker in alive(connection)
        for name in worker.queue_names()
    )
    for name in KNOWN:
        for state in (IDLE, BUSY):
            family.add_metric([name, state], counted[name, state])
    yield family


def _since(moment: datetime) -> float:
    return (datetime.now(UTC) - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))).total_seconds()


SOURCE = Source(read, REDIS)

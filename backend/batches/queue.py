"""The queue of batches. A job says only that there is work: what work, the worker finds in the database."""

from rq import Queue, Worker
from rq.serializers import JSONSerializer

from backend.common import request_ids
from backend.common.redis import redis

NAME = "batch"
JOB = "backend.batches.jobs.work"
LONGEST_S = 3 * 3600
KEPT_S = 3600


def call_workers() -> int:
    """See that as many jobs wait as there are workers, at least one; returns how many were added. Raises RedisError.

    A job works for some minutes and calls the next: so a worker is never taken by batches for long.
    """
    queue = Queue(NAME, connection=redis(), serializer=JSONSerializer)
    wanted = max(1, Worker.count(connection=redis(), queue=queue))
    missing = max(0, wanted - queue.count)
    for _ in range(missing):
        queue.enqueue(JOB, job_timeout=LONGEST_S, result_ttl=0, failure_ttl=KEPT_S, meta=request_ids.for_job())
    return missing

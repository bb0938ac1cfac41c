"""The queue of retraining: jobs carry the run's id and nothing else."""

import uuid

from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer

from backend.common import request_ids
from backend.common.redis import redis

NAME = "retrain"
JOB = "retrain.jobs.run"
"""By its name: the back end does not import what it starts."""
LONGEST_S = 6 * 3600
"""Of one attempt: then the run is queued again, behind its last finished stage."""
KEPT_S = 24 * 3600


def put(run_id: uuid.UUID, attempt: int) -> None:
    """Queue the run. Each attempt is a job of its own, since the former may hang about half dead."""
    queue = Queue(NAME, connection=redis(), serializer=JSONSerializer)
    queue.enqueue(
        JOB,
        str(run_id),
        job_id=_name(run_id, attempt),
        job_timeout=LONGEST_S,
        result_ttl=KEPT_S,
        failure_ttl=KEPT_S,
        meta=request_ids.for_job(),
    )


def holds(run_id: uuid.UUID, attempt: int) -> bool:
    """Whether the job still waits or works. Raises RedisError."""
    try:
        job = Job.fetch(_name(run_id, attempt), connection=redis(), serializer=JSONSerializer)
    except NoSuchJobError:
        return False
    return not (job.is_finished or job.is_failed or job.is_stopped or job.is_canceled)


def _name(run_id: uuid.UUID, attempt: int) -> str:
    return f"retrain-{run_id}-{attempt}"

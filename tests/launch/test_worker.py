"""The worker and its housekeeping over a real Valkey."""

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from backend import worker
from backend.config import Settings


def test_housekeeping_is_queued_once_over_all_workers(app, test_settings: Settings) -> None:
    with Redis.from_url(test_settings.redis_url) as connection:
        assert worker.enqueue_housekeeping(connection) == len(worker.HOUSEKEEPING)
        assert worker.enqueue_housekeeping(connection) == 0
        jobs = Queue("housekeeping", connection=connection, serializer=JSONSerializer).jobs
    assert [job.func_name for job in jobs] == [name for name, _period in worker.HOUSEKEEPING]


def test_housekeeping_functions_exist() -> None:
    from rq.utils import import_attribute

    assert all(callable(import_attribute(name)) for name, _period in worker.HOUSEKEEPING)


def test_no_worker_is_noticed(app, test_settings: Settings) -> None:
    assert not worker.lives(test_settings)

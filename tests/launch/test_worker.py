"""The worker and its housekeeping over a real Valkey."""

import os
import subprocess
import sys
from multiprocessing import get_context
from typing import Any

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from backend import queues, worker, worker_check
from backend.config import Settings
from backend.launch.environment import ROOT
from backend.learning import abilities
from backend.learning.queue import JOB
from backend.learning.queue import NAME as RETRAIN

TRAINING_ONLY = ("torch", "transformers", "peft", "tokenizers", "gguf", "matplotlib")
"""Packages of the extra `train`."""
WITHOUT_THEM = f"""
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {TRAINING_ONLY}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
from rq.utils import import_attribute
assert callable(import_attribute({JOB!r}))
"""


def test_housekeeping_is_queued_once_over_all_workers(app, test_settings: Settings) -> None:
    with Redis.from_url(test_settings.redis_url) as connection:
        assert worker.enqueue_housekeeping(connection) == len(worker.HOUSEKEEPING)
        assert worker.enqueue_housekeeping(connection) == 0
        jobs = Queue("housekeeping", connection=connection, serializer=JSONSerializer).jobs
    assert [job.func_name for job in jobs] == [name for name, _period in worker.HOUSEKEEPING]


def test_housekeeping_functions_exist() -> None:
    from rq.utils import import_attribute

    assert all(callable(import_attribute(name)) for name, _period in worker.HOUSEKEEPING)


def test_the_score_can_learn_without_the_training_packages() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_THEM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_new_worker_of_batches_looks_for_what_another_left(app, test_settings: Settings) -> None:
    with app.app_context():
        worker.take_up_batches()
        worker.take_up_batches()
    with Redis.from_url(test_settings.redis_url) as connection:
        jobs = Queue("batch", connection=connection, serializer=JSONSerializer).jobs
    assert [job.func_name for job in jobs] == ["backend.batches.jobs.work"]


def check(**settings: str) -> int:
    """The health check of a container."""
    command = [sys.executable, "-m", "backend.worker_check"]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, check=False).returncode


def test_the_health_check_sees_whether_a_worker_of_this_host_lives(app, test_settings: Settings) -> None:
    assert not worker_check.lives(test_settings.redis_url)
    with app.app_context():
        usual = worker.make_worker(test_settings)
    usual.register_birth()
    assert check(REDIS_URL=test_settings.redis_url) == 0
    with Redis.from_url(test_settings.redis_url) as connection:
        for field, value in (("hostname", "another"), ("last_heartbeat", "2026-11-22T10:00:00.000000Z")):
            before = connection.hget(usual.key, field)
            connection.hset(usual.key, field, value)
            assert not worker_check.lives(test_settings.redis_url)
            connection.hset(usual.key, field, before)
    assert worker_check.lives(test_settings.redis_url)
    usual.register_death()
    assert check(REDIS_URL=test_settings.redis_url) == 1
    assert check(REDIS_URL="redis://127.0.0.1:9") == 1


def test_a_worker_is_known_again_when_redis_has_lost_everything(app, test_settings: Settings) -> None:
    with app.app_context():
        usual = worker.make_worker(test_settings)
    usual.register_birth()
    with Redis.from_url(test_settings.redis_url) as connection:
        connection.flushall()
        assert not worker_check.lives(test_settings.redis_url)
        usual.heartbeat()
        assert [one.queue_names() for one in queues.alive(connection)] == [usual.queue_names()]
        with connection.pipeline() as pipeline:
            connection.flushall()
            usual.heartbeat(pipeline=pipeline)
            pipeline.execute()
    assert worker_check.lives(test_settings.redis_url)
    usual.register_death()
    assert not worker_check.lives(test_settings.redis_url)


def test_the_health_check_loads_little() -> None:
    words = "import sys; from backend import worker_check; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"rq", "flask", "sqlalchemy", "pydantic", "numpy"} & set(done.stdout.split())


def test_a_worker_of_retraining_says_what_it_can_and_keeps_no_house(app, test_settings: Settings) -> None:
    with app.app_context():
        assert not abilities.abilities(None)["worker"]
        trainer = worker.make_worker(test_settings, [RETRAIN])
        trainer.register_birth()
        trainer.heartbeat()
        trainer.run_maintenance_tasks()
        assert abilities.abilities(None)["worker"]
    with Redis.from_url(test_settings.redis_url) as connection:
        assert 0 < connection.ttl(abilities.KEY) <= trainer.worker_ttl + worker.WAKE_S
        assert not Queue(worker.HOUSEKEEPING_QUEUE, connection=connection, serializer=JSONSerializer).jobs
    trainer.register_death()


def test_the_usual_worker_keeps_house_and_trains_nothing(app, test_settings: Settings) -> None:
    usual = worker.make_worker(test_settings)
    usual.register_birth()
    usual.heartbeat()
    usual.run_maintenance_tasks()
    with Redis.from_url(test_settings.redis_url) as connection:
        assert not connection.exists(abilities.KEY)
        queue = Queue(worker.HOUSEKEEPING_QUEUE, connection=connection, serializer=JSONSerializer)
        assert len(queue.jobs) == len(worker.HOUSEKEEPING)
    usual.register_death()


def test_queues_are_chosen_by_name() -> None:
    assert worker.read_arguments([]).queues == list(worker.QUEUES)
    assert worker.read_arguments(["--queues", "retrain"]).queues == [RETRAIN]
    with pytest.raises(SystemExit):
        worker.read_arguments(["--queues", "unknown"])


def _scheduling(answer: Any) -> None:
    worker.step_back()
    answer.put((os.nice(0), os.sched_getscheduler(0), os.environ["OMP_NUM_THREADS"]))


def test_training_takes_only_idle_time() -> None:
    context = get_context("fork")
    answer = context.SimpleQueue()
    process = context.Process(target=_scheduling, args=(answer,))
    process.start()
    assert answer.get() == (19, os.SCHED_IDLE, os.environ.get("OMP_NUM_THREADS", str(len(os.sched_getaffinity(0)))))
    process.join()


def _nice(answer: Any) -> None:
    worker.give_way()
    answer.put((os.nice(0), os.sched_getscheduler(0)))


def test_batches_stand_back_but_not_for_ever() -> None:
    context = get_context("fork")
    answer = context.SimpleQueue()
    process = context.Process(target=_nice, args=(answer,))
    process.start()
    assert answer.get() == (min(19, os.nice(0) + worker.GIVE_WAY), os.SCHED_OTHER)
    process.join()

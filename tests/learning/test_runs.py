"""Retraining runs as a person and the API see them: start, watch, end."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from backend.common import live
from backend.common.clock import now
from backend.common.db import db
from backend.learning import abilities, events, jobs, readiness, runs
from backend.learning.models import RetrainLine, RetrainRun
from backend.learning.schemas import RunDetail
from tests.conftest import problem
from tests.learning.conftest import GOLD_CLIENT, Component, queued, statuses, store_labels, store_version
from tests.learning.test_versions import store_run

RUNS = "/api/v1/retrain-runs"
Headers = Callable[..., dict[str, str]]


@pytest.fixture
def labelled(db_session: Any, component: Component) -> Component:
    """Enough labels, a component, a champion."""
    store_version("base-4", "champion")
    store_labels(20, 20)
    store_labels(10, 10, client_id=GOLD_CLIENT)
    return component


def trainer(app: APIFlask, *, torch: bool = True) -> None:
    """As if a worker of retraining lived."""
    redis: Redis = app.extensions["redis"]
    redis.set(abilities.KEY, json.dumps({"torch": torch, "train_base": False}), ex=60)


def test_too_few_labels_are_counted(db_session: Any, component: Component, client: FlaskClient, auth: Headers) -> None:
    store_labels(29, 4)
    body = problem(client.post(RUNS, headers=auth("admin")), 422)
    assert [one["detail"] for one in body["errors"]] == [
        "меток «успех» 29, нужно не меньше 30",
        "меток «неудача» 4, нужно не меньше 30",
    ]
    ready = client.get(f"{RUNS}/readiness", headers=auth("marketer")).get_json()
    assert ready["missing"] == [one["detail"] for one in body["errors"]]
    assert ready["labels"] == {"success": 29, "failure": 4, "corrected": 0}
    assert not ready["ready"]


def test_labels_that_are_held_out_are_counted_too(db_session: Any, component: Component, client, auth) -> None:
    store_labels(30, 30)
    store_labels(9, 12, client_id=GOLD_CLIENT)
    words = "отложенных для проверки меток «успех» 9, нужно 10: разметьте тексты других клиентов"
    assert client.get(f"{RUNS}/readiness", headers=auth()).get_json()["missing"] == [words]
    body = problem(client.post(RUNS, headers=auth("admin")), 422)
    assert [one["detail"] for one in body["errors"]] == [words]
    store_labels(1, 0, client_id=GOLD_CLIENT)
    assert client.get(f"{RUNS}/readiness", headers=auth()).get_json()["ready"]


def test_a_part_that_is_just_away_does_not_leave_the_model_out(app, labelled: Component, with_settings) -> None:
    trainer(app)
    labelled.away = True
    assert runs.start("policy", trigger="labels").options["learners"] == ["score", "tune"]


def test_a_lasting_obstacle_leaves_the_model_out(app, labelled: Component) -> None:
    trainer(app, torch=False)
    assert runs.start("policy", trigger="labels").options["learners"] == ["score"]


def test_a_started_run_is_a_row_and_a_job(
    app: APIFlask, labelled: Component, client: FlaskClient, auth: Headers
) -> None:
    trainer(app)
    answer = client.post(RUNS, json={"note": "первое"}, headers=auth("ml_engineer"))
    assert answer.status_code == 202
    run_id = answer.get_json()["run_id"]
    assert queued(app) == [("retrain.jobs.run", [run_id])]
    body = client.get(f"{RUNS}/{run_id}", headers=auth("marketer")).get_json()
    assert {name: body[name] for name in ("status", "parent", "challenger", "author", "trigger", "log_tail")} == {
        "status": "queued",
        "parent": "base-4",
        "challenger": "base-4.1",
        "author": "ml_engineer-user",
        "trigger": "person",
        "log_tail": [],
    }
    assert body["options"] == {"note": "первое", "learners": ["score", "tune"]}
    problem(client.post(RUNS, headers=auth("admin")), 409)
    ready = client.get(f"{RUNS}/readiness", headers=auth("marketer")).get_json()
    assert (ready["ready"], ready["going"], ready["new_labels"]["success"]) == (False, run_id, 0)


def test_what_cannot_learn_is_said_and_left_out(app, labelled: Component, client, auth) -> None:
    said = client.get("/api/v1/model-versions", headers=auth()).get_json()["abilities"]
    assert said == {"score": True, "tune": False, "reason": "Обработчик дообучения не запущен.", "worker": False}
    body = problem(client.post(RUNS, json={"learners": ["tune"]}, headers=auth("admin")), 422)
    assert body["errors"] == [{"pointer": "/learners", "detail": "Обработчик дообучения не запущен."}]
    answer = client.post(RUNS, json={"learners": ["score"]}, headers=auth("admin"))
    assert runs.get(uuid.UUID(answer.get_json()["run_id"])).options["learners"] == ["score"]


@pytest.mark.parametrize(
    ("torch", "changes", "words"),
    [
        (True, {}, None),
        (False, {}, "нет PyTorch"),
        (True, {"reads_manifest": False}, "сторонний сервер"),
        (True, {"away": True}, "не отвечает"),
    ],
)
def test_reasons_why_the_model_cannot_learn(app, labelled: Component, torch, changes, words) -> None:
    from backend.learning import component

    trainer(app, torch=torch)
    for name, value in changes.items():
        setattr(labelled, name, value)
    said = abilities.abilities(component.ask_or_none())
    assert said["tune"] is (words is None)
    assert words is None or words in said["reason"]


def test_a_model_of_the_users_own_needs_its_checkpoint(app, labelled: Component, with_settings, tmp_path) -> None:
    from backend.learning.component import Component as Told

    own = Told(("own",), "chat", reads_manifest=True)
    trainer(app)
    assert "TRAIN_BASE" in abilities.abilities(own)["reason"]
    with_settings(train_base=tmp_path)
    assert "на обработчике нет" in abilities.abilities(own)["reason"]
    app.extensions["redis"].set(abilities.KEY, json.dumps({"torch": True, "train_base": True}))
    assert abilities.abilities(own)["tune"]


def test_without_redis_nothing_is_made(app, labelled: Component, client, auth, monkeypatch) -> None:
    away = Redis(host="127.0.0.1", port=9, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))
    monkeypatch.setitem(app.extensions, "redis", away)
    answer = client.post(RUNS, headers=auth("admin"))
    problem(answer, 503)
    assert int(answer.headers["Retry-After"]) >= 1
    assert db.session.query(RetrainRun).count() == 0


def test_without_the_model_or_its_file_nothing_is_made(labelled: Component, client, auth) -> None:
    store_version("base-4.1", path="base-4.1.gguf")
    for name, status in (("base-4", "retired"), ("base-4.1", "champion")):
        db.session.query(type(runs.versions.get(name))).filter_by(name=name).update({"status": status})
        db.session.commit()
    assert "Файла версии base-4.1" in problem(client.post(RUNS, headers=auth("admin")), 409)["detail"]
    assert db.session.query(RetrainRun).count() == 0


def test_cancelling(app, labelled: Component, client, auth) -> None:
    waiting = client.post(RUNS, headers=auth("admin")).get_json()["run_id"]
    assert client.post(f"{RUNS}/{waiting}/cancel", headers=auth("admin")).get_json()["status"] == "cancelled"
    problem(client.post(f"{RUNS}/{waiting}/cancel", headers=auth("admin")), 409)
    working = store_run()
    body = client.post(f"{RUNS}/{working.id}/cancel", headers=auth("admin")).get_json()
    assert (body["status"], body["cancel_requested"]) == ("running", True)
    store_version("base-4.5")
    ended = now() - timedelta(days=3)
    won = store_run(status="awaiting_approval", challenger="base-4.5", finished_at=ended)
    assert client.post(f"{RUNS}/{won.id}/cancel", headers=auth("admin")).get_json()["status"] == "rejected"
    assert statuses()["base-4.5"] == "rejected"
    assert runs.get(won.id).finished_at == ended
    problem(client.post(f"{RUNS}/{uuid.uuid4()}/cancel", headers=auth("admin")), 404)


def test_lists_are_paged_newest_first(db_session: Any, client, auth) -> None:
    made = [store_run(status="failed", created_at=now() - timedelta(hours=hours)) for hours in (3, 2, 1)]
    page = client.get(f"{RUNS}?limit=2", headers=auth()).get_json()
    assert [one["run_id"] for one in page["items"]] == [str(made[2].id), str(made[1].id)]
    rest = client.get(f"{RUNS}?limit=2&status=failed&cursor={page['next_cursor']}", headers=auth()).get_json()
    assert ([one["run_id"] for one in rest["items"]], rest["total"]) == ([str(made[0].id)], 3)


def test_the_log_shows_its_end(db_session: Any, client, auth) -> None:
    run = store_run()
    db.session.add_all(RetrainLine(run_id=run.id, line=f"line {number}") for number in range(250))
    db.session.commit()
    tail = client.get(f"{RUNS}/{run.id}", headers=auth()).get_json()["log_tail"]
    assert [one["line"] for one in (tail[0], tail[-1])] == ["line 50", "line 249"]
    assert len(tail) == 200


def test_events_tell_every_change_until_the_end(db_session: Any, client, auth, monkeypatch) -> None:
    run = store_run(stage="freeze")
    changes = iter([{}, {"progress": 0.5}, {}, {"status": "failed", "error": "нет места"}])

    def pause(_seconds: float) -> None:
        with db.session.no_autoflush:
            db.session.query(RetrainRun).filter_by(id=run.id).update({**next(changes), "attempts": 0})
        db.session.commit()

    monkeypatch.setattr(live.time, "sleep", pause)
    monkeypatch.setattr(live, "QUIET_S", 0.0)
    answer = client.get(f"{RUNS}/{run.id}/events", headers=auth())
    pieces = answer.text.split("\n\n")
    told = [json.loads(piece.removeprefix("data: ")) for piece in pieces if piece.startswith("data: ")]
    assert answer.mimetype == "text/event-stream"
    assert [(one["status"], one["progress"]) for one in told] == [("running", 0.0), ("running", 0.5), ("failed", 0.5)]
    assert pieces.count(": still here") == 2
    assert told[-1] == client.get(f"{RUNS}/{run.id}", headers=auth()).get_json()
    assert not RunDetail().validate(told[-1])


def test_streams_leave_threads_for_calls(db_session: Any, client, auth, monkeypatch) -> None:
    run = store_run(status="failed")
    monkeypatch.setattr(events, "_places", type(events._places)(1))
    with events._places:
        problem(client.get(f"{RUNS}/{run.id}/events", headers=auth()), 503)
    for _ in range(3):
        assert client.get(f"{RUNS}/{run.id}/events", headers=auth()).status_code == 200


@pytest.mark.parametrize(
    ("changes", "new", "hours_ago", "trigger"),
    [
        ({}, 199, None, None),
        ({}, 200, 1, "labels"),
        ({"retrain_after_labels": 0}, 10_000, None, None),
        ({"retrain_every_hours": 24}, 1, 25, "schedule"),
        ({"retrain_every_hours": 24}, 1, 23, None),
        ({"retrain_every_hours": 24}, 0, 100, None),
        ({"retrain_every_hours": 24}, 60, None, "schedule"),
    ],
)
def test_when_a_run_is_due(app, with_settings, changes, new, hours_ago, trigger) -> None:
    with_settings(**changes)
    present = now()
    last = present - timedelta(hours=hours_ago) if hours_ago is not None else None
    with app.app_context():
        assert readiness.due(new, last, present) == trigger


def test_enough_new_labels_start_a_run_once(app, labelled: Component, with_settings) -> None:
    jobs.start_if_due()
    assert not queued(app)
    with_settings(retrain_after_labels=60)
    jobs.start_if_due()
    jobs.start_if_due()
    assert len(queued(app)) == 1
    started = readiness.last_run()
    assert started is not None
    assert (started.trigger, started.author) == ("labels", "policy")

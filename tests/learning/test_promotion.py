"""Promotion and roll-back: the whole step or nothing of it."""

import errno
import os
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from backend.common.audit import AuditEntry
from backend.common.clock import now
from backend.common.db import db
from backend.errors import Conflict, NotFound, Unavailable
from backend.learning import locks, manifest, promotion, release, runs, serving
from backend.learning.models import ModelVersion, Promotion
from tests.conftest import problem
from tests.learning.conftest import Component, held, statuses, store_promotion, store_version
from tests.learning.test_versions import store_run


@pytest.fixture
def two(db_session: Any, component: Component, monkeypatch: pytest.MonkeyPatch) -> Component:
    """base-4 serves, base-4.1 is a candidate with weights of its own."""
    monkeypatch.setattr(promotion, "LOAD_S", 0.6)
    monkeypatch.setattr(promotion, "POLL_S", 0.02)
    store_version("base-4", "champion")
    store_promotion("base-4")
    candidate(component, "base-4.1")
    return component


def candidate(component: Component, name: str, **columns: Any) -> ModelVersion:
    (component.folder / f"{name}.gguf").write_bytes(b"weights")
    return store_version(name, parent="base-4", path=f"{name}.gguf", **columns)


def written(component: Component) -> list[str]:
    return [entry["version"] for entry in component.written()]


def kinds() -> list[tuple[str, str, str | None]]:
    rows = db.session.scalars(select(Promotion).order_by(Promotion.at, Promotion.id))
    return [(row.kind, row.version, row.former) for row in rows]


def old_enough() -> None:
    """As if the last promotion had been a while ago."""
    for row in db.session.scalars(select(Promotion)):
        row.at -= timedelta(minutes=1)
    db.session.commit()


def test_a_promoted_version_serves_and_the_former_stays_loaded_for_a_while(two: Component) -> None:
    ended = now() - timedelta(days=3)
    run = store_run(challenger="base-4.1", status="awaiting_approval", finished_at=ended)
    promotion.promote("base-4.1", actor="ann", reason="лучше")
    assert statuses() == {"base-4": "retired", "base-4.1": "champion"}
    assert written(two) == ["base-4.1", "base-4"]
    assert release.current().pick(0.0) == release.Released("base-4.1", "base-4.1")
    assert (run.status, run.finished_at) == ("promoted", ended)
    assert not promotion.settle()
    old_enough()
    assert promotion.settle()
    assert written(two) == ["base-4.1"]
    assert not promotion.settle()


def test_a_canary_serves_its_share_then_everything(two: Component) -> None:
    promotion.promote("base-4.1", 0.2, actor="ann")
    present = release.current()
    assert [present.pick(draw).name for draw in (0.0, 0.19, 0.2, 0.99)] == ["base-4.1", "base-4.1", "base-4", "base-4"]  # type: ignore[union-attr]
    assert written(two) == ["base-4", "base-4.1"]
    promotion.promote("base-4.1", 0.5, actor="ann")
    assert release.current().share == 0.5
    promotion.promote("base-4.1", actor="ann")
    assert statuses() == {"base-4": "retired", "base-4.1": "champion"}
    assert [kind for kind, *_ in kinds()] == ["full", "canary", "canary", "full"]


def test_another_canary_takes_the_place_of_the_first(two: Component) -> None:
    candidate(two, "base-4.2")
    promotion.promote("base-4.1", 0.2, actor="ann")
    promotion.promote("base-4.2", 0.2, actor="ann")
    assert statuses() == {"base-4": "champion", "base-4.1": "retired", "base-4.2": "canary"}


def test_rolling_back_takes_the_canary_first_and_then_step_by_step_to_the_root(two: Component) -> None:
    for name in ("base-4.2", "base-4.3"):
        candidate(two, name)
    promotion.promote("base-4.1", actor="ann")
    promotion.promote("base-4.2", actor="ann")
    promotion.promote("base-4.3", 0.3, actor="ann")
    back = [promotion.rollback(actor="ann", reason="хуже").name for _ in range(3)]
    assert back == ["base-4.2", "base-4.1", "base-4"]
    with pytest.raises(Conflict, match="Возвращаться не к чему"):
        promotion.rollback(actor="ann")
    assert statuses() == {"base-4": "champion", "base-4.1": "retired", "base-4.2": "retired", "base-4.3": "retired"}
    assert kinds()[-3:] == [
        ("rollback", "base-4.2", "base-4.3"),
        ("rollback", "base-4.1", "base-4.2"),
        ("rollback", "base-4", "base-4.1"),
    ]


def test_a_roll_back_takes_out_what_its_caller_saw(two: Component, client, auth) -> None:
    promotion.promote("base-4.1", actor="ann")
    with pytest.raises(Conflict, match=r"base-4 уже не работает: сейчас ушла бы base-4\.1"):
        promotion.rollback(actor="ann", leaving="base-4")
    url = "/api/v1/model-versions/rollback"
    problem(client.post(url, json={"leaving": "base-4"}, headers=auth("admin")), 409)
    assert statuses() == {"base-4": "retired", "base-4.1": "champion"}
    assert client.post(url, json={"leaving": "base-4.1"}, headers=auth("admin")).get_json()["name"] == "base-4"


def test_weights_that_do_not_load_change_nothing(two: Component) -> None:
    two.refuses = "base-4.1"
    with pytest.raises(Conflict, match=r"cannot load base-4\.1"):
        promotion.promote("base-4.1", actor="ann")
    assert statuses() == {"base-4": "champion", "base-4.1": "candidate"}
    assert manifest.read(two.folder) is None
    assert len(kinds()) == 1


def test_a_failed_promotion_puts_the_former_manifest_back(two: Component) -> None:
    promotion.promote("base-4.1", actor="ann")
    before = manifest.read(two.folder)
    candidate(two, "base-4.2")
    two.refuses = "base-4.2"
    with pytest.raises(Conflict):
        promotion.promote("base-4.2", 0.1, actor="ann")
    assert manifest.read(two.folder) == before
    assert statuses()["base-4.2"] == "candidate"


def test_a_database_that_fails_at_the_commit_leaves_what_was(two: Component, monkeypatch) -> None:
    monkeypatch.setattr(db.session, "commit", lambda: db.session.connection().exec_driver_sql("SELECT 1/0"))
    with pytest.raises(Exception, match="division by zero"):
        promotion.promote("base-4.1", actor="ann")
    monkeypatch.undo()
    assert statuses() == {"base-4": "champion", "base-4.1": "candidate"}
    assert manifest.read(two.folder) is None


def test_a_process_killed_half_way_leaves_the_old_version_served(two: Component) -> None:
    """What is on the disk then: the manifest of the change, and tables that know nothing of it."""
    old_enough()
    rows = [db.session.get(ModelVersion, name) for name in ("base-4.1", "base-4")]
    manifest.put(two.folder, manifest.content(serving.entries([row for row in rows if row])))
    assert release.current().pick(0.5) == release.Released("base-4", "base-4")
    assert "base-4" in written(two)
    assert promotion.settle()
    assert written(two) == ["base-4"]


def test_a_component_that_is_away_or_too_slow(two: Component, monkeypatch) -> None:
    monkeypatch.setattr(Component, "written", lambda _self: [])
    with pytest.raises(Unavailable, match="не загрузил версию за"):
        promotion.promote("base-4.1", actor="ann")
    two.away = True
    with pytest.raises(Unavailable, match="не отвечает"):
        promotion.promote("base-4.1", actor="ann")
    assert manifest.read(two.folder) is None


def test_a_foreign_server_takes_a_new_score_but_no_weights(two: Component) -> None:
    two.reads_manifest = False
    with pytest.raises(Conflict, match="сторонний сервер"):
        promotion.promote("base-4.1", actor="ann")
    store_version("base-4.2", parent="base-4", weights="base-4", score={"weights": {}})
    promotion.promote("base-4.2", actor="ann")
    assert statuses()["base-4.2"] == "champion"
    assert manifest.read(two.folder) is None


def test_a_new_score_alone_needs_no_component(two: Component) -> None:
    two.away = True
    store_version("base-4.2", parent="base-4", weights="base-4")
    promotion.promote("base-4.2", 0.5, actor="ann")
    assert release.current().pick(0.1) == release.Released("base-4.2", "base-4")


def test_weights_that_an_update_replaced_do_not_serve_under_their_old_name(two: Component) -> None:
    promotion.promote("base-4.1", actor="ann")
    two.own, two.files = "base-5", {"base-4": "base-5"}
    with pytest.raises(Conflict, match="Весов base-4 здесь больше нет: вместе с системой теперь стоит base-5"):
        promotion.rollback(actor="ann")
    assert statuses() == {"base-4": "retired", "base-4.1": "champion"}
    assert written(two) == ["base-4.1", "base-4"]


def test_a_missing_file_is_named_and_does_not_keep_another_version_out(two: Component) -> None:
    (two.folder / "base-4.1.gguf").unlink()
    with pytest.raises(Conflict, match=r"Файла версии base-4\.1 нет"):
        promotion.promote("base-4.1", actor="ann")
    (two.folder / "base-4.1.gguf").write_bytes(b"weights")
    promotion.promote("base-4.1", actor="ann")
    (two.folder / "base-4.1.gguf").unlink()
    assert promotion.rollback(actor="ann").name == "base-4"
    assert written(two) == ["base-4"]


def test_a_full_disk_is_said_and_leaves_nothing_behind(two: Component, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match=r"serving\.json не записан: No space left"):
        promotion.promote("base-4.1", actor="ann")
    assert statuses()["base-4.1"] == "candidate"
    assert [path.name for path in two.folder.iterdir()] == ["base-4.1.gguf"]


def test_what_cannot_be_promoted(two: Component) -> None:
    store_version("base-4.9", "rejected")
    with pytest.raises(Conflict, match="отклонила проверка"):
        promotion.promote("base-4.9", actor="ann")
    with pytest.raises(Conflict, match="уже основная"):
        promotion.promote("base-4", actor="ann")
    with pytest.raises(NotFound):
        promotion.promote("base-5", actor="ann")


def test_one_promotion_at_a_time(two: Component) -> None:
    with held(locks.PROMOTION), pytest.raises(Conflict, match="Как раз сейчас"):
        promotion.promote("base-4.1", actor="ann")
    db.session.rollback()
    promotion.promote("base-4.1", actor="ann")


def test_a_version_rejected_while_it_is_loaded_is_not_put_to_work(two: Component, app, monkeypatch) -> None:
    run = store_run(challenger="base-4.1", status="awaiting_approval")
    run_id, former = run.id, manifest.read(two.folder)
    wait = promotion._wait_for

    def rejected_meanwhile(*asked: Any) -> Any:
        loaded = wait(*asked)
        with app.app_context():
            runs.cancel(run_id)
            db.session.commit()
        return loaded

    monkeypatch.setattr(promotion, "_wait_for", rejected_meanwhile)
    with pytest.raises(Conflict, match="за это время изменилась"):
        promotion.promote("base-4.1", actor="ann")
    assert statuses() == {"base-4": "champion", "base-4.1": "rejected"}
    assert runs.get(run_id).status == "rejected"
    assert manifest.read(two.folder) == former


def test_an_adapter_is_named_beside_the_weights_of_the_installation(two: Component, with_settings) -> None:
    with_settings(model_path=two.folder / "own.gguf")
    candidate(two, "base-4.2", lineage={"adapter": True})
    promotion.promote("base-4.2", actor="ann")
    assert two.written()[0] == {
        "version": "base-4.2",
        "path": str(two.folder / "own.gguf"),
        "adapter": "base-4.2.gguf",
    }


def test_over_http_with_its_entry_in_the_audit_log(two: Component, client, auth) -> None:
    body = {"share": 0.25, "reason": "на пробу"}
    answer = client.post("/api/v1/model-versions/base-4.1/promote", json=body, headers=auth("ml_engineer"))
    assert answer.status_code == 200, answer.text
    assert (answer.get_json()["status"], answer.get_json()["share"]) == ("canary", 0.25)
    assert client.post("/api/v1/model-versions/rollback", headers=auth("admin")).get_json()["name"] == "base-4"
    problem(client.post("/api/v1/model-versions/rollback", headers=auth("admin")), 409)
    problem(client.post("/api/v1/model-versions/base-4.1/promote", json={"share": 0}, headers=auth("admin")), 422)
    entries = list(db.session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("model."))))
    assert [(one.action, one.target, one.actor) for one in entries] == [
        ("model.canary", "model:base-4.1", "ml_engineer-user"),
        ("model.rollback", "model:base-4", "admin-user"),
    ]

"""Model versions: how they come to be known, what is told of them, and who may ask."""

import uuid

import pytest

from backend.errors import NotFound
from backend.learning import component as asking
from backend.learning import manifest, versions
from backend.learning.models import RetrainRun
from backend.learning.versions import Made
from tests.conftest import problem
from tests.learning.conftest import Component, statuses, store_labels, store_promotion, store_version


def store_run(**columns) -> RetrainRun:
    from backend.common.db import db

    run = RetrainRun(**({"status": "running", "trigger": "person", "author": "somebody"} | columns))
    db.session.add(run)
    db.session.commit()
    return run


def test_the_model_of_the_installation_becomes_the_champion(db_session, component: Component, client, auth) -> None:
    body = client.get("/api/v1/model-versions", headers=auth()).get_json()
    assert body["serving"] == {"champion": "base-4", "canary": None, "share": 0.0, "previous": None, "problem": None}
    assert [(one["name"], one["status"], one["share"]) for one in body["items"]] == [("base-4", "champion", 1.0)]
    assert [one["kind"] for one in body["promotions"]] == ["full"]
    assert client.get("/api/v1/model-versions", headers=auth()).get_json()["items"] == body["items"]


def test_another_model_of_the_installation_takes_over(db_session, component: Component) -> None:
    versions.register_root(asking.ask())
    component.own = "models/Own Model:7B.gguf"
    versions.register_root(asking.ask())
    assert statuses() == {"base-4": "retired", "models-Own-Model-7B.gguf": "champion"}
    assert versions.overview()["serving"]["previous"] is None


def test_a_later_shipped_model_waits_where_a_learnt_version_serves(db_session, component: Component) -> None:
    (component.folder / "base-4.1.gguf").write_bytes(b"weights")
    store_version("base-4", "retired")
    store_version("base-4.1", "champion", path="base-4.1.gguf", parent="base-4")
    manifest.put(component.folder, manifest.content([manifest.Entry("base-4.1", "base-4.1.gguf")]))
    versions.register_root(asking.ask())
    assert statuses() == {"base-4": "retired", "base-4.1": "champion"}
    component.own = "base-5"
    versions.register_root(asking.ask())
    versions.register_root(asking.ask())
    assert statuses() == {"base-4": "retired", "base-4.1": "champion", "base-5": "candidate"}
    versions.promote("base-5", actor="ann")
    assert statuses()["base-5"] == "champion"
    assert component.written()[0]["version"] == "base-5"


def test_a_learnt_champion_that_does_not_load_is_not_retired_for_a_later_shipped_model(
    db_session, component: Component
) -> None:
    (component.folder / "base-4.1.gguf").write_bytes(b"weights")
    store_version("base-4", "retired")
    store_version("base-4.1", "champion", path="base-4.1.gguf", parent="base-4")
    manifest.put(component.folder, manifest.content([manifest.Entry("base-4.1", "base-4.1.gguf")]))
    component.own, component.refuses = "base-5", "base-4.1"
    assert versions.register_root(asking.ask()) is None
    assert statuses() == {"base-4": "retired", "base-4.1": "champion", "base-5": "candidate"}
    component.refuses = None
    assert versions.register_root(asking.ask()) is None
    assert statuses()["base-4.1"] == "champion"


def test_a_file_that_was_replaced_does_not_serve_under_the_old_name(db_session, component: Component) -> None:
    versions.register_root(asking.ask())
    manifest.put(component.folder, manifest.content([manifest.Entry("base-4", "base-4.gguf")]))
    assert versions.register_root(asking.ask()) is None
    component.files = {"base-4": "own-7b"}
    versions.register_root(asking.ask())
    assert statuses() == {"base-4": "retired", "own-7b": "champion"}


def test_the_model_of_the_installation_names_its_corpus(db_session, component: Component) -> None:
    component.corpora = {"base-4": "a225e61bf8cf"}
    versions.register_root(asking.ask())
    assert versions.get("base-4").lineage == {"parent": None, "labels": 0, "corpus_hash": "a225e61bf8cf"}


def test_files_of_rejected_versions_go_and_those_of_others_stay(db_session, component: Component) -> None:
    store_version("base-4.1", "champion", path="base-4.1.gguf")
    store_version("base-4.2", "rejected", weights="base-4.1", path="base-4.1.gguf")
    store_version("base-4.3", "rejected", path="base-4.3.gguf")
    names = [f"{version}{ending}" for version in ("base-4.1", "base-4.3") for ending in versions.FILES]
    for name in names:
        (component.folder / name).write_bytes(b"weights")
    versions.remove_rejected()
    assert sorted(path.name for path in component.folder.iterdir()) == sorted(names[:4])
    assert [versions.get(name).path for name in ("base-4.1", "base-4.3")] == ["base-4.1.gguf", None]


def test_a_component_that_lost_the_champion_is_named(db_session, component: Component) -> None:
    store_version("base-4", "retired")
    store_version("base-4.1", "champion", path="base-4.1.gguf")
    assert versions.register_root(asking.ask()) is None
    assert "не обслуживает base-4.1, отвечает base-4" in versions.overview()["serving"]["problem"]
    component.away = True
    assert versions.overview()["serving"]["problem"] == "Компонент модели не отвечает."


def test_detail_shows_lineage_labels_and_promotions(db_session, component: Component, client, auth) -> None:
    store_version("base-4", "retired")
    store_version("base-4.1", "champion", parent="base-4", weights="base-4", lineage={"labels": 600})
    store_promotion("base-4.1", "base-4")
    store_labels(3, 2, model_version="base-4.1")
    run = store_run(challenger="base-4.1")
    body = client.get("/api/v1/model-versions/base-4.1", headers=auth("ml_engineer")).get_json()
    assert body["ancestors"] == ["base-4"]
    assert body["lineage"] == {"labels": 600}
    assert body["labels"] == 600
    assert client.get("/api/v1/model-versions/base-4", headers=auth("ml_engineer")).get_json()["labels"] is None
    assert body["counts"] == {"texts": 5, "labelled": 5, "success": 3}
    assert body["run_id"] == str(run.id)
    assert [one["former"] for one in body["promotions"]] == ["base-4"]
    problem(client.get("/api/v1/model-versions/base-9", headers=auth()), 404)


def test_names_run_on_and_never_come_twice(db_session) -> None:
    root = store_version("base-4", "champion")
    assert versions.next_name(root) == "base-4.1"
    child = store_version("base-4.1", parent="base-4")
    store_run(challenger="base-4.7")
    store_version("base-4.x")
    assert versions.next_name(child) == "base-4.8"


def test_a_challenger_is_registered_once(db_session) -> None:
    store_version("base-4", "champion")
    run = store_run(parent="base-4", challenger="base-4.1")
    versions.register(run.id, Made("base-4.1", path="base-4.1.gguf", lineage={"corpus": "abc"}))
    made = versions.register(run.id, Made("base-4.1", path="base-4.1.gguf", metrics={"win": 0.7}))
    assert (made.status, made.parent, made.metrics) == ("candidate", "base-4", {"win": 0.7})
    assert made.lineage == {"run_id": str(run.id), "parent": "base-4"}
    with pytest.raises(NotFound):
        versions.register(uuid.uuid4(), Made("base-4.2"))


def test_a_new_score_alone_keeps_the_parents_file(db_session) -> None:
    store_version("base-4.1", "champion", path="base-4.1.gguf", lineage={"adapter": True})
    run = store_run(parent="base-4.1", challenger="base-4.2")
    made = versions.register(run.id, Made("base-4.1", score={"weights": {}}))
    assert (made.path, made.weights, made.lineage["adapter"]) == ("base-4.1.gguf", "base-4.1", True)


@pytest.mark.parametrize("role", ["service", "marketer"])
def test_only_engineers_change_what_serves(db_session, component: Component, client, auth, role: str) -> None:
    problem(client.post("/api/v1/model-versions/base-4/promote", headers=auth(role)), 403)
    problem(client.post("/api/v1/model-versions/rollback", headers=auth(role)), 403)
    assert client.get("/api/v1/model-versions", headers=auth(role)).status_code == (403 if role == "service" else 200)

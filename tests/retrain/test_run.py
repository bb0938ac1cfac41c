"""A whole run over the database and the shipped weights, small: it decides, goes on after a kill, can be cancelled."""

import json
import os
import shutil
import signal
import uuid
from dataclasses import asdict, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask

from backend.app import create_app
from backend.common.db import db
from backend.config import Settings
from backend.errors import Invalid
from backend.learning import release, runs
from backend.learning.models import ModelVersion, RetrainRun
from backend.offers.models import Label
from backend.offers.service import is_gold
from retrain import contest, jobs, stages
from retrain.dataset import Example
from retrain.gate import Verdict
from retrain.stages import Effort
from tests.offers.bodies import store_offer
from tests.retrain.conftest import Made

pytestmark = pytest.mark.usefixtures("demo_catalogue")
TINY = Effort(gold_clients=24, read=600, tuning={"tokens": 3000, "drawn": 1500, "batch": 2048, "every": 2})
FEW_TEXTS = 30
STAGES = ["freeze", "score", "tune", "export", "evaluate", "gate"]


@pytest.fixture(autouse=True)
def places(app: APIFlask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: Path) -> Path:
    """Folders of its own for each test, and nothing remembered of what serves."""
    monkeypatch.setitem(app.config, "SETTINGS", app.config["SETTINGS"].model_copy(update={"var_dir": tmp_path}))
    monkeypatch.setattr(release, "_known", release._Known())
    monkeypatch.setattr(contest, "LIKELIHOOD_TEXTS", FEW_TEXTS)
    return tmp_path


def store(examples: list[Example]) -> None:
    """Labelled offers as the API would have stored them; committed."""
    for example in examples:
        brief, label = example.brief, "success" if example.success else "failure"
        row = {
            "product": brief.product,
            "channel": brief.channel,
            "tone": brief.tone,
            "text": example.body,
            "label": label,
        }
        candidates = [{"text": example.body, "score_features": dict(example.ranked)}]
        offer = store_offer(
            **row, body=example.body, brief=asdict(brief), candidates=candidates, client_id=example.client
        )
        db.session.add(Label(offer_id=offer.id, author="anna", label=label))
    db.session.commit()


def begin(weights: Path, learners: tuple[str, ...] = ("score", "tune")) -> uuid.UUID:
    """A queued run from the shipped weights."""
    version = weights.stem
    root = {"name": version, "weights": version, "status": "champion", "lineage": {}, "metrics": {}}
    db.session.add(ModelVersion(**root))
    run = RetrainRun(
        status="queued",
        trigger="person",
        author="anna",
        options={"learners": list(learners)},
        parent=version,
        challenger=f"{version}.1",
        attempts=1,
    )
    db.session.add(run)
    db.session.commit()
    return run.id


def read(run_id: uuid.UUID) -> dict[str, Any]:
    """The run as the page sees it."""
    db.session.rollback()
    return runs.detail(run_id)


def test_a_run_decides_and_leaves_everything_behind_that_explains_it(
    db_session: Any, places: Path, weights: Path, examples_of: Made
) -> None:
    pytest.importorskip("torch", reason="fine-tuning needs the `train` extra")
    store(examples_of(320, "plain"))
    run_id = begin(weights)
    jobs.run(str(run_id), TINY)
    run = read(run_id)
    assert run["error"] is None
    assert run["status"] in ("awaiting_approval", "rejected")
    assert [stage["name"] for stage in run["stages"]] == STAGES
    dataset = run["metrics"]["dataset"]
    assert dataset["labels"] + dataset["repeated"] + dataset["dropped"] == 320
    assert run["metrics"]["score"]["auroc"] > 0.6
    assert run["metrics"]["tune"]["tokens"] >= 3000
    assert set(run["metrics"]["evaluate"]["success"]) == {"champion", "ranked", "tuned"}
    assert {one["name"] for one in run["decision"]["dimensions"]} >= {"success", "fidelity", "lawfulness", "likelihood"}
    assert run["decision"]["samples"][0].keys() >= {"champion", "challenger", "preferred", "facts"}
    assert run["progress"] == 1
    folder = places / "retrain" / str(run_id)
    assert (folder / "dataset.jsonl").exists()
    assert not list(folder.glob("*.gguf"))
    challenger = db.session.get(ModelVersion, f"{weights.stem}.1")
    if run["status"] == "rejected":
        assert challenger is None
    else:
        assert challenger is not None
        assert challenger.lineage["dataset_hash"] == run["metrics"]["dataset"]["hash"]
        assert challenger.path is None or (places / "models" / challenger.path).is_file()


def test_shuffled_labels_do_not_get_past_the_gate(db_session: Any, weights: Path, examples_of: Made) -> None:
    store(examples_of(400, "plain", shuffled=True))
    run_id = begin(weights, ("score",))
    jobs.run(str(run_id), TINY)
    run = read(run_id)
    assert run["status"] == "rejected"
    assert run["decision"]["verdict"] in (Verdict.TIE, Verdict.VETO)
    assert db.session.get(ModelVersion, f"{weights.stem}.1") is None
    champion = db.session.get(ModelVersion, weights.stem)
    assert champion is not None
    assert champion.status == "champion"


def test_labels_that_end_up_too_few_are_a_sentence(db_session: Any, weights: Path, examples_of: Made) -> None:
    store(examples_of(40, "plain"))
    run_id = begin(weights)
    with pytest.raises(Exception, match="нужно хотя бы по 20"):
        jobs.run(str(run_id), TINY)
    run = read(run_id)
    assert run["status"] == "failed"
    assert "нужно хотя бы по 20" in run["error"]


def test_labels_of_one_client_alone_are_a_sentence(db_session: Any, weights: Path, examples_of: Made) -> None:
    store([replace(one, client="1") for one in examples_of(160, "plain")])
    run_id = begin(weights)
    with pytest.raises(Invalid):
        jobs.run(str(run_id), TINY)
    assert "слишком немногих клиентов (1 без" in read(run_id)["error"]


def test_labels_without_any_gold_client_are_a_sentence(db_session: Any, weights: Path, examples_of: Made) -> None:
    clients = [name for name in map(str, range(40)) if not is_gold(name)]
    store([replace(one, client=clients[place % 20]) for place, one in enumerate(examples_of(160, "plain"))])
    run_id = begin(weights)
    with pytest.raises(Invalid):
        jobs.run(str(run_id), TINY)
    assert "отложенных для проверки" in read(run_id)["error"]


def test_damaged_trainable_weights_leave_the_score_to_learn(
    db_session: Any, places: Path, weights: Path, tmp_path: Path, examples_of: Made
) -> None:
    pytest.importorskip("torch", reason="fine-tuning needs the `train` extra")
    damaged = tmp_path / "models" / f"{weights.stem}.gguf"
    damaged.parent.mkdir()
    for ending in (".gguf", ".json"):
        shutil.copyfile(weights.with_suffix(ending), damaged.with_suffix(ending))
    damaged.with_suffix(".npz").write_bytes(weights.with_suffix(".npz").read_bytes()[:100_000])
    store(examples_of(160, "plain"))
    run_id = begin(weights)
    version = db.session.get(ModelVersion, weights.stem)
    assert version is not None
    version.path = damaged.name
    db.session.commit()
    jobs.run(str(run_id), TINY)
    run = read(run_id)
    assert run["status"] in ("awaiting_approval", "rejected")
    assert f"{weights.stem}.npz не читаются" in run["metrics"]["tune"]["skipped"]


def test_a_damaged_parent_is_a_sentence(db_session: Any, places: Path, weights: Path, examples_of: Made) -> None:
    damaged = places / "models" / "damaged.gguf"
    damaged.parent.mkdir()
    damaged.write_bytes(weights.read_bytes()[:100_000])
    store(examples_of(160, "plain"))
    run_id = begin(weights, ("score",))
    version = db.session.get(ModelVersion, weights.stem)
    assert version is not None
    version.path = damaged.name
    db.session.commit()
    with pytest.raises(Invalid):
        jobs.run(str(run_id), TINY)
    assert "файл модели не загрузился" in read(run_id)["error"]


def test_weights_of_runs_that_are_over_do_not_stay(
    db_session: Any, places: Path, weights: Path, examples_of: Made
) -> None:
    former = places / "retrain" / "former"
    former.mkdir(parents=True)
    for name in ("tuned.npz", "base.gguf", "base.gguf.part", "dataset.jsonl", "gate.json"):
        (former / name).write_bytes(b"...")
    store(examples_of(40, "plain"))
    with pytest.raises(Invalid):
        jobs.run(str(begin(weights)), TINY)
    assert sorted(path.name for path in former.iterdir()) == ["dataset.jsonl", "gate.json"]


def test_a_missing_parent_is_a_sentence(db_session: Any, weights: Path) -> None:
    run_id = begin(weights)
    version = db.session.get(ModelVersion, weights.stem)
    assert version is not None
    version.path = "gone.gguf"
    db.session.commit()
    with pytest.raises(Exception, match="нет"):
        jobs.run(str(run_id), TINY)
    assert "gone.gguf" in read(run_id)["error"]


def test_a_cancelled_run_ends_at_its_next_breath(
    db_session: Any, weights: Path, examples_of: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(examples_of(160, "plain"))
    run_id = begin(weights, ("score",))

    def cancel_then_go_on(*done: Any) -> None:
        runs.cancel(run_id)
        db.session.commit()

    monkeypatch.setattr(runs, "stage_done", cancel_then_go_on)
    jobs.run(str(run_id), TINY)
    run = read(run_id)
    assert run["status"] == "cancelled"
    assert run["decision"] is None


def _die_after(stage: str, settings: Settings, run_id: str) -> None:
    """In a fresh process, killed like kill -9 as soon as `stage` has saved its result."""
    keep = stages.Job.keep

    def keep_and_die(job: stages.Job, name: str, result: stages.Result) -> None:
        keep(job, name, result)
        if name == stage:
            os.kill(os.getpid(), signal.SIGKILL)

    stages.Job.keep = keep_and_die  # type: ignore[method-assign]
    contest.LIKELIHOOD_TEXTS = FEW_TEXTS
    with create_app(settings).app_context():
        jobs.run(run_id, TINY)


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_run_goes_on_behind_its_last_finished_stage(
    stage: str, app: APIFlask, db_session: Any, places: Path, weights: Path, examples_of: Made
) -> None:
    store(examples_of(160, "plain"))
    if weighty := stage in ("tune", "export"):
        pytest.importorskip("torch", reason="fine-tuning needs the `train` extra")
    run_id = begin(weights, ("score", "tune") if weighty else ("score",))
    process = get_context("spawn").Process(target=_die_after, args=(stage, app.config["SETTINGS"], str(run_id)))
    process.start()
    process.join(timeout=300)
    assert process.exitcode == -signal.SIGKILL
    folder = places / "retrain" / str(run_id)
    finished = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.json")}
    assert f"{stage}.json" in finished
    assert read(run_id)["status"] == "running"
    jobs.run(str(run_id), TINY)
    run = read(run_id)
    assert run["status"] in ("awaiting_approval", "rejected")
    assert {name: (folder / name).stat().st_mtime_ns for name in finished} == finished
    assert [one["name"] for one in run["stages"]] == STAGES
    assert [one["seconds"] is None for one in run["stages"]] == [name == stage for name in STAGES]
    assert json.loads((folder / "gate.json").read_text("utf-8"))["decision"] == run["decision"]


def test_the_code_hash_changes_with_the_code(tmp_path: Path) -> None:
    (tmp_path / "retrain").mkdir()
    (tmp_path / "retrain" / "score.py").write_text("a = 1\n")
    first = jobs.files_hash(tmp_path, jobs.CODE, ".py")
    (tmp_path / "retrain" / "README.md").write_text("Words.\n")
    assert jobs.files_hash(tmp_path, jobs.CODE, ".py") == first
    (tmp_path / "retrain" / "score.py").write_text("a = 2\n")
    assert jobs.files_hash(tmp_path, jobs.CODE, ".py") != first

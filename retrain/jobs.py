"""What the worker of the queue `retrain` runs: one retraining run, from its id to a decision."""

import hashlib
import uuid
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from backend.common.db import db
from backend.config import ROOT, settings
from backend.errors import Conflict
from backend.learning import runs, serving, versions
from backend.learning.success import SuccessModel
from backend.learning.versions import Made
from model.serving.llama import version_of
from retrain import stages
from retrain.gate import Verdict
from retrain.stages import SHARES, Effort, Job, Parent, Result

if TYPE_CHECKING:
    from backend.learning.models import ModelVersion, RetrainRun

CODE = ("retrain", "model/training", "model/corpus", "backend/learning")
CORPUS = ("model/corpus",)
METRICS = ("score", "tune", "evaluate")


def run(run_id: str, effort: Effort = stages.USUAL) -> None:
    """Work on a run until it is decided, cancelled or failed. Nothing happens to one that is over."""
    number = uuid.UUID(run_id)
    with runs.claim(number) as mine:
        if mine:
            _work(number, effort)


def _work(number: uuid.UUID, effort: Effort) -> None:
    record = runs.get(number)
    stages.sweep(settings().runs_folder, str(number))
    told = [stage["name"] for stage in record.stages]
    job = _job(record, effort)
    runs.write_line(number, f"версия {job.challenger} учится от {job.parent.name}")
    result = stages.work(job, lambda *done: runs.stage_done(number, *done), told)
    decision = result["decision"]
    metrics = {"dataset": job.done("freeze"), **{stage: _shown(stage, job) for stage in METRICS}}
    runs.write_line(number, decision["summary"])
    if decision["verdict"] == Verdict.WIN:
        runs.register(number, _made(job, result))
        runs.await_approval(number, decision, metrics)
    else:
        runs.reject(number, decision, metrics)
    stages.tidy(job)


def _shown(stage: str, job: Job) -> Result:
    """The result of a stage without the parts that the decision holds."""
    return {name: value for name, value in job.done(stage).items() if name not in (stages.RANKED, stages.TUNED)}


def _job(record: "RetrainRun", effort: Effort) -> Job:
    number, parent = record.id, _parent(versions.get(record.parent or ""))
    job = Job(
        folder=settings().runs_folder / str(number),
        challenger=record.challenger or "",
        parent=parent,
        learners=tuple(record.options.get("learners", ())),
        report=lambda share, line: _report(number, job, share, line),
        effort=effort,
    )
    db.session.rollback()  # no transaction stays open for the length of a run
    return job


def _report(number: uuid.UUID, job: Job, share: float, line: str) -> None:
    """Progress of the whole, from the share of the stage at work. Raises Cancelled."""
    stage = next(stage for stage in SHARES if job.result(stage) is None)
    before = sum(SHARES[name] for name in takewhile(lambda name: name != stage, SHARES))
    runs.beat(number, stage, before + SHARES[stage] * share)
    if line:
        runs.write_line(number, line)


def _parent(version: "ModelVersion") -> Parent:
    """The parent's files. Raises Conflict where the file of the version is gone."""
    if not serving.has_file(version):
        raise Conflict(f"Файла версии {version.name} нет: {serving.file_of(version)}")
    own = serving.file_of(version) if version.path else None
    adapter = own if version.lineage.get("adapter") else None
    installed = serving.installed_file if adapter else _installed
    file = own if own and not adapter else installed(version.weights)
    trainable = file.with_suffix(".npz")
    return Parent(
        name=version.name,
        weights=version.weights,
        file=file,
        trainable=trainable if trainable.is_file() and file.stem == version.weights else None,
        success=SuccessModel.from_json(version.score) if version.score else None,
        adapter=adapter,
        base=settings().train_base,
    )


def _installed(weights: str) -> Path:
    """The file of the installation's model. Raises Conflict where the weights that serve lie somewhere else."""
    file = serving.installed_file(weights)
    if file.stem != weights and version_of(file) != weights:
        raise Conflict(
            f"Тексты пишет модель {weights}, а её файла здесь нет, поэтому версии не сравнить: укажите его в MODEL_PATH"
        )
    return file


def _made(job: Job, result: Result) -> Made:
    """The challenger with its lineage: which labels, corpus and code it comes from."""
    frozen = job.done("freeze")
    lineage = {
        "dataset_hash": frozen["hash"],
        "labels": frozen["train"],
        "learners": list(job.learners),
        "code_hash": files_hash(ROOT, CODE, ".py"),
        "corpus_hash": files_hash(ROOT, CORPUS),
    }
    tuned, trainable = result["chosen"] == stages.TUNED, job.parent.trainable
    return Made(
        weights=job.challenger if tuned else job.parent.weights,
        path=stages.install(job, settings().models_folder) if tuned else None,
        score=stages.success_of(job).to_json(),
        lineage=lineage,
        adapter=tuned and not trainable,
        metrics={"success": job.done("evaluate").get("success"), "auroc": job.done("score")["auroc"]},
    )


def files_hash(root: Path, folders: Sequence[str], ending: str = "") -> str:
    """SHA-256 over what these folders hold, file by file: the code that learns, the corpus that it reads."""
    digest = hashlib.sha256()
    for folder in folders:
        found = (root / folder).rglob(f"*{ending}")
        for path in sorted(one for one in found if one.is_file() and "__pycache__" not in one.parts):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()

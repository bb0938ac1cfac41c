"""The stages of a run: freeze, score, tune, export, evaluate, gate. Each saves its result before the next one starts.

A run that was killed goes on behind its last finished stage: a stage is finished when its `<stage>.json` lies in the
run's folder, which is written last and whole.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from backend.common.db import db
from backend.errors import Invalid
from backend.learning import locks
from backend.learning.ranking import Ranking
from backend.learning.success import SuccessModel
from backend.offers import service as offers
from model.corpus.generate import told_pairs
from model.serving.llama import ModelError
from model.training.config import ModelConfig
from retrain import contest, dataset, gate, judge, leanings, own_model, score, shop
from retrain.contest import Side
from retrain.dataset import Dataset
from retrain.gate import Verdict
from retrain.reporting import Report

if TYPE_CHECKING:
    from retrain.tune import Tuned

Result = dict[str, Any]

SHARES: Mapping[str, float] = {
    "freeze": 0.02,
    "score": 0.08,
    "tune": 0.45,
    "export": 0.03,
    "evaluate": 0.4,
    "gate": 0.02,
}
"""Stages in their order, and about which share of the time each takes."""
SHOWN_PAIRS = 40
HELD_OUT_TEXTS = 600
LEAST_OF_A_KIND = 20
"""Training labels of each kind, after the gold ones are set aside."""


@dataclass(frozen=True)
class Parent:
    """The version that a run starts from. `trainable` holds its weights for training, None where there are none.

    `adapter` is the LoRA on top of `file`; `base` the checkpoint of a model of the user's own (TRAIN_BASE).
    """

    name: str
    weights: str
    file: Path
    trainable: Path | None
    success: SuccessModel | None
    adapter: Path | None = None
    base: Path | None = None


@dataclass(frozen=True)
class Effort:
    """How much work a run may be."""

    gold_clients: int = 400
    read: int = leanings.DRAWN
    """Corpus texts from which it is learnt what reviewers like to read about."""
    tuning: Mapping[str, Any] | None = None
    """Values for the `Options` of `retrain.tune` or `retrain.lora` beside their defaults."""


USUAL = Effort()


@dataclass(frozen=True)
class Job:
    """Everything that the stages of one run share."""

    folder: Path
    challenger: str
    parent: Parent
    learners: Sequence[str]
    report: Report
    effort: Effort = USUAL

    def path(self, name: str) -> Path:
        return self.folder / name

    def result(self, stage: str) -> Result | None:
        """What a finished stage saved, None for one that is not finished."""
        try:
            found: Result = json.loads(self.path(f"{stage}.json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        return found

    def done(self, stage: str) -> Result:
        """What an earlier stage saved."""
        return json.loads(self.path(f"{stage}.json").read_text("utf-8"))  # type: ignore[no-any-return]

    def keep(self, stage: str, result: Result) -> None:
        write_whole(self.path(f"{stage}.json"), json.dumps(result, ensure_ascii=False, indent=1).encode())


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all. Raises OSError."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def work(job: Job, on_done: Callable[[str, Result, float | None], None], told: Collection[str] = ()) -> Result:
    """Run the stages that are not finished yet; returns the gate's result.

    `on_done` hears of each that finishes, and of those that finished before a kill but are not among the `told`.
    Raises Invalid with a sentence for people where the labels cannot teach anything, and what `job.report` raises.
    """
    job.folder.mkdir(parents=True, exist_ok=True)
    for stage in SHARES:
        result = job.result(stage)
        if result is None:
            started = time.monotonic()
            result = STAGES[stage](job)
            job.keep(stage, result)
            on_done(stage, result, round(time.monotonic() - started, 1))
        elif stage not in told:
            on_done(stage, result, None)
    return job.done("gate")


def _freeze(job: Job) -> Result:
    """The data set of the run, under its hash."""
    present = shop.present()
    locks.wait_for_transaction(locks.DATA)  # who is forgotten now would stay in a file that is not there yet
    frozen = dataset.freeze(offers.labelled_texts(), present.setting.bank, shop.cards(present))
    dataset.save(frozen, job.path("dataset.jsonl"))
    db.session.commit()
    summary = frozen.summary()
    job.report(
        1.0,
        "меток {labels}: успех {success}, неудача {failure}; для проверки отложено {gold}, это {gold_offerings} "
        "из {offerings} сочетаний продукта и канала".format(**summary),
    )
    kinds = [sum(one.success == kind for one in frozen.training) for kind in (True, False)]
    if min(kinds) < LEAST_OF_A_KIND:
        raise Invalid(
            f"Для обучения осталось {kinds[0]} успехов и {kinds[1]} неудач (часть меток отложена для проверки, "
            f"{summary['dropped']} не годятся): нужно хотя бы по {LEAST_OF_A_KIND}"
        )
    clients = len({one.client for one in frozen.training})
    if clients < score.FOLDS:
        raise Invalid(
            f"Размеченные тексты написаны для слишком немногих клиентов ({clients} без отложенных для проверки): "
            f"нужно хотя бы {score.FOLDS}, иначе не проверить, что выучен вкус, а не клиент"
        )
    if not contest.clients_of(frozen.gold, present, 1):
        raise Invalid(
            "Среди размеченных нет текстов для клиентов, отложенных для проверки (это каждый седьмой): "
            "разметьте тексты для большего числа клиентов"
        )
    return summary


def _frozen(job: Job) -> Dataset:
    return dataset.load(job.path("dataset.jsonl"))


def _score(job: Job) -> Result:
    """The success score, how good it is on labels that it did not see, and what reviewers like."""
    frozen = _frozen(job)
    try:
        success, cross_fitted = score.fit(frozen.training)
    except score.OneClass as error:
        raise Invalid("Почти все успехи или почти все неудачи у одного клиента: разметьте тексты других") from error
    usual = leanings.usual_inputs(frozen.training)
    leaning = leanings.leanings(success, usual, _part(job, 0.1, 1.0), job.effort.read)
    success = replace(success, leanings=leaning)
    write_whole(job.path("success.json"), json.dumps(success.to_json(), ensure_ascii=False).encode())
    outcomes = score.outcomes_of(frozen.training)
    found = score.quality(outcomes, cross_fitted)
    gold = score.probabilities(success, frozen.gold)
    auroc, p_value = score.telling_apart(score.outcomes_of(frozen.gold), gold)
    job.report(1.0, f"AUROC {_number(found['auroc'])}, на отложенных {_number(auroc)}, ECE {found['ece']:.3f}")
    return {
        **found,
        "gold_auroc": auroc,
        "gold_p_value": p_value,
        "later_auroc": score.later(frozen.training),
        **score.tastes(frozen.training, success),
    }


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def success_of(job: Job) -> SuccessModel:
    return SuccessModel.from_json(json.loads(job.path("success.json").read_text("utf-8")))


def _tune(job: Job) -> Result:
    """New weights, where the model can be trained here; else the reason why not."""
    if reason := _cannot_tune(job):
        job.report(1.0, reason)
        return {"skipped": reason}
    frozen, started = _frozen(job), time.monotonic()
    try:
        tuned, options = (_tune_weights if job.parent.trainable else own_model.tune)(job, frozen)
    except Invalid as error:  # the checkpoint is not the model's, say: the score has learnt all the same
        job.report(1.0, str(error))
        return {"skipped": str(error)}
    part = job.path("tuned.part.npz")
    tensors: dict[str, Any] = dict(tuned.tensors)
    np.savez(part, **tensors)
    part.replace(job.path("tuned.npz"))
    return {
        "tokens": tuned.tokens,
        "seconds": round(time.monotonic() - started, 1),
        "loss": tuned.loss,
        "held_out_before": tuned.held_out_before,
        "held_out_after": tuned.held_out_after,
        "accepted": sum(one.success or one.corrected is not None for one in frozen.training),
        "rejected": sum(one.badly_written for one in frozen.training),
        "options": options,
        "skipped": None,
    }


def _tune_weights(job: Job, frozen: Dataset) -> tuple["Tuned", Result]:
    """All weights of a model that was trained here, as 16-bit floats."""
    from retrain import tune  # noqa: PLC0415 - PyTorch is there for those who train

    parent = job.parent
    assert parent.trainable is not None
    options = tune.Options(threads=os.cpu_count() or 1, **(job.effort.tuning or {}))
    try:
        with parent.trainable.open("rb") as file, np.load(file) as stored:
            tensors = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise Invalid(f"Обучаемые веса {parent.trainable.name} не читаются, учится только оценка успеха") from error
    corpus = tune.favoured(success_of(job), leanings.usual_inputs(frozen.training), options, _part(job, 0.0, 0.2))
    job.report(0.2, f"из корпуса выбрано {len(corpus)} текстов")
    tuned = tune.tune(
        tensors,
        ModelConfig(**card_of(parent.trainable)["config"]),
        tune.tokenizer(tokenizer_of(parent.trainable)),
        corpus,
        frozen.training,
        list(told_pairs(HELD_OUT_TEXTS, 9, aside=True)),
        options,
        _part(job, 0.2, 1.0),
    )
    return replace(tuned, tensors=tune.halved(tuned)), asdict(options)


def _part(job: Job, start: float, end: float) -> Report:
    return lambda share, line: job.report(start + share * (end - start), line)


def _cannot_tune(job: Job) -> str:
    if "tune" not in job.learners:
        return "Модель в этот раз не учится (не заказано или здесь невозможно): учится только оценка успеха"
    if importlib.util.find_spec("torch") is None:
        return "На обработчике дообучения нет PyTorch: учится только оценка успеха"
    return "" if job.parent.trainable else own_model.obstacle(job.parent)


def card_of(trainable: Path) -> Result:
    """The card that lies beside trainable weights."""
    return json.loads(trainable.with_suffix(".json").read_text("utf-8"))  # type: ignore[no-any-return]


def tokenizer_of(trainable: Path) -> Path:
    """The tokenizer of trainable weights: their own, or the one of their folder."""
    own = trainable.with_suffix(".tokenizer.json")
    return own if own.is_file() else trainable.with_name("tokenizer.json")


def _export(job: Job) -> Result:
    """The GGUF that the component can serve, or the adapter on the parent's."""
    if job.done("tune")["skipped"]:
        return {"skipped": job.done("tune")["skipped"]}
    target = job.path(f"{job.challenger}.gguf")
    (_export_weights if job.parent.trainable else own_model.export)(job, target)
    size, sha256 = target.stat().st_size, hashlib.sha256(target.read_bytes()).hexdigest()
    job.report(1.0, f"{target.name}: {size / 2**20:.1f} МБ")
    return {"skipped": None, "size": size, "sha256": sha256}


def _export_weights(job: Job, target: Path) -> None:
    """The whole model, with the card beside it."""
    from model.training.export import quantize, write_gguf  # noqa: PLC0415 - so is the package that writes GGUF

    trainable = job.parent.trainable
    assert trainable is not None
    card = card_of(trainable)
    with np.load(job.path("tuned.npz")) as stored:
        tensors = {name: stored[name].astype(np.float32) for name in stored.files}
    metadata = {"version": job.challenger, "prompt_format": "control", "corpus_hash": card["corpus_hash"]}
    whole = job.path("float.gguf")
    write_gguf(whole, ModelConfig(**card["config"]), tensors, tokenizer_of(trainable), metadata)
    quantize(whole, target, card["quantization"])
    whole.unlink()
    kept = {key: card[key] for key in ("parameters", "config", "quantization", "prompt_format", "corpus_hash")}
    kept |= {"version": job.challenger, "parent": job.parent.name}
    kept["gguf_sha256"] = hashlib.sha256(target.read_bytes()).hexdigest()
    write_whole(job.path("card.json"), json.dumps(kept, ensure_ascii=False, indent=1).encode())


RANKED, TUNED = "ranked", "tuned"
"""Challengers: the parent's weights with the new score, and the new weights with it."""


def _sides(job: Job) -> list[Side]:
    parent, ranking, tuned = job.parent, Ranking(success_of(job)), job.path(f"{job.challenger}.gguf")
    former = Side("champion", parent.file, Ranking(parent.success), parent.adapter)
    sides = [former, replace(former, name=RANKED, ranking=ranking)]
    if job.done("export")["skipped"]:
        return sides
    if parent.trainable:
        return [*sides, Side(TUNED, tuned, ranking)]
    return [*sides, Side(TUNED, parent.file, ranking, adapter=tuned)]


def _evaluate(job: Job) -> Result:
    """Champion and challengers for the same gold clients, and the gate's decision about each challenger."""
    frozen, present, sides = _frozen(job), shop.present(), _sides(job)
    scores = [success_of(job), *([job.parent.success] if job.parent.success else [])]
    arbiter = judge.appoint(frozen.gold, frozen.training, scores)
    asked = contest.clients_of(frozen.gold, present, job.effort.gold_clients)
    try:
        entries = contest.hold(sides, asked, present, lambda share: job.report(share * 0.95, ""))
    except ModelError as error:
        raise Invalid(f"Сравнить версии нельзя, файл модели не загрузился: {error}") from error
    bits = contest.likelihoods(entries, frozen.gold, present)
    champion, *challengers = entries
    write_whole(job.path("texts.jsonl"), "\n".join(map(json.dumps, contest.written(entries))).encode())
    found: Result = {"judge_p_value": arbiter.p_value if arbiter else None, "clients": len(asked)}
    if arbiter:
        found["success"] = {entry.side.name: _mean(contest.judged(arbiter, entry)) for entry in entries}
    for entry in challengers:
        measured = contest.measure(champion, entry, asked, arbiter, frozen.gold, bits)
        decision = gate.decide(measured).to_json()
        pairs = gate.samples(contest.rows(asked, champion, entry), measured.success, SHOWN_PAIRS)
        found[entry.side.name] = decision | {"samples": pairs}
        job.report(1.0, f"{entry.side.name}: {decision['summary']}")
    return found


def _mean(values: gate.Numbers) -> float:
    return float(values.mean()) if len(values) else 0.0


def _gate(job: Job) -> Result:
    """Which challenger goes on: the tuned one where it wins, else the one with the new score alone, else none."""
    found = job.done("evaluate")
    tuned, ranked = found.get(TUNED), found[RANKED]
    if tuned is None:
        return {"chosen": RANKED, "decision": ranked}
    won = [name for name in (TUNED, RANKED) if found[name]["verdict"] == Verdict.WIN]
    if won and max(won, key=found["success"].__getitem__) == RANKED:
        summary = f"{ranked['summary']} Веса модели прежние: с дообученными вышло не лучше."
        return {"chosen": RANKED, "decision": ranked | {"summary": summary}}
    return {"chosen": TUNED, "decision": tuned}


def install(job: Job, models: Path) -> str:
    """Copy the challenger's files to where the component finds them; returns the name of its GGUF there."""
    models.mkdir(parents=True, exist_ok=True)
    files = {f"{job.challenger}.gguf": job.path(f"{job.challenger}.gguf")}
    if trainable := job.parent.trainable:
        files |= {
            f"{job.challenger}.npz": job.path("tuned.npz"),
            f"{job.challenger}.json": job.path("card.json"),
            f"{job.challenger}.tokenizer.json": tokenizer_of(trainable),
        }
    for name, source in files.items():
        part = models / f"{name}.part"
        shutil.copyfile(source, part)
        part.chmod(0o644)
        part.replace(models / name)
    return f"{job.challenger}.gguf"


STAGES: Mapping[str, Callable[[Job], Result]] = {
    "freeze": _freeze,
    "score": _score,
    "tune": _tune,
    "export": _export,
    "evaluate": _evaluate,
    "gate": _gate,
}


def tidy(job: Job) -> None:
    """Remove the weights from the run's folder once it is decided; data set and results stay, as the lineage."""
    _remove_weights(job.folder)


def sweep(runs: Path, present: str) -> None:
    """Remove the weights of every run but the `present` one, the only one at work: others failed or were cancelled."""
    for folder in runs.iterdir() if runs.is_dir() else ():
        if folder.is_dir() and folder.name != present:
            _remove_weights(folder)


def _remove_weights(folder: Path) -> None:
    for path in (*folder.glob("*.gguf"), *folder.glob("*.npz"), *folder.glob("*.part")):
        path.unlink()

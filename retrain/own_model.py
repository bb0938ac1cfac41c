"""What the stages `tune` and `export` do for a GGUF of the user's own: a LoRA learnt on its checkpoint (TRAIN_BASE)."""

import os
from contextlib import closing
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from model.serving.llama import Model
from retrain import shop
from retrain.evaluation.served import CONTROL

if TYPE_CHECKING:
    from retrain.dataset import Dataset
    from retrain.stages import Job, Parent
    from retrain.tune import Tuned


def obstacle(parent: "Parent") -> str:
    """Why nothing can be learnt on top of it, in the words of the page (backend.learning.abilities); "" if it can."""
    if prompt_format_of(parent.file) == CONTROL:
        return f"Обучаемых весов версии {parent.weights} нет: учится только оценка успеха"
    if parent.base is None:
        return "Для этой модели не задан обучаемый чекпойнт (TRAIN_BASE): учится только оценка успеха."
    if not parent.base.exists():
        return "Папки обучаемого чекпойнта (TRAIN_BASE) на обработчике нет: учится только оценка успеха."
    if find_spec("peft") is None:
        return "На обработчике дообучения нет пакета peft: учится только оценка успеха"
    return ""


def prompt_format_of(file: Path) -> str:
    """How the model of a GGUF is asked. Raises ModelError."""
    with closing(Model(file)) as model:
        return model.prompt_format


def tune(job: "Job", frozen: "Dataset") -> tuple["Tuned", dict[str, Any]]:
    """The adapter, and how it was learnt."""
    from retrain import lora  # noqa: PLC0415 - PyTorch is there for those who train

    parent = job.parent
    assert parent.base is not None
    options = lora.Options(threads=os.cpu_count() or 1, **(job.effort.tuning or {}))
    return lora.learn(parent.base, parent.file, shop.present(), frozen, options, job.report), asdict(options)


def export(job: "Job", target: Path) -> None:
    """Write the adapter as GGUF."""
    from retrain import lora  # noqa: PLC0415 - PyTorch is there for those who train

    with np.load(job.path("tuned.npz")) as stored:
        tensors = {name: stored[name] for name in stored.files}
    architecture = lora.Target.read(job.parent.file).architecture
    lora.write_adapter(target, architecture, tensors, job.done("tune")["options"]["alpha"], job.challenger)

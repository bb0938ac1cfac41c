"""What can learn here and what cannot, and why: told by the worker of retraining and by the model component."""

import json
from importlib.util import find_spec
from typing import Any

from redis import Redis, RedisError

from backend.common.redis import redis
from backend.config import Settings, settings
from backend.learning.component import CONTROL, Component

KEY = "offerloop:trainer"


def announce(connection: Redis, chosen: Settings, seconds: int) -> None:
    """What the worker of retraining that runs here can do; forgotten after `seconds` unless it is said again."""
    able = {
        "torch": find_spec("torch") is not None,
        "train_base": bool(chosen.train_base and chosen.train_base.exists()),
    }
    connection.set(KEY, json.dumps(able), ex=seconds)


def _trainer() -> dict[str, bool] | None:
    """What a living worker of retraining said of itself; None when there is none, or Redis is away."""
    try:
        said: Any = redis().get(KEY)
    except RedisError:
        return None
    return json.loads(said) if said else None


def abilities(component: Component | None) -> dict[str, Any]:
    """The score always can; fine-tuning needs a trainer, a trainable model, and a component that takes its result."""
    trainer = _trainer()
    reason = _passing(trainer, component) or _lasting(trainer, component)
    return {"score": True, "tune": reason is None, "reason": reason, "worker": trainer is not None}


def can_tune_later(component: Component | None) -> bool:
    """Whether nothing is known that will still stand in the way when a run comes to its fine-tuning."""
    return _lasting(_trainer(), component) is None


def _passing(trainer: dict[str, bool] | None, component: Component | None) -> str | None:
    """A part that is away, and may just be restarting."""
    if trainer is None:
        return "Обработчик дообучения не запущен."
    return "Компонент модели не отвечает." if component is None else None


def _lasting(trainer: dict[str, bool] | None, component: Component | None) -> str | None:
    if trainer is not None and not trainer["torch"]:
        return (
            "На обработчике дообучения нет PyTorch: учится только оценка успеха. "
            "Установить: python3 backend/launch/bootstrap.py train"
        )
    if component is None:
        return None
    if not component.reads_manifest:
        return "Тексты пишет сторонний сервер (MODEL_URL): заменить в нём веса нельзя, учится только оценка успеха."
    if component.prompt_format != CONTROL:
        return _obstacle_of_own_model(trainer)
    return None


def _obstacle_of_own_model(trainer: dict[str, bool] | None) -> str | None:
    if settings().train_base is None:
        return "Для этой модели не задан обучаемый чекпойнт (TRAIN_BASE): учится только оценка успеха."
    if trainer is not None and not trainer["train_base"]:
        return "Папки обучаемого чекпойнта (TRAIN_BASE) на обработчике нет: учится только оценка успеха."
    return None

"""Holds the engine of the process: loads it in the background, swaps it for another model, closes it."""

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import llama_cpp

from model.serving.engine import Engine
from model.serving.llama import Model, ModelError, check_file, fit_shape
from model.serving.stats import Stats
from model.serving.trial import choose_extra_buffers, run_trial

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """Settings of the component; None lets the machine or the model decide."""

    model: Path
    host: str = "127.0.0.1"
    port: int = 8090
    threads: int | None = None
    sequences: int = 64
    context: int | None = None
    kv_type: str = "q8_0"
    kv_budget_mb: int = 256
    max_waiting: int = 2048
    max_body_mb: int = 4


def build_engine(
    settings: Settings, path: Path, stats: Stats, on_fatal: Callable[[Engine], None] | None = None
) -> Engine:
    """Load a model and start its engine; ModelError says what is wrong with the file."""
    check_file(path)
    # Repacked weights are safe but for processors that announce AMX: there a child process tries first.
    announced = b"AMX_INT8 = 1" in llama_cpp.llama_print_system_info()
    model = Model(path, extra_buffers=choose_extra_buffers(path) if announced else True)
    try:
        shape = fit_shape(
            model,
            context=settings.context,
            sequences=settings.sequences,
            threads=settings.threads,
            kv_type=settings.kv_type,
            kv_budget_mb=settings.kv_budget_mb,
        )
        engine = Engine(model, shape, max_waiting=settings.max_waiting, stats=stats, on_fatal=on_fatal)
    except BaseException:
        model.close()
        raise
    log.info(
        "model %s: %s, %d sequences of %d tokens, %d threads, %.0f tokens/s",
        model.version,
        model.description,
        shape.sequences,
        shape.context,
        shape.threads,
        engine.pace.tokens_per_s,
    )
    return engine


class ModelHost:
    """The engine in use (None while the first one loads).

    `on_end` is called with an exit code when nothing can be served any more.
    """

    def __init__(self, settings: Settings, on_end: Callable[[int], None]) -> None:
        self.settings, self.stats = settings, Stats()
        self.engine: Engine | None = None
        self.failure: str | None = None
        self._on_end = on_end
        self._path = settings.model
        self._swapping = threading.Lock()
        self._retired: list[threading.Thread] = []
        self._loader = threading.Thread(target=self._load, name="loader", daemon=True)

    def start(self) -> None:
        self._loader.start()

    def _load(self) -> None:
        try:
            self.engine = build_engine(self.settings, self._path, self.stats, self._fatal)
        except ModelError as error:
            self.failure = str(error)
            log.error("%s", error)
            self._on_end(3)
        except Exception:
            self.failure = "the model could not be loaded"
            log.exception(self.failure)
            self._on_end(3)

    def _fatal(self, engine: Engine) -> None:
        if self.engine is not None and engine is not self.engine:
            return  # one that was replaced and only had to finish its texts
        self.failure = "the engine stopped"
        self._on_end(5)

    def reload(self, path: Path | None) -> Engine:
        """Load `path` (the current file without one) beside the running model, then send new requests to it.

        The old engine finishes what it accepted and frees its memory. A file that does not load, or that would crash
        the process, leaves everything as it was (ModelError).
        """
        with self._swapping:
            if self.engine is None:
                raise ModelError("the first model is still loading")
            target = path or self._path
            check_file(target)
            if run_trial(target, extra_buffers=False) is None:
                raise ModelError(f"{os.fspath(target)} does not load or does not run")
            fresh = build_engine(self.settings, target, self.stats, self._fatal)
            old, self.engine, self._path = self.engine, fresh, target
            thread = threading.Thread(target=old.close, name="retire", daemon=True)
            thread.start()
            self._retired = [*(t for t in self._retired if t.is_alive()), thread]
            return fresh

    def close(self) -> None:
        """Finish accepted work and free everything."""
        self._loader.join()
        with self._swapping:
            if self.engine is not None:
                self.engine.close()
            for thread in self._retired:
                thread.join()

"""Holds the engines of the process: loads them in the background, follows the manifest, swaps the default."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.serving.engine import Engine
from model.serving.llama import Model, ModelError, check_file, fit_shape, version_of
from model.serving.manifest import Entry, ManifestError, Stamp, Watcher, read_manifest
from model.serving.stats import Stats
from model.serving.trial import choose_extra_buffers
from model.serving.turns import Turns

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
    manifest: Path | None = None


def build_engine(settings: Settings, path: Path, stats: Stats) -> Engine:
    """An engine alone in its process; ModelError says what is wrong with the file."""
    return load_engine(settings, Entry(None, path), stats, Turns())


def load_engine(
    settings: Settings,
    entry: Entry,
    stats: Stats,
    turns: Turns,
    on_fatal: Callable[[Engine], None] | None = None,
    *,
    careful: bool = False,
) -> Engine:
    """Load a model and start its engine. `careful`: a child process tries it first, since a bad file may abort ours."""
    for path in entry.files:
        check_file(path)
    repack = choose_extra_buffers(entry.path, entry.adapter, careful=careful)
    model = Model(entry.path, extra_buffers=repack, version=entry.version, adapter=entry.adapter)
    try:
        shape = fit_shape(
            model,
            context=settings.context,
            sequences=settings.sequences,
            threads=settings.threads,
            kv_type=settings.kv_type,
            kv_budget_mb=settings.kv_budget_mb,
        )
        engine = Engine(model, shape, max_waiting=settings.max_waiting, stats=stats, turns=turns, on_fatal=on_fatal)
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


@dataclass(frozen=True, eq=False)
class Served:
    """An engine with what it was loaded from."""

    entry: Entry
    stamps: list[Stamp]
    engine: Engine

    @property
    def fresh(self) -> bool:
        return self.stamps == self.entry.stamps()


class ModelHost:
    """The engines in use, the default first; none while the first one loads.

    `on_end` is called with an exit code when nothing can be served any more.
    """

    def __init__(self, settings: Settings, on_end: Callable[[int], None]) -> None:
        self.settings, self.stats = settings, Stats()
        self.failure: str | None = None
        self.manifest_error: str | None = None
        self.own: str | None = None
        """What the file of --model calls itself, whether it is served or not."""
        self._on_end = on_end
        self._turns = Turns()
        self._own = Entry(None, settings.model)
        self._served: tuple[Served, ...] = ()
        self._listing = threading.Lock()
        self._changing = threading.Lock()  # held while models load; never by an engine's thread
        self._retired: list[threading.Thread] = []
        self._watcher = Watcher(settings.manifest, self._follow, self._amiss) if settings.manifest else None
        self._loader = threading.Thread(target=self._run, name="loader", daemon=True)

    def start(self) -> None:
        self._loader.start()

    @property
    def engines(self) -> list[Engine]:
        return [served.engine for served in self._served]

    @property
    def engine(self) -> Engine | None:
        """The default."""
        return next(iter(self.engines), None)

    def pick(self, version: object) -> Engine | None:
        """The engine of that version, else the default: callers may still use the name of one that has gone."""
        engines = self.engines
        return next((engine for engine in engines if engine.model.version == version), next(iter(engines), None))

    def _run(self) -> None:
        try:
            self._follow()
        except ModelError as error:
            self.failure = str(error)
            log.error("%s", error)
            self._on_end(3)
            return
        if self._watcher:
            self._read_own()
            self._watcher.run()

    def _read_own(self) -> None:
        try:
            self.own = version_of(self.settings.model)
        except ModelError as error:
            log.warning("the name of the model of --model is unknown: %s", error)

    def _amiss(self) -> bool:
        return self.manifest_error is not None

    def _follow(self) -> None:
        """Serve what the manifest names, or --model without one.

        When any of it fails, what runs stays as it is. At start there is nothing yet: what loads is served, and when
        nothing does, --model (ModelError when not even that).
        """
        with self._changing:
            entries, errors = self._wanted()
            loaded = self._load_all(entries, errors)
            if errors and self._served:
                for served in loaded:
                    if served not in self._served:
                        self._retire(served)
            else:
                self._serve(loaded or [self._load(self._own)])
            self.manifest_error = "; ".join(errors) or None

    def _wanted(self) -> tuple[list[Entry], list[str]]:
        """What is to be served, and what is wrong with the manifest."""
        path = self.settings.manifest
        try:
            entries = read_manifest(path) if path else None
        except ManifestError as error:
            log.error("%s", error)
            return [], [str(error)]
        return [self._own] if entries is None else entries, []

    def _load_all(self, entries: Sequence[Entry], errors: list[str]) -> list[Served]:
        """Those that load, or run already; what is wrong with the others is added to `errors`."""
        loaded = []
        for entry in entries:
            try:
                loaded.append(self._running(entry) or self._load(entry))
            except ModelError as error:
                if entry is self._own and not self._served:
                    raise  # nothing else is left
                name = entry.version or entry.path.name
                log.error("%s cannot be served: %s", name, error)
                errors.append(f"{name}: {error}")
        return loaded

    def _running(self, entry: Entry) -> Served | None:
        return next((served for served in self._served if served.entry == entry and served.fresh), None)

    def _load(self, entry: Entry) -> Served:
        """Only the model that the process was started with is loaded untried: without it there is nothing to lose."""
        careful = entry.version is not None or bool(self._served)
        stamps = entry.stamps()
        try:
            engine = load_engine(self.settings, entry, self.stats, self._turns, self._fatal, careful=careful)
        except ModelError:
            raise
        except Exception as error:
            log.exception("a model could not be loaded")
            raise ModelError(f"{entry.path} could not be loaded: {error}") from error
        return Served(entry, stamps, engine)

    def _serve(self, chosen: Sequence[Served]) -> None:
        """From now on new requests go to these; the others finish what they accepted and free their memory."""
        with self._listing:
            before, self._served = self._served, tuple(chosen)
        for served in before:
            if served not in chosen:
                self._retire(served)

    def _retire(self, served: Served) -> None:
        thread = threading.Thread(target=served.engine.close, name="retire", daemon=True)
        thread.start()
        self._retired = [*(t for t in self._retired if t.is_alive()), thread]

    def _fatal(self, engine: Engine) -> None:
        """An engine stopped, in its own thread. Without the default nothing is left; any other is not missed."""
        with self._listing:
            if engine is not self.engine:
                if engine in self.engines:  # not one that was replaced and only had to finish its texts
                    self.manifest_error = f"{engine.model.version}: the engine stopped"
                self._served = tuple(served for served in self._served if served.engine is not engine)
                return
        self.failure = "the engine stopped"
        self._on_end(5)

    def reload(self, path: Path | None) -> Engine:
        """Load `path` (the default's own files without one) beside what runs, then make it the default.

        The former default finishes what it accepted and frees its memory. A file that does not load, or that would
        crash the process, leaves everything as it was (ModelError).
        """
        if not self._served:
            raise ModelError("the first model is still loading")
        with self._changing:
            first, *others = self._served
            fresh = self._load(Entry(None, path) if path else first.entry)
            self._serve([fresh, *others])
            return fresh.engine

    def close(self) -> None:
        """Finish accepted work and free everything."""
        if self._watcher:
            self._watcher.stop()
        self._loader.join()
        with self._changing:
            for engine in self.engines:
                engine.close()
            for thread in self._retired:
                thread.join()

"""The manifest: a file that names the models to serve, the default first. It is read again whenever it changes.

    {"models": [{"version": "base-7.1", "path": "base-7.1.gguf", "adapter": "tone.gguf"}, …]}

Relative paths are looked up in the manifest's folder; `adapter` (a LoRA) may be left out.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

EVERY_S = 0.5
AGAIN_S, LONGEST_AGAIN_S = 60.0, 3600.0
LONGEST_VERSION = 128
MEMBERS = {"version", "path", "adapter"}
Stamp = tuple[int, int, int] | None


class ManifestError(ValueError):
    """The manifest says nothing that could be served; the message is meant for the operator."""


@dataclass(frozen=True)
class Entry:
    """A model to load. Without a version it is called what its GGUF calls it."""

    version: str | None
    path: Path
    adapter: Path | None = None

    @property
    def files(self) -> list[Path]:
        return [self.path] if self.adapter is None else [self.path, self.adapter]

    def stamps(self) -> list[Stamp]:
        """Change when the files are written anew under the same names."""
        return [stamp(path) for path in self.files]


def stamp(path: Path) -> Stamp:
    """Tells one state of a file from another; None where there is no file."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def read_manifest(path: Path) -> list[Entry] | None:
    """The entries in their order; None when there is no such file. Raises ManifestError."""
    try:
        body = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ManifestError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(body, dict) or set(body) != {"models"}:
        raise ManifestError(f'{path} must be {{"models": […]}} and nothing else')
    if not isinstance(body["models"], list) or not body["models"]:
        raise ManifestError(f"{path}: models must be an array with at least one entry")
    entries = [_entry(item, f"{path}: models[{number}]", path.parent) for number, item in enumerate(body["models"])]
    versions = [entry.version for entry in entries]
    if twice := sorted({str(version) for version in versions if versions.count(version) > 1}):
        raise ManifestError(f"{path} names {', '.join(twice)} twice")
    return entries


def _entry(item: object, where: str, folder: Path) -> Entry:
    if not isinstance(item, dict):
        raise ManifestError(f"{where} must be an object")
    if unknown := sorted(set(item) - MEMBERS):
        raise ManifestError(f"{where}: unknown member {str(unknown[0])[:100]!r}")
    version = _text(item, "version", where)
    if len(version) > LONGEST_VERSION or not version.isprintable():
        raise ManifestError(f"{where}.version must be at most {LONGEST_VERSION} printable characters")
    adapter = folder / _text(item, "adapter", where) if item.get("adapter") is not None else None
    return Entry(version, folder / _text(item, "path", where), adapter)


def _text(item: dict[str, object], name: str, where: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ManifestError(f"{where}.{name} must be a string that is not empty")
    return value


class Watcher:
    """Calls `on_change` when the manifest, or a file that it names, is not what it was when the watcher was made.

    While something is `amiss` it calls again without a change, at first after AGAIN_S and then ever more seldom: what
    kept a model from loading may have passed.
    """

    def __init__(self, path: Path, on_change: Callable[[], None], amiss: Callable[[], bool] = lambda: False) -> None:
        self._path, self._on_change, self._amiss = path, on_change, amiss
        self._stopping = threading.Event()
        self._seen = self._look()

    def run(self) -> None:
        """Watch until `stop`."""
        pause, since = AGAIN_S, time.monotonic()
        while not self._stopping.wait(EVERY_S):
            now = self._look()
            again = self._amiss() and time.monotonic() - since > pause
            if now != self._seen or again:
                pause = min(2 * pause, LONGEST_AGAIN_S) if now == self._seen else AGAIN_S
                self._seen = now
                self._on_change()
                since = time.monotonic()

    def stop(self) -> None:
        self._stopping.set()

    def _look(self) -> list[Stamp]:
        own = stamp(self._path)
        try:
            entries = read_manifest(self._path) or []
        except ManifestError:
            entries = []
        return [own, *(state for entry in entries for state in entry.stamps())]

"""The manifest: the file by which the model component learns what to serve. Written whole or not at all."""

import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

NAME = "serving.json"


@dataclass(frozen=True)
class Entry:
    """Weights by their name and file, and the LoRA adapter on top. Relative paths are in the manifest's folder."""

    version: str
    path: str
    adapter: str | None = None

    def as_json(self) -> dict[str, str]:
        adapter = {"adapter": self.adapter} if self.adapter else {}
        return {"version": self.version, "path": self.path, **adapter}


def content(entries: Sequence[Entry]) -> bytes:
    """What the manifest of these entries holds; the first is the default."""
    return json.dumps({"models": [entry.as_json() for entry in entries]}, ensure_ascii=False, indent=1).encode() + b"\n"


def read(folder: Path) -> bytes | None:
    """The present manifest, None when there is none."""
    try:
        return (folder / NAME).read_bytes()
    except FileNotFoundError:
        return None


def put(folder: Path, data: bytes | None) -> None:
    """Make `data` the manifest in one step, or remove it (None). Raises OSError, and then nothing has changed."""
    if data is None:
        (folder / NAME).unlink(missing_ok=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{NAME}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)  # the component may run as another user
        Path(name).rename(folder / NAME)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise

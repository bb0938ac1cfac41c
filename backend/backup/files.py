"""The files of an installation that are of record: learnt versions, the lineage of their runs, uploads not read yet.

The manifest of the model component is not among them: it names files of this machine, and is written anew from the
tables of the restored database.
"""

import hashlib
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, select

from backend.backup.archive import PIECE, BackupError, FileEntry, Reader
from backend.batches import files as uploads
from backend.batches.states import GOING, VALIDATE
from backend.common.db import db
from backend.config import settings
from backend.learning import manifest

MODELS, RUNS, BATCHES = "models", "retrain", "batches"
UNFINISHED = ".part"


class Moved(Exception):
    """A file that the snapshot needs went between the snapshot and now: its batch is a step further."""


def folders() -> dict[str, Path]:
    """Where the files of each kind lie on this machine."""
    known = settings()
    return {MODELS: known.models_folder, RUNS: known.runs_folder, BATCHES: known.batches_folder}


def open_uploads(connection: Connection, stack: ExitStack) -> dict[str, IO[bytes]]:
    """Files that batches of the snapshot still wait for, by path; open, so that they stay whatever happens to them.

    Raises Moved when one is gone.
    """
    batches = db.metadata.tables["batches"].c
    going = select(batches.id).where(
        batches.status.in_(GOING), batches.stage == VALIDATE, batches.source.has_key("file")
    )
    found: dict[str, IO[bytes]] = {}
    for batch_id in connection.scalars(going):
        path = uploads.upload_path(uuid.UUID(str(batch_id)))
        try:
            found[path.relative_to(settings().batches_folder).as_posix()] = stack.enter_context(path.open("rb"))
        except FileNotFoundError:
            raise Moved(path) from None
    return found


def lasting() -> Iterator[tuple[str, str, Path]]:
    """Folder, path and file of what never changes once it is there."""
    for folder in (MODELS, RUNS):
        root = folders()[folder]
        for path in sorted(root.rglob("*")) if root.is_dir() else ():
            if path.is_file() and not path.is_symlink() and not _passing(path):
                yield folder, path.relative_to(root).as_posix(), path


def _passing(path: Path) -> bool:
    return path.name == manifest.NAME or path.name.startswith(".") or path.suffix == UNFINISHED


def check_versions(connection: Connection, saved: Sequence[FileEntry]) -> None:
    """Every version of the snapshot has its weights in the backup. Raises BackupError."""
    there = {entry.path for entry in saved if entry.folder == MODELS}
    versions = db.metadata.tables["model_versions"].c
    for name, path in connection.execute(select(versions.name, versions.path).where(versions.path.is_not(None))):
        if path not in there:
            raise BackupError(f"Файла версии {name} нет: {folders()[MODELS] / path}")


class Placed:
    """Files of a backup beside their places; `commit` puts them there, leaving the block without it removes them."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Path, Path]] = []

    def __enter__(self) -> "Placed":
        return self

    def __exit__(self, *_: object) -> None:
        for unfinished, _place in self._waiting:
            unfinished.unlink(missing_ok=True)

    def add(self, reader: Reader, entry: FileEntry, *, overwrite: bool) -> None:
        """Write one file. Raises BackupError where another one lies and may not be overwritten."""
        place = _place(entry)
        if place.exists():
            if _sha256(place) == entry.sha256:
                return
            if not overwrite:
                raise BackupError(f"{place} уже есть и отличается от копии (заменить: --overwrite)")
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = place.with_name(f".{place.name}{UNFINISHED}")
        self._waiting.append((unfinished, place))
        with reader.open(entry) as source, unfinished.open("wb") as target:
            while piece := source.read(PIECE):
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        # as the retraining leaves weights: the model component may run as another user
        unfinished.chmod(0o644 if entry.folder == MODELS else 0o600)

    def commit(self) -> None:
        for unfinished, place in self._waiting:
            unfinished.rename(place)
        self._waiting = []


def _place(entry: FileEntry) -> Path:
    known = folders()
    if entry.folder not in known:
        raise BackupError(f"Копия называет неизвестную папку {entry.folder}")
    return known[entry.folder] / entry.path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

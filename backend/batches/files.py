"""Uploaded files, which wait in VAR_DIR/batches until their rows are checked, and are removed then."""

import hashlib
import shutil
import time
import uuid
from collections.abc import Container
from pathlib import Path

from backend.config import settings

UPLOAD = "upload"
KEPT_S = 24 * 3600.0
"""A file that no waiting batch needs any more is kept so long: its batch may just be on the way, or be resumed."""


def folder(batch_id: uuid.UUID) -> Path:
    """Of one batch; it may not be there."""
    return settings().batches_folder / str(batch_id)


def upload_path(batch_id: uuid.UUID) -> Path:
    """The uploaded file, under a name of ours."""
    return folder(batch_id) / UPLOAD


def sha256(batch_id: uuid.UUID) -> str:
    """Of the uploaded file, which tells it from another one of the same name."""
    with upload_path(batch_id).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def free_bytes() -> int:
    """Room on the disk of uploaded files. Makes their folder if need be."""
    place = settings().batches_folder
    place.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(place).free


def remove(batch_id: uuid.UUID) -> None:
    """Remove the batch's folder, if it is there."""
    shutil.rmtree(folder(batch_id), ignore_errors=True)


def sweep(needed: Container[uuid.UUID]) -> int:
    """Remove old folders of batches that are not among those `needed`; returns how many."""
    place = settings().batches_folder
    removed = 0
    for path in place.iterdir() if place.is_dir() else ():
        try:
            batch_id = uuid.UUID(path.name)
        except ValueError:
            continue
        if batch_id not in needed and time.time() - path.stat().st_mtime > KEPT_S:
            remove(batch_id)
            removed += 1
    return removed

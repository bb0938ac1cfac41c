"""Folders that training and its tools write to."""

import tempfile
from pathlib import Path


def output_folder(path: Path) -> Path:
    """The folder, made where it is missing. SystemExit names it where nothing can be written there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        raise SystemExit(f"{path} cannot be written: {error.strerror}") from error

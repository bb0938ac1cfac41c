"""Generated secrets that must survive a restart: one small file each, readable by its owner only."""

import os
import secrets
from pathlib import Path


def write_secret(path: Path, value: str) -> None:
    """Write `value` so that no other user can read it at any moment and no half-written file can remain."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def read_secret(path: Path) -> str | None:
    """The stored secret, or None when there is none yet."""
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def read_or_create(path: Path, length: int = 24) -> str:
    """The stored secret; the first call makes one of `length` random bytes (URL-safe text)."""
    known = read_secret(path)
    if known is not None:
        return known
    value = secrets.token_urlsafe(length)
    write_secret(path, value)
    return value

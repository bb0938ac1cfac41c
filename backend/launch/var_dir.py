"""The folder of everything that `make run` writes: one running system per folder."""

import fcntl
import os
from pathlib import Path
from typing import IO

from backend.launch.errors import LaunchError


def claim(var_dir: Path, address: str) -> IO[str]:
    """Create the folder and lock it for this process; the lock goes with the returned file, even after a kill."""
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        lock = (var_dir / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise LaunchError(
            f"В папку {var_dir} нельзя писать: {error.strerror}. Укажите другую: VAR_DIR=/путь make run"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        owner = lock.read().strip() or "другой процесс"
        lock.close()
        raise LaunchError(
            f"В папке {var_dir} уже работает OfferLoop ({owner}). Остановите его (Ctrl-C) или запустите второй "
            "с другими VAR_DIR и PORT."
        ) from None
    _check_writable(var_dir)
    lock.truncate(0)
    lock.write(f"pid {os.getpid()}, {address}\n")
    lock.flush()
    return lock


def is_claimed(lock: Path) -> bool:
    """Whether a running system holds this lock of its folder. Raises OSError for one that cannot be opened."""
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _check_writable(var_dir: Path) -> None:
    """An old lock file may be writable in a folder that no longer is."""
    probe = var_dir / "writable"
    try:
        probe.write_text("", encoding="utf-8")
        probe.unlink()
    except OSError as error:
        raise LaunchError(
            f"В папку {var_dir} нельзя писать: {error.strerror}. Укажите другую: VAR_DIR=/путь make run"
        ) from error

"""Temporary files that hold clients' ids and texts. Each goes with its block; a process that is killed leaves it."""

import shutil
import tempfile
import time
from pathlib import Path

IDS = "offerloop-ids-"
RESULTS = "batch-results-"
EXPORT = "offers-export-"
WORKBOOK = "openpyxl."
"""How the library begins the names of its own, in which a workbook's rows wait."""
PREFIXES = (IDS, RESULTS, EXPORT, WORKBOOK)
KEPT_S = 6 * 3600.0
"""Longer than any table is written."""


def sweep() -> int:
    """Remove what killed processes left in the temporary folder of this machine; returns how many."""
    removed = 0
    for path in Path(tempfile.gettempdir()).iterdir():
        if path.name.startswith(PREFIXES) and _is_old(path):
            removed += _remove(path)
    return removed


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.lstat().st_mtime > KEPT_S
    except FileNotFoundError:
        return False


def _remove(path: Path) -> bool:
    """Not what belongs to somebody else."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError:
        return False
    return True

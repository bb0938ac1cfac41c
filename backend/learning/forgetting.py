"""Takes a client out of the frozen data sets that retraining runs keep in VAR_DIR/retrain.

Their examples hold no id, only its hash, by which the texts of one client are kept together. What a version learnt from
stays named by the hash in its lineage; the file itself is shorter from then on.
"""

import hashlib
import json
import os
from pathlib import Path

from backend.config import settings
from backend.learning import locks

DATASET = "dataset.jsonl"
MARK_LENGTH = 16


def forget_client(client_id: str) -> int:
    """Remove the client's examples from every data set; returns how many. Raises OSError for one that is read-only.

    A run that reads the labels just now has its file first, and none reads them before the caller's commit.
    """
    locks.wait_for_transaction(locks.DATA)
    mark = hashlib.sha256(client_id.encode()).hexdigest()[:MARK_LENGTH]
    return sum(_remove(path, mark) for path in sorted(settings().runs_folder.glob(f"*/{DATASET}")))


def _remove(path: Path, mark: str) -> int:
    """The first line holds counts, every other one an example. The file is replaced whole."""
    counts, *lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")  # texts may hold other line separators
    kept = [line for line in lines if json.loads(line)["client"] != mark]
    if len(kept) < len(lines):
        part = path.with_name(f"{path.name}.forgetting")
        with part.open("w", encoding="utf-8") as file:
            file.write("\n".join([counts, *kept]) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    return len(lines) - len(kept)

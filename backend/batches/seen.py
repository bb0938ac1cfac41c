"""Which clients of a batch were read already, on the disk: a million ids would be a hundred megabytes of memory."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from backend.common import temporary

CACHE_KIB = 8192


class Seen:
    """Client ids with the rows they came in. A temporary database that vanishes with the block, or with the process."""

    def __enter__(self) -> Self:
        with tempfile.TemporaryDirectory(prefix=temporary.IDS) as folder:
            self._file = sqlite3.connect(Path(folder) / "ids.db", isolation_level=None)
            for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KIB}"):
                self._file.execute(f"PRAGMA {setting}")
            self._file.execute("CREATE TABLE ids (id TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID")
        # the open file outlives its name, before any id is in it
        self._file.execute("BEGIN")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def earlier_row(self, client_id: int | str, row: int) -> int | None:
        """The row that brought this client before; None, and the client is remembered, when there was none."""
        added = self._file.execute("INSERT OR IGNORE INTO ids VALUES (?, ?)", (str(client_id), row))
        if added.rowcount:
            return None
        with closing(self._file.execute("SELECT row FROM ids WHERE id = ?", (str(client_id),))) as found:
            return int(found.fetchone()[0])

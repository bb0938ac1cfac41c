"""The log files of the parts: kept small, and their important lines shown on the console."""

import json
import re
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

LARGEST_BYTES = 20 * 1024 * 1024
LONGEST_LINE = 300
BURST = 10  # lines of one part on the console within BURST_S; the rest stay in the file
BURST_S = 10.0
IMPORTANT = re.compile(r"\b(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b|^Traceback ")
# Not news: PostgreSQL tells every client so while it starts and stops.
EXPECTED = re.compile(
    r"the database system is (starting up|shutting down|not yet accepting)|terminating connection due"
)


@dataclass
class LogWatch:
    """Follows one growing log file."""

    path: Path
    _position: int = 0
    _rest: bytes = b""
    _window: float = field(default_factory=time.monotonic)
    _shown: int = 0
    _dropped: int = 0

    def skip_to_end(self) -> None:
        """Forget what was written so far."""
        self._position = self.path.stat().st_size if self.path.exists() else 0
        self._rest = b""

    def news(self) -> list[str]:
        """Important lines since the last call, shortened for a person, at most BURST per BURST_S."""
        found = [text for line in self._new_lines() if (text := important(line))]
        result = self._start_window() if time.monotonic() - self._window > BURST_S else []
        room = max(BURST - self._shown, 0)
        result += found[:room]
        self._shown += len(found[:room])
        self._dropped += len(found[room:])
        return result

    def _start_window(self) -> list[str]:
        dropped, self._dropped, self._shown = self._dropped, 0, 0
        self._window = time.monotonic()
        return [f"… и ещё строк: {dropped}, см. {self.path}"] if dropped else []

    def _new_lines(self) -> list[str]:
        try:
            size = self.path.stat().st_size
            if size < self._position:
                self._position = 0  # cut below
            if size == self._position:
                return []
            with self.path.open("rb") as file:
                file.seek(self._position)
                data = self._rest + file.read(1 << 20)
                self._position = file.tell()
        except FileNotFoundError:
            return []
        whole, _, self._rest = data.rpartition(b"\n")
        self.cut()
        return whole.decode("utf-8", "replace").splitlines()

    def cut(self) -> None:
        """Move a log that grew too large to `.1`; its writer appends, so it goes on at the start of the file."""
        if self.path.exists() and self.path.stat().st_size > LARGEST_BYTES:
            shutil.copyfile(self.path, self.path.with_name(self.path.name + ".1"))
            with self.path.open("rb+") as file:
                file.truncate(0)
            self._position = 0


def important(line: str) -> str | None:
    """The line as a person should see it, or None when it belongs only in the file."""
    if not IMPORTANT.search(line) or EXPECTED.search(line):
        return None
    if line.startswith("{"):
        line = _from_json(line)
    return line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + "…"


def _from_json(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    if not isinstance(entry, dict):
        return line
    hidden = {"at", "level", "message", "logger", "stack", "request_id"}
    details = " ".join(f"{name}={value}" for name, value in entry.items() if name not in hidden)
    return f"{entry.get('level', '')} {entry.get('logger', '')}: {entry.get('message', '')} {details}".strip()

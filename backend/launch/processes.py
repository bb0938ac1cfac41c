"""One child process: started with its own log and session, stopped politely first."""

import os
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backend.launch.errors import LaunchError

POLL_S = 0.05
POLITE_STOP = ((signal.SIGTERM, 20.0), (signal.SIGKILL, 5.0))


@dataclass
class Child:
    """A child process with its log file.

    It gets a session of its own, so that Ctrl-C in the terminal reaches only the supervisor, which then stops the
    parts in order; and a parent-death signal, so that nothing stays behind when the supervisor itself is killed.
    """

    name: str
    command: list[str]
    log_path: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    stop_with: tuple[tuple[signal.Signals, float], ...] = POLITE_STOP
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the process; its output is appended to `log_path`."""
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                tied_to_parent(self.command, self.stop_with[0][0]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.env) if self.env is not None else None,
                cwd=self.cwd,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Exit code of the ended process (negative: the signal that killed it), None while it runs."""
        return None if self.process is None else self.process.poll()

    def stop(self) -> bool:
        """Stop the process; False when it had to be killed."""
        if self.process is None:
            return True
        for number, (sign, seconds) in enumerate(self.stop_with):
            if self.process.poll() is None:
                self.process.send_signal(sign)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
            end_session(self.process.pid)
            return number + 1 < len(self.stop_with)
        raise LaunchError(f"Процесс {self.name} (pid {self.process.pid}) не удаётся остановить.")

    def wait_ready(self, ready: Callable[[], bool], seconds: float, what: str) -> None:
        """Return as soon as `ready()` is true; LaunchError with the end of the log when it never gets so."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise LaunchError(f"{what} не запустился (код {self.exit_code}).\n{last_lines(self.log_path)}")
            if time.monotonic() > deadline:
                raise LaunchError(f"{what} не ответил за {seconds:.0f} с.\n{last_lines(self.log_path)}")
            time.sleep(POLL_S)


def end_session(leader: int) -> None:
    """Kill what outlived the leader of a session (a work horse, a pool): it must not hold ports and files."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            after_name = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(after_name[3]) == leader:
                os.kill(int(entry.name), signal.SIGKILL)
        except (OSError, IndexError):
            continue  # it ended meanwhile


def tied_to_parent(command: list[str], sign: signal.Signals) -> list[str]:
    """`command` that receives `sign` when the thread that started it dies (Linux, util-linux's setpriv)."""
    if shutil.which("setpriv") is None:
        return command
    tie = ["--pdeathsig", sign.name.removeprefix("SIG")]
    if command[0] == "setpriv":
        # A change of user clears the signal, so one and the same setpriv has to do both.
        return ["setpriv", *tie, *command[1:]]
    return ["setpriv", *tie, "--", *command]


def last_lines(path: Path, count: int = 12) -> str:
    """The end of a log, for messages."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            tail = "".join(f"    {line.rstrip()}\n" for line in deque(file, count))
    except FileNotFoundError:
        tail = ""
    return f"Журнал {path}:\n{tail}"

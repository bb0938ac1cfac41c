"""Starts the parts of OfferLoop, keeps them running, stops them in the right order."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from backend.launch.console import Console
from backend.launch.errors import LaunchError
from backend.launch.logs import LogWatch
from backend.launch.processes import Child, last_lines

POLL_S = 0.1
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
STEADY_S = 60.0  # a part that ran this long has recovered: its next fall counts as the first again


class StopRequested(Exception):
    """Ctrl-C or SIGTERM arrived while the parts were starting."""


def _nothing() -> None:
    return


@dataclass
class Part:
    """One process that must always run. `before_start` runs before every start, also before a restart."""

    title: str
    child: Child
    ready: Callable[[], bool]
    start_s: float = 60.0
    before_start: Callable[[], None] = _nothing
    falls: int = field(default=0, init=False)
    started_at: float = field(default=0.0, init=False)
    restart_at: float | None = field(default=None, init=False)
    log: LogWatch = field(init=False)

    def __post_init__(self) -> None:
        self.log = LogWatch(self.child.log_path)

    @property
    def name(self) -> str:
        return self.child.name

    def start(self) -> None:
        self.before_start()
        self.log.cut()
        self.child.start()
        self.started_at = time.monotonic()
        self.restart_at = None

    def schedule_restart(self) -> float:
        """Note a fall; returns the pause before the next start, which doubles with every quick fall."""
        if time.monotonic() - self.started_at > STEADY_S:
            self.falls = 0
        delay = min(FIRST_DELAY_S * 2.0**self.falls, LONGEST_DELAY_S)
        self.falls += 1
        self.restart_at = time.monotonic() + delay
        return delay


class Supervisor:
    """Owns the parts. All of its methods run in the main thread; signals only set a flag."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.parts: list[Part] = []
        self.stop_requested = False

    def listen_to_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal all ask for the same clean stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_requested = True

    def launch(self, part: Part) -> None:
        """Start a part without waiting for it."""
        self._check_stop()
        self.parts.append(part)
        part.start()

    def wait_ready(self, part: Part) -> None:
        """Wait, with a visible clock, until a part answers. LaunchError when it ends or takes too long."""
        deadline = time.monotonic() + part.start_s
        with self.console.step(part.title):
            while not part.ready():
                self._pause()
                if not part.child.running:
                    raise LaunchError(f"{part.title}: процесс завершился (код {part.child.exit_code}).\n{_tail(part)}")
                if time.monotonic() > deadline:
                    raise LaunchError(f"{part.title}: нет ответа за {part.start_s:.0f} с.\n{_tail(part)}")
        part.log.skip_to_end()

    def run_step(self, title: str, child: Child) -> None:
        """Run a process to its end, with a visible clock. LaunchError when it fails."""
        self._check_stop()
        with self.console.step(title):
            child.start()
            try:
                while child.running:
                    self._pause()
            finally:
                child.stop()
            if child.exit_code != 0:
                raise LaunchError(f"{title}: ошибка (код {child.exit_code}).\n{last_lines(child.log_path, 25)}")

    def watch(self) -> None:
        """Restart what falls and show important log lines until a stop is asked for."""
        while not self.stop_requested:
            for part in self.parts:
                self._tend(part)
            time.sleep(POLL_S)

    def stop_all(self) -> None:
        """Stop the parts, the last started first, so that each still finds what it needs to finish its work."""
        while self.parts:
            part = self.parts.pop()
            if part.child.process is None:
                continue
            try:
                with self.console.step(f"Остановка: {part.title}"):
                    part.child.stop()
            except LaunchError as error:
                self.console.line(str(error))  # the others still have to be stopped

    def _tend(self, part: Part) -> None:
        for text in part.log.news():
            self.console.line(f"[{part.name}] {text}")
        if part.child.running:
            return
        if part.restart_at is None:
            code = part.child.exit_code
            delay = part.schedule_restart()
            self.console.line(f"[{part.name}] процесс завершился ({_reason(code)}), перезапуск через {delay:g} с")
        elif time.monotonic() >= part.restart_at:
            self._restart(part)

    def _restart(self, part: Part) -> None:
        part.child.stop()  # ends what is left of its group
        try:
            part.start()
        except (LaunchError, OSError) as error:
            delay = part.schedule_restart()
            self.console.line(f"[{part.name}] не запускается: {error} Новая попытка через {delay:g} с")
            return
        self.console.line(f"[{part.name}] перезапущен (pid {part.child.process.pid if part.child.process else '?'})")

    def _pause(self) -> None:
        self._check_stop()
        self.console.tick()
        time.sleep(POLL_S)

    def _check_stop(self) -> None:
        if self.stop_requested:
            raise StopRequested


def _reason(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return f"сигнал {signal.Signals(-code).name}"
        except ValueError:
            return f"сигнал {-code}"
    return f"код {code}"


def _tail(part: Part) -> str:
    return last_lines(part.child.log_path)

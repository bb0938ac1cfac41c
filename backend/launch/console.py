"""What the person who typed `make run` sees: one line per step, with a clock where a step takes long."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

QUIET_LINE_S = 15.0  # without a terminal there is nothing to redraw: say now and then that work goes on


class Console:
    """Prints steps. On a terminal the running step's line is redrawn every second."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._terminal = self._stream.isatty()
        self._open = ""
        self._started = 0.0
        self._shown = 0.0

    def line(self, text: str = "") -> None:
        """Print a whole line, below a running step if there is one."""
        if self._open and self._terminal:
            self._write("\r\033[K")
        self._write(text + "\n")
        if self._open:
            self._draw()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """A step that ends with its duration, or stays open when it fails."""
        self._open, self._started = title, time.monotonic()
        self._shown = self._started
        self._draw()
        try:
            yield
        except BaseException:
            self._finish("не вышло")
            raise
        self._finish(f"готово, {self._seconds():.1f} с")

    def tick(self) -> None:
        """Called often while a step runs."""
        now = time.monotonic()
        if now - self._shown < (1.0 if self._terminal else QUIET_LINE_S):
            return
        self._shown = now
        if self._terminal:
            self._draw()
        else:
            self._write(f"  {self._open} … {self._seconds():.0f} с\n")

    def _draw(self) -> None:
        if self._terminal:
            self._write(f"\r\033[K• {self._open} … {self._seconds():.0f} с")

    def _finish(self, result: str) -> None:
        prefix = "\r\033[K" if self._terminal else ""
        self._write(f"{prefix}• {self._open}: {result}\n")
        self._open = ""

    def _seconds(self) -> float:
        return time.monotonic() - self._started

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (BrokenPipeError, OSError):
            return  # the terminal is gone: the parts must still be stopped in order

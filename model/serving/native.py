"""llama.cpp's own log and its start, once a process."""

import ctypes
from functools import cache

import llama_cpp

WARNING, ERROR, CONTINUED = 3, 4, 5  # ggml log levels


class NativeLog:
    """Keeps the last warnings and errors of llama.cpp: they hold the reason when a load returns nothing."""

    def __init__(self, keep: int = 20) -> None:
        self._lines: list[str] = []
        self._keep = keep
        self._callback = llama_cpp.llama_log_callback(self._receive)
        self._level = WARNING

    def install(self) -> None:
        llama_cpp.llama_log_set(self._callback, ctypes.c_void_p(0))

    def _receive(self, level: int, text: bytes, _: object) -> None:
        if level != CONTINUED:
            self._level = level
        if self._level in (WARNING, ERROR):
            line = text.decode("utf-8", "replace").strip()
            if line:
                self._lines = [*self._lines[1 - self._keep :], line]

    def drain(self, otherwise: str = "llama.cpp gave no reason") -> str:
        """The reason in one line; the last error lines only say that loading failed, the first says why."""
        lines, self._lines = self._lines, []
        telling = (line for line in lines if "error" in line.lower() or "fail" in line.lower())
        return next(telling, " ".join(lines[:2])) or otherwise


NATIVE_LOG = NativeLog()


@cache
def start_backend() -> None:
    """Initialise llama.cpp once a process and take over its log, which would go to stderr line by line."""
    NATIVE_LOG.install()
    llama_cpp.llama_backend_init()

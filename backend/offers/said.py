"""What this process has said lately: a text that went out a minute ago is not new any more."""

import threading
from collections import OrderedDict
from collections.abc import Iterable

KEPT = 20_000
"""Texts remembered, a few megabytes; the oldest are forgotten first."""


class Said:
    """Bodies of chosen texts, shared by the threads of a process."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._bodies: OrderedDict[int, None] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, body: object) -> bool:
        with self._lock:
            return hash(body) in self._bodies

    def add(self, bodies: Iterable[str]) -> None:
        """Remember these texts, by their hashes: no words are kept."""
        with self._lock:
            for body in bodies:
                self._bodies[hash(body)] = None
                self._bodies.move_to_end(hash(body))
            while len(self._bodies) > self._kept:
                self._bodies.popitem(last=False)

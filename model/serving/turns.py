"""The one thread of a process that calls llama.cpp. Engines take turns in it, a step each.

A thread that calls llama.cpp gets a team of OpenMP threads of its own. With more of them than cores the OpenMP library
lets them sleep at every barrier instead of spinning, whether they have work or not: a second model in a thread of its
own, idle, made the steps of the first one and a half times as long (15.4 against 10.8 ms, 64 sequences, 2 cores). In
one thread an idle model costs nothing, and two busy ones share the cores without fighting for them.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from model.serving.jobs import Priority


class Player(Protocol):
    """Takes part in the turns: an engine."""

    def has_work(self) -> bool:
        """Whether a step would do anything. Asked under the lock of the turns: take no other one."""

    def backlog(self, max_tokens: int, priority: Priority) -> float:
        """Seconds of work that it has before a request of this priority, for texts of such a length."""

    @property
    def interactive(self) -> int:
        """Texts of interactive calls that wait and run."""


@dataclass(frozen=True)
class _Seat:
    player: Player
    steps: Iterator[None]


class Turns:
    """Runs the steps of whoever entered, as long as anybody is there; each `yield` is the end of a turn."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._seats: tuple[_Seat, ...] = ()
        self._thread: threading.Thread | None = None

    def enter(self, player: Player, steps: Iterator[None]) -> None:
        """Take part until `steps` end."""
        with self._lock:
            self._seats = (*self._seats, _Seat(player, steps))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
                self._thread.start()
            self._lock.notify()

    def others(self, player: Player) -> list[Player]:
        return [seat.player for seat in self._seats if seat.player is not player]

    def wake(self) -> None:
        """A player has work now."""
        with self._lock:
            self._lock.notify()

    def _run(self) -> None:
        while ready := self._wait():
            for seat in ready:
                if next(seat.steps, self) is self:
                    self._leave(seat)

    def _wait(self) -> list[_Seat]:
        """Those with work, as soon as there are any; none when nobody takes part any more."""
        with self._lock:
            while self._seats:
                if ready := [seat for seat in self._seats if seat.player.has_work()]:
                    return ready
                self._lock.wait()
            self._thread = None
            return []

    def _leave(self, seat: _Seat) -> None:
        with self._lock:
            self._seats = tuple(other for other in self._seats if other is not seat)

"""Text from tokens: stop strings, and pieces for streaming that never break a character or show half a stop string."""

import codecs
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def cut_at_stop(text: str, stops: Sequence[str]) -> int | None:
    """Where the earliest stop string begins, None without one."""
    places = [place for stop in stops if (place := text.find(stop)) >= 0]
    return min(places) if places else None


def completing_tokens(pieces: Sequence[bytes], stops: Sequence[str]) -> npt.NDArray[np.bool_]:
    """By token: could it complete one of the stop strings? Only after such a token the text need be searched."""
    last_bytes = {stop.encode()[-1] for stop in stops}
    return np.array([bool(last_bytes.intersection(piece)) for piece in pieces], dtype=bool)


class TextStream:
    """Turns tokens into text that may be sent at once."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stops = stops
        self._held = ""

    def push(self, piece: bytes) -> str:
        """Text that is certain: whole characters, nothing that may be the beginning of a stop string."""
        self._held += self._decoder.decode(piece)
        keep = max((self._overlap(stop) for stop in self._stops), default=0)
        ready, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return ready

    def _overlap(self, stop: str) -> int:
        """Length of the longest end of the held text that begins the stop string (the whole of it included)."""
        place = self._held.find(stop)
        if place >= 0:
            return len(self._held) - place
        return next((n for n in range(min(len(stop) - 1, len(self._held)), 0, -1) if self._held.endswith(stop[:n])), 0)

    def finish(self) -> str:
        """What is left when the text ends; nothing from a stop string on."""
        rest = self._held + self._decoder.decode(b"", True)
        self._held = ""
        cut = cut_at_stop(rest, self._stops)
        return rest if cut is None else rest[:cut]

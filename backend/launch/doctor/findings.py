"""What a check has found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """`note` tells what could not be looked at; only `broken` makes the doctor end with 1."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    BROKEN = "broken"


SIGNS = {Level.OK: "✓", Level.NOTE: "·", Level.WARNING: "!", Level.BROKEN: "✗"}


@dataclass(frozen=True)
class Finding:
    """`what` was looked at, in `words` how it is, and how to `mend` it."""

    level: Level
    what: str
    words: str
    mend: str = ""

    def lines(self) -> str:
        """As a person reads it."""
        told = f"{SIGNS[self.level]} {self.what}: {self.words}"
        return f"{told}\n    → {self.mend}" if self.mend else told


Findings = Iterator[Finding]
Check = Callable[[], Findings]


def ok(what: str, words: str) -> Finding:
    return Finding(Level.OK, what, words)


def note(what: str, words: str, mend: str = "") -> Finding:
    return Finding(Level.NOTE, what, words, mend)


def warning(what: str, words: str, mend: str) -> Finding:
    return Finding(Level.WARNING, what, words, mend)


def broken(what: str, words: str, mend: str) -> Finding:
    return Finding(Level.BROKEN, what, words, mend)

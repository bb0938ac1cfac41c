"""Detectors by rule id. A detector is a pure function from the text's context to hits."""

from collections.abc import Callable, Iterable

from backend.compliance.context import Context, Hit
from backend.compliance.rules import Rule

Detector = Callable[[Context, Rule], Iterable[Hit]]


class Registered:
    """A detector and the tags without which it need not run."""

    __slots__ = ("detect", "needs")

    def __init__(self, detect: Detector, needs: frozenset[str]) -> None:
        self.detect = detect
        self.needs = needs


DETECTORS: dict[str, Registered] = {}


def detects(rule_id: str, *, needs: Iterable[str] = ()) -> Callable[[Detector], Detector]:
    """Register a detector; with `needs` it runs only when a word of one of these lexicons is in the text."""

    def register(detect: Detector) -> Detector:
        if rule_id in DETECTORS:
            raise ValueError(f"{rule_id} has a detector already")
        DETECTORS[rule_id] = Registered(detect, frozenset(needs))
        return detect

    return register

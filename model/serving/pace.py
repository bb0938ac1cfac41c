"""How fast the engine is, and so how long a request will take: the ground for refusing early.

A step with k sequences is modelled as a + b·k seconds, drawn through the measurements of one sequence and of all
at start, and corrected by the steps that follow (other programs share the cores).
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

SMOOTHING = 0.02
LENGTH_SMOOTHING = 0.02
OWN_LENGTH_FACTOR = 1.3  # a request ends with its longest text, not with a mean one


@dataclass(frozen=True)
class Load:
    """What is in the engine: texts waiting and running, prompt tokens not read yet."""

    waiting: int
    running: int
    prompt_tokens: int


class Pace:
    """Measured speed; used by the engine's thread (observe) and by callers (estimate)."""

    def __init__(self, sequences: int) -> None:
        self._sequences = sequences
        self._base_s, self._per_sequence_s = 0.001, 0.001
        self._prompt_s = 0.0005
        self._correction = 1.0
        self._length: float | None = None
        self._lock = threading.Lock()

    def fit(self, step_s: Mapping[int, float], prompt_token_s: float) -> None:
        """Take the measurements of the warm-up: seconds a step by number of sequences, seconds a prompt token."""
        one, full = min(step_s), max(step_s)
        slope = (step_s[full] - step_s[one]) / (full - one) if full > one else step_s[one] / one
        self._per_sequence_s = max(slope, 1e-7)
        self._base_s = max(step_s[full] - self._per_sequence_s * full, 1e-6)
        self._prompt_s = prompt_token_s

    def step_seconds(self, sequences: int) -> float:
        return (self._base_s + self._per_sequence_s * sequences) * self._correction

    @property
    def tokens_per_s(self) -> float:
        """At full batch, as it is now."""
        return self._sequences / self.step_seconds(self._sequences)

    def observe_step(self, sequences: int, seconds: float) -> float:
        """A step of pure decoding took this long; the answer is its cost over the expected one."""
        cost = seconds / (self._base_s + self._per_sequence_s * sequences)
        self._correction += SMOOTHING * (min(10.0, max(0.2, cost)) - self._correction)
        return cost

    def observe_length(self, tokens: int) -> None:
        with self._lock:
            length = self._length
            self._length = float(tokens) if length is None else length + LENGTH_SMOOTHING * (tokens - length)

    def expected_length(self, max_tokens: int) -> float:
        with self._lock:
            return float(max_tokens) if self._length is None else min(float(max_tokens), self._length)

    def estimate(self, texts: int, prompt_tokens: int, max_tokens: int, load: Load) -> float:
        """Seconds until a request of `texts` texts would be done, were it queued now behind `load`."""
        length = self.expected_length(max_tokens)
        ahead = load.waiting + load.running / 2
        at_once = min(self._sequences, texts + round(ahead))
        own = min(length * OWN_LENGTH_FACTOR, max_tokens) * self.step_seconds(at_once)
        reading = (prompt_tokens + load.prompt_tokens) * self._prompt_s * self._correction
        return reading + max(own, (ahead + texts) * length / self.tokens_per_s)

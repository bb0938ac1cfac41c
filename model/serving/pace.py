"""How fast the engine is, and so how long a request will take: the ground for refusing early.

A step with k sequences is modelled as a + b·k seconds, drawn through the measurements of one sequence and of all
at start, and corrected by the steps that follow (other programs share the cores).
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.serving.jobs import Overloaded

SMOOTHING = 0.02
LENGTH_SMOOTHING = 0.02
STALE_S = 1.0
"""A measurement older than this says nothing of an idle engine: whatever slowed it down may be gone."""
FASTER = 1.25
"""The speed for planning is raised when the engine turns out to be so many times faster."""
FIRST_SHARE = 0.6  # of max_tokens, until texts have ended: callers leave room
SHARE_WHEN_IDLE, SHARE_WHEN_BUSY = 0.75, 1.3
"""A request is refused when this share of its estimate is too long. With room left the estimate gets the benefit of the
doubt: a text that is cut by the deadline is lost alone, a refusal loses them all. In a queue it is the other way round:
whoever is let in too late takes the time of those behind, and all of them end late."""
SHARE_WHEN_STALE = 0.1
"""Of the estimate of an idle engine that was slow when it was last measured: it tries again, but not the impossible."""
OWN_LENGTH_FACTOR = 1.2  # a request ends with its longest text, not with a mean one


@dataclass(frozen=True)
class Load:
    """What stands before a request: texts waiting and running, prompt tokens not read yet.

    `batch`: texts of lower priority that may go on beside it, in the slots that nobody before it wants.
    """

    waiting: int
    running: int
    prompt_tokens: int
    batch: int = 0

    @property
    def idle(self) -> bool:
        return not self.waiting and not self.running and not self.batch


class Pace:
    """Measured speed; used by the engine's thread (observe) and by callers (estimate)."""

    def __init__(self, sequences: int) -> None:
        self._sequences = sequences
        self._base_s, self._per_sequence_s = 0.001, 0.001
        self._prompt_s = 0.0005
        self._correction = 1.0
        self._observed_at = time.monotonic()
        self._planned = 0.0
        self._share: float | None = None  # of max_tokens that texts have used
        self._lock = threading.Lock()

    def fit(self, step_s: Mapping[int, float], prompt_token_s: float) -> None:
        """Take the measurements of the warm-up: seconds a step by number of sequences, seconds a prompt token."""
        one, full = min(step_s), max(step_s)
        slope = (step_s[full] - step_s[one]) / (full - one) if full > one else step_s[one] / one
        self._per_sequence_s = max(slope, 1e-7)
        self._base_s = max(step_s[full] - self._per_sequence_s * full, 1e-6)
        self._prompt_s = prompt_token_s
        self._planned = self.tokens_per_s

    def step_seconds(self, sequences: int) -> float:
        return (self._base_s + self._per_sequence_s * sequences) * self._correction

    @property
    def tokens_per_s(self) -> float:
        """At full batch, as it is now."""
        return self._sequences / self.step_seconds(self._sequences)

    @property
    def planned_tokens_per_s(self) -> float:
        """The speed that callers plan with: what was measured at start, so that a seed plans alike again and again.

        A start on busy cores measures too little. So it is raised, never lowered, where steps are clearly faster.
        """
        if self.tokens_per_s > FASTER * self._planned:
            self._planned = self.tokens_per_s
        return self._planned

    @property
    def stale(self) -> bool:
        """Whether no step was measured for a while."""
        return time.monotonic() - self._observed_at > STALE_S

    def observe_step(self, sequences: int, seconds: float, prompt_tokens: int = 0) -> float:
        """A step with so many running texts and prompt tokens took this long; its cost over the expected one."""
        expected = self._base_s + self._per_sequence_s * sequences + self._prompt_s * prompt_tokens
        cost = seconds / expected
        self._observed_at = time.monotonic()
        self._correction += SMOOTHING * (min(10.0, max(0.2, cost)) - self._correction)
        return cost

    def observe_length(self, tokens: int, max_tokens: int, *, whole: bool = True) -> None:
        """A text ended after `tokens`. Callers size `max_tokens` by the kind of text, so its share tells most.

        A text that was cut (not `whole`) tells only that it would have been longer.
        """
        share = tokens / max(1, max_tokens)
        with self._lock:
            known = self._share
            if not whole and share <= (FIRST_SHARE if known is None else known):
                return
            self._share = share if known is None else known + LENGTH_SMOOTHING * (share - known)

    def expected_length(self, max_tokens: int) -> float:
        with self._lock:
            return max_tokens * (FIRST_SHARE if self._share is None else self._share)

    def estimate(
        self, texts: int, prompt_tokens: int, max_tokens: int, load: Load, beside: Sequence[float] = ()
    ) -> float:
        """Seconds until a request of `texts` texts would be done, were it queued now behind `load`.

        `beside`: seconds of work of the engines that take turns with this one. Who has less of it is done first, so
        each delays the request by no more than the request would take alone.
        """
        length = self.expected_length(max_tokens)
        ahead = load.waiting + load.running / 2
        # every step of the longest text costs the base, every token of all texts its own share
        longest = min(length * OWN_LENGTH_FACTOR, max_tokens)
        beside_it = max(0, min(load.batch, self._sequences - load.waiting - load.running - texts))
        each = (ahead + texts) * length + beside_it * longest
        own = self._correction * (self._base_s * longest + self._per_sequence_s * each)
        reading = (prompt_tokens + load.prompt_tokens) * self._prompt_s * self._correction
        alone = reading + max(own, (ahead + texts) * length / self.tokens_per_s)
        return alone + sum(min(alone, seconds) for seconds in beside)


def refuse_late(seconds: float, left: float, *, busy: bool, stale: bool = False) -> None:
    """Raise Overloaded when a request that takes `seconds` has so little time `left` that it is not worth beginning."""
    share = SHARE_WHEN_STALE if stale else SHARE_WHEN_BUSY if busy else SHARE_WHEN_IDLE
    late = share * seconds - left
    if late > 0:
        raise Overloaded(f"the request would take about {seconds * 1000:.0f} ms, past its deadline", late)

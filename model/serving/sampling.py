"""Sampling for a whole batch at once: every operation runs over the (sequences × vocabulary) matrix.

One draw per row from the full distribution is accepted when it lies inside the row's nucleus (top_k, top_p, min_p);
the few rejected rows are sorted and drawn again from the nucleus. That is the exact restricted distribution, and it
spares sorting the vocabulary at each step. Random numbers come from one counter-based stream per sequence
(splitmix64), so a seeded text does not depend on its neighbours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1, MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
MASK = 2**64 - 1
LEAST_TEMPERATURE = 1e-6
"""Below it there is but one token to choose, and logits divided by it are no numbers any more."""
SAFE_EXPONENT = 60.0


@dataclass(frozen=True)
class SamplingParams:
    """How to choose tokens. `top_k` 0 means no limit; `logprobs` None means none, 0 only the chosen token's."""

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    logit_bias: Mapping[int, float] = field(default_factory=dict)
    logprobs: int | None = None

    @property
    def greedy(self) -> bool:
        return self.temperature < LEAST_TEMPERATURE or self.top_k == 1 or self.top_p <= 0

    @property
    def restricted(self) -> bool:
        return not self.greedy and (self.top_p < 1 or self.top_k > 0 or self.min_p > 0)

    @property
    def adjusted(self) -> bool:
        penalties = (self.repetition_penalty != 1, self.presence_penalty != 0, self.frequency_penalty != 0)
        return bool(self.logit_bias) or any(penalties)


def _mix(state: Words) -> Words:
    state = (state ^ (state >> np.uint64(30))) * MIX_1
    state = (state ^ (state >> np.uint64(27))) * MIX_2
    return state ^ (state >> np.uint64(31))


def stream_start(seed: int, *path: int) -> int:
    """The state of a random stream for a seed and, say, prompt and candidate numbers."""
    state = np.array([seed & MASK], np.uint64)
    for step in path:
        state = _mix(state + GOLDEN * np.array([step + 1], np.uint64))
    return int(_mix(state + GOLDEN)[0])


@dataclass(frozen=True)
class Picks:
    """Chosen tokens with their log-probabilities under the model itself (before temperature, bias and penalties)."""

    tokens: Indices
    logprobs: Floats | None


@dataclass(frozen=True, eq=False)
class Sampling:
    """A sequence of a sampler that waits for a slot: parameters, limits, and its place in its random stream."""

    params: SamplingParams
    mask: Mask | None
    columns: list[Any]
    counts: npt.NDArray[np.uint16] | None


class Sampler:
    """Parameters and random streams of the sequences by slot, and the arithmetic."""

    def __init__(self, vocabulary: int, slots: int) -> None:
        self._vocabulary = vocabulary
        self._block = 2 ** max(4, round(np.log2(max(vocabulary, 1)) / 2))
        self._width = -(-vocabulary // self._block) * self._block
        self._scores: Floats = np.zeros((slots, vocabulary), np.float32)
        self._weights: Floats = np.zeros((slots, self._width), np.float32)  # the padding stays zero
        self._above = np.zeros((slots, self._width), bool)
        self._counts = np.zeros((slots, vocabulary), np.uint16)
        self.params: list[SamplingParams] = [SamplingParams()] * slots
        self._stream: Words = np.zeros(slots, np.uint64)
        self._scale: Floats = np.ones(slots, np.float32)
        self._greedy = np.zeros(slots, bool)
        self._restricted = np.zeros(slots, bool)
        self._adjusted = np.zeros(slots, bool)
        self._wants_logprobs = np.zeros(slots, bool)
        self._masks: list[Mask | None] = [None] * slots
        self._top_p = np.ones(slots)
        self._top_k = np.zeros(slots, np.int64)
        self._min_p = np.zeros(slots)
        self._columns: tuple[npt.NDArray[Any], ...] = (
            self._stream,
            self._scale,
            self._greedy,
            self._restricted,
            self._adjusted,
            self._wants_logprobs,
            self._top_p,
            self._top_k,
            self._min_p,
        )

    def assign(self, slot: int, params: SamplingParams, stream: int) -> None:
        """Prepare a slot for a new sequence. Penalties look at generated tokens only."""
        self.params[slot] = params
        self._stream[slot] = stream
        self._scale[slot] = 1.0 if params.greedy else 1.0 / params.temperature
        self._greedy[slot], self._restricted[slot] = params.greedy, params.restricted
        self._adjusted[slot] = params.adjusted
        self._wants_logprobs[slot] = params.logprobs is not None
        self._top_p[slot], self._min_p[slot] = params.top_p, params.min_p
        self._top_k[slot] = params.top_k or self._vocabulary
        self._masks[slot] = None
        if params.adjusted:
            self._counts[slot] = 0

    def limit(self, slot: int, mask: Mask) -> None:
        """Allow only the tokens of `mask` (one flag a token) to the sequence's next draws."""
        if not self._adjusted[slot]:
            self._adjusted[slot] = True
            self._counts[slot] = 0
        self._masks[slot] = mask

    def move(self, source: int, target: int) -> None:
        """Carry a sequence over to another slot."""
        self.params[target] = self.params[source]
        self._masks[target] = self._masks[source]
        for column in self._columns:
            column[target] = column[source]
        if self._adjusted[source]:
            self._counts[target] = self._counts[source]

    def save(self, slot: int) -> Sampling:
        """All that the next draws of a sequence depend on."""
        counts = self._counts[slot].copy() if self._adjusted[slot] else None
        return Sampling(self.params[slot], self._masks[slot], [column[slot] for column in self._columns], counts)

    def restore(self, slot: int, saved: Sampling) -> None:
        """Go on with a saved sequence in this slot."""
        self.params[slot], self._masks[slot] = saved.params, saved.mask
        for column, value in zip(self._columns, saved.columns, strict=True):
            column[slot] = value
        if saved.counts is not None:
            self._counts[slot] = saved.counts

    def sample(self, logits: Floats, slots: Indices) -> Picks:
        """One token per row of `logits` (rows × vocabulary) for the sequences in `slots`."""
        count = len(slots)
        peak = logits.max(axis=1)
        adjusted = bool(self._adjusted[slots].any())
        wanted = bool(self._wants_logprobs[slots].any())
        # exp() needs no shift while it cannot overflow; that saves a pass over the matrix
        shifted = adjusted or bool((np.abs(peak) * np.maximum(self._scale[slots], 1.0)).max() > SAFE_EXPONENT)
        source = self._shift(logits, peak) if shifted else logits
        zero = peak if shifted else np.zeros(1, np.float32)
        normaliser = self._log_sum(source) if wanted else None
        if adjusted:
            self._adjust(self._scores[:count], slots, peak)
        tokens = self._choose(source, slots, known=wanted and not adjusted)
        self._note(slots, tokens)
        if normaliser is None:
            return Picks(tokens, None)
        return Picks(tokens, logits[np.arange(count), tokens] - zero - normaliser)

    def _shift(self, logits: Floats, peak: Floats) -> Floats:
        scores = self._scores[: len(logits)]
        np.subtract(logits, peak[:, None], out=scores)
        return scores

    def _log_sum(self, source: Floats) -> Floats:
        weights = self._weights[: len(source)]
        np.exp(source, out=weights[:, : self._vocabulary])
        total: Floats = np.log(np.einsum("ij->i", weights))
        return total

    def _choose(self, source: Floats, slots: Indices, *, known: bool) -> Indices:
        """`known`: the weights already hold exp(source)."""
        greedy = self._greedy[slots]
        best: Indices | None = source.argmax(axis=1) if greedy.any() else None
        if best is not None and greedy.all():
            return best
        weights = self._weights[: len(slots)]
        scale = self._scale[slots]
        if (scale != 1).any():
            scores = self._scores[: len(slots)]
            np.multiply(source, scale[:, None], out=scores)
            np.exp(scores, out=weights[:, : self._vocabulary])
        elif not known:
            np.exp(source, out=weights[:, : self._vocabulary])
        tokens = self._draw_allowed(weights, slots)
        return tokens if best is None else np.where(greedy, best, tokens)

    def _draw_allowed(self, weights: Floats, slots: Indices) -> Indices:
        tokens, totals = self._draw(weights, self._uniform(slots))
        chosen = weights[np.arange(len(slots)), tokens] / totals
        # All tokens above one of probability p weigh at most 1 - p and are fewer than 1 / p: most rows need no search.
        top_p, top_k, min_p = self._top_p[slots], self._top_k[slots], self._min_p[slots]
        certain = (chosen > 1 - top_p) & (chosen * top_k >= 1) & (chosen >= min_p)
        doubtful = np.flatnonzero(self._restricted[slots] & ~certain)
        if len(doubtful):
            part = weights if len(doubtful) == len(slots) else weights[doubtful]
            allowed = self._allowed(part, slots[doubtful], chosen[doubtful], totals[doubtful])
            again = doubtful[~allowed]
            if len(again):
                tokens[again] = self._draw_nucleus(weights[again], slots[again])
        return tokens

    def _allowed(self, weights: Floats, slots: Indices, chosen: Doubles, totals: Doubles) -> npt.NDArray[np.bool_]:
        """By row: is the drawn token (probability `chosen`) inside the nucleus?"""
        above = self._above[: len(slots)]
        floor = (chosen * totals * (1 + 1e-6)).astype(np.float32)
        np.greater(weights, floor[:, None], out=above)
        allowed: npt.NDArray[np.bool_] = np.einsum("ij,ij->i", above, weights) < self._top_p[slots] * totals
        if (self._top_k[slots] < self._vocabulary).any():
            allowed &= np.count_nonzero(above, axis=1) < self._top_k[slots]
        if self._min_p[slots].any():
            allowed &= chosen * totals >= self._min_p[slots] * weights.max(axis=1)
        return allowed

    def _draw_nucleus(self, weights: Floats, slots: Indices) -> Indices:
        """Draw from the allowed tokens only: sort, cut, zero the rest."""
        ordered = -np.sort(-weights, axis=1)
        mass = np.cumsum(ordered, axis=1, dtype=np.float64)
        inside = (mass - ordered) < self._top_p[slots][:, None] * mass[:, -1:]
        inside &= ordered >= self._min_p[slots][:, None] * ordered[:, :1]
        kept = np.minimum(np.count_nonzero(inside, axis=1), self._top_k[slots])
        floor = ordered[np.arange(len(slots)), np.maximum(kept, 1) - 1]
        weights[weights < floor[:, None]] = 0.0
        return self._draw(weights, self._uniform(slots))[0]

    def _draw(self, weights: Floats, uniform: Doubles) -> tuple[Indices, Doubles]:
        """Inverse of the cumulative sum in two levels (blocks, then inside the block); tokens and row totals."""
        rows = np.arange(len(weights))
        blocks = weights.reshape(len(weights), -1, self._block)
        sums = np.cumsum(np.einsum("rbi->rb", blocks), axis=1, dtype=np.float64)
        target = uniform * sums[:, -1]
        block = np.minimum((sums <= target[:, None]).sum(axis=1), sums.shape[1] - 1)
        inner = blocks[rows, block]
        before = np.where(block > 0, sums[rows, block - 1], 0.0)
        within = np.cumsum(inner, axis=1, dtype=np.float64)
        place = (within <= (target - before)[:, None]).sum(axis=1)
        place = np.where(place >= self._block, inner.argmax(axis=1), place)  # rounding at the very end of a block
        return block * self._block + place, sums[:, -1]

    def _uniform(self, slots: Indices) -> Doubles:
        state = self._stream[slots] + GOLDEN
        self._stream[slots] = state
        return (_mix(state) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def _adjust(self, scores: Floats, slots: Indices, peak: Floats) -> None:
        """Apply limits, bias and penalties to the rows that have them, in place, and bring the peak back to zero."""
        for row in np.flatnonzero(self._adjusted[slots]):
            params, counts = self.params[slots[row]], self._counts[slots[row]]
            line = scores[row]
            seen = np.flatnonzero(counts)
            if len(seen):
                raw = line[seen] + peak[row]  # the usual repetition penalty is defined on the sign of the logit
                raw = np.where(raw > 0, raw / params.repetition_penalty, raw * params.repetition_penalty)
                line[seen] = raw - peak[row] - (params.presence_penalty + params.frequency_penalty * counts[seen])
            for token, bias in params.logit_bias.items():
                line[token] += bias
            mask = self._masks[slots[row]]
            if mask is not None:
                line[~mask] = -np.inf
            line -= line.max()

    def _note(self, slots: Indices, tokens: Indices) -> None:
        rows = np.flatnonzero(self._adjusted[slots])
        if len(rows):
            self._counts[slots[rows], tokens[rows]] += 1

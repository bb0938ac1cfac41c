"""The slots of the context: which text sits where, and its numbers as columns for whole-batch arithmetic.

llama.cpp computes neighbouring sequences in one piece and splits the step at every gap, which made 32 sequences with
16 gaps three times slower than without (12.2 against 4.1 ms, 5.5 M Q8_0). So the used slots are kept dense
(0 … active-1): the last text moves into a gap that no waiting prompt fills.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.serving.jobs import Ticket
from model.serving.llama import Context
from model.serving.sampling import Floats, Indices, Sampler, Sampling
from model.serving.script import State
from model.serving.text import TextStream


@dataclass
class Text:
    """A text in the making, in its slot."""

    ticket: Ticket
    index: int
    slot: int
    completing: npt.NDArray[np.bool_] | None = None
    stream: TextStream | None = None
    top: list[list[tuple[int, float]]] | None = None
    script: State | None = None
    """State of the grammar of Russian texts; None where the text may hold anything."""


@dataclass
class Reading:
    """A prompt being read into the slot of its first text."""

    prompt: list[int]
    texts: list[Text]
    read: int = 0
    makes_prefix: bool = False
    waits: bool = False
    """For the prefix that another prompt is making (see `prefix.py`)."""


@dataclass(frozen=True, eq=False)
class Paused:
    """A half-written text without a slot: it goes on in another as if nothing had been."""

    text: Text
    state: npt.NDArray[np.uint8]
    columns: list[Any]
    tokens: npt.NDArray[np.int32]
    logprobs: Floats
    sampling: Sampling


class Slots:
    """Texts by slot with their columns: `next` is the token to decode, `pos` its position in the sequence."""

    def __init__(self, context: Context, sampler: Sampler) -> None:
        count, length = context.shape.sequences, context.shape.context
        self._context, self._sampler = context, sampler
        self.texts: list[Text | None] = [None] * count
        self.active = 0
        self.calls = self.batch = 0
        """Texts of interactive requests and of batch work."""
        self.decoding = np.zeros(count, bool)
        self.next = np.zeros(count, np.int32)
        self.pos = np.zeros(count, np.int32)
        self.length = np.zeros(count, np.int64)
        self.limit = np.zeros(count, np.int64)
        self.deadline = np.full(count, np.inf)
        self.heeds_end = np.ones(count, bool)
        self._columns = (self.next, self.pos, self.length, self.limit, self.deadline, self.decoding, self.heeds_end)
        self._tokens = np.zeros((count, length), np.int32)
        self._logprobs = np.zeros((count, length), np.float32)

    def free(self) -> list[int]:
        """Free slots, gaps first."""
        return [slot for slot, text in enumerate(self.texts) if text is None]

    def open(self, text: Text, prompt_tokens: int, stream: int) -> None:
        """Take the text's slot for it."""
        slot, request = text.slot, text.ticket.request
        self.texts[slot] = text
        self._count(text, 1)
        self.active = max(self.active, slot + 1)
        self.decoding[slot] = False
        self.length[slot] = self.pos[slot] = 0
        self.limit[slot] = min(request.max_tokens, self._context.shape.context - prompt_tokens)
        self.heeds_end[slot] = not request.ignore_end
        self.deadline[slot] = np.inf if request.deadline is None else request.deadline
        self._sampler.assign(slot, request.sampling, stream)

    def release(self, text: Text) -> None:
        self.texts[text.slot] = None
        self._count(text, -1)
        self.decoding[text.slot] = False
        self._context.drop(text.slot)

    def _count(self, text: Text, change: int) -> None:
        if text.ticket.is_batch:
            self.batch += change
        else:
            self.calls += change

    def clear(self) -> None:
        """Forget all texts; the context is the caller's affair."""
        self.texts = [None] * len(self.texts)
        self.decoding[:] = False
        self.active = self.calls = self.batch = 0

    def least_written(self, count: int) -> list[Text]:
        """Batch texts that take least to be put aside, or nothing; the others end sooner."""
        texts = [text for text in self.texts if text and text.ticket.is_batch and self._may_give_way(text)]
        return sorted(texts, key=lambda text: int(self.length[text.slot]))[:count]

    def _may_give_way(self, text: Text) -> bool:
        """A text that somebody reads already cannot be begun anew."""
        return text.stream is None or not self.decoding[text.slot] or self.may_pause(text)

    def may_pause(self, text: Text) -> bool:
        """Whether the cache holds all of it. A prompt on its way does not, nor what its candidates share just now."""
        return bool(self.decoding[text.slot]) and self._context.is_settled(text.slot)

    def pause(self, text: Text) -> Paused:
        """Put the text aside and free its slot. Raises ModelError."""
        slot = text.slot
        saved = self._context.save(slot), [column[slot] for column in self._columns]
        length = self.length[slot]
        tokens, logprobs = self._tokens[slot, :length].copy(), self._logprobs[slot, :length].copy()
        paused = Paused(text, *saved, tokens, logprobs, self._sampler.save(slot))
        self.release(text)
        return paused

    def may_resume(self, slot: int) -> bool:
        return self._context.is_settled(slot)

    def resume(self, paused: Paused, slot: int) -> None:
        """Go on with the text in this free slot. Raises ModelError, with the text in the slot."""
        text, length = paused.text, len(paused.tokens)
        text.slot, self.texts[slot] = slot, text
        self._count(text, 1)
        self.active = max(self.active, slot + 1)
        for column, value in zip(self._columns, paused.columns, strict=True):
            column[slot] = value
        self._tokens[slot, :length], self._logprobs[slot, :length] = paused.tokens, paused.logprobs
        self._sampler.restore(slot, paused.sampling)
        self._context.restore(slot, paused.state)

    def record(self, slots: Indices, tokens: Indices, logprobs: Floats | None) -> None:
        """Add one token to each of the texts."""
        at = self.length[slots]
        self._tokens[slots, at] = tokens
        if logprobs is not None:
            self._logprobs[slots, at] = logprobs
        self.length[slots] = at + 1
        self.next[slots] = tokens

    def written(self, text: Text) -> tuple[list[int], list[float]]:
        """Tokens of a text so far with their log-probabilities."""
        length = self.length[text.slot]
        return self._tokens[text.slot, :length].tolist(), self._logprobs[text.slot, :length].tolist()

    def close_gaps(self) -> None:
        """Move the last texts into the gaps, so that the used slots are neighbours."""
        gap = 0
        while True:
            while self.active and self.texts[self.active - 1] is None:
                self.active -= 1
            while gap < self.active and self.texts[gap] is not None:
                gap += 1
            if gap >= self.active:
                return
            self._move(self.active - 1, gap)

    def _move(self, source: int, target: int) -> None:
        text = self.texts[source]
        assert text is not None
        text.slot, self.texts[target], self.texts[source] = target, text, None
        for column in self._columns:
            column[target] = column[source]
        length = self.length[source]
        self._tokens[target, :length] = self._tokens[source, :length]
        self._logprobs[target, :length] = self._logprobs[source, :length]
        self._sampler.move(source, target)
        self._context.copy(source, target)
        self._context.drop(source)
        self.decoding[source] = False

"""The beginning that prompts share (an instruct model's system prompt), read once and copied from then on.

It lives in a sequence of its own behind the slots. Nobody has to announce it: what neighbouring prompts have in common
is their prefix. The prompt that is read first leaves its beginning behind, the others wait for it.
"""

from collections.abc import Sequence

from model.serving.llama import Context
from model.serving.slots import Reading

LEAST = 32
"""Tokens from which on a copy of the cache is cheaper than reading again."""


def shared_length(prompts: Sequence[Sequence[int]]) -> int:
    """How many first tokens all prompts have in common."""
    first, *others = prompts
    length = len(first)
    for other in others:
        length = min(length, len(other))
        length = next((i for i in range(length) if first[i] != other[i]), length)
    return length


def _begins(prompt: Sequence[int], prefix: Sequence[int]) -> bool:
    """Whether `prompt` goes on after `prefix`: its last token must be read anew to have logits."""
    return len(prompt) > len(prefix) > 0 and list(prompt[: len(prefix)]) == list(prefix)


class SharedPrefix:
    """At most one prefix at a time. Used by the engine's thread; `covered` may be called from any."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._slot = context.shape.sequences if context.shape.keeps_prefix else None
        self._tokens: list[int] = []
        self._making: list[int] = []
        self._last: list[int] = []

    def covered(self, prompt: Sequence[int]) -> int:
        """Tokens of the prompt that need not be read."""
        tokens = self._tokens
        return len(tokens) if _begins(prompt, tokens) else 0

    def start(self, readings: Sequence[Reading]) -> None:
        """Copy the prefix where it fits; where a new one shows, let the first prompt make it and the others wait."""
        if self._slot is None:
            return
        new = [reading for reading in readings if not self._give(reading)]
        if new and not self._making:
            self._plan(new)
        for reading in new:
            reading.waits = not reading.makes_prefix and _begins(reading.prompt, self._making)
        self._last = readings[-1].prompt

    def _plan(self, new: Sequence[Reading]) -> None:
        """Where these prompts have enough in common, the first of them shall make the prefix."""
        prompts = [reading.prompt for reading in new]
        common = shared_length(prompts if len(prompts) > 1 else [*prompts, self._last])
        length = min(common, len(prompts[0]) - 1)
        if length >= LEAST:
            self._making = prompts[0][:length]
            new[0].makes_prefix = True

    def _give(self, reading: Reading) -> bool:
        length = self.covered(reading.prompt)
        if length and self._slot is not None:
            self._context.copy(self._slot, reading.texts[0].slot)
            reading.read = length
            reading.waits = False
        return bool(length)

    def keep(self, reading: Reading, others: Sequence[Reading]) -> None:
        """The beginning has been read: if this prompt was to make the prefix, keep it and let the others go on."""
        if not reading.makes_prefix or self._slot is None or reading.read < len(self._making):
            return
        reading.makes_prefix = False
        self._context.drop(self._slot)
        self._context.copy(reading.texts[0].slot, self._slot)
        self._context.drop_from(self._slot, len(self._making))
        self._tokens, self._making = self._making, []
        for other in others:
            if other.waits:
                self._give(other)

    def check(self, readings: Sequence[Reading]) -> None:
        """Whoever was to make the prefix may be gone (cancelled, failed): nobody shall wait for it then."""
        if self._making and not any(reading.makes_prefix for reading in readings):
            self._making = []
            for reading in readings:
                reading.waits = False

    def forget(self) -> None:
        """The context was cleared."""
        self._tokens, self._making, self._last = [], [], []

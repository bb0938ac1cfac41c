"""Prompts on their way into the cache: a part of each in every step, until its last token brings the first logits."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from model.serving.llama import Context
from model.serving.prefix import SharedPrefix
from model.serving.slots import Reading, Text


class Readings:
    """The prompts being read. Used by the engine's thread; `left` and `missing` may be called from any."""

    def __init__(self, context: Context) -> None:
        self._batch = context.batch
        self._under_way: list[Reading] = []
        self.prefix = SharedPrefix(context)

    def __iter__(self) -> Iterator[Reading]:
        return iter(tuple(self._under_way))

    def left(self, *, batch: bool = True) -> int:
        """Tokens that are still to be read, with or without those of batch requests."""
        mine = (reading for reading in self if batch or not reading.texts[0].ticket.is_batch)
        return sum(len(reading.prompt) - reading.read for reading in mine if not reading.waits)

    def missing(self, prompts: Sequence[Sequence[int]]) -> int:
        """Tokens of the prompts that the shared prefix does not spare."""
        return sum(len(prompt) - self.prefix.covered(prompt) for prompt in prompts)

    def start(self, readings: list[Reading]) -> None:
        self.prefix.start(readings)
        self._under_way += readings

    def stop(self, ends: Callable[[Reading], bool]) -> list[Text]:
        """Take such prompts off the list; their texts, still in their slots."""
        over: list[Reading] = []
        on: list[Reading] = []
        for reading in self._under_way:
            (over if ends(reading) else on).append(reading)
        if over:
            self._under_way = on
            self.prefix.check(on)
        return [text for reading in over for text in reading.texts]

    def fill(self, count: int, room: int) -> tuple[list[Reading], int]:
        """Put parts of prompts behind the first `count` entries of the batch, up to `room`.

        The prompts whose last token is in this step, and the new number of entries.
        """
        batch, read = self._batch, []
        for reading in self._under_way:
            if reading.waits:
                continue
            chunk = reading.prompt[reading.read : reading.read + room - count]
            end = count + len(chunk)
            batch.token[count:end] = chunk
            batch.pos[count:end] = np.arange(reading.read, reading.read + len(chunk))
            batch.seq[count:end] = reading.texts[0].slot
            batch.output[count:end] = 0
            reading.read += len(chunk)
            count = end
            if chunk and reading.read == len(reading.prompt):
                batch.output[end - 1] = 1
                read.append(reading)
        if read:
            self._under_way = [r for r in self._under_way if r.read < len(r.prompt)]
        return read, count

    def keep(self, read: Sequence[Reading]) -> None:
        """After the step: what it has read may be the prefix that others wait for."""
        for reading in (*read, *self._under_way):
            self.prefix.keep(reading, self._under_way)

    def clear(self) -> None:
        """Forget the prompts; the prefix stays as long as the context does."""
        self._under_way = []

    def forget(self) -> None:
        """The context was cleared."""
        self._under_way = []
        self.prefix.forget()

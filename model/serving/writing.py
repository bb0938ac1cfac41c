"""A text from the slot it opens to its last token: what each new token means for it.

Stops, the end of the text, its length, its deadline, the grammar of Russian texts, and the pieces of a stream.
Everything here runs in the engine's thread.
"""

from functools import lru_cache

import numpy as np

from model.serving.jobs import Choice, FinishReason, Ticket
from model.serving.llama import Vocabulary
from model.serving.pace import Pace
from model.serving.sampling import Floats, Indices, Sampler, stream_start
from model.serving.script import START, RussianScript, State
from model.serving.slots import Paused, Slots, Text
from model.serving.stats import Stats
from model.serving.text import TextStream, completing_tokens, cut_at_stop


class Writing:
    """The texts in the slots of one engine."""

    def __init__(self, vocabulary: Vocabulary, slots: Slots, sampler: Sampler, pace: Pace, stats: Stats) -> None:
        self._vocabulary, self._slots, self._sampler = vocabulary, slots, sampler
        self._pace, self._stats = pace, stats
        self._russian = RussianScript(vocabulary.pieces, vocabulary.is_end)
        self._completing = lru_cache(64)(lambda stops: completing_tokens(vocabulary.pieces, stops))

    def prepare_russian(self) -> None:
        """The first mask takes a while with a large vocabulary: better now than in a call."""
        self._russian.allowed(START)

    def open(self, ticket: Ticket, number: int, candidate: int, slot: int) -> Text:
        """A text for candidate `candidate` of prompt `number`, in its slot."""
        request = ticket.request
        text = Text(ticket, number * request.n + candidate, slot)
        if request.stop:
            text.completing = self._completing(request.stop)
        if request.stream:
            text.stream = TextStream(request.stop)
        if request.sampling.logprobs:
            text.top = []
        self._slots.open(text, len(request.prompts[number]), stream_start(request.seed, number, candidate))
        if request.russian:
            self._limit(text, START)
        return text

    def _limit(self, text: Text, state: State) -> None:
        """Allow what the grammar of Russian texts allows after `state`; a stop token may end a text as the end does."""
        text.script, mask = state, self._russian.allowed(state)
        stops = text.ticket.request.stop_tokens
        if stops and state == START:
            mask = mask.copy()
            mask[list(stops)] = True
        self._sampler.limit(text.slot, mask)

    def collect_top(self, logits: Floats, slots: Indices, rows: Indices | None) -> None:
        """Most likely tokens, for the texts that asked; before `go_on`, since that ends some."""
        for place, slot in enumerate(slots):
            text = self._slots.texts[slot]
            if text is None or text.top is None:
                continue
            line = logits[place if rows is None else rows[place]]
            best = np.argpartition(line, -(text.ticket.request.sampling.logprobs or 1))
            best = best[-(text.ticket.request.sampling.logprobs or 1) :]
            best = best[np.argsort(-line[best])]
            peak = line.max()
            normaliser = peak + np.log(np.exp(line - peak).sum())
            text.top.append([(int(token), float(line[token] - normaliser)) for token in best])

    def go_on(self, slots: Indices, tokens: Indices, now: float) -> None:
        """Each of the texts has got one more token: stream it, and end those that it ends."""
        ended = self._vocabulary.is_end[tokens] & self._slots.heeds_end[slots]
        full = self._slots.length[slots] >= self._slots.limit[slots]
        over = ended | full | (self._slots.deadline[slots] < now)
        for place, slot in enumerate(slots.tolist()):
            text = self._slots.texts[slot]
            assert text is not None
            token = int(tokens[place])
            request = text.ticket.request
            if text.script is not None and not ended[place]:
                self._limit(text, self._russian.advance(text.script, token) or START)
            if text.stream and not ended[place] and token not in request.stop_tokens:
                self._send(text, text.stream.push(self._vocabulary.pieces[token]))
            if ended[place] or token in request.stop_tokens:
                self.finish(text, "stop", drop_last=True)
            elif text.completing is not None and text.completing[token] and self._stopped(text):
                self.finish(text, "stop")
            elif over[place]:
                self.finish(text, "length" if full[place] else "deadline")

    def _stopped(self, text: Text) -> bool:
        written, _ = self._slots.written(text)
        return cut_at_stop(self._vocabulary.text(written), text.ticket.request.stop) is not None

    def _send(self, text: Text, piece: str) -> None:
        if piece:
            text.ticket.listener.piece(text.index, piece)

    def finish(self, text: Text, reason: FinishReason, *, drop_last: bool = False) -> None:
        """Hand over what is written and free the slot."""
        tokens, logprobs = self._slots.written(text)
        self._slots.release(text)
        self._hand_over(text, tokens, logprobs, reason, drop_last=drop_last)

    def finish_paused(self, paused: Paused, reason: FinishReason) -> None:
        """Hand over what is written of a text that waits for a slot."""
        self._hand_over(paused.text, paused.tokens.tolist(), paused.logprobs.tolist(), reason)

    def _hand_over(
        self, text: Text, tokens: list[int], logprobs: list[float], reason: FinishReason, *, drop_last: bool = False
    ) -> None:
        request = text.ticket.request
        length = len(tokens)
        if drop_last:
            tokens.pop()
        content = self._vocabulary.text(tokens)
        if request.stop and (cut := cut_at_stop(content, request.stop)) is not None:
            content = content[:cut]
            tokens = tokens[: self._covering(tokens, len(content.encode("utf-8")))]
        if text.stream:
            self._send(text, text.stream.finish())
        kept = logprobs[: len(tokens)] if request.sampling.logprobs is not None else None
        choice = Choice(text.index, content, tokens, reason, kept, text.top and text.top[: len(tokens)])
        self._pace.observe_length(length, request.max_tokens, whole=reason != "deadline")
        self._stats.finished[reason] += 1
        text.ticket.add(choice)

    def _covering(self, tokens: list[int], size: int) -> int:
        """How many tokens the first `size` bytes of the text need."""
        covered = 0
        for count, token in enumerate(tokens):
            if covered >= size:
                return count
            covered += len(self._vocabulary.pieces[token])
        return len(tokens)

"""Continuous batching: one thread (see `turns.py`) decodes all sequences of a context together, step by step.

A step takes one token for every running sequence plus prompt tokens of new ones in one llama_decode, samples all rows
at once and hands finished texts back. The n candidates of a prompt share its prefill: it is read once and the whole
sequence is copied to the others.
New prompts start side by side, longest first (see `slots.py` for why neighbours matter).
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future

import numpy as np

from model.serving.jobs import Choice, EngineClosed, EngineError, Listener, Overloaded, Priority, Request, Ticket
from model.serving.llama import Context, Model, ModelError, Shape
from model.serving.pace import Load, Pace, refuse_late
from model.serving.queues import Queues
from model.serving.reading import Readings
from model.serving.sampling import Indices, Sampler
from model.serving.slots import Paused, Reading, Slots, Text
from model.serving.stats import Stats
from model.serving.threads import ThreadChoice
from model.serving.turns import Turns
from model.serving.warmup import measure_reading, measure_steps
from model.serving.writing import Writing

log = logging.getLogger(__name__)

READING_SECONDS = 0.25
"""What one step may spend on prompts: texts that run, deadlines and cancellations wait for the end of a step."""
LEAST_READ = 32  # prompt tokens a step, however slow the model is


class Engine:
    """The scheduler. `submit` may be called from any thread, everything else runs in the thread of `turns`.

    Engines of one process should share their `turns`; without any the engine makes its own.
    """

    def __init__(
        self,
        model: Model,
        shape: Shape,
        *,
        max_waiting: int = 2048,
        stats: Stats | None = None,
        turns: Turns | None = None,
        on_fatal: Callable[["Engine"], None] | None = None,
    ) -> None:
        self.model, self.shape = model, shape
        self.vocabulary = model.vocabulary
        self.stats = stats or Stats()
        self.pace = Pace(shape.sequences)
        self._context = Context(model, shape)
        self._sampler = Sampler(self.vocabulary.size, shape.sequences)
        self._max_waiting = max_waiting
        self._on_fatal = on_fatal
        self._lock = threading.RLock()
        self._queues = Queues()
        self._paused: deque[Paused] = deque()
        """Batch texts that gave their slot to a call, in the order in which they go on."""
        self._closing = False
        self._cancelling = False
        self._slots = Slots(self._context, self._sampler)
        self._readings = Readings(self._context)
        self._writing = Writing(self.vocabulary, self._slots, self._sampler, self.pace, self.stats)
        self._threads = ThreadChoice(shape.threads, shape.threads)
        self._prompt_tokens_a_step = shape.step_tokens
        self._warm: Future[None] = Future()
        self._ended = threading.Event()
        self._turns = turns or Turns()
        self._turns.enter(self, self._run())
        self._warm.result()

    @property
    def measured_tokens_per_s(self) -> float:
        """Speed at full batch, for planning."""
        return self.pace.planned_tokens_per_s

    # --- from any thread -------------------------------------------------------------------------------------------

    def submit(self, request: Request, listener: Listener) -> Ticket:
        """Queue a request, or raise Overloaded at once when it cannot be served in time."""
        ticket = Ticket(request, listener)
        others = self._turns.others(self)
        beside = [engine.backlog(request.max_tokens, request.priority) for engine in others]
        with self._lock:
            if self._closing:
                raise EngineClosed
            try:
                self._check_room(request, beside)
            except Overloaded:
                self.stats.refused += 1
                raise
            self.stats.requests += 1
            self._queues.add(ticket)
        self._turns.wake()
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """The caller is gone: stop working on its texts."""
        with self._lock:
            if not ticket.over:
                ticket.cancelled = True
                self._cancelling = True

    def load(self, priority: Priority = "batch") -> Load:
        """Work that stands before a new request of this priority."""
        calls = priority == "interactive"
        with self._lock:
            tickets = self._queues.of("interactive") if calls else list(self._queues)
            unread = sum(self._readings.missing(ticket.unread) for ticket in tickets)
            waiting = sum(ticket.waiting for ticket in tickets) + (0 if calls else len(self._paused))
        unread += self._readings.left(batch=not calls)
        if not calls:
            return Load(waiting, self._slots.active, unread)
        return Load(waiting, self._slots.calls, unread, min(self.batch, self.shape.sequences))

    @property
    def interactive(self) -> int:
        """Texts of interactive calls that wait and run."""
        with self._lock:
            return sum(ticket.waiting for ticket in self._queues.of("interactive")) + self._slots.calls

    @property
    def batch(self) -> int:
        """Texts of batch work that wait and run."""
        with self._lock:
            waiting = sum(ticket.waiting for ticket in self._queues.of("batch")) + len(self._paused)
            return waiting + self._slots.batch

    @property
    def running(self) -> int:
        return self._slots.active

    @property
    def kv_use(self) -> float:
        """Share of the KV cache's cells that hold something."""
        used = int(self._slots.pos[: self._slots.active].sum())
        return used / (self.shape.sequences * self.shape.context)

    def close(self) -> None:
        """Finish what was accepted, take nothing more, free the model."""
        with self._lock:
            self._closing = True
        self._turns.wake()
        self._ended.wait()

    def _check_room(self, request: Request, beside: Sequence[float]) -> None:
        load = self.load(request.priority)
        # an idle engine reads a prompt that nothing covers yet, however long it takes: the next call will be spared it
        unread = 0 if load.idle and self.shape.keeps_prefix else self._readings.missing(request.prompts)
        seconds = self.pace.estimate(request.texts, unread, request.max_tokens, load, beside)
        if load.waiting and load.waiting + request.texts > self._max_waiting:
            raise Overloaded("the queue is full", max(1.0, seconds / 2))
        if request.deadline is not None:
            busy = load.waiting + load.running > self.shape.sequences // 2
            stale = load.idle and self.pace.stale
            refuse_late(seconds, request.deadline - time.monotonic(), busy=busy, stale=stale)

    def backlog(self, max_tokens: int, priority: Priority) -> float:
        """Seconds of work that stands before a request of this priority, for texts of such a length."""
        load = self.load(priority)
        return 0.0 if load.idle else self.pace.estimate(0, 0, max_tokens, load)

    def has_work(self) -> bool:
        """Whether a step would do anything: texts to write, or the warm-up, or the end."""
        return self._has_texts() or self._closing or not self._warm.done()

    def _has_texts(self) -> bool:
        return bool(self._slots.active or self._queues or self._paused)

    # --- the engine's thread ---------------------------------------------------------------------------------------

    def _warm_up(self) -> Generator[None, None, None]:
        """Measure the fresh context, in this thread as all decoding; engines that have work get their turns."""
        best, step_seconds = yield from measure_steps(self._context, self._sampler)
        self._threads = ThreadChoice(self.shape.threads, best)
        prompt_token_s = yield from measure_reading(self._context)
        self.pace.fit(step_seconds, prompt_token_s)
        self._prompt_tokens_a_step = max(LEAST_READ, int(READING_SECONDS / prompt_token_s))
        if self.shape.keeps_prefix:  # other people's models will be asked for Russian letters only
            self._writing.prepare_russian()

    def _run(self) -> Iterator[None]:
        """The engine's life, in turns."""
        try:
            yield from self._warm_up()
        except Exception as error:  # noqa: BLE001  handed on to the thread that waits
            self._context.close()
            self._warm.set_exception(error)
            return
        self._warm.set_result(None)
        try:
            yield
            while self._goes_on():
                self._turn()
                yield
        except Exception:
            log.exception("the engine stopped")
            self._fail_all(EngineError("the engine stopped"), everything=True)
            if self._on_fatal:
                self._on_fatal(self)
        finally:
            self._context.close()  # the model itself is freed with its last user
            self._ended.set()

    def _goes_on(self) -> bool:
        with self._lock:
            return not self._closing or self._has_texts()

    def _turn(self) -> None:
        begun = time.perf_counter()
        self._reap()
        try:
            self._admit()
            self._slots.close_gaps()
            if self._slots.active:
                self._step(begun)
        except ModelError as error:
            # what llama.cpp refuses costs the texts that take part in it, not the engine
            log.error("decode failed", extra={"reason": str(error)})
            self._fail_all(EngineError(str(error)), everything=False)
            self._context.clear()
            self._readings.forget()

    def _fail_all(self, error: EngineError, *, everything: bool) -> None:
        with self._lock:
            tickets = [text.ticket for text in self._slots.texts if text]
            if everything:
                self._closing = True
            tickets += self._queues.drop(lambda ticket: everything or ticket in tickets)
            if everything:
                tickets += [paused.text.ticket for paused in self._paused]
            self._paused = deque(paused for paused in self._paused if paused.text.ticket not in tickets)
            self._slots.clear()
            self._readings.clear()
        for ticket in {ticket.number: ticket for ticket in tickets}.values():
            self.stats.failed += 1
            ticket.fail(error)

    # admission

    def _reap(self) -> None:
        """Drop cancelled requests and waiting ones that are too late."""
        now = time.monotonic()
        with self._lock:
            cancelling, self._cancelling = self._cancelling, False
            late = self._queues.drop(lambda ticket: ticket.cancelled or _is_late(ticket, now))
        for ticket in late:
            if ticket.cancelled:
                self._count_cancelled(ticket)
            else:
                self._end_late(ticket)
        if cancelling:
            # one look at the flags: a caller may leave between two
            texts = [*filter(None, self._slots.texts), *(paused.text for paused in self._paused)]
            gone = {text.ticket.number for text in texts if text.ticket.cancelled}
            for text in self._readings.stop(lambda reading: reading.texts[0].ticket.number in gone):
                self._count_cancelled(text.ticket)
                self._slots.release(text)
            for text in [t for t in self._slots.texts if t and t.ticket.number in gone]:
                self._count_cancelled(text.ticket)
                self._slots.release(text)
            for paused in self._unpause(lambda text: text.ticket.number in gone):
                self._count_cancelled(paused.text.ticket)
        for text in self._readings.stop(lambda reading: _is_late(reading.texts[0].ticket, now)):
            self._writing.finish(text, "deadline")
        for paused in self._unpause(lambda text: _is_late(text.ticket, now)):
            self._writing.finish_paused(paused, "deadline")

    def _unpause(self, leaves: Callable[[Text], bool]) -> list[Paused]:
        """Take such texts off the paused ones."""
        gone = [paused for paused in self._paused if leaves(paused.text)]
        if gone:
            with self._lock:
                self._paused = deque(paused for paused in self._paused if paused not in gone)
        return gone

    def _count_cancelled(self, ticket: Ticket) -> None:
        if not ticket.over:
            ticket.over = True
            self.stats.cancelled += 1

    def _end_late(self, ticket: Ticket) -> None:
        if ticket.waiting == ticket.request.texts:
            self.stats.refused += 1
            ticket.over = True
            ticket.listener.failed(Overloaded("the deadline passed in the queue", 1.0))
            return
        request = ticket.request
        for index in [number * request.n + candidate for number, candidates in ticket.left for candidate in candidates]:
            self.stats.finished["deadline"] += 1
            ticket.add(Choice(index, "", [], "deadline", [] if request.sampling.logprobs is not None else None))

    def _admit(self) -> None:
        """Give free slots to waiting texts: calls, then what gave way to calls before, then more of the batches."""
        interactive = self.interactive + sum(engine.interactive for engine in self._turns.others(self))
        share = max(0, self.shape.sequences - interactive)
        if self._slots.batch > share:
            self._preempt(self._slots.batch - share)
        self._place_waiting(0)
        if self._paused and not self._queues.of("interactive"):
            self._resume(share - self._slots.batch)
        if not self._paused:
            self._place_waiting(share - self._slots.batch)

    def _place_waiting(self, batch_room: int) -> None:
        """Texts from the queues, batch texts no more than `batch_room`."""
        free = self._slots.free()
        room, taken = len(free), []
        with self._lock:
            while room and (one := self._queues.take(room, batch_room, idle=not self._slots.active)):
                taken.append(one)
                ticket, _, candidates = one
                room -= len(candidates)
                batch_room -= len(candidates) * ticket.is_batch
        if taken:
            self._place(taken, free)

    def _resume(self, room: int) -> None:
        """Go on with up to `room` paused texts, in slots that are ready for it."""
        if not any(self._slots.texts):
            self._context.settle()  # no step is to come that would
        free = [slot for slot in self._slots.free() if self._slots.may_resume(slot)]
        for slot in free[: min(room, len(self._paused))]:
            with self._lock:
                paused = self._paused.popleft()
                self._slots.resume(paused, slot)

    def _preempt(self, count: int) -> None:
        """Take so many slots back from batch texts, or a few more: those of a prompt that is being read go together.

        What is written of a text waits with it; one that is hardly begun is begun anew.
        """
        slots = {text.slot for text in self._slots.least_written(count)}
        unread = self._readings.stop(lambda reading: any(text.slot in slots for text in reading.texts))
        known = {text.slot for text in unread}
        texts = [text for text in self._slots.texts if text and text.slot in slots - known]
        with self._lock:
            for text in texts:
                if self._slots.may_pause(text):
                    self._paused.append(self._slots.pause(text))
                else:
                    unread.append(text)
            for text in unread:
                self._slots.release(text)
                text.ticket.put_back(text.index)
                self._queues.come_back(text.ticket)
        self.stats.preempted += len(slots | known)

    def _place(self, taken: list[tuple[Ticket, int, list[int]]], free: list[int]) -> None:
        taken.sort(key=lambda entry: len(entry[0].request.prompts[entry[1]]), reverse=True)
        slots = iter(free)
        readings = []
        for ticket, number, candidates in taken:
            text = self._writing.open(ticket, number, candidates[0], next(slots))
            readings.append(Reading(list(ticket.request.prompts[number]), [text]))
        for (ticket, number, candidates), reading in zip(taken, readings, strict=True):
            reading.texts += [self._writing.open(ticket, number, other, next(slots)) for other in candidates[1:]]
        self._readings.start(readings)

    # a step

    def _step(self, begun: float) -> None:
        started = time.perf_counter()
        running, read, count = self._fill_batch()
        logits = self._context.decode(count, len(running) + len(read))
        slots, rows = self._rows(running, read)
        self._readings.keep(read)
        if len(slots):  # a step may hold nothing but a part of a long prompt
            picks = self._sampler.sample(logits if rows is None else logits[rows], slots)
            self._slots.record(slots, picks.tokens, picks.logprobs)
            self._writing.collect_top(logits, slots, rows)
            self._writing.go_on(slots, picks.tokens, time.monotonic())
        seconds = time.perf_counter() - started
        # what a request will wait for is the whole round, admission and all
        cost = self.pace.observe_step(len(running), time.perf_counter() - begun, count - len(running))
        if count == len(running):
            self._tune_threads(cost)
        stats = self.stats
        stats.steps += 1
        stats.step_seconds += seconds
        stats.step_sequences += len(slots)
        stats.generated_tokens += len(slots)
        stats.prompt_tokens += count - len(running)

    def _tune_threads(self, cost: float) -> None:
        before = self._threads.count
        after = self._threads.observe(cost, time.monotonic())
        if after != before:
            self._context.use_threads(after)

    @property
    def threads(self) -> int:
        """Decode threads in use now."""
        return self._threads.count

    def _fill_batch(self) -> tuple[Indices, list[Reading], int]:
        """Running sequences, prompts whose last token is in this step, number of tokens in the batch."""
        batch = self._context.batch
        running = np.flatnonzero(self._slots.decoding[: self._slots.active])
        count = len(running)
        batch.token[:count] = self._slots.next[running]
        batch.pos[:count] = self._slots.pos[running]
        batch.seq[:count] = running
        batch.output[:count] = 1
        room = min(self.shape.step_tokens, count + self._prompt_tokens_a_step)
        read, count = self._readings.fill(count, room)
        return running, read, count

    def _rows(self, running: Indices, read: list[Reading]) -> tuple[Indices, Indices | None]:
        """Slots that get a token and their rows of logits (None: row by row); opens the candidates of read prompts."""
        self._slots.pos[running] += 1
        if not read:
            return running, None
        slots, rows = [running], [np.arange(len(running))]
        for place, reading in enumerate(read):
            mine = np.array([text.slot for text in reading.texts])
            for slot in mine[1:]:
                self._context.copy(int(mine[0]), int(slot))
            self._slots.pos[mine] = len(reading.prompt)
            self._slots.decoding[mine] = True
            slots.append(mine)
            rows.append(np.full(len(mine), len(running) + place))
        return np.concatenate(slots), np.concatenate(rows)


def _is_late(ticket: Ticket, now: float) -> bool:
    return ticket.request.deadline is not None and ticket.request.deadline < now

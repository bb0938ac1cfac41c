"""What goes into the engine and what comes out of it; shared by the scheduler and the HTTP face."""

import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from model.serving.sampling import SamplingParams

FinishReason = Literal["stop", "length", "deadline"]
Priority = Literal["interactive", "batch"]
TopLogprobs = list[tuple[int, float]]


class EngineError(RuntimeError):
    """The engine could not carry out an accepted request."""


class Overloaded(EngineError):
    """Refused: the queue is full or the deadline cannot be kept. `retry_after_s` says when it is worth trying."""

    def __init__(self, reason: str, retry_after_s: float) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class EngineClosed(Overloaded):
    """The engine takes nothing more: it is being stopped or replaced."""

    def __init__(self) -> None:
        super().__init__("the model component is shutting down", 1.0)


@dataclass(frozen=True)
class Request:
    """`n` texts for each prompt. `deadline` is a time.monotonic() value; `seed` is always set (random if not given)."""

    prompts: Sequence[Sequence[int]]
    seed: int
    n: int = 1
    max_tokens: int = 16
    sampling: SamplingParams = field(default_factory=SamplingParams)
    stop: tuple[str, ...] = ()
    stop_tokens: frozenset[int] = frozenset()
    deadline: float | None = None
    priority: Priority = "interactive"
    stream: bool = False
    russian: bool = False  # only Russian letters, punctuation and slots (see script.py)
    ignore_end: bool = False  # write on past the end of the text up to max_tokens (for measurements)

    @property
    def texts(self) -> int:
        return len(self.prompts) * self.n

    @property
    def prompt_tokens(self) -> int:
        return sum(len(prompt) for prompt in self.prompts)


@dataclass(frozen=True)
class Choice:
    """One text. `index` is prompt number × n + candidate number; the ending token is not among the tokens."""

    index: int
    text: str
    tokens: list[int]
    finish_reason: FinishReason
    logprobs: list[float] | None = None
    top_logprobs: list[TopLogprobs] | None = None


class Listener(Protocol):
    """Receives what becomes of a request. Called in the engine's thread: hand over and return."""

    def piece(self, index: int, text: str) -> None:
        """More text of a streamed choice."""

    def done(self, choices: list[Choice]) -> None:
        """All choices, in order."""

    def failed(self, error: EngineError) -> None:
        """No choices."""


_numbers = itertools.count(1)


class Ticket:
    """A request on its way through the engine."""

    def __init__(self, request: Request, listener: Listener) -> None:
        self.number = next(_numbers)
        self.request, self.listener = request, listener
        self.choices: dict[int, Choice] = {}
        self.left = deque((prompt, list(range(request.n))) for prompt in range(len(request.prompts)))
        """Prompts with their candidates that have no slot yet."""
        self.waiting = request.texts
        self.cancelled = False
        self.over = False

    @property
    def is_batch(self) -> bool:
        return self.request.priority == "batch"

    @property
    def unread(self) -> list[Sequence[int]]:
        """The prompts that are still to be read."""
        return [self.request.prompts[number] for number, _ in self.left]

    def take(self, room: int) -> tuple[int, list[int]]:
        """Number of the next prompt and up to `room` of its candidates, which now get slots."""
        number, candidates = self.left.popleft()
        if rest := candidates[room:]:
            self.left.appendleft((number, rest))
        self.waiting -= min(room, len(candidates))
        return number, candidates[:room]

    def put_back(self, index: int) -> None:
        """The text lost its slot and will be written anew, before those that never had one."""
        number, candidate = divmod(index, self.request.n)
        if self.left and self.left[0][0] == number:
            self.left[0][1].append(candidate)
        else:
            self.left.appendleft((number, [candidate]))
        self.waiting += 1

    def add(self, choice: Choice) -> None:
        """Record a finished text; tell the listener when it was the last."""
        self.choices[choice.index] = choice
        if len(self.choices) == self.request.texts and not self.over:
            self.over = True
            self.listener.done([self.choices[i] for i in range(self.request.texts)])

    def fail(self, error: EngineError) -> None:
        if not self.over:
            self.over = True
            self.listener.failed(error)

"""Texts from a GGUF through the engine, without a server: raw samples for the evaluation."""

import threading
from collections.abc import Sequence

from model.brief import Brief, control_prompt
from model.serving.engine import Engine
from model.serving.jobs import Choice, EngineError, Request
from model.serving.sampling import SamplingParams

MAX_TOKENS = 240
AT_ONCE = 256


class _Waiting:
    """Collects the choices of one request."""

    def __init__(self) -> None:
        self.choices: list[Choice] = []
        self.error: EngineError | None = None
        self.over = threading.Event()

    def piece(self, index: int, text: str) -> None:
        """Streams are not asked for."""

    def done(self, choices: list[Choice]) -> None:
        self.choices = choices
        self.over.set()

    def failed(self, error: EngineError) -> None:
        self.error = error
        self.over.set()


def sample(
    engine: Engine,
    briefs: Sequence[Brief],
    sampling: SamplingParams,
    seed: int,
    n: int = 1,
    max_tokens: int = MAX_TOKENS,
) -> list[Choice]:
    """`n` texts for each brief, brief by brief. Raises EngineError when the engine fails."""
    choices: list[Choice] = []
    for start in range(0, len(briefs), AT_ONCE):
        prompts = [engine.vocabulary.tokenize(control_prompt(brief)) for brief in briefs[start : start + AT_ONCE]]
        waiting = _Waiting()
        request = Request(prompts, seed=seed + start, max_tokens=max_tokens, sampling=sampling, n=n)
        engine.submit(request, waiting)
        waiting.over.wait()
        if waiting.error:
            raise waiting.error
        choices += waiting.choices
    return choices

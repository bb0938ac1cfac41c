"""Texts from a GGUF through the engine, without a server: raw samples for the evaluation."""

from collections.abc import Sequence

from model.brief import Brief, control_prompt
from model.serving.engine import Engine
from model.serving.jobs import Choice, Request
from model.serving.sampling import SamplingParams
from model.serving.waiter import Waiter

MAX_TOKENS = 240
AT_ONCE = 256


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
        waiter = Waiter()
        request = Request(prompts, seed=seed + start, max_tokens=max_tokens, sampling=sampling, n=n)
        engine.submit(request, waiter)
        choices += waiter.wait()
    return choices

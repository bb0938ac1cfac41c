"""Texts from a GGUF through the engine, without a server: raw samples for the evaluation."""

from collections.abc import Sequence
from dataclasses import replace

from model.brief import Brief, control_prompt
from model.serving.engine import Engine
from model.serving.jobs import Choice, Request
from model.serving.sampling import SamplingParams
from model.serving.waiter import Waiter
from model.telling import shown

MAX_TOKENS = 240
AT_ONCE = 256


def sample(
    engine: Engine,
    briefs: Sequence[Brief],
    sampling: SamplingParams,
    seed: int,
    n: int = 1,
    max_tokens: int = MAX_TOKENS,
    begun: Sequence[str] = (),
) -> list[Choice]:
    """`n` texts for each brief, brief by brief, as a reader sees them; they go on from `begun` where it is given, which
    is in the order of telling. Raises EngineError when the engine fails.
    """
    starts = begun or [""] * len(briefs)
    texts = [control_prompt(brief) + start for brief, start in zip(briefs, starts, strict=True)]
    choices: list[Choice] = []
    for start in range(0, len(texts), AT_ONCE):
        prompts = [engine.vocabulary.tokenize(text) for text in texts[start : start + AT_ONCE]]
        waiter = Waiter()
        request = Request(prompts, seed=seed + start, max_tokens=max_tokens, sampling=sampling, n=n)
        engine.submit(request, waiter)
        choices += waiter.wait()
    tasks = [(brief, start) for brief, start in zip(briefs, starts, strict=True) for _ in range(n)]
    return [
        replace(choice, text=shown(start + choice.text, brief.channel))
        for choice, (brief, start) in zip(choices, tasks, strict=True)
    ]

"""Texts from a GGUF through the engine, without a server: raw samples for the evaluation."""

from collections.abc import Sequence
from dataclasses import replace

from model.brief import Brief, control_prompt
from model.serving.chat import render_chat
from model.serving.engine import Engine
from model.serving.jobs import Choice, Request
from model.serving.llama import Model
from model.serving.sampling import SamplingParams
from model.serving.waiter import Waiter
from model.telling import shown

MAX_TOKENS = 240
AT_ONCE = 256

Prompt = str | list[dict[str, str]]
"""Plain text or the messages of a chat."""


def read_by(model: Model, prompt: Prompt) -> list[int]:
    """The tokens of a prompt as the server would read it: messages go through the model's own template.

    Raises ValueError for messages that the template refuses, or where there is no template.
    """
    vocabulary = model.vocabulary
    if isinstance(prompt, str):
        return vocabulary.tokenize(prompt)
    if model.chat_template is None:
        raise ValueError(f"{model.path} has no chat template")
    bos, eos = vocabulary.shown(vocabulary.bos), vocabulary.shown(vocabulary.eos)
    return vocabulary.tokenize(render_chat(model.chat_template, prompt, bos=bos, eos=eos))


def complete(
    engine: Engine,
    prompts: Sequence[Prompt],
    sampling: SamplingParams,
    seed: int,
    n: int = 1,
    max_tokens: int = MAX_TOKENS,
) -> list[Choice]:
    """`n` texts for each prompt, prompt by prompt, as the model wrote them.

    A model that was not trained here is held to Russian letters and the slots, as the API asks of the server. Raises
    EngineError when the engine fails, ValueError for prompts that the model cannot read.
    """
    russian = engine.model.prompt_format != "control"
    choices: list[Choice] = []
    for start in range(0, len(prompts), AT_ONCE):
        read = [read_by(engine.model, prompt) for prompt in prompts[start : start + AT_ONCE]]
        if (longest := max(map(len, read))) >= engine.shape.context:
            raise ValueError(f"a prompt of {longest} tokens does not fit the context of {engine.shape.context}")
        waiter = Waiter()
        request = Request(read, seed=seed + start, max_tokens=max_tokens, sampling=sampling, n=n, russian=russian)
        engine.submit(request, waiter)
        choices += waiter.wait()
    return choices


def sample(engine: Engine, briefs: Sequence[Brief], sampling: SamplingParams, seed: int) -> list[Choice]:
    """A text for each brief by a model that reads control tokens, as a reader sees it. Raises EngineError."""
    choices = complete(engine, [control_prompt(brief) for brief in briefs], sampling, seed)
    return [
        replace(choice, text=shown(choice.text, brief.channel)) for choice, brief in zip(choices, briefs, strict=True)
    ]

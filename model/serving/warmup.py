"""Measures a fresh context: steps at several batch sizes, sampling included, and the reading of prompts.

Each `yield` lets the other engines of the thread have a turn: a model that is loaded must not stop those that serve.
"""

import time
from collections.abc import Generator
from statistics import fmean

import numpy as np

from model.serving.llama import Context
from model.serving.sampling import Sampler, SamplingParams, stream_start
from model.serving.threads import thread_options

TYPICAL = SamplingParams(temperature=0.8, top_p=0.95, logprobs=0)
BUDGET_S = 0.12  # for each batch size
PROMPT = 16  # tokens


def measure_steps(context: Context, sampler: Sampler) -> Generator[None, None, tuple[int, dict[int, float]]]:
    """The better number of threads at full batch, and with it seconds a step by number of sequences.

    Threads are compared by their mean step, since waiting for a busy core is what costs; the speed is that of the best
    step, since slower ones are other programs' doing.
    """
    full = context.shape.sequences
    for slot in range(full):
        sampler.assign(slot, TYPICAL, stream_start(slot))
    times = {}
    for threads in thread_options(context.shape.threads):
        context.use_threads(threads)
        times[threads] = yield from _step_seconds(context, sampler, full)
    best = min(times, key=lambda threads: fmean(times[threads]))
    context.use_threads(best)
    one = yield from _step_seconds(context, sampler, 1)
    return best, {1: min(one), full: min(times[best])}


def _step_seconds(context: Context, sampler: Sampler, sequences: int) -> Generator[None, None, list[float]]:
    batch, slots = context.batch, np.arange(sequences)
    context.clear()
    batch.token[:sequences] = max(0, context.model.vocabulary.eos)
    batch.seq[:sequences] = slots
    batch.output[:sequences] = 1
    times: list[float] = []
    for pos in range(context.shape.context):
        started = time.perf_counter()
        batch.pos[:sequences] = pos
        sampler.sample(context.decode(sequences, sequences), slots)
        times.append(time.perf_counter() - started)
        yield
        if len(times) > 2 and sum(times) > BUDGET_S:
            break
    context.clear()
    return times[1:] or times  # the first step builds the graph


def measure_reading(context: Context) -> Generator[None, None, float]:
    """Seconds a prompt token, read as short prompts side by side."""
    length = min(PROMPT, context.shape.context)
    prompts = max(1, min(context.shape.sequences, context.shape.step_tokens // length))
    batch, count = context.batch, prompts * length
    times = []
    for _ in range(2):
        context.clear()
        batch.token[:count] = max(0, context.model.vocabulary.eos)
        batch.pos[:count] = np.tile(np.arange(length), prompts)
        batch.seq[:count] = np.repeat(np.arange(prompts), length)
        batch.output[:count] = 0
        batch.output[count - 1] = 1
        started = time.perf_counter()
        context.decode(count, 1)
        times.append(time.perf_counter() - started)
        yield
    context.clear()
    return min(times) / count

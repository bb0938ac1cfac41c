"""Rounds of sampling and judging: what stands between the tasks of a call and its ranked candidates.

The first round asks the model for every client at once. Clients left without a passing text get further rounds, with
new briefs and another temperature, as long as the deadline allows. A seed settles every choice that is made here.
"""

import logging
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from backend.errors import Unavailable
from backend.learning.score import oddities
from backend.offers import limits, pipeline
from backend.offers.limits import Piece
from backend.offers.model_client import Ask, Deadline, ModelBusy, ModelClient, ModelMeta, Sample, Sampled
from backend.offers.pipeline import Candidate, Setting, Task
from model.brief import Brief

log = logging.getLogger(__name__)

TEMPERATURES = (0.7, 0.5, 1.0)
"""Of the rounds: the usual one, a careful one for what failed, a bold one when careful failed too."""
SEED_STEP = 100_003
"""Distance between the seeds of two rounds."""
CAREFUL = 1
FIRST_SHARE = 0.55
"""Share of the deadline for which the first round plans; the rest is for trying strange texts again."""
SPARE = 0.45
"""Share of the deadline that must be left for trying again what passed."""
LEAST_ROUND_SECONDS = 0.06
MOST_CANDIDATES = 16


@dataclass
class Writing:
    """What the rounds have brought: candidates by place of the task, and where the time went."""

    candidates: list[list[Candidate]]
    model_version: str
    model_seconds: float = 0.0
    check_seconds: float = 0.0
    rounds: int = 0


@dataclass(frozen=True)
class Plan:
    """How the candidates of a call are to be sampled."""

    tone: str
    wanted: int
    seed: int
    priority: str = "interactive"
    temperatures: Sequence[float] = field(default=TEMPERATURES)
    comment: str = ""


@dataclass(frozen=True)
class _Asked:
    """One prompt of a round: for which task, and what it says."""

    place: int
    brief: Brief


@dataclass(frozen=True)
class Work:
    """Everything that the rounds of one call share."""

    tasks: Sequence[Task]
    plan: Plan
    setting: Setting
    client: ModelClient
    meta: ModelMeta
    deadline: Deadline


def write(work: Work) -> Writing:
    """Candidates for every task that has a product. Raises Unavailable when not even the first round comes back."""
    writing = Writing([[] for _ in work.tasks], work.meta.version)
    for turn in range(len(work.plan.temperatures)):
        places = _unsettled(turn, work, writing)
        if not places or (turn and _time_for_model(places, work) < LEAST_ROUND_SECONDS):
            break
        try:
            _round(turn, places, work, writing)
        except Unavailable:
            if not turn:
                raise
            log.warning("a further round failed, the call goes on with what it has")
            break
    return writing


def _unsettled(turn: int, work: Work, writing: Writing) -> list[int]:
    """Places without a passing text; in the careful round also those with strange ones only, while time is plenty."""
    spare = turn == CAREFUL and work.deadline.left() > SPARE * work.deadline.seconds
    good = familiar if spare else passed
    return [p for p, task in enumerate(work.tasks) if task.product and not good(writing.candidates[p])]


def _round(turn: int, places: Sequence[int], work: Work, writing: Writing) -> None:
    """Sample once for the clients at `places` and judge what comes."""
    pieces = [_piece(work.tasks[place], work.meta) for place in places]
    # the first round is planned from the deadline alone and not from the time that has passed: a seed must repeat it
    seconds = work.deadline.left() if turn else work.deadline.seconds * FIRST_SHARE
    n = limits.candidates_for(pieces, work.plan.wanted, seconds, work.meta.tokens_per_s)
    started = time.monotonic()
    asked, sampled = _sample(turn, n, places, pieces, work)
    writing.model_version = sampled.version
    writing.model_seconds += time.monotonic() - started
    _judge_all(asked, sampled, work.plan.temperatures[turn], work, writing)
    writing.rounds = turn + 1


def _sample(
    turn: int, n: int, places: Sequence[int], pieces: Sequence[Piece], work: Work
) -> tuple[list[_Asked], Sampled]:
    """Ask the model; a busy one is asked for half as many candidates, down to one, before the call gives up."""
    while True:
        asked = [_Asked(place, brief) for place in places for brief in _briefs(turn, work.tasks[place], work.plan, n)]
        ask = Ask(
            prompts=[_prompt(one, work) for one in asked],  # type: ignore[arg-type] # all of one kind
            n=n * len(places) // len(asked),
            max_tokens=limits.max_tokens(pieces),
            temperature=work.plan.temperatures[turn],
            seed=(work.plan.seed + turn * SEED_STEP) % 2**31,
            priority=work.plan.priority,
        )
        try:
            return asked, work.client.sample(ask, work.meta, work.deadline, limits.reserve_seconds(pieces, n))
        except ModelBusy:
            if n == 1:
                raise
            n //= 2


def _judge_all(asked: Sequence[_Asked], sampled: Sampled, temperature: float, work: Work, writing: Writing) -> None:
    started = time.monotonic()
    samples = [sorted(mine, key=_sureness, reverse=True) for mine in sampled.samples]
    for one, sample in _candidate_major(asked, samples):
        if work.deadline.left() < limits.own_seconds(len(work.tasks)):
            break
        judged = pipeline.judge(work.tasks[one.place], one.brief, sample, temperature, work.setting)
        writing.candidates[one.place].append(judged)
    writing.check_seconds += time.monotonic() - started


def _briefs(turn: int, task: Task, plan: Plan, n: int) -> list[Brief]:
    """The choices depend on the seed, the round and the client's place only, so a repeated call repeats them."""
    rng = random.Random(f"{plan.seed}/{turn}/{task.client.position}")
    return pipeline.briefs_for(task, plan.tone, n, rng, plan.comment)


def _prompt(one: _Asked, work: Work) -> str | list[dict[str, str]]:
    product = work.tasks[one.place].product
    if product is None:
        raise ValueError("a prompt needs a product")
    return pipeline.prompt_for(one.brief, product, work.meta.prompt_format)


def _candidate_major(asked: Sequence[_Asked], samples: Sequence[list[Sample]]) -> Iterable[tuple[_Asked, Sample]]:
    """Every client's first sample before anybody's second: if time runs out, everybody has had a chance."""
    for turn in range(max(map(len, samples), default=0)):
        for one, mine in zip(asked, samples, strict=True):
            if turn < len(mine):
                yield one, mine[turn]


def _sureness(sample: Sample) -> float:
    """The likeliest text is checked first: when time runs out, it is the one that counts."""
    logprobs = sample.token_logprobs
    return sum(logprobs) / len(logprobs) if logprobs else 0.0


def passed(candidates: Iterable[Candidate]) -> bool:
    """Whether one of them is a text that may go out."""
    return any(candidate.text is not None for candidate in candidates)


def familiar(candidates: Iterable[Candidate]) -> bool:
    """Whether one of them passed, sounds like the corpus and shows no broken joint."""
    fit = (one.evidence for one in candidates if one.text is not None and one.evidence)
    return any(not evidence.strangeness and not oddities(evidence.body) for evidence in fit)


def _piece(task: Task, meta: ModelMeta) -> Piece:
    return limits.piece_of(task.client.channel.code, task.client.channel.short, meta.prompt_format)


def _time_for_model(places: Sequence[int], work: Work) -> float:
    pieces = [_piece(work.tasks[place], work.meta) for place in places]
    return work.deadline.left() - limits.own_seconds(len(work.tasks)) - limits.reserve_seconds(pieces, 1)

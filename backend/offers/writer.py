"""Rounds of sampling and judging: what stands between the tasks of a call and its ranked candidates.

The first round asks the model for every client at once. Clients whose texts all sound strange, do not show their fact,
were said to others, or are unlikely to please by a learnt score, get two more while time is plenty: one that goes on
where the best of them was still sound, one with new briefs. Clients left without a passing text get further rounds as
long as the deadline allows.
A seed settles every choice.
"""

import logging
import random
import time
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Protocol

from backend.errors import Unavailable
from backend.learning.ranking import HAND_SET, Ranking
from backend.learning.score import Evidence, oddities, rank_features
from backend.offers import limits, pipeline
from backend.offers.limits import Piece
from backend.offers.model_client import Ask, Deadline, ModelBusy, ModelMeta, Sample, Sampled
from backend.offers.pipeline import Candidate, Setting, Task
from model.brief import Brief
from model.fluency import sound_start
from model.telling import told

log = logging.getLogger(__name__)

Begun = tuple[Brief, str]

TEMPERATURES = (0.8, 0.5, 0.8, 1.0)
"""Of the rounds: the usual one, a careful one that goes on where texts were sound, the usual once more, a bold one."""
INTERACTIVE = "interactive"
"""The priority of calls that somebody waits for; a batch has others to write for in the same time."""
SEED_STEP = 100_003
"""Distance between the seeds of two rounds."""
MENDING, CAREFUL = 1, 2
FIRST_SHARE = 0.55
"""Share of the deadline for which the first round plans; the rest is for trying strange texts again."""
SPARE = 0.45
"""Share of the deadline that must be left for trying again what passed."""
LEAST_ROUND_SECONDS = 0.06
MOST_CANDIDATES = 16
TRIES_OF_FAILED = 3
MOST_PROMPTS = 256
"""What the model component takes in one call."""
AGAIN = 8
"""Candidates per client in further rounds: few clients are left, and what failed once is likely to fail again."""


@dataclass
class Writing:
    """What the rounds have brought: candidates by place of the task, and where the time went."""

    candidates: list[list[Candidate]]
    model_version: str
    model_seconds: float = 0.0
    check_seconds: float = 0.0
    planned_seconds: float = 0.0
    rounds: int = 0


@dataclass(frozen=True)
class Plan:
    """How the candidates of a call are to be sampled."""

    tone: str
    wanted: int
    seed: int
    priority: str = INTERACTIVE
    repeatable: bool = False
    """Rounds follow from what earlier ones were planned to take: the clock would let a seed bring other texts."""
    temperatures: Sequence[float] = field(default=TEMPERATURES)
    comment: str = ""
    ranking: Ranking = HAND_SET
    """What reviewers like to read about is asked for more often."""


@dataclass(frozen=True)
class _Asked:
    """One prompt of a round: for which task, and what it says. `begun` is the text to go on from."""

    place: int
    brief: Brief
    begun: str = ""


class Sampler(Protocol):
    """Where texts come from: the model component, or an engine in this process."""

    def sample(self, ask: Ask, meta: ModelMeta, deadline: Deadline, reserve: float = 0.0) -> Sampled:
        """As `ModelClient.sample`."""


@dataclass(frozen=True)
class Work:
    """Everything that the rounds of one call share."""

    tasks: Sequence[Task]
    plan: Plan
    setting: Setting
    client: Sampler
    meta: ModelMeta
    deadline: Deadline
    said: Container[str] = ()
    """Bodies of texts that went out lately: nobody is content with one of them while time is plenty."""


def write(work: Work) -> Writing:
    """Candidates for every task that has a product. Raises Unavailable when not even the first round comes back."""
    writing = Writing([[] for _ in work.tasks], work.meta.version)
    for turn in range(len(work.plan.temperatures)):
        places = _unsettled(turn, work, writing)
        if not places or (turn and _time_for_model(places, work, writing) < LEAST_ROUND_SECONDS):
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
    """Places without a passing text; in the careful rounds, while time is plenty, without a good one of their own.

    Texts that will hardly please are looked after once everybody has one. In further rounds a place without a passing
    text comes several times: it is tried so much oftener than the others.
    """
    written = [passed(mine) for mine in writing.candidates]
    everybody = all(done for done, task in zip(written, work.tasks, strict=True) if task.product)
    spare = turn in (MENDING, CAREFUL) and _left(work, writing) > SPARE * work.deadline.seconds
    content = settled(writing.candidates, work.said, work.plan if everybody else None) if spare else written
    tries = [1 if not turn or done else TRIES_OF_FAILED for done in written]
    places = [p for p, task in enumerate(work.tasks) if task.product and not content[p]]
    several = [p for p in places for _ in range(tries[p])]
    return several if len(several) <= MOST_PROMPTS else places


def _round(turn: int, places: Sequence[int], work: Work, writing: Writing) -> None:
    """Sample once for the clients at `places` and judge what comes."""
    pieces = [_piece(work.tasks[place], work.meta) for place in places]
    # the first round is planned from the deadline alone and not from the time that has passed: a seed must repeat it
    seconds = _left(work, writing) if turn else work.deadline.seconds * FIRST_SHARE
    wanted = max(work.plan.wanted, AGAIN) if turn else work.plan.wanted
    wanted = min(wanted, max(1, 2 * (MOST_PROMPTS // len(pieces))))  # two samples a prompt
    n = limits.candidates_for(pieces, wanted, seconds, work.meta.tokens_per_s)
    started = time.monotonic()
    begun = {place: beginnings(writing.candidates[place]) for place in places} if turn == MENDING else {}
    asked, sampled = _sample(turn, n, places, pieces, work, begun)
    writing.model_version = sampled.version
    writing.model_seconds += time.monotonic() - started
    writing.planned_seconds += limits.planned_seconds(pieces, n, work.meta.tokens_per_s)
    _judge_all(asked, sampled, work.plan.temperatures[turn], work, writing)
    writing.rounds = turn + 1


def _sample(
    turn: int, n: int, places: Sequence[int], pieces: Sequence[Piece], work: Work, begun: Mapping[int, Sequence[Begun]]
) -> tuple[list[_Asked], Sampled]:
    """Ask the model; a busy one is asked for half as many candidates, down to one, before the call gives up."""
    while True:
        asked = [one for place in places for one in _asked(turn, place, n, work, begun.get(place, ()))]
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


def _asked(turn: int, place: int, n: int, work: Work, begun: Sequence[Begun]) -> list[_Asked]:
    """New briefs for the client, or as many sound beginnings where there are any."""
    briefs = _briefs(turn, work.tasks[place], work.plan, n)
    if not begun:
        return [_Asked(place, brief) for brief in briefs]
    return [_Asked(place, *one) for one, _ in zip(cycle(begun), briefs, strict=False)]


def _judge_all(asked: Sequence[_Asked], sampled: Sampled, temperature: float, work: Work, writing: Writing) -> None:
    started = time.monotonic()
    samples = [sorted(mine, key=_sureness, reverse=True) for mine in sampled.samples]
    for one, sample in _candidate_major(asked, samples):
        if work.deadline.left() < limits.own_seconds(len(work.tasks)):
            break
        whole = replace(sample, text=pipeline.shown_text(one.brief, one.begun + sample.text, work.meta.prompt_format))
        judged = pipeline.judge(work.tasks[one.place], one.brief, whole, temperature, work.setting)
        writing.candidates[one.place].append(judged)
    writing.check_seconds += time.monotonic() - started


def _briefs(turn: int, task: Task, plan: Plan, n: int) -> list[Brief]:
    """The choices depend on the seed, the round and the client's place only, so a repeated call repeats them."""
    rng = random.Random(f"{plan.seed}/{turn}/{task.client.position}")
    return pipeline.briefs_for(task, plan.tone, n, rng, plan.comment, plan.ranking)


def _prompt(one: _Asked, work: Work) -> str | list[dict[str, str]]:
    product = work.tasks[one.place].product
    if product is None:
        raise ValueError("a prompt needs a product")
    prompt = pipeline.prompt_for(one.brief, product, work.meta.prompt_format)
    return prompt + one.begun if isinstance(prompt, str) else prompt


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


def beginnings(candidates: Iterable[Candidate]) -> list[Begun]:
    """Briefs and sound beginnings of texts that passed but sound strange, those with most left to keep first.

    Only texts of the shipped model are ever strange, so the beginnings are in its order of telling.
    """
    strange = [one for one in candidates if one.evidence and one.evidence.strangeness]
    bodies = [(one.brief, told(one.body, one.brief.channel)) for one in strange]
    begun = {(brief, start) for brief, body in bodies if "" != (start := sound_start(body)) != body}
    return sorted(begun, key=lambda one: (-len(one[1]), one[1]))


def settled(
    candidates: Iterable[Iterable[Candidate]], said: Container[str] = (), plan: Plan | None = None
) -> list[bool]:
    """For each client of a call whether it has a good text that was `said` to nobody, nor is an earlier client's.

    Where somebody waits for the texts of `plan`, a good one is also likely to please, as far as its ranking can tell.
    """
    ranking = plan.ranking if plan and plan.priority == INTERACTIVE else HAND_SET
    taken: set[str] = set()
    content = []
    for mine in candidates:
        new = (one for one in mine if one.body not in said and one.body not in taken)
        own = next((one.body for one in new if _good(one) and _pleases(one, ranking)), None)
        content.append(own is not None)
        taken.update([own] if own else [])
    return content


def _good(one: Candidate) -> bool:
    """Whether a candidate passed, is made of known sentences, shows no broken joint, and its fact where it has one."""
    if one.text is None or one.evidence is None or one.evidence.fact_expressed is False:
        return False
    return _known(one.evidence) and not oddities(one.body)


def _pleases(one: Candidate, ranking: Ranking) -> bool:
    return one.evidence is not None and ranking.content(
        pipeline.reading(one.body, one.brief, rank_features(one.evidence))
    )


def _known(evidence: Evidence) -> bool:
    return not evidence.strangeness or sound_start(evidence.body) == evidence.body


def _piece(task: Task, meta: ModelMeta) -> Piece:
    return limits.piece_of(task.client.channel.code, task.client.channel.short, meta.prompt_format)


def _left(work: Work, writing: Writing) -> float:
    """Seconds of the deadline: by the clock, or where a seed must bring the same again, by the plan."""
    return work.deadline.seconds - writing.planned_seconds if work.plan.repeatable else work.deadline.left()


def _time_for_model(places: Sequence[int], work: Work, writing: Writing) -> float:
    pieces = [_piece(work.tasks[place], work.meta) for place in places]
    return _left(work, writing) - limits.own_seconds(len(work.tasks)) - limits.reserve_seconds(pieces, 1)

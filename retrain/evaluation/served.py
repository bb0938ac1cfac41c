"""Texts as a client would get them: several candidates for each brief, composed, checked, ranked; the best stays."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from backend.catalogue.seed import demo_bank, demo_channels, demo_products
from backend.clients.service import parse_features
from backend.compliance.service import Bank, Card
from backend.learning.score import count_triples
from backend.offers.model_client import Sample
from backend.offers.parse import ClientIn
from backend.offers.pipeline import Candidate, Setting, Task, choose, judge, rank
from backend.offers.shelf import ChannelView, ProductView
from backend.offers.writer import TEMPERATURES
from model.brief import Brief
from model.evaluation.sampling import sample
from model.serving.engine import Engine
from model.serving.sampling import SamplingParams

CANDIDATES = 4
CALL = 64
"""Clients of one call: what a call has said already counts as repetition in the rank."""


@dataclass(frozen=True)
class Served:
    """What became of one brief. `candidates` are those of the first round; `body` is None when nothing passed."""

    candidates: list[Candidate]
    chosen: Candidate | None

    @property
    def body(self) -> str | None:
        """The chosen text with its slots unfilled."""
        return self.chosen.body if self.chosen else None


def sampling(temperature: float) -> SamplingParams:
    """As the API asks for it."""
    return SamplingParams(temperature=temperature, top_p=0.95, logprobs=0)


@cache
def setting() -> Setting:
    """The demo bank, with no conditions spelled out."""
    raw = {name: tuple(value) if isinstance(value, list) else value for name, value in demo_bank().items()}
    return Setting(Bank(**raw), "none")


@cache
def _product(code: str) -> ProductView:
    raw = demo_products()[code]
    card = Card(code, raw["group"], raw["name"], raw["site_section"], raw["card"])
    benefits = {one["tag"]: one["text"] for one in raw["benefits"]}
    return ProductView(code, raw["name"], raw["group"], 1, card, benefits)


@cache
def _channel(code: str) -> ChannelView:
    raw = demo_channels()[code]
    return ChannelView(code, raw["form"], raw["short"], raw["limits"])


def task_for(brief: Brief, place: int) -> Task:
    """A client about whom nothing is known but the facts of the brief."""
    features, _ = parse_features({}, "")
    client = ClientIn(place, str(place), True, features, (), _product(brief.product), _channel(brief.channel))
    return Task(client, client.product, brief.facts)


def _round(
    engine: Engine, briefs: Sequence[Brief], tasks: Sequence[Task], turn: int, seed: int
) -> list[list[Candidate]]:
    temperature = TEMPERATURES[turn]
    choices = sample(engine, briefs, sampling(temperature), seed + 1_000_003 * turn, n=CANDIDATES)
    judged = []
    for place, (brief, task) in enumerate(zip(briefs, tasks, strict=True)):
        mine = choices[place * CANDIDATES : (place + 1) * CANDIDATES]
        samples = [Sample(c.text, c.finish_reason, tuple(c.logprobs or ())) for c in mine]
        judged.append([judge(task, brief, one, temperature, setting()) for one in samples])
    return judged


def serve(engine: Engine, briefs: Sequence[Brief], seed: int) -> list[Served]:
    """The best text for each brief, in calls of 64 with four candidates and further rounds where nothing passed."""
    served: list[Served] = []
    for start in range(0, len(briefs), CALL):
        part = briefs[start : start + CALL]
        tasks = [task_for(brief, place) for place, brief in enumerate(part)]
        first = _round(engine, part, tasks, 0, seed + start)
        candidates = [list(mine) for mine in first]
        for turn in range(1, len(TEMPERATURES)):
            failed = [p for p, mine in enumerate(candidates) if not any(c.text for c in mine)]
            if not failed:
                break
            again = _round(engine, [part[p] for p in failed], [tasks[p] for p in failed], turn, seed + start)
            for place, mine in zip(failed, again, strict=True):
                candidates[place] += mine
        used: Counter[tuple[str, ...]] = Counter()
        for place, mine in enumerate(candidates):
            best = choose(rank(mine, used), 1)
            if best:
                used.update(count_triples([best[0].body]))
            served.append(Served(first[place], best[0] if best else None))
    return served

"""Texts as a client would get them: several candidates for each brief, composed, checked, ranked; the best stays."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from backend.catalogue.seed import demo_bank, demo_channels, demo_products
from backend.clients.service import parse_features
from backend.compliance.service import Bank, Card
from backend.learning.score import count_triples
from backend.offers import limits, pipeline, writer
from backend.offers.model_client import Deadline, ModelMeta
from backend.offers.parse import ClientIn
from backend.offers.pipeline import Candidate, Setting, Task, choose, rank
from backend.offers.said import Said
from backend.offers.shelf import ChannelView, ProductView
from backend.offers.writer import FIRST_SHARE, Plan, Work
from model.brief import Brief
from model.evaluation.sampling import Prompt
from model.serving.engine import Engine
from model.serving.sampling import SamplingParams
from retrain.local import LocalModel

CANDIDATES = 4
"""The API's default of candidates; how many of them a full call affords is another matter."""
CALL = 64
"""Clients of one call: what a call has said already counts as repetition in the rank."""
DEADLINE_S = 2.0
"""The API's default."""
LEFT_SHARE = 0.5
"""Share of the deadline that is left for each further round: enough for all of them."""
CONTROL = "control"
"""The prompt format of models that were trained here."""


@dataclass(frozen=True)
class Served:
    """What became of one client: all candidates by rounds, and the best that passed; `body` is None without one."""

    candidates: list[Candidate]
    chosen: Candidate | None

    @property
    def body(self) -> str | None:
        """The chosen text with its slots unfilled."""
        return self.chosen.body if self.chosen else None


def sampling(temperature: float) -> SamplingParams:
    """As the API asks for it."""
    return SamplingParams(temperature=temperature, top_p=0.95, logprobs=0)


@dataclass(frozen=True)
class Shop:
    """What texts are written for: products and channels by their codes, the bank, and how texts are checked.

    `deadline_s` is the time of a call, which says how many candidates it affords.
    """

    products: Mapping[str, ProductView]
    channels: Mapping[str, ChannelView]
    setting: Setting
    deadline_s: float = DEADLINE_S

    def judging(self, prompt_format: str) -> Setting:
        """The setting for texts of such a model, as the API has it."""
        if prompt_format == CONTROL:
            return self.setting
        return replace(self.setting, strangeness=pipeline.not_measured)


@cache
def demo_shop() -> Shop:
    """The demo catalogue, with no conditions spelled out."""
    raw: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in demo_bank().items()
    }
    products = {code: _product(code, one) for code, one in demo_products().items()}
    channels = {
        code: ChannelView(code, one["form"], one["short"], one["limits"]) for code, one in demo_channels().items()
    }
    return Shop(products, channels, Setting(Bank(**raw), "none"))


def _product(code: str, raw: Mapping[str, Any]) -> ProductView:
    card = Card(code, raw["group"], raw["name"], raw["site_section"], raw["card"])
    benefits = {one["tag"]: one["text"] for one in raw["benefits"]}
    return ProductView(code, raw["name"], raw["group"], 1, card, benefits)


def task_for(brief: Brief, place: int, shop: Shop) -> Task:
    """A client about whom nothing is known but the facts of the brief."""
    features, _ = parse_features({}, "")
    product, channel = shop.products[brief.product], shop.channels[brief.channel]
    return Task(ClientIn(place, str(place), True, features, (), product, channel), product, brief.facts)


def prompts_for(briefs: Iterable[Brief], shop: Shop, prompt_format: str) -> list[Prompt]:
    """What the API would send for these briefs."""
    return [pipeline.prompt_for(brief, shop.products[brief.product], prompt_format) for brief in briefs]


def pairs_for(texts: Iterable[tuple[Brief, str]], shop: Shop, prompt_format: str) -> list[tuple[Prompt, str]]:
    """Texts under the prompts that the API would send for them, without those of products that are sold no more."""
    known = [(brief, text) for brief, text in texts if brief.product in shop.products]
    prompts = prompts_for([brief for brief, _ in known], shop, prompt_format)
    return [(prompt, text) for prompt, (_, text) in zip(prompts, known, strict=True)]


def call_size(channel: ChannelView, engine: Engine, seconds: float) -> int:
    """The most clients of one call on this channel."""
    if channel.short:
        return CALL
    return min(CALL, limits.long_limit(seconds, engine.measured_tokens_per_s, engine.model.prompt_format))


def answer(work: Work, said: Said) -> list[Served]:
    """One call as the API answers it. What was `said` before counts as repetition, and the call's own texts join it."""
    used: Counter[tuple[str, ...]] = Counter()
    found = []
    for candidates in writer.write(work).candidates:
        best = choose(rank(candidates, used, said, work.plan.ranking), 1)
        used.update(count_triples(one.body for one in best))
        said.add(one.body for one in best)
        found.append(Served(candidates, best[0] if best else None))
    return found


class _Planned(Deadline):
    """A deadline by which rounds are planned but which cuts none: time enough for another try is left at any time."""

    def left(self) -> float:
        return self.seconds * LEFT_SHARE


def serve(engine: Engine, briefs: Sequence[Brief], seed: int, shop: Shop | None = None) -> list[Served]:
    """The best text for each client of whom a brief tells the facts, in full calls of one channel and tone.

    The deadline sets the number of candidates but does not cut the rounds: a text that a call had no time for is
    another matter than a bad one. Benefits are drawn as by the API. Without a `shop` the demo catalogue is sold.
    """
    shop = shop or demo_shop()
    model, said = LocalModel(engine, engine.measured_tokens_per_s), Said()
    setting = shop.judging(model.meta.prompt_format)
    served: dict[int, Served] = {}
    for code, tone in sorted({(brief.channel, brief.tone) for brief in briefs}):
        channel = shop.channels[code]
        places = [place for place, brief in enumerate(briefs) if (brief.channel, brief.tone) == (code, tone)]
        call = call_size(channel, engine, shop.deadline_s)
        wanted = affordable(channel, model.meta, call, shop.deadline_s * FIRST_SHARE)
        for start in range(0, len(places), call):
            part = places[start : start + call]
            tasks = [task_for(briefs[place], place, shop) for place in part]
            plan = Plan(tone, wanted, seed + part[0])
            work = Work(tasks, plan, setting, model, model.meta, _Planned(shop.deadline_s), said)
            served |= dict(zip(part, answer(work, said), strict=True))
    return [served[place] for place in range(len(briefs))]


def affordable(channel: ChannelView, meta: ModelMeta, clients: int, seconds: float) -> int:
    """Candidates of a client in the first round of a call of so many clients on this channel, as the API would plan."""
    piece = limits.piece_of(channel.code, channel.short, meta.prompt_format)
    return limits.candidates_for([piece] * clients, CANDIDATES, seconds, meta.tokens_per_s)

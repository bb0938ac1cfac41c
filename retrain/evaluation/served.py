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
from backend.offers import limits, pipeline
from backend.offers.model_client import Sample
from backend.offers.parse import ClientIn
from backend.offers.pipeline import Candidate, Setting, Task, choose, judge, rank
from backend.offers.said import Said
from backend.offers.shelf import ChannelView, ProductView
from backend.offers.writer import (
    AGAIN,
    CAREFUL,
    FIRST_SHARE,
    MENDING,
    SPARE,
    TEMPERATURES,
    Begun,
    beginnings,
    passed,
    settled,
)
from model.brief import Brief
from model.evaluation.sampling import Prompt, complete
from model.serving.engine import Engine
from model.serving.sampling import SamplingParams

CANDIDATES = 4
"""The API's default of candidates; how many of them a full call affords is another matter."""
CALL = 64
"""Clients of one call: what a call has said already counts as repetition in the rank."""
DEADLINE_S = 2.0
"""The API's default."""
CONTROL = "control"
"""The prompt format of models that were trained here."""


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


@dataclass(frozen=True)
class Size:
    """What a full call of one channel affords on this machine: candidates of a client and tokens of a text."""

    n: int
    max_tokens: int


def prompts_for(asked: Sequence[Begun], shop: Shop, prompt_format: str) -> list[Prompt]:
    """What the API would send for these briefs. Only control prompts can end in a text to go on from."""
    prompts: list[Prompt] = []
    for brief, begun in asked:
        prompt = pipeline.prompt_for(brief, shop.products[brief.product], prompt_format)
        prompts.append(prompt + begun if isinstance(prompt, str) else prompt)
    return prompts


def pairs_for(texts: Iterable[tuple[Brief, str]], shop: Shop, prompt_format: str) -> list[tuple[Prompt, str]]:
    """Texts under the prompts that the API would send for them, without those of products that are sold no more."""
    known = [(brief, text) for brief, text in texts if brief.product in shop.products]
    prompts = prompts_for([(brief, "") for brief, _ in known], shop, prompt_format)
    return [(prompt, text) for prompt, (_, text) in zip(prompts, known, strict=True)]


def size_of(channel: ChannelView, engine: Engine, clients: int, seconds: float, wanted: int) -> Size:
    """As the API would plan a round for so many clients on this channel in so much time."""
    piece = limits.piece_of(channel.code, channel.short, engine.model.prompt_format)
    n = limits.candidates_for([piece] * clients, wanted, seconds, engine.measured_tokens_per_s)
    return Size(n, limits.max_tokens([piece]))


def call_size(channel: ChannelView, engine: Engine, seconds: float) -> int:
    """The most clients of one call on this channel."""
    if channel.short:
        return CALL
    return min(CALL, limits.long_limit(seconds, engine.measured_tokens_per_s, engine.model.prompt_format))


def _round(
    engine: Engine, asked: Sequence[Begun], tasks: Sequence[Task], turn: int, seed: int, size: Size, shop: Shop
) -> list[list[Candidate]]:
    temperature, n, prompt_format = TEMPERATURES[turn], size.n, engine.model.prompt_format
    prompts, setting = prompts_for(asked, shop, prompt_format), shop.judging(prompt_format)
    choices = complete(engine, prompts, sampling(temperature), seed + 1_000_003 * turn, n, size.max_tokens)
    judged = []
    for place, ((brief, begun), task) in enumerate(zip(asked, tasks, strict=True)):
        samples = [
            Sample(pipeline.shown_text(brief, begun + c.text, prompt_format), c.finish_reason, tuple(c.logprobs or ()))
            for c in choices[place * n : (place + 1) * n]
        ]
        judged.append([judge(task, brief, one, temperature, setting) for one in samples])
    return judged


def serve(engine: Engine, briefs: Sequence[Brief], seed: int, shop: Shop | None = None) -> list[Served]:
    """The best text for each brief, in full calls by channel, with further rounds where nothing good came.

    The deadline sets the number of candidates but does not cut the rounds: a text that a call had no time for is
    another matter than a bad one. Without a `shop` the demo catalogue is sold.
    """
    shop = shop or demo_shop()
    served: dict[int, Served] = {}
    said = Said()
    for code in sorted({brief.channel for brief in briefs}):
        places = [place for place, brief in enumerate(briefs) if brief.channel == code]
        call = call_size(shop.channels[code], engine, shop.deadline_s)
        for start in range(0, len(places), call):
            part = places[start : start + call]
            finished = _call(engine, [briefs[place] for place in part], seed + part[0], said, shop)
            served |= dict(zip(part, finished, strict=True))
    return [served[place] for place in range(len(briefs))]


def _call(engine: Engine, briefs: Sequence[Brief], seed: int, said: Said, shop: Shop) -> list[Served]:
    tasks = [task_for(brief, place, shop) for place, brief in enumerate(briefs)]
    channel, seconds = shop.channels[briefs[0].channel], shop.deadline_s
    size = size_of(channel, engine, call_size(channel, engine, seconds), seconds * FIRST_SHARE, CANDIDATES)
    fresh = [(brief, "") for brief in briefs]
    first = _round(engine, fresh, tasks, 0, seed, size, shop)
    candidates = [list(mine) for mine in first]
    for turn in range(1, len(TEMPERATURES)):
        content = settled(candidates, said) if turn in (MENDING, CAREFUL) else [passed(mine) for mine in candidates]
        failed = [p for p, good in enumerate(content) if not good]
        if not failed:
            break
        size = size_of(channel, engine, len(failed), seconds * SPARE, AGAIN)
        asked = [next(iter(beginnings(candidates[p]) if turn == MENDING else ()), fresh[p]) for p in failed]
        again = _round(engine, asked, [tasks[p] for p in failed], turn, seed, size, shop)
        for place, mine in zip(failed, again, strict=True):
            candidates[place] += mine
    used: Counter[tuple[str, ...]] = Counter()
    served = []
    for place, mine in enumerate(candidates):
        best = choose(rank(mine, used, said), 1)
        used.update(count_triples(one.body for one in best))
        said.add(one.body for one in best)
        served.append(Served(first[place], best[0] if best else None))
    return served

"""Recombines whole texts: the opening of one with the rest of another, inside the same product and tone."""

import random
import re
from dataclasses import dataclass
from functools import cache

from model.brief import Brief
from model.corpus.assemble import PRONOUN, opening, sentence
from model.corpus.banks import WholeText, common_bank, names_product, whole_texts

SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[«A-ZА-ЯЁ{])")
# a rest that leans on the sentence before it cannot follow another one
LEANING = re.compile(
    r"^(?:его|ее|её|их|им|ими|ей|он|она|оно|они|это|этот|эта|эти|этого|эту|такой|такая|такое|такие|тогда|поэтому|"
    r"там|тут|и|а|но|зато|так|ничего страшного|с (?:ним|ней|ними)|для (?:него|нее|неё|этого)|теперь|второй|вторая|"
    r"остальное|остальные|потом|вот|или|то|еще|ещё)\b",
    re.IGNORECASE,
)
LEANING_WORD = re.compile(r"^(?:\S+\s+){0,4}(?:втор|перв|так(?:ой|ая|ое|ую|им)|друг(?:ой|ая|ую|их))", re.IGNORECASE)
MESSAGES = ("SMS", "MOB_BANNER", "OFFICE_BANNER", "MOBILE_CHAT")


@dataclass(frozen=True)
class Parts:
    """A whole text cut in two: where it starts (the fact lives there) and the rest, which can stand alone."""

    start: str
    rest: str
    source: WholeText


def _cut(text: WholeText) -> Parts | None:
    if text.channel in MESSAGES:
        pieces = SENTENCE_END.split(text.text, maxsplit=1)
    elif text.channel == "PUSH":
        pieces = text.text.split("\n", 1)
    elif text.channel == "EMAIL":
        pieces = text.text.split("\n\n", 1)
    else:
        pieces = text.text.rsplit("\n", 1)
    if len(pieces) < 2:
        return None
    start, rest = pieces
    if text.channel not in ("TMO", "KND") and LEANING.match(rest):
        return None
    if text.channel in (*MESSAGES, "PUSH") and not _stands_alone(text.product, start, rest):
        return None
    return Parts(start, rest, text)


def _stands_alone(product: str, start: str, rest: str) -> bool:
    """Whether the rest names both the bank and the product, and points at nothing said before it."""
    names_bank = "{bank}" in rest and "{bank}" not in start
    pronoun = PRONOUN.search(rest)
    points_back = pronoun is not None and pronoun.start() < rest.find("{bank}")
    return names_bank and names_product(rest, product) and not points_back and not LEANING_WORD.match(rest)


@cache
def parts(product: str, channel: str, tone: str) -> list[Parts]:
    """The cut whole texts of a product, channel and tone that can be recombined."""
    texts = (t for t in whole_texts(product) if t.channel == channel and t.tone == tone)
    return [cut for t in texts if (cut := _cut(t))]


def _new_start(base: Parts, product: str, tone: str, rng: random.Random) -> tuple[tuple[str, ...], str] | None:
    """Another start for the rest of `base`, with the facts that the new text is then about."""
    facts = base.source.facts
    channel = base.source.channel
    if channel in MESSAGES:
        starts = [p for p in parts(product, channel, tone) if not facts or p.source.facts in ((), facts)]
        if rng.random() < 0.5 and starts:
            other = rng.choice(starts)
            return other.source.facts or facts, other.start
        if len(facts) > 1:
            return None
        return facts, opening(product, facts[0] if facts else "", tone, rng)
    others = [p for p in parts(product, channel, tone) if p.source.facts in ((), facts)]
    if channel == "PUSH" and len(facts) == 1 and rng.random() < 0.4:
        return facts, rng.choice(common_bank()["push_titles"].get(facts[0]) or [base.start])
    return facts, rng.choice(others).start


def recombine(product: str, channel: str, tone: str, rng: random.Random) -> tuple[Brief, str] | None:
    """A text from two sources, or None where the product has nothing to combine for this channel and tone."""
    pool = parts(product, channel, tone)
    if not pool:
        return None
    base = rng.choice(pool)
    if channel in ("TMO", "KND"):
        refusals = common_bank()["call_refusal" if channel == "TMO" else "courier_refusal"]
        fitting = [part.rest for part in pool if part.source.facts in ((), base.source.facts)]
        rest = rng.choice(refusals) if rng.random() < 0.5 else rng.choice(fitting)
        return Brief(product, channel, tone, base.source.facts), f"{base.start}\n{rest}"
    chosen = _new_start(base, product, tone, rng)
    if not chosen:
        return None
    facts, start = chosen
    glue = {"PUSH": "\n", "EMAIL": "\n\n"}.get(channel, " ")
    text = (start if glue != " " else sentence(start)) + glue + base.rest
    return Brief(product, channel, tone, facts), text

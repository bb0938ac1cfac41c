"""Writes the corpus: brief and text pairs, assembled, recombined and whole.

Run as: python -m model.corpus.generate --pairs 300000 --out var/corpus/pairs.jsonl
"""

import argparse
import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from model.brief import CHANNELS, PRODUCTS, TEXT, TONES, Brief, control_prompt
from model.corpus import banks
from model.corpus.assemble import assemble
from model.corpus.form import has_form
from model.corpus.recombine import recombine

# how often each channel is written: short forms vary more per token, so they come more often
CHANNEL_WEIGHT = {
    "SMS": 18,
    "PUSH": 18,
    "MOB_BANNER": 12,
    "MOBILE_CHAT": 13,
    "OFFICE_BANNER": 11,
    "EMAIL": 12,
    "TMO": 8,
    "KND": 8,
}
WHOLE, RECOMBINED = 0.3, 0.3
BENEFIT_SHOWN = 0.6
"""Share of assembled pairs whose brief names the leading benefit, so that the model can follow and do without."""
HELD_OUT = 0.02


def held_out(brief: Brief) -> bool:
    """Whether the combination of product, channel and facts is kept aside for the evaluation."""
    if not brief.facts:
        return False
    key = "/".join((brief.product, brief.channel, *brief.facts))
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") < HELD_OUT * 2**32


def corpus_hash(pairs: Iterable[tuple[str, str]]) -> str:
    """SHA-256 over (prompt, text) pairs in their order: names exactly what a model was trained on."""
    digest = hashlib.sha256()
    for prompt, text in pairs:
        digest.update(f"{prompt}\0{text}\0".encode())
    return digest.hexdigest()


def _whole(product: str, channel: str, tone: str, rng: random.Random) -> tuple[Brief, str] | None:
    texts = [t for t in banks.whole_texts(product) if t.channel == channel and t.tone == tone]
    if not texts:
        return None
    text = rng.choice(texts)
    return Brief(product, channel, tone, text.facts), text.text


def prompt_with_benefit(brief: Brief, group: int) -> str:
    """The control prompt of a brief whose leading benefit is known by its number only."""
    return control_prompt(brief).removesuffix(TEXT) + f"<|b:{group}|>" + TEXT


def _draw(rng: random.Random) -> tuple[Brief, str, str] | None:
    """One pair as (brief, prompt, text), or None where the draw gave nothing of the right form."""
    product, tone = rng.choice(PRODUCTS), rng.choice(TONES)
    channel = rng.choices(CHANNELS, [CHANNEL_WEIGHT[c] for c in CHANNELS])[0]
    kind = rng.random()
    if kind < WHOLE + RECOMBINED:
        pair = (_whole if kind < WHOLE else recombine)(product, channel, tone, rng)
        if not pair or not has_form(pair[1], product, channel):
            return None
        return pair[0], control_prompt(pair[0]), pair[1]
    brief, group, text = assemble(product, channel, tone, rng)
    if not has_form(text, product, channel):
        return None
    prompt = prompt_with_benefit(brief, group) if rng.random() < BENEFIT_SHOWN else control_prompt(brief)
    return brief, prompt, text


def generate(count: int, seed: int, *, aside: bool = False) -> Iterator[tuple[Brief, str, str]]:
    """`count` pairs (brief, prompt, text); `aside` gives the held-out combinations, otherwise all the others."""
    rng = random.Random(seed)
    while count:
        pair = _draw(rng)
        if pair and held_out(pair[0]) == aside:
            count -= 1
            yield pair


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=300_000, help="how many pairs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--aside", action="store_true", help="the held-out combinations instead of the others")
    parser.add_argument("--out", type=Path, required=True, help="where to write JSON lines")
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    distinct: set[str] = set()
    pairs: list[tuple[str, str]] = []
    channels: Counter[str] = Counter()
    with args.out.open("w", encoding="utf-8") as out:
        for brief, prompt, text in generate(args.pairs, args.seed, aside=args.aside):
            out.write(json.dumps({"prompt": prompt, "text": text}, ensure_ascii=False) + "\n")
            distinct.add(text)
            pairs.append((prompt, text))
            channels[brief.channel] += 1
    print(f"{args.pairs} pairs, {len(distinct)} distinct texts, corpus {corpus_hash(pairs)[:12]}")
    print(", ".join(f"{channel} {n}" for channel, n in channels.most_common()))


if __name__ == "__main__":
    main()

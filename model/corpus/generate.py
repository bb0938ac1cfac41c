"""Writes the corpus: brief and text pairs, whole and assembled.

Run as: python -m model.corpus.generate --pairs 300000 --out var/corpus/pairs.jsonl
"""

import argparse
import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from model.brief import CHANNELS, PRODUCTS, TONES, Brief, control_prompt, shows_facts
from model.corpus import banks
from model.corpus.assemble import assemble
from model.corpus.form import has_form
from model.telling import told

# how often each channel is written: short forms vary more per token, so they come more often
CHANNEL_WEIGHT = {
    "SMS": 18,
    "PUSH": 18,
    "MOB_BANNER": 12,
    "MOBILE_CHAT": 13,
    "OFFICE_BANNER": 11,
    "EMAIL": 9,
    "TMO": 6,
    "KND": 6,
}
WHOLE = {"EMAIL": 0.3, "TMO": 0.3, "KND": 0.3}
WHOLE_SHORT = 0.15
"""Share of whole texts; the rest is assembled. The long channels show their whole texts more often, since a long text
takes longer to learn."""
BENEFIT_SHOWN = 0.85
"""Share of assembled pairs whose brief names the leading benefit, so that the model can follow and do without."""
HELD_OUT = 0.02
SIGNATURE = re.compile(r"С уважением, (?:ваш )?\{bank\}\.?")
SIGNATURE_KEPT, GOODBYE_KEPT = 0.15, 0.5
TRIES = 1000
"""Draws for one pair before its product, channel and tone are said to have no fitting text."""


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


@cache
def _whole_texts(product: str, channel: str, tone: str) -> tuple[banks.WholeText, ...]:
    return tuple(t for t in banks.whole_texts(product) if t.channel == channel and t.tone == tone)


def _whole(product: str, channel: str, tone: str, rng: random.Random) -> tuple[Brief, str]:
    text = rng.choice(_whole_texts(product, channel, tone))
    return Brief(product, channel, tone, text.facts), text.text


def _vary_signature(text: str, tone: str, rng: random.Random) -> str:
    """Most authors sign their mails alike; the model shall know more ways to take leave."""
    body, _, last = text.rpartition("\n\n")
    if not SIGNATURE.fullmatch(last) or rng.random() < SIGNATURE_KEPT:
        return text
    return f"{body}\n\n{rng.choice(banks.common_bank()['closings_email'][tone])}"


def _vary_goodbye(text: str, channel: str, rng: random.Random) -> str:
    """What a caller or courier says on a refusal does not depend on what was offered."""
    if rng.random() < GOODBYE_KEPT:
        return text
    goodbyes = banks.common_bank()["call_refusal" if channel == "TMO" else "courier_refusal"]
    return f"{text.rpartition(chr(10))[0]}\n{rng.choice(goodbyes)}"


def _written(product: str, channel: str, tone: str, rng: random.Random) -> tuple[Brief, str] | None:
    """One pair, or None where the draw gave nothing of the right form, or a text that does not show its fact."""
    write = _whole if rng.random() < WHOLE.get(channel, WHOLE_SHORT) else assemble
    brief, text = write(product, channel, tone, rng)
    if channel == "EMAIL":
        text = _vary_signature(text, tone, rng)
    elif channel in ("TMO", "KND"):
        text = _vary_goodbye(text, channel, rng)
    if "{bank}" not in text or not has_form(text, product, channel) or not shows_facts(brief, text):
        return None
    if brief.benefit and rng.random() >= BENEFIT_SHOWN:
        brief = replace(brief, benefit="")
    return brief, text


def _draw(rng: random.Random) -> tuple[Brief, str]:
    """One pair. Draws again within its product, channel and tone until a text fits.

    So a push that leaves little room beside the mandatory words is learnt as often as any other. Raises ValueError
    where the hand-written files hold nothing that fits.
    """
    product, tone = rng.choice(PRODUCTS), rng.choice(TONES)
    channel = rng.choices(CHANNELS, [CHANNEL_WEIGHT[c] for c in CHANNELS])[0]
    for _ in range(TRIES):
        if pair := _written(product, channel, tone, rng):
            return pair
    raise ValueError(f"{TRIES} draws gave no text for {product}, {channel}, {tone}")


def generate(count: int, seed: int, *, aside: bool = False) -> Iterator[tuple[Brief, str, str]]:
    """`count` pairs (brief, prompt, text); `aside` gives the held-out combinations, otherwise all the others."""
    rng = random.Random(seed)
    while count:
        brief, text = _draw(rng)
        if held_out(brief) == aside:
            count -= 1
            yield brief, control_prompt(brief), text


def told_pairs(count: int, seed: int, *, aside: bool = False) -> Iterator[tuple[str, str]]:
    """`count` pairs (prompt, text in the order of telling), as the model learns them."""
    for brief, prompt, text in generate(count, seed, aside=aside):
        yield prompt, told(text, brief.channel)


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

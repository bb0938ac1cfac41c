"""What the corpus holds, and whether anything in the pairs made of it dominates.

Run as: python -m model.corpus.survey [--pairs 700000]
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable
from functools import cache

from model.brief import CHANNELS, FACTS, PRODUCTS, TONES
from model.corpus.banks import common_bank, couplets, phrase_bank, whole_texts
from model.corpus.generate import corpus_hash, generate
from model.evaluation.words import morph

SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
WORD = re.compile(r"[А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*")
LABEL = re.compile(r"^(?:Тема|Прехедер|При отказе):\s*", re.MULTILINE)
SHORTEST = 3
"""Words of a sentence that counts: greetings and «Подробнее» may come as often as they like."""


def stock() -> list[str]:
    """Lines about the hand-written files."""
    texts = [text for product in PRODUCTS for text in whole_texts(product)]
    cells = Counter((text.product, text.channel) for text in texts)
    banks = [phrase_bank(product) for product in PRODUCTS]
    benefits = [benefit for bank in banks for benefit in bank.benefits.values()]
    openings = Counter(fact for bank in banks for fact, some in bank.openings.items() for _ in some)
    written = [len(couplets(product)) for product in PRODUCTS]
    return [
        f"whole texts: {len(texts)}, {min(cells.values())} to {max(cells.values())} for each of"
        f" {len(PRODUCTS)} products × {len(CHANNELS)} channels",
        "tones: " + ", ".join(f"{tone} {sum(text.tone == tone for text in texts)}" for tone in TONES),
        f"texts with a fact: {sum(bool(text.facts) for text in texts)}, facts: {len(FACTS)}",
        f"benefits of a product: {min(len(b.benefits) for b in banks)} or more, wordings of each"
        f" {min(len(b.wordings) for b in benefits)} or more, {sum(len(b.wordings) for b in benefits)} in all",
        f"sentences of offer: {sum(len(s) for b in benefits for s in b.offers.values())}",
        f"openings: {openings.total()}, of each fact {min(openings[fact] for fact in FACTS)} or more",
        f"couplets: {sum(written)}, of each product {min(written)} or more",
        f"calls to action: {sum(len(b.actions) for b in banks)} of products,"
        f" {sum(len(b.closers[t]) for b in banks for t in TONES)} that name product and bank,"
        f" {sum(len(p) for by_tone in common_bank()['actions'].values() for p in by_tone.values())} by channel",
    ]


@cache
def _is_content(word: str) -> bool:
    parts = {parse.tag.POS for parse in morph().parse(word)}
    return bool(parts & {"NOUN", "ADJF", "ADJS", "VERB", "INFN", "PRTF", "PRTS", "GRND", "ADVB", "COMP"})


def skeleton(text: str) -> str:
    """The text without its content words: what is left is the template it was cast in, if it was."""
    return WORD.sub(lambda match: "·" if _is_content(match[0].lower()) else match[0].lower(), text)


def dominance(texts: Iterable[str]) -> dict[str, tuple[float, str]]:
    """The commonest opening, sentence and skeleton, each with its share of the texts."""
    openings, sentences, skeletons, total = Counter[str](), Counter[str](), Counter[str](), 0
    for text in texts:
        total += 1
        parts = [part for part in SENTENCE_END.split(LABEL.sub("", text)) if len(WORD.findall(part)) >= SHORTEST]
        openings.update(parts[:1])
        sentences.update(set(parts))
        skeletons[skeleton(text)] += 1
    counted = {"opening": openings, "sentence": sentences, "skeleton": skeletons}
    return {
        name: (counts.most_common(1)[0][1] / total, counts.most_common(1)[0][0]) for name, counts in counted.items()
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=700_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    pairs = [(prompt, text) for _, prompt, text in generate(args.pairs, args.seed)]
    lines = [
        *stock(),
        f"pairs drawn: {len(pairs)}, distinct: {len(set(pairs))}, distinct texts: {len({t for _, t in pairs})}",
    ]
    shares = dominance(text for _, text in pairs).items()
    lines += [f"commonest {name}: {share:.2%} «{most}»" for name, (share, most) in shares]
    lines += [f"corpus of seed {args.seed}: {corpus_hash(pairs)[:12]}"]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

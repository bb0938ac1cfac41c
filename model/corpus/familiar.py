"""Writes the word pairs, triples, sentences and joints of the corpus for `model.fluency`.

Run as: python -m model.corpus.familiar
With --keep while the corpus has been mended since the shipped model learnt: what it learnt stays familiar.
"""

import argparse
from itertools import chain
from pathlib import Path

import numpy as np

from model.brief import CLOSER, PRODUCTS
from model.corpus import banks
from model.corpus.generate import generate
from model.fluency import (
    JOINTS,
    OFFERS,
    OPENINGS,
    PAIRS,
    SENTENCES,
    TRIPLES,
    WEIGHTS,
    codes,
    joint,
    sentences,
    word_pairs,
    word_triples,
)


def hand_written() -> list[str]:
    """Everything written by hand, phrase by phrase."""
    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, str):
            found.append(node)
        elif isinstance(node, dict):
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(banks.common_bank())
    for product in PRODUCTS:
        bank = banks.phrase_bank(product)
        walk([bank.names, bank.actions, bank.closers])
        walk([opening.text for some in bank.openings.values() for opening in some])
        walk([[couplet.title, couplet.text] for couplet in banks.couplets(product)])
        walk([[benefit.wordings, benefit.offers] for benefit in bank.benefits.values()])
        walk([text.text for text in banks.whole_texts(product)])
    return found


def joints() -> set[tuple[str, str]]:
    """Last sentence of an opening and first sentence of each offer or closer to which its author says that it leads."""
    found = set()
    for product in PRODUCTS:
        bank = banks.phrase_bank(product)
        closers = [closer for some in bank.closers.values() for closer in some]
        offers = {
            tag: [one for some in benefit.offers.values() for one in some] for tag, benefit in bank.benefits.items()
        }
        for opening in (one for some in bank.openings.values() for one in some):
            last = sentences(opening.text)[-1]
            for tag in opening.leads_to:
                found |= {(last, sentences(one)[0]) for one in (closers if tag == CLOSER else offers[tag])}
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=700_000, help="generated texts to learn the joints from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="folder for the files")
    parser.add_argument("--keep", action="store_true", help="keep what the files hold: the model learnt from it")
    args = parser.parse_args()
    known: dict[str, set[str]] = {path.name: set() for path in (PAIRS, TRIPLES, SENTENCES)}
    generated = (text for _, _, text in generate(args.pairs, args.seed))
    for text in chain(hand_written(), generated):
        known[PAIRS.name].update(word_pairs(text))
        known[TRIPLES.name].update(word_triples(text))
        known[SENTENCES.name].update(sentences(text))
    led = joints()
    known |= {OPENINGS.name: {a for a, _ in led}, OFFERS.name: {b for _, b in led}}
    known[JOINTS.name] = {joint(a, b) for a, b in led}
    for name, runs in known.items():
        path = args.out / name
        former = [np.load(path)] if args.keep else []
        np.save(path, np.unique(np.concatenate([codes(runs), *former])))
        print(f"{len(runs)} runs of words in {path}")


if __name__ == "__main__":
    main()

"""Writes the word pairs of the corpus for `model.fluency`.

Run as: python -m model.corpus.familiar --out model/weights/pairs.npy
"""

import argparse
from pathlib import Path

import numpy as np

from model.brief import PRODUCTS
from model.corpus import banks
from model.corpus.generate import generate
from model.fluency import PAIRS, codes


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


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=200_000, help="generated texts to learn the joints from")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--out", type=Path, default=PAIRS)
    args = parser.parse_args()
    known: set[int] = set()
    for text in hand_written():
        known.update(codes(text).tolist())
    for _, _, text in generate(args.pairs, args.seed):
        known.update(codes(text).tolist())
    np.save(args.out, np.array(sorted(known), dtype=np.uint32))
    print(f"{len(known)} word pairs in {args.out}")


if __name__ == "__main__":
    main()

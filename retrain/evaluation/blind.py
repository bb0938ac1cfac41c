"""A blind reading: the model's texts mixed with hand-written ones, to be judged by people who cannot tell them apart.

Run as: python -m retrain.evaluation.blind write --out var/blind      (texts.jsonl to read, key.json to keep shut)
        python -m retrain.evaluation.blind score --out var/blind verdicts.jsonl …
A verdict is a line {"id": …, "good": true or false}: sensible, grammatical, sendable as it is.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from backend.compliance.service import fill_slots
from model.brief import FACTS, PRODUCTS, Brief
from model.corpus.banks import whole_texts
from model.corpus.form import has_form
from model.serving.host import Settings, build_engine
from model.serving.stats import Stats
from model.training.output import output_folder
from retrain.evaluation import served
from retrain.evaluation.report import held_out_pairs, shipped
from retrain.evaluation.served import serve


def hand_written_pairs(like: Sequence[Brief], seed: int) -> list[tuple[Brief, str]]:
    """For each brief a whole text of the same channel and tone that has the form: what a person wrote there."""
    rng = random.Random(seed)
    pool = [t for product in PRODUCTS for t in whole_texts(product) if has_form(t.text, t.product, t.channel)]
    rng.shuffle(pool)
    pairs = []
    for brief in like:
        place = next(i for i, t in enumerate(pool) if (t.channel, t.tone) == (brief.channel, brief.tone))
        text = pool.pop(place)
        pairs.append((Brief(text.product, text.channel, text.tone, text.facts), text.text))
    return pairs


def entry(brief: Brief, text: str, place: int) -> dict[str, object]:
    """What a reader sees: the client and the task in words, and the text with its slots filled."""
    shop = served.demo_shop()
    task = served.task_for(brief, place, shop)
    assert task.product is not None
    filled = fill_slots(text, shop.setting.bank, task.product.card)
    about = ", ".join(FACTS[fact].words for fact in brief.facts) or "ничего особенного не известно"
    return {"product": task.product.name, "channel": brief.channel, "tone": brief.tone, "client": about, "text": filled}


def write(out: Path, model: Path, own: int, by_hand: int, seed: int) -> None:
    """The texts in random order, and the key."""
    output_folder(out)
    engine = build_engine(Settings(model=model), model, Stats())
    try:
        briefs = [brief for brief, _ in held_out_pairs(own, seed)]
        texts = [(brief, one.body) for brief, one in zip(briefs, serve(engine, briefs, seed), strict=True) if one.body]
    finally:
        engine.close()
    rows = [("model", brief, body) for brief, body in texts]
    rows += [("hand", brief, text) for brief, text in hand_written_pairs(briefs[:by_hand], seed)]
    random.Random(seed).shuffle(rows)
    lines = [{"id": i, **entry(brief, text, i)} for i, (_, brief, text) in enumerate(rows, 1)]
    (out / "texts.jsonl").write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines), "utf-8")
    (out / "key.json").write_text(json.dumps({i: who for i, (who, _, _) in enumerate(rows, 1)}), "utf-8")


def score(out: Path, verdicts: Iterable[Path]) -> str:
    """Shares of good texts by writer; a text read twice counts by each verdict."""
    key: dict[str, str] = json.loads((out / "key.json").read_text("utf-8"))
    read, good = Counter[str](), Counter[str]()
    for path in verdicts:
        for line in path.read_text("utf-8").splitlines():
            verdict = json.loads(line)
            who = key[str(verdict["id"])]
            read[who] += 1
            good[who] += bool(verdict["good"])
    return "\n".join(f"{who}: {good[who]} of {read[who]} good, {good[who] / read[who]:.1%}" for who in sorted(read))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("do", choices=("write", "score"))
    parser.add_argument("verdicts", nargs="*", type=Path)
    parser.add_argument("--out", type=Path, default=Path("var/blind"))
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--own", type=int, default=200, help="texts of the model")
    parser.add_argument("--by-hand", type=int, default=100, help="hand-written texts")
    parser.add_argument("--seed", type=int, default=2026)
    args = parser.parse_intermixed_args()
    if args.do == "write":
        write(args.out, args.model or shipped(), args.own, args.by_hand, args.seed)
    else:
        sys.stdout.write(score(args.out, args.verdicts) + "\n")


if __name__ == "__main__":
    main()

"""One report for a model version beside plain slot filling and the corpus itself: numbers, pictures, texts to read.

Run as: python -m retrain.evaluation.report --model model/weights/base-7.gguf --texts 2000 --out var/eval
"""

import argparse
import random
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from backend.compliance.service import check, compose, fill_slots
from backend.offers import forms
from backend.offers.pipeline import Candidate, Task
from backend.offers.shelf import ChannelView
from backend.offers.writer import TEMPERATURES
from model.brief import FACTS, Brief, choose_facts, room_for_benefit, suiting_benefits
from model.corpus.banks import fit
from model.corpus.generate import generate, told_pairs
from model.evaluation import variety
from model.evaluation.likelihood import bits_per_byte
from model.evaluation.measures import Measure, measure
from model.evaluation.sampling import sample
from model.fluency import unknown_pairs
from model.serving.engine import Engine
from model.serving.host import Settings, build_engine
from model.serving.stats import Stats
from model.training.baseline import slot_filling
from model.training.export import float_gguf
from model.training.output import output_folder
from retrain.evaluation import served
from retrain.evaluation.served import Served, serve

CROWD = ("CC", "SMS")
"""Product and channel of the thousand clients whose texts have to differ."""
LIKELIHOOD_TEXTS = 500
MOST_DRAWN = 2
"""Pairs drawn for one that is asked, at most."""
FORM = "form and length of the channel, as the client gets it"
"""Of all briefs: one without a text has none."""
SERVED = "as served"
PICTURE = ("shows the fact", "distinct texts", "word pairs never written", "self-BLEU", "longest copied run, median")


@dataclass(frozen=True)
class Columns:
    """Texts by writer, all for the same clients.

    `briefs` are those of the writers that are handed one; the model as served draws the benefits for itself.
    """

    briefs: list[Brief]
    drawn: list[Brief]
    texts: dict[str, list[str]]

    def briefs_of(self, name: str) -> list[Brief]:
        """What each text of a writer is about."""
        return self.drawn if name == SERVED else self.briefs


def held_out_pairs(count: int, seed: int) -> list[tuple[Brief, str]]:
    """Briefs of held-out combinations, benefits named as often as the API does, and a text of the corpus for each.

    Whole texts may also speak of facts that `fit.yaml` leaves out for their product; no such brief is ever asked.
    """
    rng = random.Random(seed)
    pairs = ((brief, text) for brief, _, text in generate(MOST_DRAWN * count, seed, aside=True) if _is_asked(brief))
    asked = islice(pairs, count)
    return [(brief if brief.benefit else with_benefit(brief, rng), text) for brief, text in asked]


def _is_asked(brief: Brief) -> bool:
    return all(fact in fit()[brief.product] for fact in brief.facts)


def with_benefit(brief: Brief, rng: random.Random) -> Brief:
    """The brief with the benefit that the API would have drawn for it."""
    named = room_for_benefit(brief.channel, brief.facts)
    return replace(brief, benefit=rng.choice(suiting_benefits(brief.product, brief.facts)) if named else "")


def composed(briefs: Sequence[Brief], texts: Sequence[str]) -> Iterator[tuple[Task, str | None]]:
    """Texts as a client would get them: slots filled, what the law demands added; None where that cannot be done."""
    shop = served.demo_shop()
    for place, (brief, text) in enumerate(zip(briefs, texts, strict=True)):
        task, bank = served.task_for(brief, place, shop), shop.setting.bank
        assert task.product is not None
        card = task.product.card
        try:
            filled = fill_slots(text, bank, card)
            yield task, compose(filled, card=card, channel=brief.channel, bank=bank, conditions="none")
        except ValueError:
            yield task, None


def block_share(briefs: Sequence[Brief], texts: Sequence[str]) -> float:
    """Share of texts that the guard would stop once composed; a text whose slots cannot be filled counts."""
    return _mean_of(_stopped(task, text) for task, text in composed(briefs, texts))


def _stopped(task: Task, text: str | None) -> bool:
    if text is None or task.product is None:
        return True
    card, channel, bank = task.product.card, task.client.channel.code, served.demo_shop().setting.bank
    return check(text, card=card, group=card.group, channel=channel, bank=bank).verdict != "ok"


def fitting_share(briefs: Sequence[Brief], texts: Sequence[str]) -> float:
    """Share of texts that, once composed, have the parts of their channel and keep within each of its limits."""
    return _mean_of(_fits(task.client.channel, text) for task, text in composed(briefs, texts))


def _fits(channel: ChannelView, text: str | None) -> bool:
    if text is None:
        return False
    return all(share <= 1 for share in forms.fills(text, channel.form, channel.limits).values())


def _mean_of(some: Iterable[bool]) -> float:
    held = list(some)
    return sum(held) / max(1, len(held))


def crowd_briefs(count: int, seed: int) -> list[Brief]:
    """Clients of one product, channel and tone, each with a few facts of which the brief takes one."""
    rng = random.Random(seed)
    product, channel = CROWD
    briefs = []
    for _ in range(count):
        facts = choose_facts(rng.sample(list(FACTS), 6), product, channel, rng)
        briefs.append(with_benefit(Brief(product, channel, "neutral", facts), rng))
    return briefs


def twins(engine: Engine, seed: int, count: int = served.CALL) -> str:
    """Clients of one call about whom the very same is known."""
    brief = crowd_briefs(1, seed)[0]
    rng = random.Random(seed)
    bodies = [one.body for one in serve(engine, [with_benefit(brief, rng) for _ in range(count)], seed) if one.body]
    return f"{len(set(bodies))} of {len(bodies)}"


def crowd(engine: Engine, seed: int, count: int) -> dict[str, str]:
    """How different the texts of many alike clients are, by the model as served and by slot filling."""
    briefs = crowd_briefs(count, seed)
    bodies = [one.body for one in serve(engine, briefs, seed) if one.body]
    plain = [slot_filling(brief) for brief in briefs]
    rows: dict[str, Callable[[list[str]], str]] = {"distinct": lambda t: f"{len(set(t))} of {len(t)}"}
    rows["self-BLEU"] = lambda t: f"{variety.self_bleu(t, seed):.3f}"
    rows["longest copied run, median"] = lambda t: f"{statistics.median(map(variety.longest_run, t)):.0%}"
    return {name: f"{row(bodies)} (slot filling {row(plain)})" for name, row in rows.items()}


def table(columns: Mapping[str, Mapping[str, Measure]]) -> list[str]:
    """Measures as a Markdown table, a column for each writer."""
    lines = ["| held-out combinations | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    first = next(iter(columns.values()))
    return lines + [f"| {row} | " + " | ".join(str(column[row]) for column in columns.values()) + " |" for row in first]


def draw(columns: Mapping[str, Mapping[str, Measure]], texts: Mapping[str, Sequence[str]], path: Path) -> None:
    """Two panels: the measures that tell writers apart, and how many texts hold how many unknown word pairs."""
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    width = 0.8 / len(columns)
    for place, (name, column) in enumerate(columns.items()):
        left.barh(np.arange(len(PICTURE)) + place * width, [column[row].value for row in PICTURE], width, label=name)
    left.set_yticks(np.arange(len(PICTURE)) + 0.4 - width / 2, PICTURE)
    left.set_xlim(0, 1)
    left.invert_yaxis()
    left.legend(fontsize="small")
    edges = np.linspace(0, 0.3, 16)
    for name, some in texts.items():
        shares = np.clip([unknown_pairs(text) for text in some], 0, 0.3)
        right.hist(shares, bins=edges.tolist(), histtype="step", density=False, label=name)
    right.set(xlabel="share of word pairs never written", ylabel="texts", yscale="log")
    figure.savefig(path, dpi=110)


def writers(engine: Engine, pairs: Sequence[tuple[Brief, str]], seed: int) -> tuple[Columns, list[Served]]:
    """Texts of every writer for the same briefs; an empty one where nothing passed."""
    briefs = [brief for brief, _ in pairs]
    raw = sample(engine, briefs, served.sampling(TEMPERATURES[0]), seed)
    finished = serve(engine, briefs, seed)
    texts = {
        SERVED: [one.body or "" for one in finished],
        "one raw sample": [choice.text for choice in raw],
        "slot filling": [slot_filling(brief) for brief in briefs],
        "corpus": [text for _, text in pairs],
    }
    drawn = [one.chosen.brief if one.chosen else brief for one, brief in zip(finished, briefs, strict=True)]
    return Columns(briefs, drawn, texts), finished


def to_read(columns: Columns, count: int, seed: int) -> list[str]:
    """Texts as served, each under its brief."""
    lines = []
    texts = columns.texts[SERVED]
    for i in random.Random(seed).sample(range(len(texts)), min(count, len(texts))):
        brief = columns.briefs[i]
        head = " ".join([brief.product, brief.channel, brief.tone, *brief.facts])
        lines.append(f"**{head}**\n\n{texts[i]}\n")
    return lines


def _guarded(candidates: Sequence[Candidate]) -> float:
    """Share of the candidates that reached the guard and did not pass."""
    return sum(candidate.rejected == "guard" for candidate in candidates) / max(1, len(candidates))


def arguments() -> argparse.Namespace:
    """Flags."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=shipped())
    parser.add_argument("--texts", type=int, default=2000, help="texts on held-out combinations")
    parser.add_argument("--crowd", type=int, default=1000, help="clients of one product and channel")
    parser.add_argument("--read", type=int, default=40, help="texts to print")
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--out", type=Path, default=Path("var/eval"))
    return parser.parse_args()


def shipped() -> Path:
    """The newest weights in the repository."""
    weights = sorted(Path("model/weights").glob("*.gguf"), key=lambda path: int(path.stem.rsplit("-", 1)[-1]))
    if not weights:
        raise SystemExit("no model in model/weights: run make train first, or name one with --model")
    return weights[-1]


def likelihoods(model: Path, seed: int) -> dict[str, str]:
    """Held-out bits per byte of the file and of its float weights, where those lie beside it."""
    some = list(told_pairs(LIKELIHOOD_TEXTS, seed, aside=True))
    rows = {f"bits per byte, {model.name}": f"{bits_per_byte(model, some):.4f}"}
    if model.with_suffix(".npz").exists():
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / "float.gguf"
            float_gguf(model, whole)
            rows["bits per byte, float weights"] = f"{bits_per_byte(whole, some):.4f}"
    return rows


def main() -> None:
    """Command line."""
    args = arguments()
    output_folder(args.out)
    pairs = held_out_pairs(args.texts, args.seed)
    engine = build_engine(Settings(model=args.model), args.model, Stats())
    try:
        columns, finished = writers(engine, pairs, args.seed)
        people = crowd(engine, args.seed, args.crowd)
        alike = twins(engine, args.seed)
    finally:
        engine.close()
    kept = [i for i, one in enumerate(finished) if one.body]
    checked = [c for one in finished for c in one.candidates if c.rejected in (None, "guard")]
    if not kept:
        raise SystemExit("not one text passed: there is nothing to measure")
    measures = {
        name: measure([columns.briefs_of(name)[i] for i in kept], [texts[i] for i in kept])
        for name, texts in columns.texts.items()
    }
    kept_briefs = [columns.briefs[i] for i in kept]
    kept_texts = [columns.texts[SERVED][i] for i in kept]
    for name, texts in columns.texts.items():
        measures[name] = {FORM: Measure(fitting_share(columns.briefs, texts)), **measures[name]}
    facts = {
        "model": f"{args.model.name}, {len(pairs)} briefs, seed {args.seed}",
        **likelihoods(args.model, args.seed),
        "briefs without a passing text": f"{len(finished) - len(kept)}",
        "block findings of candidates, before any choice": f"{_guarded(checked):.2%}",
        "block findings of what is served (by construction)": f"{block_share(kept_briefs, kept_texts):.2%}",
        "block findings of slot filling": f"{block_share(columns.briefs, columns.texts['slot filling']):.2%}",
        f"{served.CALL} clients with the same brief but for the benefit: distinct": alike,
        **{f"{args.crowd} clients of {'/'.join(CROWD)}: {name}": value for name, value in people.items()},
    }
    draw(measures, {name: [texts[i] for i in kept] for name, texts in columns.texts.items()}, args.out / "report.png")
    lines = [f"- {name}: {value}" for name, value in facts.items()]
    lines += ["", *table(measures), "", *to_read(columns, args.read, args.seed)]
    (args.out / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

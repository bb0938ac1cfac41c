"""Judges a model on combinations it never saw, beside the slot-filling baseline; prints a report and texts to read.

Run as: python -m model.training.evaluate --model model/weights/base-1.gguf --texts 1000 --out var/eval
"""

import argparse
import random
import re
import statistics
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pymorphy3

from model.brief import SLOTS, Brief, control_prompt, expresses
from model.corpus.banks import names_product
from model.corpus.familiar import hand_written
from model.corpus.form import has_form
from model.corpus.generate import generate
from model.fluency import strangeness
from model.serving.engine import Engine
from model.serving.host import Settings, build_engine
from model.serving.jobs import Choice, EngineError, Request
from model.serving.sampling import SamplingParams
from model.serving.stats import Stats
from model.training.baseline import slot_filling

SAMPLING = SamplingParams(temperature=0.7, top_p=0.95, min_p=0.05, logprobs=0)


class Waiting:
    """Collects the choices of one request."""

    def __init__(self) -> None:
        self.choices: list[Choice] = []
        self.error: EngineError | None = None
        self.over = threading.Event()

    def piece(self, index: int, text: str) -> None:
        """Streams are not asked for."""

    def done(self, choices: list[Choice]) -> None:
        self.choices = choices
        self.over.set()

    def failed(self, error: EngineError) -> None:
        self.error = error
        self.over.set()


def write(engine: Engine, briefs: Sequence[Brief], seed: int) -> list[Choice]:
    """One text for each brief."""
    choices: list[Choice] = []
    for start in range(0, len(briefs), 256):
        prompts = [engine.vocabulary.tokenize(control_prompt(b)) for b in briefs[start : start + 256]]
        waiting = Waiting()
        engine.submit(Request(prompts, seed=seed + start, max_tokens=240, sampling=SAMPLING), waiting)
        waiting.over.wait()
        if waiting.error:
            raise waiting.error
        choices += waiting.choices
    return choices


def bare(text: str) -> str:
    """The text without its slots."""
    for slot in SLOTS:
        text = text.replace(slot, " ")
    return text


def word_list(text: str) -> list[str]:
    return re.findall(r"[а-яё]+(?:-[а-яё]+)*", bare(text).lower())


@cache
def known_words() -> tuple[pymorphy3.MorphAnalyzer, frozenset[str]]:
    """The dictionary, and the words of every hand-written file; read once for all writers."""
    return pymorphy3.MorphAnalyzer(), frozenset(w for text in hand_written() for w in word_list(text))


def unknown_share(texts: Sequence[str]) -> tuple[float, list[str]]:
    """Share of words that pymorphy3's dictionary does not know and no hand-written file holds, and the commonest."""
    morph, own = known_words()
    counts = Counter(w for text in texts for w in word_list(text))
    unknown = {w: n for w, n in counts.items() if w not in own and not morph.word_is_known(w)}
    commonest = sorted(unknown, key=lambda w: -unknown[w])[:12]
    return sum(unknown.values()) / max(1, sum(counts.values())), commonest


def new_pairs(texts: Sequence[str]) -> float:
    """Share of word pairs that occur nowhere in the corpus: a detector of word salad."""
    return statistics.mean(strangeness(text) for text in texts)


def self_similarity(texts: Sequence[str], rng: random.Random, rounds: int = 300) -> float:
    """Mean share of a text's word triples that another random text of the same set holds (0: all different)."""

    def triples(text: str) -> set[tuple[str, ...]]:
        words = word_list(text)
        return set(zip(words, words[1:], words[2:], strict=False))

    shares = []
    for _ in range(rounds):
        a, b = (triples(t) for t in rng.sample(list(texts), 2))
        shares.append(len(a & b) / max(1, len(a)))
    return statistics.mean(shares)


def share(briefs: Sequence[Brief], texts: Sequence[str], holds: Callable[[Brief, str], bool]) -> float:
    return sum(holds(b, t) for b, t in zip(briefs, texts, strict=True)) / len(texts)


def measure(briefs: Sequence[Brief], texts: Sequence[str]) -> dict[str, str]:
    """The rows of the report for one writer."""
    unknown, words = unknown_share(texts)
    rng = random.Random(0)

    def shows(brief: Brief, text: str) -> bool:
        return all(expresses(text, fact, brief.product) for fact in brief.facts)

    return {
        "names the product": f"{share(briefs, texts, lambda b, t: names_product(t, b.product)):.1%}",
        "form and length of the channel": f"{share(briefs, texts, lambda b, t: has_form(t, b.product, b.channel)):.1%}",
        "names the bank once or more": f"{share(briefs, texts, lambda _, t: '{bank}' in t):.1%}",
        "expresses the fact": f"{share(briefs, texts, shows):.1%}",
        "figures or Latin letters": f"{share(briefs, texts, lambda _, t: bool(re.search('[0-9A-Za-z]', bare(t)))):.2%}",
        "unknown words": f"{unknown:.2%} {' '.join(words)}",
        "word pairs never seen": f"{new_pairs(texts):.2%}",
        "distinct texts": f"{len(set(texts)) / len(texts):.1%}",
        "likeness of two texts (triples)": f"{self_similarity(texts, rng):.3f}",
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("model/weights/base-1.gguf"))
    parser.add_argument("--texts", type=int, default=1000, help="texts on held-out combinations")
    parser.add_argument("--read", type=int, default=40, help="texts to print")
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--out", type=Path, default=Path("var/eval"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    pairs = list(generate(args.texts, args.seed, aside=True))
    briefs = [brief for brief, _, _ in pairs]
    engine = build_engine(Settings(model=args.model), args.model, Stats())
    choices = write(engine, briefs, args.seed)
    version, texts = engine.model.version, [c.text for c in choices]
    engine.close()
    columns = {
        version: measure(briefs, texts),
        "slot filling": measure(briefs, [slot_filling(b) for b in briefs]),
        "corpus": measure(briefs, [text for _, _, text in pairs]),
    }
    lines = [
        f"| {args.texts} texts, held-out combinations | " + " | ".join(columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for row in columns[version]:
        lines.append(f"| {row} | " + " | ".join(column[row] for column in columns.values()) + " |")
    lines.append("")
    order = random.Random(args.seed).sample(range(len(texts)), min(args.read, len(texts)))
    for i in order:
        brief, logprobs = briefs[i], choices[i].logprobs or [0.0]
        head = f"{brief.product} {brief.channel} {brief.tone} {' '.join(brief.facts)}"
        lines.append(f"**{head}** (mean {statistics.mean(logprobs):.2f}, least {min(logprobs):.2f})\n\n{texts[i]}\n")
    report = "\n".join(lines)
    (args.out / "report.md").write_text(report + "\n", encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()

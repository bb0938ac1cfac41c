"""The rows of the report for one writer: every measure of a set of texts, by the briefs they were written for."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from model.brief import FACTS, Brief, expresses
from model.corpus.banks import names_product
from model.corpus.form import has_form
from model.evaluation import grammar, tone, variety, words
from model.fluency import strangeness

SEED = 5


@dataclass(frozen=True)
class Measure:
    """One number of the report. `examples` are the words or pairs behind it; a `share` is printed as per cent."""

    value: float
    share: bool = True
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = f"{self.value:.2%}" if self.share else f"{self.value:.3f}"
        return " ".join([shown, *(f"«{example}»" for example in self.examples[:4])])


def shows_fact(brief: Brief, text: str) -> bool:
    """Whether every fact of the brief that may be shown can be seen in the text."""
    return all(expresses(text, fact, brief.product) for fact in brief.facts)


def _share(briefs: Sequence[Brief], texts: Sequence[str], holds: Callable[[Brief, str], bool]) -> Measure:
    return Measure(sum(holds(b, t) for b, t in zip(briefs, texts, strict=True)) / max(1, len(texts)))


def measure(briefs: Sequence[Brief], texts: Sequence[str]) -> Mapping[str, Measure]:
    """Measures by name, for texts with their slots unfilled."""
    showable = [(b, t) for b, t in zip(briefs, texts, strict=True) if any(FACTS[fact].shown for fact in b.facts)]
    unknown, made_up = words.unknown_words(texts)
    disagreeing, pairs = grammar.error_share(texts)
    names = words.names_in(texts)
    return {
        "names the product": _share(briefs, texts, lambda b, t: names_product(t, b.product)),
        "form and length of the channel": _share(briefs, texts, lambda b, t: has_form(t, b.product, b.channel)),
        "names the bank": _share(briefs, texts, lambda _, t: "{bank}" in t),
        "shows the fact": _share([b for b, _ in showable], [t for _, t in showable], shows_fact),
        "keeps the tone": _share(briefs, texts, lambda b, t: tone.keeps_tone(t, b.tone)),
        "figures, foreign letters, slots unknown": _share(briefs, texts, lambda _, t: words.invents(t)),
        "names nobody asked for": Measure(len(names) / max(1, len(texts)), examples=tuple(names)),
        "unknown words": Measure(unknown, examples=tuple(made_up)),
        "texts with an error of agreement": Measure(disagreeing, examples=tuple(pairs)),
        "word pairs never written": Measure(statistics.mean(map(strangeness, texts))),
        "texts all of whose word pairs are known": Measure(sum(strangeness(t) == 0 for t in texts) / len(texts)),
        "distinct texts": Measure(len(set(texts)) / len(texts)),
        "self-BLEU": Measure(variety.self_bleu(texts, SEED), share=False),
        "longest copied run, median": Measure(statistics.median(map(variety.longest_run, texts))),
    }

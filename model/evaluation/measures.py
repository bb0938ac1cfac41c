"""The rows of the report for one writer: every measure of a set of texts, by the briefs they were written for."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from model.brief import FACTS, Brief, expresses, fitting_facts, shows_facts
from model.corpus import tone
from model.corpus.banks import name_stems, names_product, phrase_bank, stems
from model.corpus.form import has_form
from model.evaluation import grammar, variety, words
from model.fluency import strangeness, unknown_pairs, unknown_triples

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


def other_fact(brief: Brief, text: str) -> float:
    """Share of the product's other showable facts that the text seems to show too: what chance alone would reach."""
    others = [f for f in fitting_facts(brief.product) if f not in brief.facts and FACTS[f].shown]
    return statistics.mean(expresses(text, fact, brief.product) for fact in others)


@cache
def _benefit_stems(product: str) -> dict[str, list[frozenset[str]]]:
    own = name_stems(product)
    found = {}
    for tag, benefit in phrase_bank(product).benefits.items():
        phrases = [*benefit.wordings, *(sentence for some in benefit.offers.values() for sentence in some)]
        found[tag] = [stems_of for phrase in phrases if (stems_of := frozenset(stems(phrase) - own))]
    return found


def leads_with(brief: Brief, text: str) -> bool:
    """Whether of all the product's benefits the one of the brief is the nearest to the text, by word stems."""
    mine = stems(text)
    nearest = {
        tag: max(len(mine & phrase) / len(phrase) for phrase in phrases)
        for tag, phrases in _benefit_stems(brief.product).items()
    }
    return nearest[brief.benefit] >= max(nearest.values())


def _share(briefs: Sequence[Brief], texts: Sequence[str], holds: Callable[[Brief, str], bool]) -> Measure:
    return Measure(sum(holds(b, t) for b, t in zip(briefs, texts, strict=True)) / max(1, len(texts)))


def _columns(rows: Sequence[tuple[Brief, str]]) -> tuple[list[Brief], list[str]]:
    return [brief for brief, _ in rows], [text for _, text in rows]


def _mean(values: Iterable[float]) -> float:
    some = list(values)
    return statistics.mean(some) if some else 0.0


def measure(briefs: Sequence[Brief], texts: Sequence[str]) -> Mapping[str, Measure]:
    """Measures by name, for texts with their slots unfilled; at least one."""
    showable = [(b, t) for b, t in zip(briefs, texts, strict=True) if any(FACTS[fact].shown for fact in b.facts)]
    toned = [(b, t) for b, t in zip(briefs, texts, strict=True) if b.tone != "neutral"]
    asked = [(b, t) for b, t in zip(briefs, texts, strict=True) if b.benefit]
    runs = [variety.longest_run(text) for text in texts]
    unknown, made_up = words.unknown_words(texts)
    disagreeing, pairs = grammar.error_share(texts)
    names = words.names_in(texts)
    return {
        "names the product": _share(briefs, texts, lambda b, t: names_product(t, b.product)),
        "length with room to spare, as the corpus keeps it": _share(
            briefs, texts, lambda b, t: has_form(t, b.product, b.channel)
        ),
        "names the bank": _share(briefs, texts, lambda _, t: "{bank}" in t),
        "shows the fact": _share(*_columns(showable), shows_facts),
        "shows some other fact (chance)": Measure(_mean(other_fact(b, t) for b, t in showable)),
        "leads with the benefit asked for": _share(*_columns(asked), leads_with),
        "keeps the tone, formal and friendly": _share(*_columns(toned), lambda b, t: tone.keeps_tone(t, b.tone)),
        "figures, foreign letters, slots unknown": _share(briefs, texts, lambda _, t: words.invents(t)),
        "names nobody asked for": Measure(len(names) / max(1, len(texts)), examples=tuple(names)),
        "unknown words": Measure(unknown, examples=tuple(made_up)),
        "texts with an error of agreement": Measure(disagreeing, examples=tuple(pairs)),
        "word pairs never written": Measure(_mean(map(unknown_pairs, texts))),
        "word triples never written": Measure(_mean(map(unknown_triples, texts))),
        "texts all of whose word triples are known": Measure(sum(strangeness(t) == 0 for t in texts) / len(texts)),
        "distinct texts": Measure(len(set(texts)) / len(texts)),
        "self-BLEU": Measure(variety.self_bleu(texts, SEED), share=False),
        "longest copied run, median": Measure(statistics.median(runs)),
        "texts copied whole": Measure(sum(run == 1 for run in runs) / len(runs)),
        "sentences written by hand": Measure(_mean(map(variety.copied_sentences, texts))),
    }

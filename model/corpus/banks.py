"""Loads the hand-written files of the corpus: phrase banks, couplets and whole texts."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from model.brief import PRODUCTS, file_code

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Benefit:
    """What a product is good for: `wordings` are clauses, `offers` sentences by tone that name product and bank."""

    tag: str
    wordings: list[str]
    offers: dict[str, list[str]]


@dataclass(frozen=True)
class Opening:
    """A sentence that shows a fact. `leads_to`: tags of the benefits whose offers may follow; «closer» for a closer."""

    text: str
    leads_to: tuple[str, ...]


@dataclass(frozen=True)
class Couplet:
    """An opening and an offer written as one thought, with a title for a push.

    `fact` is empty where any client may be meant; `benefit` is the tag of what the couplet speaks of.
    """

    fact: str
    tone: str
    benefit: str
    title: str
    text: str


@dataclass(frozen=True)
class PhraseBank:
    """One product's phrases.

    `names` by case, `benefits` by tag, `openings` by client fact (or «any»); `actions` are calls to action, `closers`
    by tone are calls that name product and bank, for messages too short for more.
    """

    names: dict[str, list[str]]
    benefits: dict[str, Benefit]
    openings: dict[str, list[Opening]]
    actions: list[str]
    closers: dict[str, list[str]]


@dataclass(frozen=True)
class WholeText:
    """A text written by hand as one piece."""

    product: str
    channel: str
    tone: str
    facts: tuple[str, ...]
    text: str


def _yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@cache
def phrase_bank(product: str) -> PhraseBank:
    """The phrase bank of a product, names with «наш банк» put as {bank}."""
    raw = _yaml(HERE / "phrases" / f"{file_code(product)}.yaml")
    names = {case: [n.replace("наш банк", "{bank}") for n in forms] for case, forms in raw["names"].items()}
    benefits = {b["tag"]: Benefit(b["tag"], b["wordings"], b["offers"]) for b in raw["benefits"]}
    openings = {
        fact: [Opening(one["text"], tuple(one["leads_to"])) for one in some] for fact, some in raw["openings"].items()
    }
    return PhraseBank(names, benefits, openings, raw["actions"], raw["closers"])


@cache
def common_bank() -> dict[str, Any]:
    """Phrases that serve every product; see the keys of `phrases/common.yaml`."""
    bank: dict[str, Any] = _yaml(HERE / "phrases" / "common.yaml")
    return bank


@cache
def fit() -> dict[str, list[str]]:
    """The facts that fit each product, by canonical product code."""
    raw = _yaml(HERE / "fit.yaml")
    return {product: raw[file_code(product)] for product in PRODUCTS}


def _rows(folder: str, product: str) -> list[dict[str, Any]]:
    path = HERE / folder / f"{file_code(product)}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@cache
def whole_texts(product: str) -> list[WholeText]:
    """The whole texts of a product, in the order of its file."""
    rows = _rows("texts", product)
    return [WholeText(product, r["channel"], r["tone"], tuple(r["facts"]), r["text"]) for r in rows]


@cache
def couplets(product: str) -> list[Couplet]:
    """The couplets of a product, in the order of its file."""
    return [Couplet(**row) for row in _rows("couplets", product)]


STEM = 5
"""Letters of a word that are taken for its stem."""


def stems(text: str) -> set[str]:
    """First letters of the words of three letters or more, ё as е; slots do not count."""
    return {w[:STEM] for w in re.findall(r"[а-я]{3,}", re.sub(r"\{\w+\}", "", text.lower().replace("ё", "е")))}


@cache
def name_stems(product: str) -> frozenset[str]:
    """Stems of the words in the product's names."""
    forms = (name for names in phrase_bank(product).names.values() for name in names)
    return frozenset().union(*map(stems, forms))


@cache
def _heads(product: str) -> re.Pattern[str]:
    raw = _yaml(HERE / "heads.yaml")
    return re.compile(r"\b(?:" + "|".join(raw[file_code(product)]) + ")")


def names_product(text: str, product: str) -> bool:
    """Whether the text says what is offered (see `heads.yaml`)."""
    return bool(_heads(product).search(text.lower().replace("ё", "е")))

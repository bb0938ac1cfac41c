"""The rank score: how likely a candidate text is to be a good one, before reviewers have labelled any.

A plain logistic function over evidence that costs nothing to collect: how sure the language model was of its words,
whether the text fits its channel and shows the client's fact, what the guard warned about, how much the call repeats
itself, and whether the sentence joints look broken. The weights are set by hand (the reason stands beside each), so the
number orders candidates honestly but is no probability: offers carry `calibrated: false` until labels have fitted it.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

INTERCEPT = 1.1
WEIGHTS: Mapping[str, float] = {
    # one nat less certainty per token is the step from fluent to shaky in texts of the shipped model
    "mean_logprob": 1.1,
    # a single very unlikely token is the usual trace of a broken word or a joint that was never seen
    "min_logprob": 0.16,
    # a text that shows why it was written for this client is what a marketer asks for: worth two grades of strangeness
    "fact_expressed": 2.5,
    # half-empty and brim-full texts read worse; the channel's hard limit is enforced elsewhere
    "length_fit": 0.6,
    # a warning is lawful but debatable; three of them are a reason to look for another candidate
    "warnings": -0.45,
    # share of the text's word triples that this call has already used: clients talk to each other
    "repetition": -6.0,
    # word triples that no author of the corpus joined, five or more being 1: each is a grade, the thread was lost there
    "strangeness": -5.0,
    # each broken joint (doubled word, stray punctuation, cut sentence) is worth about one grade
    "oddities": -0.9,
}
LOGPROB_FLOOR = -6.0
TOKEN_FLOOR = -14.0
COMFORTABLE_FILL = (0.35, 0.95)
MOST_COUNTED = 3
BUTTON_WORDS = 4
"""A last part this short may be the label of a button («Узнать условия») and needs no full stop."""

_WORD = re.compile(r"[а-яёa-z]+|\{[a-z]+\}", re.IGNORECASE)
_ODD_JOINTS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"\b([а-яё]{2,})\s+\1\b", re.IGNORECASE),  # doubled word
        (r"\s[,.;:!?]", 0),  # space before punctuation
        (r"[,;:]\s*[,;:.!?]|\.\s*,|(?<!\.)\.\.(?!\.)", 0),  # punctuation after punctuation
        (r"[.!?]\s+[а-яё]", 0),  # a sentence that starts small
        (r"(?<=[а-яё]),(?=[а-яё])", re.IGNORECASE),  # no space after a comma
        (r"\b(?:и|а|но|или|в|на|с|к|по|за|для|от|из|о|у|что|чтобы|если)\s*[.!?](?:\s|$)", re.IGNORECASE),  # cut off
        (r"\}[а-яё]|[а-яё]\{", re.IGNORECASE),  # a slot grown into a word
        (r"([а-яё])\1\1", re.IGNORECASE),  # three equal letters
        (r"[а-яё][a-z]|[a-z][а-яё]", re.IGNORECASE),  # alphabets mixed inside a word
        (r"[а-яё]{25,}", re.IGNORECASE),  # words run together
    )
)
_CUT_OFF = re.compile(r"\b(?:и|а|но|или|в|на|с|к|по|за|для|от|из|о|у|что|чтобы|если|не)$", re.IGNORECASE)
_PAIRS = (("«", "»"), ("(", ")"), ("{", "}"))


@dataclass(frozen=True)
class Evidence:
    """What is known about one candidate. `body` is the model's own text, with its slots still unfilled."""

    body: str
    token_logprobs: Sequence[float]
    fill: float
    """Length of the whole text as a share of the channel's limit."""
    fact_expressed: bool | None
    """None when the brief had no fact to show."""
    warnings: int
    repetition: float = 0.0
    strangeness: float = 0.0
    """Word triples unknown to the corpus, as `model.fluency` counts them; 0 for models that were not trained on it."""


@lru_cache(maxsize=4096)
def oddities(body: str) -> int:
    """How many kinds of broken joints the text shows; each kind counts once."""
    found = sum(bool(pattern.search(body)) for pattern in _ODD_JOINTS)
    found += sum(body.count(opening) != body.count(closing) for opening, closing in _PAIRS)
    parts = re.split(r"(?<=[.!?…])\s+|\n", body.rstrip())
    whole = parts[-1].endswith((".", "!", "?", "»", "}", ")", "…"))
    button = len(parts) > 1 and len(parts[-1].split()) <= BUTTON_WORDS and not _CUT_OFF.search(parts[-1])
    return found + (not whole and not button) + _repeats_its_head(body)


def _repeats_its_head(body: str) -> bool:
    """Whether a title, subject or preheader is said again word for word in what follows."""
    *heads, rest = body.split("\n", 2) if body.startswith("Тема:") else body.split("\n", 1)
    said = [head.partition(": ")[2] or head for head in heads]
    below = [*said[1:], rest]
    return any(said_again(head, " ".join(below[i:])) for i, head in enumerate(said))


def said_again(head: str, below: str) -> bool:
    """Whether a title, subject or preheader stands word for word in what follows it."""
    return head.strip(" .!?").lower() in below.lower()


def word_triples(body: str) -> frozenset[tuple[str, ...]]:
    """The consecutive word triples of a text, slots counting as words."""
    words = [word.lower() for word in _WORD.findall(body)]
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def repetition(triples: frozenset[tuple[str, ...]], used: Counter[tuple[str, ...]]) -> float:
    """Share of the triples that texts chosen earlier in the call have used; 0 for a text too short to tell."""
    return sum(1 for triple in triples if triple in used) / len(triples) if triples else 0.0


def token_statistics(logprobs: Sequence[float]) -> dict[str, float]:
    """Count, mean, minimum and spread of the token log-probabilities (natural logarithm)."""
    if not logprobs:
        return {"tokens": 0, "mean_logprob": LOGPROB_FLOOR, "min_logprob": TOKEN_FLOOR, "std_logprob": 0.0}
    mean = sum(logprobs) / len(logprobs)
    spread = math.sqrt(sum((value - mean) ** 2 for value in logprobs) / len(logprobs))
    return {
        "tokens": len(logprobs),
        "mean_logprob": round(mean, 4),
        "min_logprob": round(min(logprobs), 4),
        "std_logprob": round(spread, 4),
    }


def rank_features(evidence: Evidence) -> dict[str, float]:
    """The inputs of `rank_score`, bounded so that no single one can decide alone."""
    tokens = token_statistics(evidence.token_logprobs)
    return {
        "mean_logprob": max(tokens["mean_logprob"], LOGPROB_FLOOR),
        "min_logprob": max(tokens["min_logprob"], TOKEN_FLOOR),
        "fact_expressed": {True: 1.0, False: 0.0, None: 0.5}[evidence.fact_expressed],
        "length_fit": _length_fit(evidence.fill),
        "warnings": float(min(evidence.warnings, MOST_COUNTED)),
        "repetition": evidence.repetition,
        "strangeness": evidence.strangeness,
        "oddities": float(min(oddities(evidence.body), MOST_COUNTED)),
    }


def rank_score(features: Mapping[str, float]) -> float:
    """The score in 0..1: a logistic function of the weighted features."""
    z = INTERCEPT + math.fsum(weight * features[name] for name, weight in WEIGHTS.items())
    return 1.0 / (1.0 + math.exp(-z))


def count_triples(bodies: Iterable[str]) -> Counter[tuple[str, ...]]:
    """Word triples of texts already chosen, for `repetition`."""
    used: Counter[tuple[str, ...]] = Counter()
    for body in bodies:
        used.update(word_triples(body))
    return used


def _length_fit(fill: float) -> float:
    """1 in the comfortable range of the channel's length, falling to 0 at an empty text; over-full counts as half."""
    low, high = COMFORTABLE_FILL
    if fill > high:
        return 0.5
    return 1.0 if fill >= low else max(fill, 0.0) / low

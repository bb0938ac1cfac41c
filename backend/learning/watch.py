"""Whether a new version does worse at work than the one before it, and what follows from that.

Failures are compared by Fisher's exact test, one-sided; so is the share of candidates that the guard refuses, with a
stricter limit and a least difference, since candidates of one client resemble each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LEAST_LABELS = 20
LEAST_CANDIDATES = 200
P_FAILURES = 0.05
P_REFUSED = 0.001
LEAST_RISE = 0.02


@dataclass(frozen=True)
class Counts:
    """What is known of a version at work: labelled texts, those labelled a failure; candidates, those refused."""

    labelled: int = 0
    failures: int = 0
    candidates: int = 0
    refused: int = 0


class Step(StrEnum):
    STAY = "stay"
    ROLL_BACK = "roll_back"
    MAKE_FULL = "make_full"


@dataclass(frozen=True)
class Verdict:
    """What to do, and why, in words with the numbers."""

    step: Step
    words: str = ""


def judge(new: Counts, old: Counts, names: tuple[str, str], full_after: int | None = None) -> Verdict:
    """`names` of the new version and of the old one. `full_after`: labels that make a canary full; None: a person does.

    Worse is worse at once; good needs its number of labels.
    """
    if worse := _worse_labels(new, old, names) or _worse_candidates(new, old, names):
        return Verdict(Step.ROLL_BACK, worse)
    if full_after is not None and new.labelled >= full_after:
        return Verdict(Step.MAKE_FULL, f"Не хуже прежней: {_shares('неудач', _failures(new), _failures(old), names)}")
    return Verdict(Step.STAY)


def _failures(counts: Counts) -> tuple[int, int]:
    return counts.failures, counts.labelled


def _refused(counts: Counts) -> tuple[int, int]:
    return counts.refused, counts.candidates


def _worse_labels(new: Counts, old: Counts, names: tuple[str, str]) -> str | None:
    if new.labelled < LEAST_LABELS:
        return None
    p = more_often(_failures(new), _failures(old))
    return _words("Больше неудач", "неудач", _failures(new), _failures(old), names, p) if p < P_FAILURES else None


def _worse_candidates(new: Counts, old: Counts, names: tuple[str, str]) -> str | None:
    if new.candidates < LEAST_CANDIDATES or not old.candidates:
        return None
    if new.refused / new.candidates - old.refused / old.candidates < LEAST_RISE:
        return None
    p = more_often(_refused(new), _refused(old))
    what = "отклонённых проверкой черновиков"
    return _words("Проверка отклоняет больше", what, _refused(new), _refused(old), names, p) if p < P_REFUSED else None


def more_often(new: tuple[int, int], old: tuple[int, int]) -> float:
    """The p-value for "it happens more often in `new`"; both are (how often, of how many)."""
    from scipy.stats import fisher_exact  # noqa: PLC0415 - a second of imports that only this job of the worker needs

    table = [[new[0], new[1] - new[0]], [old[0], old[1] - old[0]]]
    return float(fisher_exact(table, alternative="greater").pvalue)


def _words(head: str, what: str, new: tuple[int, int], old: tuple[int, int], names: tuple[str, str], p: float) -> str:
    shown = f"{p:.3f}".replace(".", ",") if p >= 0.001 else "меньше 0,001"
    return f"{head}: {_shares(what, new, old, names)}; точный тест Фишера, p = {shown}"


def _shares(what: str, new: tuple[int, int], old: tuple[int, int], names: tuple[str, str]) -> str:
    return f"{what} у {names[0]} {_share(new)}, у {names[1]} {_share(old)}"


def _share(one: tuple[int, int]) -> str:
    part, whole = one
    return f"{part} из {whole} ({100 * part / whole:.0f} %)" if whole else "нет данных"


def counts_of(labels: Mapping[str, Any], refusals: Mapping[str, Any], name: str) -> Counts:
    """The counts of a version from tallies of labels and of candidates."""
    tally, refused = labels.get(name), refusals.get(name)
    return Counts(
        labelled=tally.labelled if tally else 0,
        failures=tally.labelled - tally.success if tally else 0,
        candidates=refused.candidates if refused else 0,
        refused=refused.refused if refused else 0,
    )

"""Whether a new version does worse at work than the one before it, and what follows from that.

Failures are compared product by product, the candidates that the guard refuses by product, channel and rules: what is
asked for changes from day to day, and some products are harder than others. The test over all of these strata is
Fisher's, exact and one-sided, conditional on the margins of each (Mantel and Haenszel, 1959). Its limits are strict,
since it is repeated every two minutes, and candidates of one client resemble each other. What only one of the versions
has written about says nothing, neither against the new one nor for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

LEAST_LABELS = 20
"""Of each version, on products of which both have some."""
LEAST_CANDIDATES = 200
P_FAILURES = 0.01
P_REFUSED = 0.001
LEAST_RISE = 0.02

Share = tuple[int, int]
"""How often, of how many."""
Strata = Mapping[str, Share]


@dataclass(frozen=True)
class Counts:
    """What is known of a version at work: failures of labelled texts, and refused ones of all candidates."""

    failures: Strata = field(default_factory=dict)
    refused: Strata = field(default_factory=dict)


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

    Worse is worse at once; good needs its number of labels, and as many of the old version as a comparison takes.
    """
    if worse := _worse_labels(new, old, names) or _worse_candidates(new, old, names):
        return Verdict(Step.ROLL_BACK, worse)
    if full_after is not None and (good := _compared(new, old, names, full_after)):
        return Verdict(Step.MAKE_FULL, good)
    return Verdict(Step.STAY)


def _compared(new: Counts, old: Counts, names: tuple[str, str], full_after: int) -> str | None:
    pairs = _common(new.failures, old.failures)
    (_, labelled), (_, of_old) = both = _totals(pairs)
    if labelled < full_after or of_old < LEAST_LABELS:
        return None
    return f"Не хуже прежней: {_shares('неудач', *both, names)}"


def _worse_labels(new: Counts, old: Counts, names: tuple[str, str]) -> str | None:
    pairs = _common(new.failures, old.failures)
    if total(mine for mine, _ in pairs)[1] < LEAST_LABELS:
        return None
    p = more_often(pairs)
    return _words("Больше неудач", "неудач", pairs, names, "продуктам", p) if p < P_FAILURES else None


def _worse_candidates(new: Counts, old: Counts, names: tuple[str, str]) -> str | None:
    pairs = _common(new.refused, old.refused)
    if total(mine for mine, _ in pairs)[1] < LEAST_CANDIDATES or _rise(pairs) < LEAST_RISE:
        return None
    p = more_often(pairs)
    what = "отклонённых проверкой черновиков"
    words = _words("Проверка отклоняет больше", what, pairs, names, "продуктам и каналам", p)
    return words if p < P_REFUSED else None


def _common(new: Strata, old: Strata) -> list[tuple[Share, Share]]:
    """Both versions' numbers where both have some."""
    return [(new[name], old[name]) for name in sorted(new.keys() & old.keys()) if new[name][1] and old[name][1]]


def total(shares: Iterable[Share]) -> Share:
    """Added up."""
    listed = list(shares)
    return sum(part for part, _ in listed), sum(whole for _, whole in listed)


def _totals(pairs: Sequence[tuple[Share, Share]]) -> tuple[Share, Share]:
    return total(mine for mine, _ in pairs), total(former for _, former in pairs)


def _rise(pairs: Sequence[tuple[Share, Share]]) -> float:
    """By how much the share of `new` is higher, as the strata of `new` weigh."""
    whole = sum(of for (_, of), _ in pairs)
    return sum(of * (part / of - former / old_of) for (part, of), (former, old_of) in pairs) / whole


def more_often(pairs: Sequence[tuple[Share, Share]]) -> float:
    """The p-value for "it happens more often in the first of each pair", given how often it happens in both together.

    The sum over the strata of hypergeometric numbers; one stratum is Fisher's exact test.
    """
    import numpy as np  # noqa: PLC0415 - a second of imports that only this job of the worker needs
    from scipy.stats import hypergeom  # noqa: PLC0415

    chances = np.ones(1)
    for (part, of), (former, old_of) in pairs:
        happened = part + former
        most = min(of, happened)
        chances = np.convolve(chances, hypergeom.pmf(np.arange(most + 1), of + old_of, happened, of))
    return min(1.0, float(chances[total(mine for mine, _ in pairs)[0] :].sum()))


def _words(
    head: str, what: str, pairs: Sequence[tuple[Share, Share]], names: tuple[str, str], by: str, p: float
) -> str:
    shown = f"{p:.3f}".replace(".", ",") if p >= 0.001 else "меньше 0,001"
    return f"{head}: {_shares(what, *_totals(pairs), names)}; точный тест по {by}, p = {shown}"


def _shares(what: str, new: Share, old: Share, names: tuple[str, str]) -> str:
    return f"{what} у {names[0]} {_share(new)}, у {names[1]} {_share(old)}"


def _share(one: Share) -> str:
    part, whole = one
    return f"{part} из {whole} ({100 * part / whole:.0f} %)" if whole else "нет данных"

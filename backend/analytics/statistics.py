"""Intervals of shares and the calibration of a confidence. Pure: counts in, numbers out.

Wilson score interval: E. B. Wilson, JASA 22 (1927) 209-212. Difference of two shares: R. G. Newcombe, Statistics in
Medicine 17 (1998) 873-890, method 10. Expected calibration error: Naeini et al., AAAI 2015, with equally wide bins.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054
"""The normal quantile that leaves 2.5 % on each side."""


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval; all three are None where nothing was counted."""

    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Difference:
    """How much larger the second of two shares is, with its 95 % interval. Zero inside it: no telling yet."""

    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Bin:
    """Labelled texts of similar confidence. `confidence` is the mean of theirs, `share` that of successes."""

    low: float
    high: float
    count: int
    confidence: float
    share: Share


@dataclass(frozen=True)
class Calibration:
    """How far the confidence can be believed.

    `ece`: mean distance of confidence and success, weighted by the bins' counts. `brier`: mean square of confidence
    minus outcome. `brier_base`: the same for always answering the share of successes; a useful confidence is below it.
    """

    ece: float
    brier: float
    brier_base: float


def wilson(success: int, total: int) -> Share:
    """The share of successes with its Wilson score interval, which holds its promise for small counts too."""
    if total == 0:
        return Share(None, None, None)
    rate, z2 = success / total, Z95**2
    middle = (rate + z2 / (2 * total)) / (1 + z2 / total)
    half = Z95 / (1 + z2 / total) * math.sqrt(rate * (1 - rate) / total + z2 / (4 * total**2))
    # the ends are exact where all or none succeeded; rounding must not leave them beside the rate
    low = 0.0 if success == 0 else max(0.0, middle - half)
    high = 1.0 if success == total else min(1.0, middle + half)
    return Share(rate, low, high)


def difference(before: Share, after: Share) -> Difference | None:
    """`after` less `before` by Newcombe's hybrid score interval; None where one of them is not known."""
    if before.rate is None or before.low is None or before.high is None:
        return None
    if after.rate is None or after.low is None or after.high is None:
        return None
    gap = after.rate - before.rate
    down = math.hypot(after.rate - after.low, before.high - before.rate)
    up = math.hypot(after.high - after.rate, before.rate - before.low)
    return Difference(gap, gap - down, gap + up)


def calibration(bins: Sequence[Bin], squares: float) -> Calibration | None:
    """The errors of a confidence; `squares` is the sum of (confidence - outcome)². None without labels."""
    total = sum(one.count for one in bins)
    if total == 0:
        return None
    apart = math.fsum(one.count * abs(one.confidence - (one.share.rate or 0.0)) for one in bins)
    base = math.fsum(one.count * (one.share.rate or 0.0) for one in bins) / total
    return Calibration(apart / total, squares / total, base * (1 - base))

"""The gate: whether a challenger may follow the champion. Pure numbers in, a decision with its reasons in words out.

Both wrote for the same clients with the same seeds, several times for each gold client. A judge that gold labels have
set, which neither of them has seen, says how likely a reviewer accepts each text. The challenger has to win the gold
clients by an exact sign test and by a margin; what it must not lose is compared measure by measure, and any harm is a
veto.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest, fisher_exact

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

SIGNIFICANT = 0.01
BELIEVABLE = 0.001
"""For the judge, whose test is a little too easily content: of a dozen fitted to noise one had p = 0.008."""
MARGIN = 0.02
"""Least gain in the judge's mean probability of a success."""
CLEARLY = 0.02
"""Clients whose mean probabilities are nearer than this count for nobody."""
HARMED = 0.05
RESAMPLES = 2000


class Verdict(StrEnum):
    """Of the gate as a whole."""

    WIN = "win"
    TIE = "tie"
    VETO = "veto"


@dataclass(frozen=True)
class Dimension:
    """One measure of both versions. `low` and `high` bound the difference where it has an interval."""

    name: str
    champion: float | None
    challenger: float | None
    verdict: str
    words: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Shares:
    """How many of how many texts have a property, of each version."""

    champion: int
    challenger: int
    of: tuple[int, int]


@dataclass(frozen=True)
class Measured:
    """What the evaluation found of champion and challenger, in this order in every pair."""

    judge_p: float
    """That nothing is known of wordings (`judge.Judge.p_value`)."""
    score_p: float
    """The same of the challenger's score, on gold labels that it never saw."""
    success: tuple[Numbers, Numbers] | None
    """The judge's probability for each text, 0 where there is none; None without a judge."""
    sources: Places
    """Which client each of them was written for: texts for one are not independent of each other."""
    fidelity: Shares
    product: Shares
    refused: Shares
    distinct: Shares
    bits_per_byte: tuple[float, float]
    length: tuple[float, float]
    """Mean share of the channel's length."""
    tokens: tuple[float, float]
    """Mean tokens of a text: what its time depends on between models of one shape, without a clock's noise."""
    brier: tuple[float | None, float]
    """Of the confidence on gold labels; None for a champion whose confidence is no probability."""


@dataclass(frozen=True)
class Decision:
    """What the gate says and why. `wins`, `losses` and `ties` count gold clients; without a judge nobody won any."""

    verdict: Verdict
    summary: str
    dimensions: Sequence[Dimension]
    wins: int
    losses: int
    ties: int
    p_value: float

    def to_json(self) -> dict[str, Any]:
        """As it is stored and shown."""
        return asdict(self)


MOST_BITS, MOST_TIME, LEAST_DISTINCT, MOST_LENGTH, MOST_BRIER = 1.10, 1.20, 0.90, 0.15, 0.02
"""Bits per byte and time as a ratio, distinct texts as a ratio, length and Brier score as a difference."""


UNKNOWN = Dimension(
    "success", None, None, "unknown", "Доля успеха не измерена: отложенных меток каждого вида слишком мало"
)


def decide(measured: Measured) -> Decision:
    """The decision. A tie keeps the champion; so does whatever cannot be told."""
    gains = gains_of(measured)
    wins, losses, ties, p_value = paired(gains)
    success = _success(measured.success, gains, p_value) if measured.success else UNKNOWN
    dimensions = [
        success,
        *_shares(measured),
        _distinct(measured.distinct),
        _ratio("likelihood", measured.bits_per_byte, MOST_BITS, "Бит на байт отложенных текстов"),
        _length(measured.length),
        _ratio("latency", measured.tokens, MOST_TIME, "Токенов на текст, от чего зависит время"),
        _calibration(measured.brier),
    ]
    harmed = [one for one in dimensions if one.verdict == "worse"]
    blind = _cannot_tell(measured)
    verdict = Verdict.VETO if harmed else Verdict.WIN if success.verdict == "better" and not blind else Verdict.TIE
    return Decision(verdict, _summary(verdict, harmed, blind, success), dimensions, wins, losses, ties, p_value)


def gains_of(measured: Measured) -> Numbers:
    """The challenger's mean gain for each gold client, shape (gold clients,); none without a judge."""
    if measured.success is None:
        return np.zeros(0)
    champion, challenger = measured.success
    _, places, counts = np.unique(measured.sources, return_inverse=True, return_counts=True)
    found: Numbers = np.bincount(places, challenger - champion) / counts
    return found


def paired(gains: Numbers) -> tuple[int, int, int, float]:
    """Wins, losses and ties of the challenger, and the one-sided p-value of the exact sign test."""
    wins, losses = int((gains > CLEARLY).sum()), int((gains < -CLEARLY).sum())
    p_value = float(binomtest(wins, wins + losses, alternative="greater").pvalue) if wins + losses else 1.0
    return wins, losses, len(gains) - wins - losses, p_value


def _success(success: tuple[Numbers, Numbers], gains: Numbers, p_value: float) -> Dimension:
    champion, challenger = success
    rng = np.random.default_rng(1)
    means = rng.choice(gains, (RESAMPLES, len(gains))).mean(axis=1)
    low, high = float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))
    gain = float(gains.mean())
    verdict = "better" if gain >= MARGIN and p_value < SIGNIFICANT else "worse" if high < 0 else "same"
    told = {"better": "выше", "worse": "ниже", "same": "не отличается надёжно"}[verdict]
    words = f"Доля успеха по отложенным меткам {told}: {champion.mean():.1%} → {challenger.mean():.1%}"
    return Dimension("success", float(champion.mean()), float(challenger.mean()), verdict, words, low, high)


def _cannot_tell(measured: Measured) -> str:
    if measured.judge_p >= BELIEVABLE:
        return "отложенные метки не дают отличить успех от неудачи: их мало, они случайны или противоречивы"
    if measured.score_p >= SIGNIFICANT:
        return "новая оценка успеха не отличает успех от неудачи на отложенных метках"
    return ""


def _shares(measured: Measured) -> list[Dimension]:
    return [
        _share("fidelity", measured.fidelity, "Показывают факт о клиенте", good=True),
        _share("product", measured.product, "Называют продукт", good=True),
        _share("lawfulness", measured.refused, "Остановлены проверкой закона", good=False),
    ]


def _share(name: str, counts: Shares, title: str, *, good: bool) -> Dimension:
    """Worse when the exact test of Fisher says so; better and the same are told apart in the same way."""
    both = (counts.champion, counts.challenger)
    champion, challenger = (n / of if of else 0.0 for n, of in zip(both, counts.of, strict=True))
    rows = [[n, of - n] for n, of in zip((counts.challenger, counts.champion), reversed(counts.of), strict=True)]
    up, down = (float(fisher_exact(rows, alternative=side).pvalue) for side in ("greater", "less"))
    worse, better = (down, up) if good else (up, down)
    verdict = "worse" if worse < HARMED else "better" if better < HARMED else "same"
    return Dimension(name, champion, challenger, verdict, f"{title}: {champion:.1%} → {challenger:.1%}")


def _distinct(counts: Shares) -> Dimension:
    champion, challenger = (
        n / of if of else 0.0 for n, of in zip((counts.champion, counts.challenger), counts.of, strict=True)
    )
    verdict = "worse" if challenger < LEAST_DISTINCT * champion else "same"
    return Dimension("diversity", champion, challenger, verdict, f"Разных текстов: {champion:.1%} → {challenger:.1%}")


def _ratio(name: str, values: tuple[float, float], most: float, title: str) -> Dimension:
    champion, challenger = values
    verdict = "worse" if challenger > most * champion else "better" if challenger * most < champion else "same"
    return Dimension(name, champion, challenger, verdict, f"{title}: {champion:.3g} → {challenger:.3g}")


def _length(values: tuple[float, float]) -> Dimension:
    champion, challenger = values
    verdict = "worse" if abs(challenger - champion) > MOST_LENGTH else "same"
    return Dimension(
        "length", champion, challenger, verdict, f"Длина от предела канала: {champion:.0%} → {challenger:.0%}"
    )


def _calibration(values: tuple[float | None, float]) -> Dimension:
    champion, challenger = values
    if champion is None:
        words = f"Уверенность стала вероятностью: ошибка Брайера {challenger:.3f}"
        return Dimension("calibration", None, challenger, "same", words)
    verdict = (
        "worse" if challenger > champion + MOST_BRIER else "better" if challenger < champion - MOST_BRIER else "same"
    )
    words = f"Ошибка уверенности (Брайер): {champion:.3f} → {challenger:.3f}"
    return Dimension("calibration", champion, challenger, verdict, words)


def _summary(verdict: Verdict, harmed: Sequence[Dimension], blind: str, success: Dimension) -> str:
    if verdict is Verdict.VETO:
        return f"Остаётся прежняя версия: новая хуже. {'. '.join(one.words for one in harmed)}."
    if verdict is Verdict.TIE:
        return f"Остаётся прежняя версия: {blind or 'новая не лучше настолько, чтобы это не было случайностью'}."
    return f"Новая версия лучше. {success.words}."


def samples(
    rows: Sequence[Mapping[str, Any]], success: tuple[Numbers, Numbers] | None, count: int
) -> list[dict[str, Any]]:
    """Pairs to be read by a person: spread evenly from the clearest win to the clearest loss.

    Without a judge the first of them, and none is preferred.
    """
    if success is None:
        return [{**row, "preferred": None} for row in rows[:count]]
    gains = success[1] - success[0]
    order = np.argsort(-gains, kind="stable")
    picked = order[np.unique(np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(int))]
    return [{**rows[i], "preferred": _preferred(float(gains[i]))} for i in picked]


def _preferred(gain: float) -> str:
    return "challenger" if gain > CLEARLY else "champion" if gain < -CLEARLY else "same"

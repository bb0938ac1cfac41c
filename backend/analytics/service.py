"""The door of analytics: tallies of offers, with intervals and in words. Nothing is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from backend.analytics.statistics import Bin, Share, calibration, difference, wilson
from backend.catalogue import service as catalogue
from backend.clients.service import SEGMENTS
from backend.learning import versions
from backend.offers import service as offers
from backend.offers.service import ConfidenceTally, ReasonTally, Tally

LAST_VERSIONS = 10
_STATES: Sequence[Mapping[str, Any]] = [{"limit": 10_000}, {"limit": 10_000, "state": "archived"}]
"""The whole catalogue: texts of products that are off sale have a history, too."""

Filters = Mapping[str, Any]


def rates(by: str, filters: Filters) -> dict[str, Any]:
    """The share of successes per value of `by`: versions and weeks by their time, others by their count of labels."""
    tallies = _ordered(by, offers.tallies_by_group(by, filters))
    names = _names(by)
    groups = [{"key": one.key, "name": names.get(one.key or "", one.key), **_counted(one)} for one in tallies]
    return {"by": by, "total": _counted(_sum(tallies)), "groups": groups}


def _ordered(by: str, tallies: list[Tally]) -> list[Tally]:
    if by == "week":
        return tallies
    if by == "model_version":
        counted = {one.key: one for one in tallies}
        return [counted[use.model_version] for use in offers.uses_of_versions([one.key for one in tallies if one.key])]
    return sorted(tallies, key=lambda one: (-one.labelled, -one.texts))


def confidence(filters: Filters) -> dict[str, Any]:
    """How well the confidence of labelled texts told their success."""
    tallies = offers.tallies_by_confidence(filters)
    bins = [_bin(one) for one in tallies]
    errors = calibration(bins, sum(one.squares for one in tallies))
    return {
        "labelled": sum(one.labelled for one in tallies),
        "calibrated": sum(one.calibrated for one in tallies),
        "bins": [_shown_bin(one) for one in bins],
        **(asdict(errors) if errors else {"ece": None, "brier": None, "brier_base": None}),
    }


def reasons(by: str | None, filters: Filters) -> dict[str, Any]:
    """Why texts failed: all together, and per product or channel where asked. A failure may name several reasons."""
    failures = offers.failures(by, filters)
    tallies = offers.tallies_by_reason(by, filters)
    names = _names(by) if by else {}
    groups = [
        {"key": key, "name": names.get(key or "", key), "failures": count, "reasons": _reasons(tallies, count, key)}
        for key, count in sorted(failures.items(), key=lambda one: -one[1])
        if by
    ]
    total = sum(failures.values())
    return {
        "failures": total,
        "without_reason": sum(one.failures for one in tallies if one.code is None),
        "reasons": _reasons(tallies, total),
        "groups": groups,
    }


def summary(filters: Filters) -> dict[str, Any]:
    """The headline numbers, the days, and the last model versions, each compared with the one it took over from."""
    by_version = offers.tallies_by_group("model_version", filters)
    drawn = offers.tallies_by_group("model_version", {**filters, "drawn": True})
    total = _sum(by_version)
    return {
        **_counted(total),
        "unlabelled_share": 1 - total.labelled / total.texts if total.texts else None,
        "days": _days(offers.texts_by_day(filters), offers.labels_by_day(filters)),
        "champion": versions.champion_name(),
        "versions": _versions(by_version, drawn),
    }


def _days(texts: Mapping[date, int], labels: Mapping[date, int]) -> list[dict[str, Any]]:
    """Days on which something was written or judged, in their order."""
    days = sorted(texts.keys() | labels.keys())
    return [{"day": day, "texts": texts.get(day, 0), "labels": labels.get(day, 0)} for day in days]


def _versions(tallies: Sequence[Tally], drawn: Sequence[Tally]) -> list[dict[str, Any]]:
    """Versions of the tallies, the newest first. `change`: against the version that served before, by the same filters,
    over the `drawn` texts: other labels are chosen by the confidence, which differs between versions.
    """
    counted, compared = ({one.key: one for one in some} for some in (tallies, drawn))
    formers = versions.formers()
    shown: list[dict[str, Any]] = []
    for use in offers.uses_of_versions([one.key for one in tallies if one.key]):
        name, former = use.model_version, formers.get(use.model_version)
        change = _change(compared.get(former), compared.get(name))
        times = {"model_version": name, "first_used": use.first, "last_used": use.last}
        shown.append({**times, **_counted(counted[name]), "former": former, "change": change})
    return shown[: -LAST_VERSIONS - 1 : -1]


def _change(former: Tally | None, tally: Tally | None) -> dict[str, Any] | None:
    change = difference(_share(former), _share(tally)) if former and tally else None
    return {"against": former.key, **asdict(change)} if former and change else None


def _names(by: str) -> Mapping[str, str]:
    """Keys in words; what is not named stands for itself."""
    match by:
        case "product":
            return {one.code: one.name for state in _STATES for one in catalogue.list_products(state).items}
        case "channel":
            return {one.code: one.name for state in _STATES for one in catalogue.list_channels(state).items}
        case "segment":
            return {one.letter: one.name for one in SEGMENTS.values()}
    return {}


def _counted(tally: Tally) -> dict[str, Any]:
    counts = {"texts": tally.texts, "labelled": tally.labelled, "success": tally.success}
    return {**counts, **asdict(_share(tally))}


def _share(tally: Tally) -> Share:
    return wilson(tally.success, tally.labelled)


def _sum(tallies: Sequence[Tally]) -> Tally:
    texts, labelled, success = (sum(getattr(one, name) for one in tallies) for name in ("texts", "labelled", "success"))
    return Tally(None, texts, labelled, success)


def _bin(tally: ConfidenceTally) -> Bin:
    width = 1 / offers.CONFIDENCE_BINS
    low, high = round(tally.bin * width, 10), round((tally.bin + 1) * width, 10)
    return Bin(low, high, tally.labelled, tally.confidence / tally.labelled, wilson(tally.success, tally.labelled))


def _shown_bin(one: Bin) -> dict[str, Any]:
    return {"start": one.low, "end": one.high, "count": one.count, "confidence": one.confidence, **asdict(one.share)}


_EVERY = object()


def _reasons(tallies: Sequence[ReasonTally], failures: int, key: object = _EVERY) -> list[dict[str, Any]]:
    """The reasons of a group, or of all of them, the most frequent first; `share` is of the failures."""
    counts: dict[str, int] = {}
    for one in tallies:
        if one.code is not None and key in (_EVERY, one.key):
            counts[one.code] = counts.get(one.code, 0) + one.failures
    return [
        {"code": code, "words": offers.REASONS.get(code, code), "count": count, "share": count / failures}
        for code, count in sorted(counts.items(), key=lambda one: -one[1])
    ]

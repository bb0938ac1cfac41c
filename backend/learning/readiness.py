"""Whether there is enough to learn from, and when a run starts by itself."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from backend.common.db import db
from backend.config import settings
from backend.errors import FieldError, Invalid
from backend.learning import component
from backend.learning.abilities import abilities
from backend.learning.models import RetrainRun
from backend.learning.states import GOING
from backend.offers import service as offers
from backend.offers.service import LabelCounts

LEAST = 30
"""Labels of each kind: fewer say nothing about the texts to come."""
LEAST_GOLD = 10
"""Labels of each kind on texts of gold clients: without them the gate cannot tell anything, and nothing can win."""
KINDS = {"success": "успех", "failure": "неудача"}


def check_labels() -> None:
    """Raises Invalid with the counts when there are too few labels of a kind."""
    if missing := _missing(offers.label_counts(None)):
        raise Invalid("Меток для дообучения мало", [FieldError("", words) for words in missing])


def _missing(counts: LabelCounts) -> list[str]:
    """What is missing, in words: labels of each kind, and gold ones once there are enough of all."""
    if missing := _too_few(counts, LEAST, "меток «{kind}» {count}, нужно не меньше {least}"):
        return missing
    of_gold = "отложенных для проверки меток «{kind}» {count}, нужно {least}: разметьте тексты других клиентов"
    return _too_few(offers.label_counts(None, gold=True), LEAST_GOLD, of_gold)


def _too_few(counts: LabelCounts, least: int, words: str) -> list[str]:
    found = asdict(counts)
    return [
        words.format(kind=word, count=found[kind], least=least) for kind, word in KINDS.items() if found[kind] < least
    ]


def report() -> dict[str, Any]:
    """Counts of labels, what is missing in words, when a run would start by itself."""
    labels = offers.label_counts(None)
    counts = asdict(labels)
    last = last_run()
    going = db.session.scalar(select(RetrainRun.id).where(RetrainRun.status.in_(GOING)).limit(1))
    missing = _missing(labels)
    return {
        "ready": not missing and going is None,
        "missing": missing,
        "least": LEAST,
        "labels": counts,
        "new_labels": asdict(offers.label_counts(last.created_at)) if last else counts,
        "last_run_at": last.created_at if last else None,
        "going": going,
        "automatic": _automatic(last.created_at if last else None),
        "abilities": abilities(component.ask_or_none()),
    }


def _automatic(last: datetime | None) -> dict[str, Any]:
    chosen = settings()
    return {
        "after_labels": chosen.retrain_after_labels,
        "every_hours": chosen.retrain_every_hours,
        "promotion": chosen.promotion,
        "canary_share": chosen.canary_share,
        "canary_labels": chosen.canary_labels,
        "next_at": last + timedelta(hours=chosen.retrain_every_hours) if last and chosen.retrain_every_hours else None,
    }


def last_run() -> RetrainRun | None:
    """The run that was started last, however it ended."""
    found: RetrainRun | None = db.session.scalar(
        select(RetrainRun).order_by(RetrainRun.created_at.desc(), RetrainRun.id.desc()).limit(1)
    )
    return found


def due(new_labels: int, last: datetime | None, present: datetime) -> str | None:
    """Why a run should start now: `labels`, `schedule` or None. Without a new label there is nothing to learn."""
    chosen = settings()
    if chosen.retrain_after_labels and new_labels >= chosen.retrain_after_labels:
        return "labels"
    hours = timedelta(hours=chosen.retrain_every_hours)
    if hours and new_labels and (last is None or present - last >= hours):
        return "schedule"
    return None

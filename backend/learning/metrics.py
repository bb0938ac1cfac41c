"""What Prometheus learns of learning: what serves and how it is judged, what is new, how runs go and end.

Everything here changes by the minute at most, so it is read once a minute. Labels are reached by their time, runs and
versions are few.
"""

from collections.abc import Iterator
from datetime import timedelta

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select

from backend.common.clock import now
from backend.common.db import db
from backend.common.gauges import DATABASE, LONG_KEPT_S, Source, gauge, gauges
from backend.config import settings
from backend.learning import readiness, runs, serving
from backend.learning.models import RetrainRun
from backend.learning.states import RUN_STATUSES
from backend.offers import service as offers

JUDGED = timedelta(days=30)
"""How far back texts count for the failures of a version at work."""
VERDICTS = ("win", "tie", "veto")


def read() -> Iterator[Metric]:
    """Raises SQLAlchemyError."""
    yield from _versions()
    yield from _labels()
    yield gauges("retrain_runs", "Runs that are kept, by status", "status", _by_status())
    yield gauges("retrain_decisions", "Decisions of the gate in the runs that are kept", "verdict", _decisions())
    yield from _going()


def _versions() -> Iterator[Metric]:
    state = serving.state()
    shares = {version.name: state.share_of(version.name) for version in state.versions}
    yield gauges("version_share_ratio", "Share of the calls that a version serves", "version", shares)
    judged = offers.judged_by_version(list(shares), now() - JUDGED)
    texts = GaugeMetricFamily(
        "offerloop_version_judged_texts", "Labelled texts of the last 30 days, by version", labels=["version", "label"]
    )
    for version in shares:
        for label in offers.LABELS:
            texts.add_metric([version, label], judged.get((version, label), 0))
    yield texts


def _labels() -> Iterator[Metric]:
    last = readiness.last_run()
    new = offers.label_counts(last.created_at if last else None)
    counts = {"success": new.success, "failure": new.failure}
    yield gauges("labels_since_last_run", "Texts labelled since the last run began", "label", counts)
    after = settings().retrain_after_labels
    yield gauge("labels_until_run", "New labels that start a run by themselves, 0: never", after)


def _by_status() -> dict[str, float]:
    counted = select(RetrainRun.status, func.count()).group_by(RetrainRun.status)
    return dict.fromkeys(RUN_STATUSES, 0.0) | {status: float(count) for status, count in db.session.execute(counted)}


def _decisions() -> dict[str, float]:
    verdict = RetrainRun.decision["verdict"].astext.label("verdict")
    counted = select(verdict, func.count()).where(verdict.in_(VERDICTS)).group_by("verdict")
    return dict.fromkeys(VERDICTS, 0.0) | {name: float(count) for name, count in db.session.execute(counted)}


def _going() -> Iterator[Metric]:
    """Zero where no run goes."""
    run = runs.going()
    begun = run.started_at if run else None
    beat = (run.heartbeat_at or begun) if run else None
    works = (now() - begun).total_seconds() if begun else 0
    silent = (now() - beat).total_seconds() if beat else 0
    yield gauge("retrain_progress_ratio", "How far the run at work is", run.progress if run else 0)
    yield gauge("retrain_seconds", "How long the run at work has worked", works)
    yield gauge("retrain_silent_seconds", "Since the run at work gave its last sign of life", silent)


SOURCE = Source(read, DATABASE, LONG_KEPT_S)

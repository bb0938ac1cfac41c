"""Jobs of the housekeeping: what a run or a version at work needs without anybody asking. Each commits."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select

from backend.common.clock import now
from backend.common.db import db
from backend.config import settings
from backend.errors import DomainError
from backend.learning import abandoned, component, promotion, readiness, runs, serving, versions
from backend.learning.models import ModelVersion, Promotion
from backend.learning.states import VersionStatus
from backend.learning.watch import Counts, Step, Verdict, judge
from backend.offers import service as offers

WATCHED = timedelta(days=7)
"""So long a new champion is compared with the one before it."""
LOOKED_BACK = timedelta(days=30)
"""How far before the promotion the former champion's texts count."""
ACTOR = "policy"

log = logging.getLogger(__name__)


def keep_up() -> None:
    """Know the component's own model, make the manifest say what serves, take up what was left half done."""
    if answering := component.ask_or_none():
        versions.register_root(answering)
    db.session.rollback()
    try:
        promotion.settle()
    except (DomainError, OSError):
        log.exception("the manifest does not say what serves")
    abandoned.resume()
    runs.apply_policy()
    versions.remove_rejected()


def start_if_due() -> None:
    """Start a run when enough labels are new, or when its time has come."""
    last = readiness.last_run()
    new = offers.label_counts(last.created_at if last else None)
    trigger = readiness.due(new.success + new.failure, last.created_at if last else None, now())
    if trigger is None or runs.going() is not None:
        return
    try:
        runs.start(ACTOR, trigger=trigger)
    except DomainError as refused:
        log.info("no run is started", extra={"reason": refused.detail})


def watch() -> Verdict | None:
    """Compare what is new at work with what was before it: take it back where it is worse, or make a canary full."""
    state = serving.state()
    if state.canary is not None and state.champion is not None:
        verdict = _canary_verdict(state.canary, state.champion)
    elif state.champion is not None:
        verdict = _champion_verdict(state.champion)
    else:
        verdict = None
    watched = state.canary or state.champion
    name = watched.name if watched else ""
    db.session.rollback()
    if verdict is not None:
        _act(verdict, name)
    return verdict


def _act(verdict: Verdict, name: str) -> None:
    """A person may have been faster: only the version that was judged goes, and only a canary becomes full."""
    try:
        if verdict.step is Step.ROLL_BACK:
            promotion.rollback(actor=ACTOR, reason=verdict.words, leaving=name, automatic=True)
        elif verdict.step is Step.MAKE_FULL:
            promotion.promote(name, actor=ACTOR, reason=verdict.words, seen=VersionStatus.CANARY)
    except DomainError as refused:
        log.warning("the version stays", extra={"step": verdict.step, "reason": refused.detail})


def _canary_verdict(canary: ModelVersion, champion: ModelVersion) -> Verdict | None:
    begun = _begun(canary.name, "canary")
    if begun is None:
        return None
    new, old = _counts(canary.name, begun.at), _counts(champion.name, begun.at)
    full_after = settings().canary_labels if settings().promotion == "policy" else None
    return judge(new, old, (canary.name, champion.name), full_after)


def _champion_verdict(champion: ModelVersion) -> Verdict | None:
    begun = _begun(champion.name, "full")
    if begun is None or begun.former is None or now() - begun.at > WATCHED:
        return None
    old = _counts(begun.former, begun.at - LOOKED_BACK, begun.at)
    return judge(_counts(champion.name, begun.at), old, (champion.name, begun.former))


def _begun(name: str, kind: str) -> Promotion | None:
    made = select(Promotion).where(Promotion.version == name, Promotion.kind == kind)
    found: Promotion | None = db.session.scalar(made.order_by(Promotion.at.desc(), Promotion.id.desc()).limit(1))
    return found


def _counts(name: str, since: datetime, until: datetime | None = None) -> Counts:
    """Only labels that no confidence has chosen: the others fail about half the time, whatever the version."""
    period = {"model_version": name, "since": since, "until": until, "drawn": True}
    labels = offers.tallies_by_group("product", period)
    return Counts(
        failures={tally.key: (tally.labelled - tally.success, tally.labelled) for tally in labels if tally.key},
        refused=offers.refused_candidates(name, since, until),
    )

"""The rules in force: those shipped, with what the bank's lawyer has changed, and the history of every state.

The second door of this domain, for those who have a database; `service` and what it exports need none.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import defer

from backend.common import audit
from backend.common.db import db
from backend.common.ids import new_id
from backend.common.pages import Key, Page, paginate
from backend.compliance import words as added
from backend.compliance.card import GROUP_NAMES
from backend.compliance.channels import FAMILIES
from backend.compliance.models import RuleRevision
from backend.compliance.rules import Rule, RuleSet, Severity, default_rules
from backend.errors import FieldError, Invalid, NotFound

RELEASE = "system"
_LOCK = 0x52554C45
"""Advisory lock of the one who writes the next revision."""

_CHANGEABLE = ("enabled", "severity", "words")

_kept: dict[uuid.UUID, RuleSet] = {}


@dataclass(frozen=True)
class HistoryEntry:
    """One change of the rules as it is told: who, when, why, and `difference`: field -> (before, after)."""

    number: int
    at: datetime
    actor: str
    rule: str | None
    comment: str
    version: str
    difference: dict[str, tuple[Any, Any]]


def current() -> RuleSet:
    """The rules in force; one small query a transaction, the set is built once for each revision."""
    revision = _latest()
    if revision is None or _set_of(revision).version != revision.version:
        _record_release()
        revision = _latest()
    return _set_of(revision) if revision else default_rules()


def change(
    rule_id: str, *, enabled: bool | None, severity: Severity | None, words: Iterable[str] | None, comment: str
) -> Rule:
    """Switch a rule, change its severity or its added words, and keep why. Flushes; the caller commits.

    Raises NotFound for an unknown rule; Invalid for words that are none, that a rule about data cannot use, or where
    nothing changes.
    """
    db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    before = current()
    old = before.rules.get(rule_id)
    if old is None:
        raise NotFound(f"Правила {rule_id} нет: список — в GET /compliance/rules")
    after = before.changed(
        rule_id, enabled=enabled, severity=severity, words=None if words is None else _clean(old, words)
    )
    new = after.rules[rule_id]
    if after.version == before.version:
        raise Invalid("Правило уже такое", [FieldError("", "Ни одно поле не меняется")])
    actor = audit.record("rule.change", f"rule:{rule_id}", {**_differences(old, new), "comment": comment}).actor
    db.session.add(_revision(after, actor, rule_id, comment))
    db.session.flush()
    return new


def comments() -> dict[str, RuleRevision]:
    """The latest change of each rule that was ever changed."""
    latest = select(func.max(RuleRevision.number)).where(RuleRevision.rule.is_not(None)).group_by(RuleRevision.rule)
    changes = select(RuleRevision).where(RuleRevision.number.in_(latest)).options(defer(RuleRevision.rules))
    return {str(change.rule): change for change in db.session.scalars(changes)}


def history(cursor: str | None, limit: int) -> Page[HistoryEntry]:
    """Every change of the rules, the latest first."""
    page = paginate(select(RuleRevision), [Key(RuleRevision.number, descending=True)], cursor, limit)
    states = {state.number: state for state in page.items}
    if page.next_cursor:  # what the last one of this page was made from stands on the next page
        before = min(states) - 1
        states |= {s.number: s for s in db.session.scalars(select(RuleRevision).where(RuleRevision.number == before))}
    items = [_entry(state, states.get(state.number - 1)) for state in page.items]
    return Page(items, page.next_cursor, page.total)


def revision_of(version: str) -> RuleRevision:
    """The rules of a version, as a judged text names it. Raises NotFound."""
    found: RuleRevision | None = db.session.scalar(
        select(RuleRevision).where(RuleRevision.version == version).order_by(RuleRevision.number).limit(1)
    )
    if found is None:
        raise NotFound(f"Версии правил {version} в истории нет")
    return found


def shown(rule: Rule) -> dict[str, Any]:
    """A rule as callers see it."""
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "law": rule.law,
        "advice": rule.advice,
        "products": [name for group, name in GROUP_NAMES.items() if group in rule.groups],
        "channels": [family for family in FAMILIES if family in rule.families],
        "scope": rule.scope,
        "enabled": rule.enabled,
        "words": list(rule.words),
    }


def _entry(state: RuleRevision, before: RuleRevision | None) -> HistoryEntry:
    old, new = (_rule_in(revision, state.rule) for revision in (before, state))
    difference = {name: (old[name], new[name]) for name in _CHANGEABLE if old and new and old[name] != new[name]}
    told = (state.number, state.at, state.actor, state.rule, state.comment, state.version)
    return HistoryEntry(*told, difference)


def _rule_in(state: RuleRevision | None, rule_id: str | None) -> dict[str, Any] | None:
    return next((rule for rule in state.rules if rule["id"] == rule_id), None) if state else None


def _latest() -> RuleRevision | None:
    """The state in force, without the rules spelled out: every call asks for it and reads only what differs."""
    latest = select(RuleRevision).order_by(RuleRevision.number.desc()).limit(1)
    return db.session.scalar(latest.options(defer(RuleRevision.rules)))


def _set_of(revision: RuleRevision) -> RuleSet:
    known = _kept.get(revision.id)
    if known is None:
        known = default_rules()
        for rule_id, changes in revision.changes.items():
            if rule_id in known.rules:  # a release may have dropped it
                known = known.changed(rule_id, **changes)
        _kept.clear()
        _kept[revision.id] = known
    return known


def _record_release() -> None:
    """Note that the software has brought other rules; on its own connection, since the caller may only be reading."""
    latest = _latest()
    rules = _set_of(latest) if latest else default_rules()
    row = _revision(rules, RELEASE, None, "")
    values = {"id": new_id(), "number": (latest.number if latest else 0) + 1, "actor": RELEASE, "comment": ""}
    values |= {"at": func.now(), "version": row.version, "changes": row.changes, "rules": row.rules}
    with db.engine.begin() as connection:  # two processes may see the release at once: one of them writes
        connection.execute(insert(RuleRevision).values(values).on_conflict_do_nothing())


def _revision(rules: RuleSet, actor: str, rule_id: str | None, comment: str) -> RuleRevision:
    latest = db.session.scalar(select(func.max(RuleRevision.number))) or 0
    return RuleRevision(
        number=latest + 1,
        actor=actor,
        rule=rule_id,
        comment=comment,
        version=rules.version,
        changes={rule.id: found for rule in rules.rules.values() if (found := _from_shipped(rule))},
        rules=[shown(rule) for rule in rules.rules.values()],
    )


def _from_shipped(rule: Rule) -> dict[str, Any]:
    return {name: new for name, (_, new) in _differences(default_rules().rules[rule.id], rule).items()}


def _differences(old: Rule, new: Rule) -> dict[str, tuple[Any, Any]]:
    pairs = {
        "enabled": (old.enabled, new.enabled),
        "severity": (old.severity, new.severity),
        "words": (list(old.words), list(new.words)),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _clean(rule: Rule, words: Iterable[str]) -> tuple[str, ...]:
    """The words as they are kept, each once. Raises Invalid that points at the wrong one."""
    if rule.scope != "text":
        raise Invalid("Это правило судит данные рассылки, а не текст", [FieldError("/words", "Слова ему не нужны")])
    clean: dict[str, None] = {}
    for place, word in enumerate(words):
        try:
            clean[added.cleaned(word)] = None
        except ValueError as error:
            raise Invalid("Так слово не записать", [FieldError(f"/words/{place}", str(error))]) from error
    return tuple(clean)

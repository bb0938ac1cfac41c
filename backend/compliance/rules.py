"""The rules as data: what is demanded, by which law, of which products and channels, and what to write instead.

`rules.yaml` is the lawyer's file. A `RuleSet` is a value: switching a rule or changing its severity gives another
set with another version, so that a stored text can be explained by the rules of its day.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, cast

import yaml

from backend.compliance.card import CREDIT_GROUPS, GROUP_NAMES
from backend.compliance.channels import FAMILIES
from backend.compliance.lexicon import lexicon_hash

Severity = Literal["block", "warn"]
_FILE = Path(__file__).with_name("rules.yaml")
_GROUP_SETS: Mapping[str, frozenset[str]] = {
    "all": frozenset(GROUP_NAMES),
    "credit": CREDIT_GROUPS,
    "not_credit": frozenset(GROUP_NAMES) - CREDIT_GROUPS,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `scope` is "text" for what a detector judges and "campaign" for what only metadata can show."""

    id: str
    title: str
    severity: Severity
    law: str
    advice: str
    groups: frozenset[str]
    families: frozenset[str]
    scope: Literal["text", "campaign"] = "text"
    enabled: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)
    yields_to: tuple[str, ...] = ()
    """More special rules: where one of them has found the same sentence at fault, this one is silent. `active` leaves
    only those in force that are no softer."""
    words: tuple[str, ...] = ()
    """Words and phrases that the bank's lawyer has added: the rule finds them too, in every form."""


@dataclass(frozen=True)
class RuleSet:
    """All rules by id, with a version that changes with every change of a rule or of a lexicon."""

    rules: Mapping[str, Rule] = field(hash=False)

    @cached_property
    def version(self) -> str:
        """Short hash of the rules and lexicons, stored with each judged text."""
        state = [
            [
                r.id,
                r.severity,
                r.enabled,
                r.law,
                r.advice,
                sorted(r.groups),
                sorted(r.families),
                dict(r.params),
                r.words,
            ]
            for r in self.rules.values()
        ]
        packed = json.dumps([state, lexicon_hash()], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(packed.encode()).hexdigest()[:12]

    def active(self, group: str, family: str) -> tuple[Rule, ...]:
        """The rules that judge a text of this product group and channel family."""
        key = (group, family)
        if key not in self._active:
            self._active[key] = tuple(
                self._yielding(rule)
                for rule in self.rules.values()
                if rule.enabled and rule.scope == "text" and group in rule.groups and family in rule.families
            )
        return self._active[key]

    def _yielding(self, rule: Rule) -> Rule:
        """The rule as it yields now: not to one that the lawyer has switched off or made softer than it."""
        others = (self.rules[other] for other in rule.yields_to)
        kept = tuple(o.id for o in others if o.enabled and o.severity in {rule.severity, "block"})
        return rule if kept == rule.yields_to else replace(rule, yields_to=kept)

    def changed(
        self,
        rule_id: str,
        *,
        severity: Severity | None = None,
        enabled: bool | None = None,
        words: Iterable[str] | None = None,
    ) -> "RuleSet":
        """A set with one rule switched, made softer or harder, or given words. Raises KeyError for an unknown rule."""
        rule = self.rules[rule_id]
        new = replace(
            rule,
            severity=rule.severity if severity is None else severity,
            enabled=rule.enabled if enabled is None else enabled,
            words=rule.words if words is None else tuple(words),
        )
        return RuleSet({**self.rules, rule_id: new})

    @cached_property
    def _active(self) -> dict[tuple[str, str], tuple[Rule, ...]]:
        return {}


def _expanded(names: list[str]) -> frozenset[str]:
    return frozenset().union(*(_GROUP_SETS.get(name, frozenset({name})) for name in names))


def _rule(raw: Mapping[str, Any]) -> Rule:
    groups = _expanded(raw.get("products", ["all"]))
    families = frozenset(raw.get("channels", FAMILIES))
    if groups - set(GROUP_NAMES) or families - set(FAMILIES):
        raise ValueError(f"{raw['id']}: unknown product group or channel family")
    return Rule(
        id=raw["id"],
        title=raw["title"],
        severity=cast(Severity, raw["severity"]),
        law=raw["law"],
        advice=" ".join(raw["advice"].split()),
        groups=groups,
        families=families,
        scope=raw.get("scope", "text"),
        enabled=raw.get("enabled", True),
        params=raw.get("params", {}),
        yields_to=tuple(raw.get("yields_to", ())),
    )


@lru_cache(maxsize=1)
def default_rules() -> RuleSet:
    """The rules as shipped."""
    raw = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return RuleSet({item["id"]: _rule(item) for item in raw})

"""The guard: a text, its product, its channel in; the verdict and the findings with their articles out.

Order (law.md 4.1): normalise, mask, triggers, checklists, fixed phrases and their order, lexicons, grounding, lengths.
The guard judges the text alone: consent, hours and who dials are data of a campaign.
"""

from dataclasses import dataclass
from itertools import chain
from typing import Literal

from backend.compliance import detectors as _detectors  # noqa: F401  registers every detector
from backend.compliance import words
from backend.compliance.card import Bank, Card
from backend.compliance.channels import family_of
from backend.compliance.context import Context, Hit
from backend.compliance.lexicon import lexicon
from backend.compliance.memory import LONGEST_OFFER, OFFERS, remembered
from backend.compliance.normalise import Normal, normalise
from backend.compliance.numbers import find_numbers
from backend.compliance.registry import DETECTORS
from backend.compliance.rules import Rule, RuleSet, Severity, default_rules

Verdict = Literal["ok", "violation"]
_EXCERPT = 120
# No advertising text is this long; what stands further on is refused unread, so that judging stays quick.
MOST_JUDGED = 12_000
_MOST_FINDINGS_OF_A_RULE = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach: `start` and `end` are code points of the text as given."""

    rule: str
    severity: Severity
    law: str
    start: int
    end: int
    excerpt: str
    advice: str


@dataclass(frozen=True, slots=True)
class Report:
    """The judgement of one text under one version of the rules."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    rules_version: str


def check_anew(
    text: str, *, card: Card | None, group: str, channel: str, bank: Bank, rules: RuleSet | None = None
) -> Report:
    """Judge a text as the client sees it. Without a card figures are not grounded, all else is checked.

    `channel` is a channel code or one of sms, push, email, telemarketing. Raises UnknownChannel.
    """
    rules = rules or default_rules()
    context = Context(normalise(text[:MOST_JUDGED]), group=group, channel=channel, bank=bank, card=card)
    hits = [(rule, hit) for rule in rules.active(group, family_of(channel)) for hit in _hits(rule, context)]
    findings = [_finding(hit, rule, context.normal) for rule, hit in hits if not _outdone(rule, hit, hits, context)]
    if len(text) > MOST_JUDGED:
        findings.append(_unread(text, rules))
    findings.sort(key=lambda f: (f.severity != "block", f.start, f.rule))
    verdict: Verdict = "violation" if any(f.severity == "block" for f in findings) else "ok"
    return Report(verdict, tuple(findings), rules.version)


check = remembered(OFFERS, LONGEST_OFFER)(check_anew)
"""The same for texts that are likely to come again; cards of callers, who may send any number of them, are not kept."""


def warm_up() -> None:
    """Load dictionaries, lexicons and rules, so that the first text of a process is judged as fast as the others."""
    default_rules()
    lexicon()
    find_numbers("1")


def _unread(text: str, rules: RuleSet) -> Finding:
    rule = rules.rules["FACT-GROUND"]
    advice = f"Текст длиннее {MOST_JUDGED} знаков: дальше он не проверен. Сократите его."
    return Finding(rule.id, "block", rule.law, MOST_JUDGED, len(text), _excerpt(text[MOST_JUDGED:]), advice)


def _excerpt(text: str) -> str:
    short = text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"
    return short.encode("utf-8", "replace").decode()


def _hits(rule: Rule, context: Context) -> list[Hit]:
    registered = DETECTORS[rule.id]
    idle = registered.needs and not (registered.needs & context.tagged.keys())
    if idle and not rule.words:
        return []
    hits: dict[tuple[int, int], Hit] = {}
    added = words.hits(rule.words, context) if rule.words else ()
    for hit in chain(() if idle else registered.detect(context, rule), added):
        hits.setdefault((hit.start, hit.end), hit)
        if len(hits) >= _MOST_FINDINGS_OF_A_RULE:
            break
    return list(hits.values())


def _outdone(rule: Rule, hit: Hit, hits: list[tuple[Rule, Hit]], context: Context) -> bool:
    """Whether a more special rule has spoken of the same sentence: a client's balance is no condition of the offer."""
    if not rule.yields_to:
        return False
    place = context.sentence(hit.start)
    return any(other.id in rule.yields_to and place.start <= found.start < place.end for other, found in hits)


def _finding(hit: Hit, rule: Rule, normal: Normal) -> Finding:
    start, end = normal.span(hit.start, hit.end)
    severity: Severity = "warn" if hit.softened else rule.severity
    return Finding(rule.id, severity, rule.law, start, end, _excerpt(normal.raw[start:end]), hit.advice or rule.advice)

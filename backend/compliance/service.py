"""The door of the compliance domain: everything other domains may use."""

from backend.compliance.card import GROUP_NAMES, Bank, Card, UnknownProduct, group_of
from backend.compliance.channels import UnknownChannel
from backend.compliance.checklists import CHECKLISTS, Condition
from backend.compliance.composer import MissingConditions, compose, fill_slots, mandatory_length
from backend.compliance.detectors.lengths import utf16_units
from backend.compliance.guard import Finding, Report, check, warm_up
from backend.compliance.names import is_name
from backend.compliance.rules import RuleSet, default_rules
from backend.compliance.stale import last_day, strangers

__all__ = [
    "CHECKLISTS",
    "GROUP_NAMES",
    "Bank",
    "Card",
    "Condition",
    "Finding",
    "MissingConditions",
    "Report",
    "RuleSet",
    "UnknownChannel",
    "UnknownProduct",
    "check",
    "compose",
    "default_rules",
    "fill_slots",
    "group_of",
    "is_name",
    "last_day",
    "mandatory_length",
    "strangers",
    "utf16_units",
    "warm_up",
]

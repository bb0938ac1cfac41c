"""What only the data of a mailing can show: consent, who dials, the hour, the mark of internet advertising."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from backend.compliance.channels import family_of
from backend.compliance.guard import Verdict
from backend.compliance.rules import RuleSet, Severity, default_rules

WEEKDAY = (time(9), time(21))
WEEKEND = (time(10), time(20))
"""Hours of the bank's policy, by the client's clock; the law itself sets none for advertising."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A mailing or a batch. `None` is for what nobody has recorded, which counts against a rule that asks for it.

    `starts_at` and `ends_at` are by the clients' own clock (aware); no message leaves outside of them.
    """

    channel: str
    without_consent: int | None = None
    """Recipients without a recorded consent to advertising through this channel."""
    dialled_by: Literal["human", "robot"] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    erid: str | None = None


@dataclass(frozen=True, slots=True)
class CampaignFinding:
    """One breach by the mailing, with the field that shows it."""

    rule: str
    severity: Severity
    law: str
    field: str
    advice: str


def check_campaign(campaign: Campaign, rules: RuleSet | None = None) -> tuple[Verdict, tuple[CampaignFinding, ...]]:
    """Judge a mailing. Raises UnknownChannel; ValueError where it ends before it starts or has no time zone."""
    _check_times(campaign)
    family = family_of(campaign.channel)
    applied = [rule for rule in (rules or default_rules()).rules.values() if rule.enabled and family in rule.families]
    found = tuple(
        CampaignFinding(rule.id, rule.severity, rule.law, broken[0], broken[1] or rule.advice)
        for rule in applied
        for broken in _JUDGES.get(rule.id, _nothing)(campaign)
    )
    return "violation" if any(finding.severity == "block" for finding in found) else "ok", found


Breach = tuple[str, str]
"""The field, and advice where the rule's own does not say it."""


def _nothing(_: Campaign) -> Iterator[Breach]:
    return iter(())


def _consent(campaign: Campaign) -> Iterator[Breach]:
    if campaign.without_consent is None:
        yield "without_consent", "Укажите, у скольких клиентов нет записанного согласия на рекламу по этому каналу."
    elif campaign.without_consent:
        yield "without_consent", ""


def _dialling(campaign: Campaign) -> Iterator[Breach]:
    if campaign.dialled_by is None:
        yield "dialled_by", "Укажите, кто набирает номер: сотрудник или робот."
    elif campaign.dialled_by == "robot":
        yield "dialled_by", ""


def _hours(campaign: Campaign) -> Iterator[Breach]:
    if campaign.starts_at is None or campaign.ends_at is None:
        yield "starts_at", "Укажите часы отправки по времени клиента."
    elif not _within_hours(campaign.starts_at, campaign.ends_at):
        yield "starts_at", ""


def _mark(campaign: Campaign) -> Iterator[Breach]:
    if not campaign.erid:
        yield "erid", ""


_JUDGES = {"COM-CONSENT": _consent, "COM-AUTOCALL": _dialling, "COM-TIME": _hours, "COM-ERID": _mark}


def _within_hours(starts: datetime, ends: datetime) -> bool:
    """Whether a mailing of one day keeps the hours of that day; one that runs overnight cannot."""
    earliest, latest = WEEKEND if starts.weekday() >= 5 else WEEKDAY
    return starts.date() == ends.date() and earliest <= starts.time() and ends.time() <= latest


def _check_times(campaign: Campaign) -> None:
    starts, ends = campaign.starts_at, campaign.ends_at
    if any(moment is not None and moment.utcoffset() is None for moment in (starts, ends)):
        raise ValueError("a moment without a time zone")
    if starts is not None and ends is not None and ends - starts < timedelta(0):
        raise ValueError("the mailing ends before it starts")

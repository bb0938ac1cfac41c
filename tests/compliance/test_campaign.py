"""What only the data of a mailing can show."""

from datetime import datetime, timedelta, timezone

import pytest

from backend.compliance.campaign import Campaign, check_campaign
from backend.compliance.rules import default_rules
from tests.conftest import problem

MOSCOW = timezone(timedelta(hours=3))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW)  # the 23rd is a Monday


GOOD = {"without_consent": 0, "dialled_by": "human", "starts_at": at(23, 9), "ends_at": at(23, 21)}


def broken(channel="TMO", **data):
    return [(f.rule, f.field) for f in check_campaign(Campaign(channel, **{**GOOD, **data}))[1]]


def test_a_good_mailing():
    assert check_campaign(Campaign("TMO", **GOOD)) == ("ok", ())


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"without_consent": 3}, ("COM-CONSENT", "without_consent")),
        ({"without_consent": None}, ("COM-CONSENT", "without_consent")),
        ({"dialled_by": "robot"}, ("COM-AUTOCALL", "dialled_by")),
        ({"dialled_by": None}, ("COM-AUTOCALL", "dialled_by")),
        ({"starts_at": at(23, 8, 59)}, ("COM-TIME", "starts_at")),
        ({"ends_at": at(23, 21, 1)}, ("COM-TIME", "starts_at")),
        ({"starts_at": at(22, 9), "ends_at": at(22, 12)}, ("COM-TIME", "starts_at")),
        ({"ends_at": at(24, 12)}, ("COM-TIME", "starts_at")),
        ({"ends_at": None}, ("COM-TIME", "starts_at")),
    ],
)
def test_every_breach_names_its_field(data, found):
    assert broken(**data) == [found]


def test_a_breach_of_policy_warns_and_of_law_blocks():
    assert check_campaign(Campaign("SMS", without_consent=0))[0] == "ok"
    assert check_campaign(Campaign("SMS", without_consent=1))[0] == "violation"


def test_rules_speak_of_their_channels_only():
    assert broken("SMS", dialled_by=None) == []
    assert broken("EMAIL", dialled_by=None, starts_at=None) == []


def test_the_mark_of_internet_advertising_is_asked_for_once_switched_on():
    rules = default_rules().changed("COM-ERID", enabled=True)
    campaign = Campaign("PUSH", **GOOD)
    assert [f.rule for f in check_campaign(campaign, rules)[1]] == ["COM-ERID"]
    assert check_campaign(Campaign("PUSH", **GOOD, erid="2Vtzqx"), rules)[1] == ()


def test_impossible_times():
    with pytest.raises(ValueError, match="ends before"):
        check_campaign(Campaign("SMS", starts_at=at(23, 12), ends_at=at(23, 11)))
    with pytest.raises(ValueError, match="time zone"):
        check_campaign(Campaign("SMS", starts_at=datetime(2026, 11, 23, 12), ends_at=at(23, 13)))  # noqa: DTZ001


def test_over_http(client, auth, demo_catalogue):
    def ask(**body):
        return client.post("/api/v1/compliance/check-campaign", json=body, headers=auth("service"))

    hours = {"starts_at": "2026-11-23T10:00:00+05:00", "ends_at": "2026-11-23T20:00:00+05:00"}
    body = ask(channel="TMO", without_consent=2, dialled_by="human", **hours).get_json()
    assert body["verdict"] == "violation"
    assert [finding["field"] for finding in body["findings"]] == ["without_consent"]
    assert body["rules_version"]
    wrong = {**hours, "ends_at": "2026-11-23T09:00:00+05:00"}
    assert problem(ask(channel="SMS", **wrong), 422)["errors"][0]["pointer"] == "/starts_at"
    assert problem(ask(channel="голубь"), 422)["errors"][0]["pointer"] == "/channel"
    assert problem(ask(channel="SMS", starts_at="2026-11-23T10:00:00"), 422)["errors"][0]["pointer"] == "/starts_at"

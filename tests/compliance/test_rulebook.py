"""The rules in the hands of the bank's lawyer: switched, hardened, extended, and every state kept."""

import pytest

from backend.common.db import db
from backend.compliance import rulebook
from backend.compliance.guard import check
from backend.compliance.rules import default_rules
from backend.compliance.words import cleaned
from tests.conftest import problem

API = "/api/v1/compliance"
TEXT = "ПАО «Примербанк»: вклад, который мы назвали пышным. Подробности в приложении."
WHY = "Решение комитета по рекламе"
pytestmark = pytest.mark.usefixtures("demo_catalogue")


@pytest.fixture
def change(client, auth):
    def change(rule, role="admin", **body):
        return client.patch(f"{API}/rules/{rule}", json={"comment": WHY, **body}, headers=auth(role))

    return change


@pytest.fixture
def judge(client, auth):
    def judge(text=TEXT):
        body = {"text": text, "product": "вклад", "channel": "sms"}
        return client.post(f"{API}/check", json=body, headers=auth("marketer")).get_json()

    return judge


@pytest.fixture
def rules(client, auth):
    return lambda: client.get(f"{API}/rules", headers=auth("marketer")).get_json()


def test_a_rule_is_switched_off_softened_and_given_words(change, judge, rules):
    shipped = rules()["version"]
    assert judge()["verdict"] == "ok"
    answer = change("ADV-SUPERLATIVE", words=["Пышный  вклад", "пышный"])
    assert answer.status_code == 200, answer.get_json()
    assert answer.get_json()["words"] == ["пышный вклад", "пышный"]
    found = judge()
    assert [(f["rule"], f["excerpt"]) for f in found["findings"]] == [("ADV-SUPERLATIVE", "пышным")]
    assert found["verdict"] == "violation"
    assert found["rules_version"] == rules()["version"] != shipped
    change("ADV-SUPERLATIVE", severity="warn")
    assert judge()["verdict"] == "ok"
    assert judge()["findings"]
    change("ADV-SUPERLATIVE", enabled=False)
    assert judge()["findings"] == []
    change("ADV-SUPERLATIVE", enabled=True, severity="block", words=[])
    assert rules()["version"] == shipped


def test_who_changed_a_rule_and_why_is_kept(change, rules, client, auth):
    change("CRED-SIZE", severity="block")
    rule = next(rule for rule in rules()["items"] if rule["id"] == "CRED-SIZE")
    assert (rule["severity"], rule["comment"], rule["changed_by"]) == ("block", WHY, "admin-user")
    assert rule["changed_at"]
    entry = client.get("/api/v1/audit?action=rule.change", headers=auth("admin")).get_json()["items"][0]
    assert entry["target"] == "rule:CRED-SIZE"
    assert entry["details"] == {"severity": ["warn", "block"], "comment": WHY}


def test_the_rules_of_an_old_text_can_be_read(change, judge, client, auth):
    old = judge()["rules_version"]
    change("FIN-NAME", enabled=False)
    then = client.get(f"{API}/rules/versions/{old}", headers=auth("marketer")).get_json()
    assert len(then["rules"]) == 49
    assert next(rule for rule in then["rules"] if rule["id"] == "FIN-NAME")["enabled"] is True
    history = client.get(f"{API}/rules/history?limit=1", headers=auth("marketer")).get_json()
    assert [(state["rule"], state["actor"]) for state in history["items"]] == [("FIN-NAME", "admin-user")]
    assert history["total"] == 2
    before = client.get(f"{API}/rules/history?cursor={history['next_cursor']}", headers=auth("marketer")).get_json()
    assert [(state["rule"], state["actor"], state["version"]) for state in before["items"]] == [(None, "system", old)]
    problem(client.get(f"{API}/rules/versions/nosuch", headers=auth("marketer")), 404)


def test_history_tells_what_each_change_did(change, client, auth):
    change("ADV-FREE", severity="warn")
    change("ADV-SLANG", words=["уютный"])
    change("ADV-FREE", severity="block", enabled=False)
    told = client.get(f"{API}/rules/history", headers=auth("marketer")).get_json()["items"]
    assert [(entry["rule"], entry["difference"]) for entry in told] == [
        ("ADV-FREE", {"enabled": [True, False], "severity": ["warn", "block"]}),
        ("ADV-SLANG", {"words": [[], ["уютный"]]}),
        ("ADV-FREE", {"severity": ["block", "warn"]}),
        (None, {}),
    ]
    first = client.get(f"{API}/rules/history?limit=1", headers=auth("marketer")).get_json()["items"]
    assert first == told[:1]  # the state it is compared with stands on the next page


@pytest.mark.parametrize(
    ("rule", "body", "pointer"),
    [
        ("ADV-FREE", {"words": ["даром", "  "]}, "/words/1"),
        ("ADV-FREE", {"words": ["5 рублей"]}, "/words/0"),
        ("COM-CONSENT", {"words": ["согласие"]}, "/words"),
        ("ADV-FREE", {"severity": "fatal"}, "/severity"),
        ("ADV-FREE", {"enabled": "да"}, "/enabled"),
        ("ADV-FREE", {"enabled": True}, ""),
        ("ADV-FREE", {"enabled": False, "comment": ""}, "/comment"),
    ],
)
def test_a_wrong_change_is_pointed_at(rule, body, pointer, change, rules):
    before = rules()["version"]
    assert pointer in [error["pointer"] for error in problem(change(rule, **body), 422)["errors"]]
    assert rules()["version"] == before


def test_only_an_admin_changes_rules(change):
    problem(change("ADV-FREE", role="marketer", enabled=False), 403)
    problem(change("ADV-FREE", role="ml_engineer", enabled=False), 403)
    problem(change("ADV-NOSUCH", enabled=False), 404)


def test_a_release_with_other_rules_is_noted(app, monkeypatch):
    with app.app_context():
        rulebook.current()
        rulebook.change("ADV-FREE", enabled=False, severity=None, words=None, comment=WHY)
        db.session.commit()
        other = default_rules().changed("ADV-SLANG", severity="block")
        monkeypatch.setattr(rulebook, "default_rules", lambda: other)
        rulebook._kept.clear()
        rules = rulebook.current()
        states = rulebook.history(None, 10).items
    rulebook._kept.clear()
    assert not rules.rules["ADV-FREE"].enabled
    assert rules.rules["ADV-SLANG"].severity == "block"
    assert [(state.rule, state.actor) for state in states] == [
        (None, "system"),
        ("ADV-FREE", "system"),
        (None, "system"),
    ]
    assert states[0].version == rules.version


def test_an_offer_is_judged_by_the_rules_in_force(app, bank):
    with app.app_context():
        rulebook.change("ADV-SLANG", enabled=None, severity="block", words=["уютный"], comment=WHY)
        rules = rulebook.current()
    text = "ПАО «Примербанк»: вклад для уютного дома"
    found = check(text, card=None, group="deposit", channel="sms", bank=bank, rules=rules).findings
    assert [(f.rule, f.excerpt, f.severity) for f in found] == [("ADV-SLANG", "уютного", "block")]


@pytest.mark.parametrize("phrase", ["", "а", "раз, два", "50", "x" * 81, "<b>", "слово\0"])
def test_what_is_no_word(phrase):
    with pytest.raises(ValueError, match="не слово"):
        cleaned(phrase)


def test_a_word_with_a_look_alike_letter_is_found(bank):
    rules = default_rules().changed("ADV-SUPERLATIVE", words=[cleaned("пpемиум"), cleaned("Счёт")])  # a Latin p
    for text in ("премиум для вас", "откройте счёт"):
        found = check(text, card=None, group="deposit", channel="sms", bank=bank, rules=rules).findings
        assert "ADV-SUPERLATIVE" in {f.rule for f in found}

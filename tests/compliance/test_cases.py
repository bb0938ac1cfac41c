"""Labelled texts: the project's own and, where present, the customer's."""

from collections import Counter
from pathlib import Path

import pytest

from backend.compliance.check import Judged, judge, read_cases, score_rules
from backend.compliance.rules import default_rules

FILES = sorted((Path(__file__).parent / "cases").glob("*.jsonl"))


def wrong(judged: list[Judged]) -> list[tuple[str, list[str], list[str]]]:
    return [(j.case["text"][:80], j.case["rules"], j.blocks) for j in judged if j.right is not True]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_own_texts(path, bank):
    assert wrong(list(judge(read_cases(path), bank))) == []


def test_customers_texts(shared_dir, bank):
    assert wrong(list(judge(read_cases(shared_dir / "compliance" / "cases.jsonl"), bank))) == []


def test_every_block_rule_of_a_text_has_both_sides():
    cases = [case for path in FILES for case in read_cases(path)]
    broken = Counter(rule for case in cases for rule in case["rules"])
    near = Counter(case.get("near") for case in cases if case["verdict"] == "ok")
    judged_by_text = {r.id for r in default_rules().rules.values() if r.severity == "block" and r.scope == "text"}
    needs_card = {"FACT-GROUND"}  # judged in test_grounding
    assert {rule: broken[rule] for rule in judged_by_text - needs_card if broken[rule] < 3} == {}
    assert {rule: near[rule] for rule in judged_by_text if near[rule] < 3} == {}
    assert len(cases) >= 500
    assert sum(case["verdict"] == "ok" for case in cases) >= 200


def test_the_labels_name_every_block_rule_that_is_found(bank):
    judged = [one for path in FILES for one in judge(read_cases(path), bank)]
    scores = score_rules(judged)
    assert {rule: score for rule, score in scores.items() if score.precision < 1 or score.recall < 1} == {}


def test_a_score_counts_what_is_wrong_and_what_is_missed(bank):
    text = "ПАО «Примербанк»: вклад до 21%"
    case = {"text": text, "channel": "sms", "product": "вклад", "verdict": "violation", "rules": ["ADV-FREE"]}
    scores = score_rules(judge(iter([case]), bank))
    assert (scores["ADV-FREE"].precision, scores["ADV-FREE"].recall) == (1, 0)
    assert (scores["FIN-PARTIAL"].precision, scores["FIN-PARTIAL"].recall) == (0, 1)


def test_no_text_is_the_customers_own(shared_dir):
    theirs = {case["text"] for case in read_cases(shared_dir / "compliance" / "cases.jsonl")}
    assert not any(case["text"] in theirs for path in FILES for case in read_cases(path))

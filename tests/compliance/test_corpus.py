"""The hand-written corpus is lawful: composed, not one of its texts may be blocked, with or without conditions."""

import json
from pathlib import Path

import pytest

from backend.compliance.service import check, compose, fill_slots

OWN = Path(__file__).parents[2] / "model" / "corpus" / "texts"


@pytest.fixture(scope="module")
def texts(request) -> list[dict[str, str]]:
    folder, name = (OWN, "*.jsonl") if any(OWN.glob("*.jsonl")) else (None, "texts-*.jsonl")
    if folder is None:
        folder = request.getfixturevalue("shared_dir") / "corpus"
    rows = [json.loads(line) for path in sorted(folder.glob(name)) for line in path.read_text("utf-8").splitlines()]
    return [row for row in rows if {"product", "channel", "text"} <= row.keys()]


@pytest.mark.parametrize(("conditions", "step"), [("none", 1), ("full", 11)])
def test_no_false_alarm(conditions, step, texts, bank, cards):
    blocked = []
    for row in texts[::step]:
        card = cards[{"PK": "ПК"}.get(row["product"], row["product"])]
        body = fill_slots(row["text"], bank, card)
        text = compose(body, card=card, channel=row["channel"], bank=bank, conditions=conditions)
        report = check(text, card=card, group=card.group, channel=row["channel"], bank=bank)
        blocked += [(f.rule, f.excerpt, text) for f in report.findings if f.severity == "block"]
    assert blocked == []

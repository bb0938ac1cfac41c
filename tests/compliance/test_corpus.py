"""The hand-written corpus is lawful: composed, not one of its texts may be blocked, with or without conditions."""

import pytest

from backend.compliance.service import check, compose, fill_slots
from model.brief import PRODUCTS
from model.corpus.banks import whole_texts


@pytest.mark.parametrize(("conditions", "step"), [("none", 1), ("full", 11)])
def test_no_false_alarm(conditions, step, bank, cards):
    texts = [text for product in PRODUCTS for text in whole_texts(product)]
    assert len(texts) > 4000
    blocked = []
    for whole in texts[::step]:
        card = cards[whole.product]
        body = fill_slots(whole.text, bank, card)
        text = compose(body, card=card, channel=whole.channel, bank=bank, conditions=conditions)
        report = check(text, card=card, group=card.group, channel=whole.channel, bank=bank)
        blocked += [(f.rule, f.excerpt, text) for f in report.findings if f.severity == "block"]
    assert blocked == []

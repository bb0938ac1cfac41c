"""The data set of a run: whose judgement counts, what is gold, what corrections become."""

import uuid
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.compliance.service import compose, fill_slots
from backend.offers.service import Labelled, is_gold
from model.brief import Brief
from retrain import dataset
from retrain.dataset import Example
from retrain.evaluation.served import demo_shop

SHOP = demo_shop()
BANK = SHOP.setting.bank
CARDS = {code: product.card for code, product in SHOP.products.items()}
BODY = "Покупки каждый день? Дебетовая карта {bank} всегда под рукой. Оформите её в приложении {app}."
BRIEF = Brief("DC", "MOBILE_CHAT", "neutral", ())
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def row(**changes: Any) -> Labelled:
    brief = changes.pop("brief", BRIEF)
    body = changes.pop("body", BODY)
    card = CARDS[brief.product]
    text = compose(fill_slots(body, BANK, card), card=card, channel=brief.channel, bank=BANK) if body else "Текст."
    given: dict[str, Any] = {
        "offer_id": uuid.uuid4(),
        "client_id": "1",
        "product": brief.product,
        "text": text,
        "body": body,
        "brief": asdict(brief),
        "facts": brief.facts,
        "ranked": {},
        "label": "success",
        "reasons": (),
        "corrected_text": None,
        "labelled_at": NOW,
        "contradictions": 0,
    }
    return Labelled(**{**given, **changes})


def frozen(*rows: Labelled) -> dataset.Dataset:
    return dataset.freeze(rows, BANK, CARDS)


def test_the_side_of_a_client_never_changes() -> None:
    rows = [
        row(client_id=str(n), body=f"{BODY} Вариант «{chr(1072 + n % 32)}{chr(1072 + n // 32)}».") for n in range(800)
    ]
    first = {one.client: one.gold for one in frozen(*rows).examples}
    later = {one.client: one.gold for one in frozen(*reversed(rows[:300])).examples}
    assert 0.1 < sum(first.values()) / len(first) < 0.2
    assert all(first[client] == gold for client, gold in later.items())


def test_the_majority_counts_for_equal_texts_and_the_last_in_a_tie() -> None:
    labels = ["success", "failure", "failure"]
    made = frozen(
        *(row(client_id="a", label=label, labelled_at=NOW + timedelta(seconds=n)) for n, label in enumerate(labels))
    )
    [only] = made.examples
    assert not only.success
    assert made.counts["repeated"] == 2
    assert made.counts["contradictions"] == 1
    tie = frozen(row(client_id="a", label="failure"), row(client_id="a", labelled_at=NOW + timedelta(hours=1)))
    assert tie.examples[0].success


def test_reasons_are_those_of_the_judgement_that_counts_and_no_correction_is_lost() -> None:
    corrected = BODY.replace("{bank}", BANK.legal_name).replace("{app}", BANK.app).replace("всегда", "теперь")
    said = [
        {"label": "failure", "reasons": ("dull",)},
        {"label": "failure", "reasons": ("wrong_fact",), "corrected_text": corrected},
        {"label": "success", "reasons": ()},
    ]
    [only] = frozen(
        *(row(client_id="a", labelled_at=NOW + timedelta(seconds=n), **one) for n, one in enumerate(said))
    ).examples
    assert (only.success, only.reasons, only.badly_written) == (False, ("wrong_fact",), False)
    assert only.corrected == BODY.replace("всегда", "теперь")


def test_products_and_channels_that_the_check_knows_are_counted() -> None:
    gold = next(str(n) for n in range(99) if is_gold(str(n)))
    train = next(str(n) for n in range(99) if not is_gold(str(n)))
    card = replace(BRIEF, channel="EMAIL")
    made = frozen(
        row(client_id=gold),
        row(client_id=train, body=f"{BODY} Да!"),
        row(client_id=train, body=f"{BODY} Нет!", brief=card),
    )
    found = made.summary()
    assert (found["gold_offerings"], found["offerings"]) == (1, 2)


def test_a_gold_text_is_not_trained_on_under_another_client() -> None:
    gold = next(n for n in range(99) if is_gold(str(n)))
    train = next(n for n in range(99) if not is_gold(str(n)))
    made = frozen(row(client_id=str(gold)), row(client_id=str(train), brief=replace(BRIEF, tone="formal")))
    assert [one.gold for one in made.examples] == [True]
    assert made.counts["dropped"] == 1


@pytest.mark.parametrize("gold_first", [True, False])
def test_a_training_twin_of_a_gold_text_does_not_take_its_place(gold_first: bool) -> None:
    gold = next(name for name in map(str, range(99)) if is_gold(name))
    train = next(name for name in map(str, range(99)) if not is_gold(name))
    rows = [row(client_id=gold, label="failure"), row(client_id=train, label="success")]
    made = frozen(*(rows if gold_first else reversed(rows)))
    assert [(one.gold, one.success) for one in made.examples] == [(True, False)]
    assert made.counts["dropped"] == 1


def test_what_is_not_for_this_client_may_be_well_written() -> None:
    for reasons, badly in (((), True), (("wrong_fact",), False), (("wrong_fact", "dull"), True)):
        [one] = frozen(row(label="failure", reasons=reasons)).examples
        assert one.badly_written is badly
    assert not frozen(row()).examples[0].badly_written


def test_a_text_may_hold_any_separator(tmp_path: Path) -> None:
    made = frozen(row(body=f"{BODY}\u2028И ещё.\u0085И ещё."))
    dataset.save(made, tmp_path / "dataset.jsonl")
    assert dataset.load(tmp_path / "dataset.jsonl") == made


def test_what_cannot_be_learnt_from_is_counted() -> None:
    made = frozen(row(body=None), row(brief=replace(BRIEF, product="DC"), product="GONE"), row(contradictions=1))
    assert len(made.examples) == 1
    assert made.counts["dropped"] == 2
    assert made.counts["relabelled"] == 1


def test_a_corrected_text_becomes_the_models_own_words() -> None:
    corrected = (
        f"Покупки каждый день проще с картой {BANK.legal_name}. Оформите дебетовую карту в приложении {BANK.app}."
    )
    [one] = frozen(row(label="failure", corrected_text=corrected)).examples
    assert one.corrected == "Покупки каждый день проще с картой {bank}. Оформите дебетовую карту в приложении {app}."


def test_obligatory_blocks_are_no_part_of_a_correction() -> None:
    brief = replace(BRIEF, product="CC")
    body = "Покупки каждый день? Кредитная карта {bank} всегда под рукой. Узнайте условия на сайте {site}."
    made = row(brief=brief, body=body, label="failure")
    assert "Оценивайте свои" in made.text
    corrected = made.text.replace("всегда под рукой", "рядом в любой день")
    [one] = frozen(replace(made, corrected_text=corrected)).examples
    assert one.corrected == body.replace("всегда под рукой", "рядом в любой день")


@pytest.mark.parametrize("corrected", ["Карта под 5 % годовых.", "Короче.", "Visa для вас в {bank}."])
def test_corrections_that_the_model_could_not_write_are_left_out(corrected: str) -> None:
    made = frozen(row(label="failure", corrected_text=corrected))
    assert made.examples[0].corrected is None
    assert made.counts["unusable_corrections"] == 1


def test_the_hash_names_the_data_and_survives_the_file(tmp_path: Path) -> None:
    made = frozen(*(row(client_id=str(n), body=f"{BODY} {'а' * n}") for n in range(9)))
    dataset.save(made, tmp_path / "dataset.jsonl")
    read = dataset.load(tmp_path / "dataset.jsonl")
    assert read == made
    assert read.hash() == made.hash()
    other = dataset.Dataset((*made.examples[:-1], replace(made.examples[-1], success=False)), made.counts)
    assert other.hash() != made.hash()
    assert made.summary()["labels"] == 9


def test_no_client_id_is_kept() -> None:
    [one] = frozen(row(client_id="4276-secret")).examples
    assert isinstance(one, Example)
    assert "4276" not in str(asdict(one))

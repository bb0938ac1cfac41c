"""The corpus: hand-written files are sound, and what is made of them is lawful in form and repeatable."""

import json
import re
from collections import Counter

import pytest

from model.brief import CHANNELS, CLOSER, FACTS, OUT_OF_PLACE, PRODUCTS, TONES, expresses
from model.corpus import banks
from model.corpus.form import has_form
from model.corpus.generate import corpus_hash, generate, held_out
from model.corpus.survey import dominance
from model.slots import SLOTS

# what no hand-written phrase may hold: figures, foreign letters, promises, pressure, mandatory phrases
FORBIDDEN = re.compile(
    r"\d|%|₽|№|[A-Za-z]|бесплатн|без комисси|без процент|рассрочк|льготн\w+ период|гарантируем|застрахован\w+ вклад|"
    r"\bлучш(?:ий|ая|ее|ие|его|ей|их|им|ую)\b|единственн|мы (?:видим|знаем|заметили)|последн\w+ шанс|\bсрочно|успейте|"
    r"возможности и риски|изучите все условия|полная стоимость|задолженн|просрочк",
    re.IGNORECASE,
)


def _phrases(node: object) -> list[str]:
    if isinstance(node, str):
        return [node]
    if isinstance(node, dict):
        return [p for key, value in node.items() if key not in ("tag", "leads_to") for p in _phrases(value)]
    return [p for item in node for p in _phrases(item)] if isinstance(node, list) else []


def _faults(text: str) -> list[str]:
    bare = text
    for slot in SLOTS:
        bare = bare.replace(slot, "")
    return FORBIDDEN.findall(bare) + re.findall(r"[{}]", bare)


@pytest.mark.parametrize("path", sorted((banks.HERE / "phrases").glob("*.yaml")), ids=lambda p: p.stem)
def test_phrases_hold_nothing_forbidden(path) -> None:
    import yaml

    raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    phrases = _phrases(raw)
    assert len(phrases) > 100
    assert {p: _faults(p) for p in phrases if _faults(p)} == {}


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_product_has_names_benefits_and_openings(product: str) -> None:
    bank = banks.phrase_bank(product)
    assert set(bank.names) >= {"nom", "gen", "acc", "ins"}
    assert len(bank.benefits) >= 12
    for benefit in bank.benefits.values():
        assert len(benefit.wordings) >= 3, benefit.tag
        assert set(benefit.offers) == set(TONES), benefit.tag
        assert all(sentence.count("{bank}") == 1 for some in benefit.offers.values() for sentence in some), benefit.tag
    assert all(len(bank.closers[tone]) >= 8 for tone in TONES)
    assert set(bank.openings) == {"any", *banks.fit()[product]}
    told = Counter(couplet.fact or "any" for couplet in banks.couplets(product))
    for fact, some in bank.openings.items():
        assert len(some) + told[fact] >= 8, f"{fact}: ways to begin, couplets among them"
        assert all(opening.leads_to and set(opening.leads_to) <= {CLOSER, *bank.benefits} for opening in some), fact


@pytest.mark.parametrize("product", PRODUCTS)
def test_couplets_are_lawful_short_and_show_their_fact(product: str) -> None:
    couplets = banks.couplets(product)
    assert {(c.fact, c.tone) for c in couplets} >= {(fact, tone) for fact in banks.fit()[product] for tone in TONES}
    assert len({c.text for c in couplets}) == len(couplets)
    for couplet in couplets:
        assert couplet.text.count("{bank}") == 1
        assert banks.names_product(couplet.text, product), couplet.text
        assert not couplet.fact or expresses(couplet.text, couplet.fact, product), couplet.text
        assert couplet.benefit in banks.phrase_bank(product).benefits
        assert has_form(couplet.text, product, "SMS"), couplet.text
        assert 0 < len(couplet.title) <= 36
        assert not _faults(couplet.text) + _faults(couplet.title)


@pytest.mark.parametrize("product", PRODUCTS)
def test_whole_texts_are_lawful_and_cover_channels_and_tones(product: str) -> None:
    texts = banks.whole_texts(product)
    assert Counter(t.channel for t in texts).keys() == set(CHANNELS)
    assert {t.tone for t in texts} == set(TONES)
    assert len({t.text for t in texts}) == len(texts)
    assert {t.text: _faults(t.text) for t in texts if _faults(t.text)} == {}
    assert all("{bank}" in t.text and set(t.facts) <= set(FACTS) for t in texts)


def test_generated_texts_have_form_name_the_bank_and_come_again_by_seed() -> None:
    pairs = list(generate(3000, 5))
    for brief, prompt, text in pairs:
        assert has_form(text, brief.product, brief.channel)
        assert "{bank}" in text, text
        assert not _faults(text), text
        assert prompt.endswith("<|text|>")
    again = list(generate(3000, 5))
    assert corpus_hash((p, t) for _, p, t in pairs) == corpus_hash((p, t) for _, p, t in again)
    assert len({text for _, _, text in pairs}) > 2300


def test_a_text_names_its_own_product_and_not_another() -> None:
    own = [banks.names_product(t.text, p) for p in PRODUCTS for t in banks.whole_texts(p)]
    assert sum(own) / len(own) > 0.97
    for product, other in (("CC", "DEPOSIT"), ("OMS", "DC"), ("INS_LIFE", "MORTG"), ("CURR_EXC", "IZP")):
        texts = [t.text for t in banks.whole_texts(product)]
        assert sum(banks.names_product(text, other) for text in texts) / len(texts) < 0.1, (product, other)


@pytest.mark.parametrize("channel", ["OFFICE_BANNER", "TMO", "KND"])
def test_facts_out_of_place_are_left_out(channel: str) -> None:
    pairs = [brief for brief, _, _ in generate(4000, 8) if brief.channel == channel and brief.benefit]
    assert pairs
    assert not any(set(brief.facts) & OUT_OF_PLACE[channel] for brief in pairs)


def test_held_out_combinations_never_appear_in_training() -> None:
    assert not any(held_out(brief) for brief, _, _ in generate(2000, 9))
    aside = list(generate(50, 9, aside=True))
    assert all(held_out(brief) for brief, _, _ in aside)


def test_nothing_dominates() -> None:
    shares = dominance(text for _, _, text in generate(12_000, 21))
    assert shares.keys() == {"opening", "sentence", "skeleton"}
    assert {name: found for name, found in shares.items() if found[0] > 0.011} == {}  # 1 % and the noise of a sample


def test_a_template_would_be_seen() -> None:
    texts = [
        "Карта {bank} для города и дома.",
        "Вклад {bank} для семьи и дела.",
        "Счёт {bank} ждёт: откройте его сегодня.",
    ]
    shares = dominance(texts)
    assert shares["skeleton"][0] == 2 / 3
    assert shares["sentence"][0] == 1 / 3


def test_the_files_of_whole_texts_are_plain_rows() -> None:
    for path in (banks.HERE / "texts").glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert json.loads(line).keys() == {"channel", "tone", "facts", "text"}

"""The report over the shipped weights, small: every column and number is there, and what is served is lawful."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.offers.writer import TEMPERATURES
from model.brief import Brief
from model.serving.engine import Engine
from model.serving.host import Settings, build_engine
from model.serving.stats import Stats
from retrain.evaluation import blind, report, served


@pytest.fixture(scope="module")
def engine(weights: Path) -> Iterator[Engine]:
    engine = build_engine(Settings(weights, sequences=16), weights, Stats())
    yield engine
    engine.close()


def test_what_is_served_passed_the_guard(engine: Engine) -> None:
    briefs = [brief for brief, _ in report.held_out_pairs(24, 5)]
    finished = served.serve(engine, briefs, 5)
    kept = [(brief, one.body) for brief, one in zip(briefs, finished, strict=True) if one.body]
    assert len(kept) >= 22
    assert report.block_share([brief for brief, _ in kept], [body for _, body in kept]) == 0
    firsts = [sum(c.temperature == TEMPERATURES[0] for c in one.candidates) for one in finished]
    assert min(firsts) >= 1, "everybody is written for in the first round"
    again = served.serve(engine, briefs, 5)
    assert [one.body for one in again] == [one.body for one in finished]


def test_a_text_with_an_unknown_slot_counts_as_stopped() -> None:
    [(brief, text)] = report.held_out_pairs(1, 5)
    assert report.block_share([brief], [text]) == 0
    assert report.block_share([brief], [text + " {surname}"]) == 1
    assert report.block_share([brief], [text + " Одобрим гарантированно под 5%."]) == 1


def test_the_report(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    flags = ["--model", str(weights), "--texts", "40", "--crowd", "20", "--read", "3", "--out", str(tmp_path)]
    monkeypatch.setattr(report, "LIKELIHOOD_TEXTS", 8)
    monkeypatch.setattr(sys, "argv", ["report", *flags])
    report.main()
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert text == capsys.readouterr().out
    assert "| as served | one raw sample | slot filling | corpus |" in text
    for row in (
        "shows the fact",
        "unknown words",
        "self-BLEU",
        "longest copied run",
        "texts with an error of agreement",
    ):
        assert f"| {row}" in text
    assert text.count("bits per byte") == 2
    assert "block findings of what is served (by construction): 0.00%" in text
    assert (tmp_path / "report.png").stat().st_size > 10_000


def test_a_blind_reading(weights: Path, tmp_path: Path) -> None:
    blind.write(tmp_path, weights, own=12, by_hand=6, seed=3)
    rows = [json.loads(line) for line in (tmp_path / "texts.jsonl").read_text("utf-8").splitlines()]
    key = json.loads((tmp_path / "key.json").read_text("utf-8"))
    assert [row["id"] for row in rows] == list(range(1, len(rows) + 1))
    assert list(key.values()).count("hand") == 6
    assert not any("{" in row["text"] for row in rows)
    verdicts = tmp_path / "verdicts.jsonl"
    verdicts.write_text("".join(json.dumps({"id": r["id"], "good": r["id"] % 2 == 0}) + "\n" for r in rows), "utf-8")
    model, hand = list(key.values()).count("model"), 6
    good = {who: sum(1 for i, w in key.items() if w == who and int(i) % 2 == 0) for who in ("model", "hand")}
    assert blind.score(tmp_path, [verdicts]).splitlines() == [
        f"hand: {good['hand']} of {hand} good, {good['hand'] / hand:.1%}",
        f"model: {good['model']} of {model} good, {good['model'] / model:.1%}",
    ]


@pytest.mark.parametrize(
    ("channel", "text", "fits"),
    [
        ("SMS", "Кредитная карта {bank} пригодится. Узнать больше: {site}", True),
        ("SMS", "Кредитная карта {bank} пригодится. " * 9, False),
        ("PUSH", "Карта рядом\nКредитная карта {bank} пригодится.", True),
        ("PUSH", "Кредитная карта {bank} без заголовка.", False),
        ("MOB_BANNER", "Слово " * 19 + "и {bank}.", False),
        ("SMS", "Кредитная карта {bank} для вас, {surname}.", False),
    ],
)
def test_form_is_judged_as_the_client_gets_the_text(channel: str, text: str, fits: bool) -> None:
    assert report.fitting_share([Brief("CC", channel)], [text]) == fits

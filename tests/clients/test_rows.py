"""Rows and whole bases: row reports, the generated twin, the customer's sample."""

import csv
import io
from collections import Counter
from datetime import date
from itertools import islice

import pytest
from click.testing import CliRunner

from backend.clients import demo
from backend.clients.dictionaries import SEGMENTS, segment_of
from backend.clients.facts import KNOWN_FACTS, derive_facts
from backend.clients.features import NAMES, Features
from backend.clients.readers import read_table
from backend.clients.rows import parse_row
from backend.clients.tables import RawRow, RowProblem
from backend.clients.values import is_unknown

TODAY = date(2026, 11, 22)
MISSING = {
    "gender": 42, "age": 0.1, "reg_region_nm": 3, "cnt_tr_all_3m": 52, "cnt_tr_oil_3m": 52, "cnt_zp_12m": 79,
    "sum_zp_12m": 79, "limit_exchange_count": 82, "max_outstanding_amount_6m": 94, "cnt_dep_act": 73,
    "sum_dep_now": 83, "app_vehicle_ind": 83, "app_position_type_nm": 92, "visit_purposes": 85, "super_clust": 0,
}  # fmt: skip
"""Percent of unknown values in real bases."""


def test_a_row_report_names_row_column_and_reason():
    content = b"client_id,age,gender,cnt_tr_oil_3m\nA,900,1,-5\nB,40,1,3\nC,41,1,2,7\n"
    rows = [parse_row(raw, TODAY) for raw in read_table(io.BytesIO(content))]
    assert [(p.row, p.column) for p in rows[0].problems] == [(2, "age"), (2, "cnt_tr_oil_3m")]
    assert rows[1].features == Features(gender=1, age=40.0, cnt_tr_oil_3m=3)
    assert [(p.row, p.column) for p in rows[2].problems] == [(4, "")]


def test_events_of_a_row_are_parsed_too():
    good = parse_row(RawRow(3, "A", {}, events=[{"type": "trip", "at": "2026-11-20"}]), TODAY)
    assert len(good.events) == 1
    bad = parse_row(RawRow(3, "A", {}, events=[{"type": "trip"}], problems=(RowProblem(3, "", "x"),)), TODAY)
    assert [p.column for p in bad.problems] == ["", "events/0/at"]


# ---- the generated twin


@pytest.fixture(scope="module")
def base() -> list[demo.Row]:
    return list(demo.generate(20_000, seed=1))


def test_the_twin_is_repeatable():
    assert list(demo.generate(50, seed=3)) == list(demo.generate(50, seed=3))
    assert list(demo.generate(50, seed=3)) != list(demo.generate(50, seed=4))


def test_the_twin_has_the_gaps_of_real_data(base):
    for name, percent in MISSING.items():
        found = 100 * sum(is_unknown(row[name]) for row in base) / len(base)
        assert abs(found - percent) < 3, name


def test_the_twin_has_the_dirt_of_real_data(base):
    assert list(base[0]) == list(NAMES)
    assert {"NULL", " "} <= {row["app_position_type_nm"] for row in base}
    assert "N/A" in {row["reg_region_nm"] for row in base}
    assert {type(row["cnt_tr_all_3m"]) for row in base} == {str}
    assert {type(row["sum_dep_now"]) for row in base} == {str, int, float}
    assert any(isinstance(row["age"], float) and not row["age"].is_integer() for row in base)


def test_the_twin_has_all_segments_in_their_shares(base):
    found = Counter(segment_of(row["super_clust"]).letter for row in base)
    assert found.keys() == SEGMENTS.keys()
    assert abs(found["h"] / len(base) - 0.26) < 0.02
    assert abs(found["k"] / len(base) - 0.22) < 0.02


def test_the_twin_is_possible_throughout(base):
    facts: set[str] = set()
    for number, row in enumerate(base, 2):
        client = parse_row(RawRow(number, number, row), TODAY)
        assert not client.problems, client.problems
        facts.update(derive_facts(client.features, (), TODAY))
        counts = [getattr(client.features, name) or 0 for name in demo.KINDS]
        assert (client.features.cnt_tr_all_3m or 0) >= sum(counts)
    assert {fact for fact in KNOWN_FACTS if not fact.startswith("ev_")} == facts


def test_the_segment_drives_the_rest(base):
    def median_moves(letter: str) -> float:
        moves = sorted(
            int(r["cnt_tr_all_3m"]) for r in base if r["super_clust"][0] == letter and r["cnt_tr_all_3m"] != "NULL"
        )
        return moves[len(moves) // 2]

    assert median_moves("a") > 10 * max(median_moves("h"), 1)


@pytest.mark.parametrize("name", ["clients.csv", "clients.xlsx"])
def test_the_command_writes_a_table_that_reads_back(tmp_path, name):
    path = tmp_path / name
    result = CliRunner().invoke(demo.main, ["--rows", "30", "--out", str(path)])
    assert result.exit_code == 0, result.output
    rows = [parse_row(raw, TODAY) for raw in read_table(path)]
    assert len(rows) == 30
    assert not any(row.problems for row in rows)


def test_the_command_refuses_another_format(tmp_path):
    result = CliRunner().invoke(demo.main, ["--out", str(tmp_path / "clients.doc")])
    assert result.exit_code == 1
    assert ".csv" in result.output


# ---- the customer's sample


def test_the_sample_reads_without_a_problem(shared_dir):
    rows = [parse_row(raw, TODAY) for raw in read_table(shared_dir / "data" / "clients_sample.xlsx")]
    assert len(rows) == 200
    assert not any(row.problems for row in rows)
    assert all(segment_of(row.features.super_clust) for row in rows)
    assert all(derive_facts(row.features, row.events, TODAY) for row in rows)


def test_no_row_of_the_sample_is_in_the_twin(shared_dir, base):
    real = {tuple(sorted(raw.features.items())) for raw in read_table(shared_dir / "data" / "clients_sample.xlsx")}
    assert not real & {tuple(sorted(row.items())) for row in base}


def test_the_sample_reads_the_same_from_every_text_encoding(shared_dir, tmp_path):
    raw = list(islice(read_table(shared_dir / "data" / "clients_sample.xlsx"), 50))
    for encoding in ("utf-8", "cp1251", "utf-16"):
        path = tmp_path / f"{encoding}.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            table = csv.writer(file, delimiter=";")
            table.writerow(NAMES)
            table.writerows([row.features[name] for name in NAMES] for row in raw)
        found = [parse_row(row, TODAY).features for row in read_table(path)]
        assert found == [parse_row(row, TODAY).features for row in raw]

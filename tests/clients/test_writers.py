"""Result tables: whole at every end, readable back, and no cell runs as a formula."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from backend.clients.writers import neutral, open_writer

COLUMNS = ("row", "client_id", "text", "confidence")
ROW = {"row": 2, "client_id": "=HYPERLINK(1)", "text": 'Тема: вклад\nПрехедер: «да»; "нет"', "confidence": 0.83}


def write(path: Path, rows) -> None:
    with open_writer(path, COLUMNS) as writer:
        for row in rows:
            writer.write(row)


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


@pytest.mark.parametrize("text", ["=1+1", "+7 800", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n+1", "＝1", "＠x"])
def test_formulas_are_neutralised(text):
    assert neutral(text) == "'" + text


@pytest.mark.parametrize("cell", ["Вклад", "a=b", "", None, -5, -0.5, "«+»", "-5", "+79161234567"])
def test_other_cells_stay(cell):
    assert neutral(cell) == cell


def test_csv(tmp_path):
    write(tmp_path / "out.csv", [ROW])
    assert read_csv(tmp_path / "out.csv") == [list(COLUMNS), ["2", "'=HYPERLINK(1)", ROW["text"], "0.83"]]


def test_ndjson(tmp_path):
    write(tmp_path / "out.ndjson", [ROW, {"row": 3}])
    lines = [json.loads(line) for line in (tmp_path / "out.ndjson").read_text(encoding="utf-8").splitlines()]
    assert lines == [ROW, {"row": 3, "client_id": None, "text": None, "confidence": None}]


def test_xlsx_keeps_formulas_as_plain_text(tmp_path):
    write(tmp_path / "out.xlsx", [ROW])
    sheet = load_workbook(tmp_path / "out.xlsx").active
    assert [cell.value for cell in sheet[2]] == [2, "=HYPERLINK(1)", ROW["text"], 0.83]
    assert [cell.data_type for cell in sheet[2]] == ["n", "s", "s", "n"]
    assert sheet["B2"].quotePrefix


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx", "out.ndjson"])
def test_a_failure_leaves_a_whole_file_and_no_draft(tmp_path, name):
    def rows():
        yield ROW
        raise RuntimeError("the network is gone")

    with pytest.raises(RuntimeError):
        write(tmp_path / name, rows())
    assert [path.name for path in tmp_path.iterdir()] == [name]
    if name.endswith("xlsx"):
        assert load_workbook(tmp_path / name).active.max_row == 2
    else:
        assert "HYPERLINK" in (tmp_path / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx", "out.ndjson"])
def test_a_run_that_failed_at_once_leaves_the_file_of_an_earlier_one(tmp_path, name):
    write(tmp_path / name, [ROW])
    before = (tmp_path / name).read_bytes()
    for rows in ([], [ROW, ROW]):
        with open_writer(tmp_path / name, COLUMNS) as writer:
            for row in rows:
                writer.write(row)
            writer.give_up()
        assert ((tmp_path / name).read_bytes() == before) == (not rows)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_full_disk_leaves_the_rows_before_it(tmp_path, monkeypatch):
    writer = open_writer(tmp_path / "out.csv", COLUMNS)
    close = writer._finish

    def full() -> None:
        close()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer, "_finish", full)
    with pytest.raises(OSError, match="No space"), writer:
        writer.write(ROW)
    assert len(read_csv(tmp_path / "out.csv")) == 2


def test_long_ids_are_texts_in_a_spreadsheet(tmp_path):
    write(tmp_path / "out.xlsx", [ROW | {"client_id": 123456789012345678}, ROW | {"client_id": 101}])
    sheet = load_workbook(tmp_path / "out.xlsx").active
    assert [sheet["B2"].value, sheet["B3"].value] == ["123456789012345678", 101]


def test_nothing_written_is_a_header(tmp_path):
    write(tmp_path / "out.csv", [])
    write(tmp_path / "out.xlsx", [])
    assert read_csv(tmp_path / "out.csv") == [list(COLUMNS)]
    assert [cell.value for cell in load_workbook(tmp_path / "out.xlsx").active[1]] == list(COLUMNS)


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("old", encoding="utf-8")
    with open_writer(path, COLUMNS) as writer:
        writer.write(ROW)
        assert path.read_text(encoding="utf-8") == "old"
    assert len(read_csv(path)) == 2


@pytest.mark.parametrize("name", ["out.doc", "out", "out.xls"])
def test_other_formats_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match="формата"):
        open_writer(tmp_path / name, COLUMNS)


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx", "out.ndjson"])
def test_a_missing_folder_shows_itself_at_once(tmp_path, name):
    with pytest.raises(OSError, match=r"nowhere"):
        open_writer(tmp_path / "nowhere" / name, COLUMNS)


@given(st.text(max_size=40))
def test_any_text_can_be_written_everywhere(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("any")
    for name in ("out.csv", "out.ndjson", "out.xlsx"):
        write(folder / name, [{"row": 2, "text": text}])
    read = [row for row in read_csv(folder / "out.csv") if row]
    assert len(read) == 2
    assert not read[1][2].lstrip().startswith(("=", "+", "@"))

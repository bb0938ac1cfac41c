"""Tables of clients: every format, encoding and kind of dirt; a bad table is refused, a bad row costs only itself."""

import io
import json
import random
import tracemalloc
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook
from pyarrow import parquet

from backend.clients import parquet_reader
from backend.clients.readers import open_table, read_table
from backend.clients.tables import RawRow, RowProblem, TableError, parse_header, row_of
from backend.clients.xlsx_reader import address

HEADER = ["gender", "age", "reg_region_nm", "sum_dep_now", "super_clust"]
ROWS = [
    ["1", "52.7", "Пермский край", "15968,69", "h. Бывшие зарплатники (4,9)"],
    ["NULL", "31", "Город Санкт-Петербург", "N/A", "k. Без продукта (7)"],
    ["0", "44.1", "Республика Северная Осетия - Алания", " ", "j. Депозиты в оттоке (0,17)"],
]


def read(content: bytes, name: str = "clients.csv") -> list[RawRow]:
    return list(read_table(io.BytesIO(content), name))


def broken(content: bytes, name: str = "clients.csv") -> TableError:
    with pytest.raises(TableError) as caught:
        read(content, name)
    assert caught.value.place in str(caught.value)
    assert caught.value.errors[0].pointer == "/file"
    return caught.value


def text_table(delimiter: str = ",", header: Sequence[str] = HEADER, rows: Sequence[Sequence[str]] = ROWS) -> str:
    lines = [header, *rows]
    return "\n".join(delimiter.join(f'"{c}"' if delimiter in c else c for c in line) for line in lines) + "\n"


def workbook(*sheets: Sequence[Sequence[object]], change=None) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"Лист{number}")
        for row in rows:
            sheet.append(list(row))
    if change:
        change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# ---- text tables


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "cp866", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_every_encoding_and_delimiter(encoding, delimiter):
    rows = read(text_table(delimiter).encode(encoding))
    assert [row.features["reg_region_nm"] for row in rows] == [row[2] for row in ROWS]
    assert rows[0].features["super_clust"] == ROWS[0][4]
    assert rows[0].features["sum_dep_now"] == "15968,69"


def test_rows_count_as_a_spreadsheet_does_and_serve_as_ids():
    rows = read(text_table().encode())
    assert [row.number for row in rows] == [2, 3, 4]
    assert [row.client_id for row in rows] == [2, 3, 4]
    assert all(row.product is row.channel is None and not row.problems for row in rows)


def test_optional_columns_and_loose_header():
    rows = read('\ufeff Client_ID ;AGE;" Product ";channel\n A-1 ;40;CC;SMS\nB;41;;\n'.encode())
    assert [(row.client_id, row.product, row.channel) for row in rows] == [("A-1", "CC", "SMS"), ("B", None, None)]
    assert rows[0].features == {"age": "40"}


def test_a_line_feed_of_any_kind_and_a_quoted_line_break():
    for feed in ("\n", "\r\n", "\r"):
        rows = read(f'age,reg_region_nm{feed}40,"Пермский{feed}край"{feed}41,Крым{feed}'.encode())
        assert [(row.number, row.features["age"]) for row in rows] == [(2, "40"), (3, "41")]


def test_a_separator_line_of_excel():
    assert read(b"sep=;\nage;gender\n40;1\n")[0].features == {"age": "40", "gender": "1"}


def test_empty_lines_are_passed_over():
    rows = read(b"\n\nage,gender\n\n40,1\n,\n41,0\n\n")
    assert [row.features["age"] for row in rows] == ["40", "41"]


def test_a_short_row_is_unknown_at_the_end_and_a_long_one_a_problem():
    rows = read(b"age,gender\n40\n41,1,,\n42,1,9\n43,0\n")
    assert [len(row.problems) for row in rows] == [0, 0, 1, 0]
    assert rows[2].problems[0].row == 4


def test_a_quotation_mark_that_never_closes_costs_only_its_row():
    rows = read(('age,reg_region_nm\n40,"Пермский край\n' + "41,Крым\n" * 50).encode())
    assert len(rows) == 51
    assert rows[0].problems == (RowProblem(2, "", "кавычки в строке расставлены неверно"),)
    assert not any(row.problems for row in rows[1:])


def test_an_empty_id_and_a_long_id_are_row_problems():
    rows = read(f"client_id,age\n,40\n{'x' * 129},41\nC,42\n".encode())
    assert [[problem.column for problem in row.problems] for row in rows] == [["client_id"], ["client_id"], []]


def test_notes_tell_what_is_not_used():
    with open_table(io.BytesIO(b"age,phone,cnt_tr_oil3m\n40,1,2\n")) as table:
        assert len(table.notes) == 2
        assert "cnt_tr_oil_3m" in table.notes[1]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", "файл"),
        (b"\n \n", "файл"),
        (b"name,phone\nA,1\n", "строка 1"),
        (b"client_id,product\nA,CC\n", "строка 1"),
        (b"age,gender\n", "таблица"),
        (b"age,Age \n1,2\n", "строка 1"),
        (b"avg_dep_avg_balance_1month,avg_dep_avg_balance_lmonth\n1,2\n", "строка 1"),
        ("Выгрузка за ноябрь\n\nage,gender\n40,1\n".encode(), "строка 3"),
        (b'"age,gender\n40,1\n', "строка 1"),
        (("age," * 600 + "\n").encode(), "строка 1"),
        (b"age\n" + b"1" * 1_000_001, "строка 2"),
        (bytes(range(128, 256)) * 20, "файл"),
        (b"age,reg_region_nm\n40,\xe9t\xe9 \xfcber \xf1and\xfa\n", "файл"),
        (b"\xff\xfea\x00g\x00e\x00\n\x004\x00\xdc", "файл"),
        (b"\xd0\xcf\x11\xe0 old excel", "файл"),
        (b"%PDF-1.7 \xff", "файл"),
    ],
)
def test_tables_that_cannot_be_read(content, place):
    error = broken(content)
    assert error.place.startswith(place) or (place == "файл" and error.place.startswith("строка"))
    assert error.reason


def test_a_duplicate_header_names_both_columns():
    assert "1 и 3" in broken(b"age,gender, AGE\n1,2,3\n").reason


def test_utf8_broken_in_the_middle_is_not_taken_for_another_encoding():
    content = text_table().encode() + "1,40,Крым".encode()[:-1] + b"\xff\n"
    assert "кодировка" in broken(content).reason


def test_memory_stays_flat_on_a_long_table():
    line = ",".join(ROWS[0]).replace("15968,69", "15968.69") + "\n"
    content = (",".join(HEADER) + "\n" + line * 40_000).encode()
    stream = io.BytesIO(content)
    tracemalloc.start()
    count = sum(1 for _ in read_table(stream))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 40_000
    assert len(content) > 3_000_000
    assert peak < 2_000_000


def test_the_stream_stays_open_for_its_owner():
    for content in (text_table().encode(), b"no,known\n", b'[{"age": 1}]'):
        stream = io.BytesIO(content)
        with suppress(TableError):
            list(read_table(stream))
        assert not stream.closed


def test_a_stream_that_cannot_seek_is_read_too():
    class Pipe(io.BytesIO):
        def seek(self, *_args):
            raise io.UnsupportedOperation

    assert len(list(read_table(Pipe(text_table().encode())))) == 3


def test_a_path_is_read(tmp_path: Path):
    path = tmp_path / "clients.csv"
    path.write_text(text_table(), encoding="cp1251")
    assert len(list(read_table(path))) == len(list(read_table(str(path)))) == 3


# ---- workbooks


def test_a_workbook():
    rows = read(workbook([HEADER, *ROWS, ["1", 40.5, None, 10, "a. Супер-ЗП"]]), "clients.xlsx")
    assert [row.number for row in rows] == [2, 3, 4, 5]
    assert rows[3].features == {
        "gender": "1",
        "age": 40.5,
        "reg_region_nm": None,
        "sum_dep_now": 10,
        "super_clust": "a. Супер-ЗП",
    }


def test_numbers_as_ids():
    rows = read(workbook([["client_id", "age"], [101, 40], [102.0, 41], ["A", 42], [1.5, 43]]))
    assert [row.client_id for row in rows][:3] == [101, 102, "A"]
    assert rows[3].problems[0].column == "client_id"


def test_the_first_sheet_that_is_visible_and_filled():
    def hide(book):
        book.worksheets[0].sheet_state = "hidden"
        book.worksheets[1].sheet_state = "veryHidden"

    content = workbook([["age"], [1]], [["age"], [2]], [], [["age"], [3]], [["age"], [4]], change=hide)
    assert [row.features["age"] for row in read(content)] == [3]


def test_empty_rows_between_are_passed_over_and_hidden_rows_are_read():
    def hide(book):
        book.worksheets[0].row_dimensions[2].hidden = True

    rows = read(workbook([["age"], [1], [None], [""], [2]], change=hide))
    assert [(row.number, row.features["age"]) for row in rows] == [(2, 1), (5, 2)]


@pytest.mark.parametrize("ref", ["A1:B1", "A3:A4", "A9:C9"])
def test_merged_cells_are_named(ref):
    content = workbook([HEADER, *ROWS], change=lambda book: book.worksheets[0].merge_cells(ref))
    error = broken(content)
    assert error.place == f"лист «Лист1», ячейки {ref}"


def test_a_header_further_down_is_named():
    error = broken(workbook([["Выгрузка"], [], HEADER, *ROWS]))
    assert error.place == "лист «Лист1», ячейка A3"


def test_blank_rows_above_the_header_do_not_matter():
    assert [row.number for row in read(workbook([[None], [None], ["age"], [40]]))] == [4]


def test_a_formula_that_was_never_computed_is_named():
    error = broken(workbook([["age", "gender"], [40, 1], ["=20+21", 0]]))
    assert error.place == "лист «Лист1», ячейка A3"


def test_a_computed_formula_gives_its_value():
    content = workbook([["age", "gender"], ["=20+21", 0]])
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w") as changed:
        for name in source.namelist():
            data = source.read(name)
            changed.writestr(
                name, data.replace(b"</f><v></v>", b"</f><v>41</v>").replace(b"</f><v />", b"</f><v>41</v>")
            )
    assert read(target.getvalue())[0].features == {"age": 41, "gender": 0}


def test_error_cells_are_row_problems():
    rows = read(workbook([["age", "reg_region_nm"], [40, "#REF!"], [41, "#N/A"], [42, "Крым"]]))
    assert [[(p.row, p.column) for p in row.problems] for row in rows] == [[(2, "reg_region_nm")], [], []]
    assert "B2" in rows[0].problems[0].detail


@pytest.mark.parametrize(
    "content",
    [
        workbook([]),
        workbook([], []),
        workbook([["name"], ["A"]]),
        workbook([["age"]]),
        workbook([["age", "AGE "], [1, 2]]),
        workbook([["age", *(f"c{i}" for i in range(600))], [1]]),
        workbook([["age"], [1]])[:2000],
        b"PK\x03\x04" + b"\0" * 100,
        b"PK\x05\x06" + b"\0" * 18,
    ],
)
def test_workbooks_that_cannot_be_read(content):
    assert broken(content, "clients.xlsx").reason


def test_a_bomb_is_refused():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b" " * (64 << 20))
    assert "велика" in broken(target.getvalue(), "clients.xlsx").reason


def test_a_workbook_with_more_texts_than_memory_should_hold_is_sent_to_other_formats():
    texts = b"<sst/>" + random.Random(1).randbytes(1 << 16) * (64 << 4)
    content = with_parts(workbook([["age"], [1]]), {"xl/sharedStrings.xml": texts}, zipfile.ZIP_STORED)
    error = broken(content, "clients.xlsx")
    assert "64 МиБ" in error.reason
    assert "csv или parquet" in error.reason


def with_parts(content: bytes, parts: dict[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The workbook with parts added or put in place of its own."""
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w", packed) as changed:
        for name in source.namelist():
            changed.writestr(name, parts.get(name, source.read(name)))
        for name in parts.keys() - set(source.namelist()):
            changed.writestr(name, parts[name])
    return target.getvalue()


@pytest.mark.parametrize("name", ["xl/styles.xml", "xl/worksheets/other.bin", "docProps/core.xml"])
def test_any_part_may_be_a_bomb(name):
    assert "велика" in broken(with_parts(workbook([["age"], [1]]), {name: b"\0" * (64 << 20)}), "clients.xlsx").reason


def test_too_many_parts_are_refused():
    parts = {f"xl/media/{number}": b"" for number in range(10_001)}
    assert "частей" in broken(with_parts(workbook([["age"], [1]]), parts), "clients.xlsx").reason


def test_entities_that_grow_into_each_other_are_refused():
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20}">' for n in range(1, 12))
    sheet = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "boom">{entities}]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        '<c r="A1" t="inlineStr"><is><t>&e11;</t></is></c></row></sheetData></worksheet>'
    )
    parts = {"xl/worksheets/sheet1.xml": sheet.encode()}
    assert broken(with_parts(workbook([["age"], [1]]), parts), "clients.xlsx").reason


def test_files_of_the_machine_cannot_be_read_through_entities():
    sheet = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        '<c r="A1" t="inlineStr"><is><t>age</t></is></c></row><row r="2">'
        '<c r="A2" t="inlineStr"><is><t>&secret;</t></is></c></row></sheetData></worksheet>'
    )
    content = with_parts(workbook([["age"], [1]]), {"xl/worksheets/sheet1.xml": sheet.encode()})
    assert "root" not in broken(content, "clients.xlsx").reason


def test_a_forged_row_number_is_refused():
    content = workbook([["age"], [1]])
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w") as changed:
        for name in source.namelist():
            changed.writestr(
                name, source.read(name).replace(b'r="2"', b'r="999999999"').replace(b'"A2"', b'"A999999999"')
            )
    assert "велика" in broken(target.getvalue(), "clients.xlsx").reason


def test_a_text_named_as_a_workbook_is_refused():
    assert "xlsx" in broken(b"age\n1\n", "clients.xlsx").reason


def test_addresses():
    assert [address(0, 1), address(25, 3), address(26, 9), address(701, 2), address(702, 2)] == [
        "A1",
        "Z3",
        "AA9",
        "ZZ2",
        "AAA2",
    ]


# ---- parquet


def parquet_table(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    parquet.write_table(table, stream)
    return stream.getvalue()


def test_parquet():
    table = pa.table(
        {
            "Client_ID": pa.array([7, 8]),
            "age": pa.array([40.5, float("nan")]),
            "gender": pa.array([1, None], pa.int8()),
            "reg_region_nm": pa.array(["Крым", None]).dictionary_encode(),
            "sum_dep_now": pa.array([Decimal("1.50"), None], pa.decimal128(12, 2)),
            "app_vehicle_ind": pa.array([True, False]),
            "other": pa.array(["x", "y"]),
        }
    )
    with open_table(io.BytesIO(parquet_table(table)), "clients.parquet") as opened:
        rows = list(opened.rows)
        assert len(opened.notes) == 1
    assert [(row.number, row.client_id) for row in rows] == [(2, 7), (3, 8)]
    assert rows[1].features["age"] is rows[1].features["gender"] is rows[1].features["reg_region_nm"] is None
    assert rows[0].features["app_vehicle_ind"] is True


@pytest.mark.parametrize(
    "content",
    [
        parquet_table(pa.table({"name": ["A"]})),
        parquet_table(pa.table({"age": pa.array([], pa.float64())})),
        parquet_table(pa.table({"age": [1], "AGE": [2]})),
        parquet_table(pa.table([pa.array([1]), pa.array([2])], names=["age", "age"])),
        parquet_table(pa.table({"age": [1.5] * 100}))[:-20],
        b"PAR1PAR1",
    ],
)
def test_parquet_that_cannot_be_read(content):
    assert broken(content, "clients.parquet").reason


@pytest.mark.parametrize("dictionary", [True, False])
def test_a_long_string_that_few_bytes_repeat_is_refused(dictionary):
    regions = pa.array(["x" * 1_000_000] * 1000)
    table = pa.table({"age": range(1000), "reg_region_nm": regions.dictionary_encode() if dictionary else regions})
    stream = io.BytesIO()
    parquet.write_table(table, stream, compression="zstd")
    assert len(stream.getvalue()) < 1_000_000
    assert "длиннее" in broken(stream.getvalue(), "clients.parquet").reason


def test_lists_in_cells_are_refused():
    content = parquet_table(pa.table({"age": [[1.0] * 100_000]}))
    assert "списки" in broken(content, "clients.parquet").reason


def test_columns_and_files_that_are_too_large_are_refused(monkeypatch):
    content = parquet_table(pa.table({"age": [float(number) for number in range(1000)]}))
    with monkeypatch.context() as patch:
        patch.setattr(parquet_reader, "_MOST_GROUP", 4096)
        assert "группе" in broken(content, "clients.parquet").reason
    monkeypatch.setattr(parquet_reader, "_MOST_ROWS", 999)
    assert "999" in broken(content, "clients.parquet").reason


def test_columns_that_nobody_reads_may_be_anything():
    table = pa.table({"age": [40.0], "notes": [["a list"]], "blob": ["x" * 100_000]})
    [row] = read(parquet_table(table), "clients.parquet")
    assert row.features == {"age": 40.0}


def test_strings_that_are_stored_as_dictionaries_are_read_as_strings():
    regions = pa.array(["Крым", None, "Крым", "Коми"]).dictionary_encode()
    rows = read(parquet_table(pa.table({"age": [1.5] * 4, "reg_region_nm": regions})), "clients.parquet")
    assert [row.features["reg_region_nm"] for row in rows] == ["Крым", None, "Крым", "Коми"]


# ---- JSON


def test_ndjson_flat_and_nested():
    lines = [
        {"client_id": "A", "age": 40, "Gender": "1", "phone": "x", "product": "CC"},
        {"client_id": 5, "features": {"age": 41}, "events": [{"type": "salary", "at": "2026-11-20"}], "channel": "SMS"},
        {"age": None},
    ]
    content = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n\n"
    rows = read(content.encode())
    assert rows[0] == RawRow(1, "A", {"age": 40, "gender": "1"}, product="CC")
    assert rows[1].events == lines[1]["events"]
    assert (rows[1].channel, rows[2].client_id) == ("SMS", 3)
    assert read(json.dumps(lines, indent=2).encode())[1] == rows[1]


def test_a_broken_line_of_ndjson_costs_only_itself():
    content = b'{"age": 40}\n{"age": 41\n5\n{"age": NaN}\n{"age": ' + b"9" * 5000 + b'}\n{"x": 1}\n{"age": 44}\n'
    rows = read(content)
    assert [row.number for row in rows if row.problems] == [2, 3, 4, 5, 6]
    assert rows[6].features == {"age": 44}


def test_a_long_array_is_read_piece_by_piece():
    content = json.dumps([{"client_id": i, "age": 40 + i % 7, "reg_region_nm": "Крым"} for i in range(5000)]).encode()
    rows = read(content)
    assert [row.client_id for row in rows] == list(range(5000))


@pytest.mark.parametrize(
    "content",
    [b"[", b"[]", b"[ ]", b'[{"age": 1}', b'[{"age": 1},]', b'[{"age": 1}]x', b'[{"age": 1} {"age": 2}]', b"[nul]",
     b'[{"age": NaN}]', b"[" * 100_000, b'{"a":' * 100_000, '[{"age": "я"}]'.encode("cp1251"), b'[{"age": 1}, \xff]'],
)  # fmt: skip
def test_json_that_cannot_be_read(content):
    try:
        rows = read(content, "clients.json")
    except TableError:
        return
    assert all(row.problems for row in rows)


# ---- anything at all


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
@example(b"age\n\xa0")
@example(b"PAR1" + b"\0" * 50)
@example("age\x00gender\n".encode("utf-16"))
def test_bytes_give_rows_or_a_table_error(content):
    for name in ("clients.csv", "clients.xlsx", ""):
        try:
            rows = read(content, name)
        except TableError:
            continue
        assert rows


cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=12)


@given(st.lists(st.lists(cells, max_size=6), max_size=6), st.sampled_from(",;\t"), st.sampled_from(["utf-8", "utf-16"]))
def test_text_below_a_good_header_never_stops_the_rest(rows, delimiter, encoding):
    lines = [delimiter.join(HEADER), *(delimiter.join(row) for row in rows), delimiter.join(["1"] * 5)]
    found = read("\n".join(lines).encode(encoding))
    assert found[-1].features["gender"] == "1" or found[-1].problems


BOOK = workbook([HEADER, *ROWS])


@given(st.integers(0, len(BOOK) - 1), st.integers(0, 255))
def test_a_workbook_with_a_wrong_byte(position, byte):
    content = BOOK[:position] + bytes([byte]) + BOOK[position + 1 :]
    with suppress(TableError):
        read(content, "clients.xlsx")


FILE = parquet_table(pa.table({"age": [40.5, 41.5], "reg_region_nm": ["Крым", "Коми"]}))


@given(st.integers(0, len(FILE) - 1), st.integers(0, 255))
def test_a_parquet_file_with_a_wrong_byte(position, byte):
    with suppress(TableError):
        read(FILE[:position] + bytes([byte]) + FILE[position + 1 :], "clients.parquet")


def test_an_id_keeps_all_its_digits() -> None:
    """Columns of a database are Decimals; a floating-point number of such a size has lost some already."""
    exact = Decimal("123456789012345678")
    assert row_of(2, {"client_id": exact}).client_id == 123456789012345678
    [problem] = row_of(2, {"client_id": float(exact)}).problems
    assert (problem.row, problem.column) == (2, "client_id")
    assert "округлено" in problem.detail


def test_a_row_of_values_in_place_of_the_header_is_not_quoted() -> None:
    with pytest.raises(TableError, match=r"прочитаны «klient_id», «Возраст клиента»$"):
        parse_header(["4276001122", 40.5, "C-77", "klient_id", "Возраст клиента", "Иванов;40"], "строка 1")

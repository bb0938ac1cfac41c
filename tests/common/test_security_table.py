"""docs/security.md leaves out no requirement of ASVS 5.0.0, levels 1 and 2, and names only what exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")

# The last requirement of levels 1 and 2 in each section; within a section those of level 3 come behind them.
LAST = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4
5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2
8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4
11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7
16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4 17.3:2
"""
SECTIONS = dict(part.split(":") for part in LAST.split())
WANTED = [f"{section}.{number}" for section, last in SECTIONS.items() for number in range(1, int(last) + 1)]

IDS = re.compile(r"(\d+\.\d+)\.(\d+)(?:–\1\.(\d+))?")
FOLDERS = "tests|backend|model|retrain|frontend|docs|docker|requirements"
NAMED = re.compile(rf"`((?:{FOLDERS})/[^`\s]+|[\w.-]+\.(?:conf|toml|yml|md)|\.dockerignore)`")


def rows() -> list[list[str]]:
    """Cells of the rows of the walk itself: id, required, how, where, test."""
    lines = [line.strip().strip("|").split("|") for line in DOCUMENT.splitlines() if line.startswith("|")]
    walk = [[cell.strip() for cell in cells] for cells in lines if len(cells) == 5]
    return [cells for cells in walk if cells[0] != "ASVS" and set(cells[0]) != {"-"}]


def ids_of(cell: str) -> list[str]:
    if cell.startswith("beyond"):
        return []
    found = []
    for section, first, last in IDS.findall(cell):
        found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


@cache
def names_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_the_list_is_whole() -> None:
    assert len(WANTED) == 253, "as many requirements as levels 1 and 2 of ASVS 5.0.0 have"


def test_no_requirement_is_left_out_or_told_twice() -> None:
    told = [number for cells in rows() for number in ids_of(cells[0])]
    assert sorted(set(WANTED) - set(told)) == []
    assert sorted(set(told) - set(WANTED)) == []
    assert sorted({number for number in told if told.count(number) > 1}) == []


@pytest.mark.parametrize("name", sorted({name.partition("::")[0] for name in NAMED.findall(DOCUMENT)}))
def test_files_that_are_named_exist(name: str) -> None:
    assert (ROOT / name).exists()


@pytest.mark.parametrize("name", sorted({name for name in NAMED.findall(DOCUMENT) if "::" in name}))
def test_tests_that_are_named_exist(name: str) -> None:
    path, _, function = name.partition("::")
    assert function in names_in(ROOT / path)


def test_every_row_says_where_and_by_which_test() -> None:
    """Only what is not used, or not met, may do without a test; and what is not met says so in the summary too."""
    for number, _, how, where, test in rows():
        assert NAMED.search(where), number
        absent = re.search(r"Not met|not used|none|neither|No |no |one bank|one application|follows", how)
        assert NAMED.search(test) or (test == "—" and absent), number
    summary = DOCUMENT.partition("## V1 ")[0]
    unmet = [number for cells in rows() if "**Not met**" in cells[2] for number in ids_of(cells[0])]
    listed = ids_of(" ".join(re.findall(r"^\| ([\d., ]+) \|", summary, re.MULTILINE)))
    assert set(listed) <= set(unmet)
    assert {number.rpartition(".")[0] for number in unmet} == {number.rpartition(".")[0] for number in listed}

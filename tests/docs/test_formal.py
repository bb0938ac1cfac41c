"""The committed documents say what their sources say, and the sources give no figure that nobody measured."""

import importlib.util
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FORMAL = ROOT / "docs" / "formal"
MEASURED = ("README.md", "model/README.md", "retrain/README.md", "backend/compliance/README.md", "docs/experiments.md")
MOST_BYTES = 3 * 1024 * 1024


def load(name: str) -> ModuleType:
    """A module of the builder that needs nothing but the standard library."""
    spec = importlib.util.spec_from_file_location(name, FORMAL / "builder" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sources = load("sources")


@pytest.mark.parametrize("name", [sources.DOCUMENT, sources.SLIDES, sources.PDF])
def test_a_built_document_is_not_older_than_its_sources(name: str) -> None:
    assert sources.stored_hash(sources.BUILT / name) == sources.content_hash(name), "run `make docs` and commit it"


def test_they_stay_small() -> None:
    assert sum(path.stat().st_size for path in sources.BUILT.iterdir()) < MOST_BYTES


def test_every_slide_has_its_title_and_notes() -> None:
    slides = yaml.safe_load(sources.slides_text())["slides"]
    with zipfile.ZipFile(sources.BUILT / sources.SLIDES) as parts:
        for number, slide in enumerate(slides, 1):
            shown = parts.read(f"ppt/slides/slide{number}.xml").decode("utf-8")
            assert f">{slide['title']}<" in shown
            assert slide["notes"] in parts.read(f"ppt/notesSlides/notesSlide{number}.xml").decode("utf-8")


def test_every_requirement_has_a_number_of_its_own() -> None:
    numbers = re.findall(r"^\| ([ФН]-\d+) \|", sources.document_text(), re.MULTILINE)
    assert len(numbers) == len(set(numbers)) > 20


def figures(text: str) -> set[str]:
    """Numbers that look measured: with a decimal comma, or followed by a unit."""
    plain = re.sub(r"(?<=\d)[ \u00a0](?=\d{3}(?!\d))", "", text)
    return set(re.findall(r"(?<![\d.])\d+,\d+", plain)) | set(re.findall(r"(?<![\d.,])(\d+)(?= (?:мс|МБ|%))", plain))


def measured() -> set[str]:
    text = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in MEASURED)
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    return {number.replace(".", ",") for number in re.findall(r"\d+(?:[.,]\d+)?", plain)}


def told(content: object) -> Iterator[str]:
    """Every text and number that is shown, numbers as they are drawn; how a picture is cut is none of them."""
    if isinstance(content, dict):
        content = [value for name, value in content.items() if name != "crop"]
    if isinstance(content, list):
        for part in content:
            yield from told(part)
    else:
        yield str(content).replace(".", ",") if isinstance(content, float) else str(content)


def test_figures_of_the_slides_stand_where_they_were_measured() -> None:
    slides = yaml.safe_load(sources.slides_text())["slides"]
    # the text on the way from client to offer is of one call, whose figures README.md shows unrounded
    shown = [slide for slide in slides if slide["kind"] != "journey"]
    found = {one for slide in shown for text in told(slide) for one in figures(text)}
    assert found
    assert {one for one in found if one not in measured()} == set()


def test_results_of_the_model_are_the_same_everywhere() -> None:
    """Those of an earlier model stand in pages of what was measured, too: here the newest are asked for by name."""
    page = " ".join((ROOT / "model" / "README.md").read_text(encoding="utf-8").split())
    [(own, filled)] = re.findall(r"CC/SMS: distinct: (\d+) of 1000 \(slot filling (\d+) of 1000\)", page)
    [(read, people_read, good, people)] = re.findall(
        r"had (\d+) served texts .{,40}among (\d+) hand-written ones:"
        r" \*\*([\d.]+) % of their verdicts were good\*\* .{,20}, of the hand-written ([\d.]+) %",
        page,
    )
    slides = {slide["kind"]: slide for slide in yaml.safe_load(sources.slides_text())["slides"]}
    variety, reading, _ = ([str(value) for _, value in chart["bars"]] for chart in slides["charts"]["charts"])
    assert variety == [filled, own]
    assert reading == [people, good]
    problem = " ".join(told(slides["problem"]))
    assert f"лишь {filled} разных" in problem
    assert f"{own} разных" in problem
    assert f"{read} текстов системы" in slides["charts"]["notes"]
    document = " ".join(sources.document_text().split()).replace(",", ".")
    assert f"{filled} разных текстов. модель — {own}." in document
    assert f"из {read} текстов системы" in document
    assert f"готовы к отправке без правки {good} %. из {people_read} написанных людьми — {people} %" in document
    [minutes] = set(re.findall(r"(?:занимает|учится) (\d+) минут", document))
    assert f"{minutes} minutes on two idle cores" in page


@pytest.mark.parametrize("heading", ["# Нефункциональные требования", "# Показатели качества"])
def test_figures_of_the_document_stand_where_they_were_measured(heading: str) -> None:
    section = sources.document_text().split(f"\n{heading}\n")[1].split("\n# ")[0]
    found = figures(section)
    assert found
    assert {one for one in found if one not in measured()} == set()

"""What the pages name is there: files, headings, make targets, settings, addresses of the API, metrics."""

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from backend.config import Settings
from backend.launch.environment import LaunchSettings

ROOT = Path(__file__).parents[2]
NOT_OURS = {".venv", "node_modules", "var", "build", "dist"}
PAGES = sorted(path for path in ROOT.rglob("*.md") if not NOT_OURS & set(path.relative_to(ROOT).parts))
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
FORMAL = ROOT / "docs" / "formal" / "document.md"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


@cache
def anchors(path: Path) -> frozenset[str]:
    """The fragments that a page's headings make, as GitHub does."""
    heads = re.findall(r"^#+ +(.+)$", without_code(path.read_text(encoding="utf-8")), re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", LINK.sub("", head).lower()).strip() for head in heads)
    return frozenset(re.sub(r"\s", "-", head) for head in plain)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    missing = []
    for link in LINK.findall(without_code(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, fragment = unquote(link).partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (fragment and target.suffix == ".md" and fragment not in anchors(target)):
            missing.append(link)
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {name for names in re.findall(r"^([a-z][a-z0-9 -]*):", makefile, re.MULTILINE) for name in names.split()}
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"(?:`|^|[(;] ?|\|\s)(?:[A-Z_]+=\S+ )*make ([a-z][a-z0-9-]*)", text, re.MULTILINE)
    assert [name for name in named if name not in targets] == []


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_settings_exist(page: Path) -> None:
    """A word in code that looks like a setting is one: of the API, of the launcher, or of the compose file."""
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    known = {name.upper() for name in (*Settings.model_fields, *LaunchSettings.model_fields)}
    known |= set(re.findall(r"^([A-Z][A-Z_]+)=", example, re.MULTILINE))
    codes = re.findall(r"^- code: (\w+)", (ROOT / "backend/catalogue/demo/channels.yaml").read_text(), re.MULTILINE)
    words = {
        word for code in CODE.findall(page.read_text(encoding="utf-8")) for word in re.findall(r"[A-Z][A-Z_]+", code)
    }
    looks = {word.removesuffix("_FILE") for word in words if "_" in word} - set(codes)
    assert looks - known == set()


@cache
def operations() -> dict[str, set[str]]:
    """Methods of each address; parts that vary are «*»."""
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))["paths"]
    return {re.sub(r"\{[^}]+\}", "*", path): {method.upper() for method in about} for path, about in paths.items()}


def address(path: str) -> str:
    """An address of a page as `operations` has it: without a query, base path in front, shell variables as «*»."""
    bare = re.sub(r"\{[^}]+\}|\$\w+", "*", path.partition("?")[0])
    return bare if bare in operations() else f"/api/v1{bare}"


@pytest.mark.parametrize("page", [*GUIDES, FORMAL], ids=name_of)
def test_addresses_of_the_api_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    called = [(method, path) for method, path in re.findall(rf"({'|'.join(METHODS)}) (/[\w{{}}/$-]*)", text)]
    wrong = [f"{method} {path}" for method, path in called if method not in operations().get(address(path), set())]
    named = re.findall(r'\$BASE(/[^"\s]*)', text) + re.findall(r"`(/(?:api/v1|healthz|readyz|metrics)[^`\s]*)`", text)
    wrong += [path for path in named if path != "/api/v1" and address(path) not in operations()]
    assert wrong == []


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_metrics_exist(page: Path) -> None:
    sources = "".join(
        path.read_text(encoding="utf-8") for folder in ("backend", "model") for path in (ROOT / folder).rglob("*.py")
    )
    named = set(
        re.findall(r"`(offerloop_\w+?)(?:_total|_bucket|_count|_sum)?(?:\{[^`]*)?`", page.read_text(encoding="utf-8"))
    )
    assert {name for name in named if f'"{name}"' not in sources} == set()

"""What the documents are made of, and its hash. Standard library only: the tests have no other package."""

import hashlib
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parents[1]
ROOT = FOLDER.parents[1]
BUILT = FOLDER / "built"
DOCUMENT, SLIDES = "OfferLoop.docx", "OfferLoop.pptx"
PDF = "OfferLoop.pdf"
PICTURES = ROOT / "docs" / "pictures"

_HASH = re.compile(r"sha256-[0-9a-f]{64}")
_PLACE = re.compile(r"\{(run|train|npm):([^}]+)\}")
_CODE = {DOCUMENT: ("document.py", "word.py"), SLIDES: ("canvas.py", "slides.py"), PDF: ("canvas.py", "slides.py")}
_SHARED = ("look.py", "picture.py", "scheme.py")


def document_text() -> str:
    """document.md with the versions of the lock files in their places. Raises KeyError for an unknown package."""
    known: dict[str, Mapping[str, str]] = {"run": _locked("run"), "train": _locked("train"), "npm": _npm()}
    text = (FOLDER / "document.md").read_text(encoding="utf-8")
    return _PLACE.sub(lambda place: known[place[1]][place[2]], text)


def slides_text() -> str:
    """slides.yaml as it is."""
    return (FOLDER / "slides.yaml").read_text(encoding="utf-8")


def content_hash(name: str) -> str:
    """SHA-256 of what the built file `name` says and of the code that lays it out; it is stored in its properties."""
    text = document_text() if name == DOCUMENT else slides_text()
    code = [(Path(__file__).parent / file).read_text(encoding="utf-8") for file in (*_SHARED, *_CODE[name])]
    return "sha256-" + hashlib.sha256("\0".join([text, *code]).encode()).hexdigest()


def stored_hash(path: Path) -> str | None:
    """The hash that a built file carries among its keywords; None where there is no such file or no hash in it."""
    if not path.exists():
        return None
    if path.suffix == ".pdf":
        found = re.search(rb"/Keywords\s*<([0-9A-Fa-f]+)>", path.read_bytes())
        words = bytes.fromhex(found[1].decode()).decode("utf-16") if found else ""
    else:
        with zipfile.ZipFile(path) as parts:
            words = parts.read("docProps/core.xml").decode("utf-8")
    known = _HASH.search(words)
    return known[0] if known else None


def product_version() -> str:
    """Of the product, from pyproject.toml."""
    found = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise ValueError("pyproject.toml names no version")
    return found[1]


def _locked(name: str) -> dict[str, str]:
    """Versions by package. A package may stand there twice with markers for several Pythons: the first one counts."""
    versions: dict[str, str] = {}
    for line in (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8").splitlines():
        package, sign, rest = line.partition("==")
        if sign:
            versions.setdefault(package.strip(), rest.split(";")[0].strip())
    return versions


def _npm() -> dict[str, str]:
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    prefix = "node_modules/"
    return {path.removeprefix(prefix): about["version"] for path, about in packages.items() if path.startswith(prefix)}

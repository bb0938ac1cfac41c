"""`make audit` never says "nothing found" of what it could not ask about. The tools' own answers are recorded ones."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLEAN = ("No known vulnerabilities found", 0)
FOUND = ("Found 1 known vulnerability in 1 package\nName Version ID\njinja2 3.0 PYSEC-1", 1)
UNKNOWN = (
    "No known vulnerabilities found\nredis  Dependency not found on PyPI and could not be audited: redis (8.1.0)",
    0,
)
AWAY = ("ERROR: HTTPSConnectionPool: Max retries exceeded", 1)
NPM_CLEAN = ("found 0 vulnerabilities", 0)
NPM_FOUND = ("axios  <1.0\nSeverity: high\nseverity high", 1)
NPM_AWAY = ("npm error audit endpoint returned an error", 1)


def program(path: Path, answer: tuple[str, int]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{answer[0]}\nEND\nexit {answer[1]}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def audit(tmp_path: Path):
    """audit(pip-audit's answer or None, npm's answer or None) -> exit code and output, in a folder of its own."""

    def run(packages: tuple[str, int] | None, page: tuple[str, int] | None) -> tuple[int, str]:
        for folder in ("requirements", "frontend", "build"):
            (tmp_path / folder).mkdir(exist_ok=True)
        script = shutil.copy(ROOT / "requirements" / "audit.sh", tmp_path / "requirements")
        if packages:
            program(tmp_path / "build" / "audit" / "bin" / "pip-audit", packages)
        npm = program(tmp_path / "npm", page) if page else ""
        done = subprocess.run(["sh", script, "/bin/false", npm], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    return run


@pytest.mark.parametrize(
    ("packages", "page", "code", "not_checked"),
    [
        (CLEAN, NPM_CLEAN, 0, 0),
        (FOUND, NPM_CLEAN, 1, 0),
        (CLEAN, NPM_FOUND, 1, 0),
        (UNKNOWN, NPM_CLEAN, 2, 2),
        (AWAY, NPM_AWAY, 2, 3),
        (FOUND, NPM_AWAY, 1, 1),
        (None, None, 2, 3),
    ],
)
def test_what_was_not_asked_is_not_called_clean(audit, packages, page, code, not_checked) -> None:
    status, output = audit(packages, page)
    assert (status, output.count("NOT CHECKED")) == (code, not_checked), output

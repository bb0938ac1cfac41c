"""What `make` does before anything is installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from backend.launch import bootstrap
from backend.launch.environment import ROOT

LOCKS = ("run", "dev", "train")


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, path in (("VENV", "v"), ("PYTHON", "v/bin/python"), ("LOG", "v/install.log")):
        monkeypatch.setattr(bootstrap, name, tmp_path / path)
    return tmp_path / "v"


def test_old_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST", (3, 99))
    with pytest.raises(bootstrap.Problem, match=r"Нужен Python от 3\.99"):
        bootstrap.check_python()


def test_missing_venv_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "find_spec", lambda name: None)
    with pytest.raises(bootstrap.Problem, match="apt install python3"):
        bootstrap.check_python()


def test_missing_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(bootstrap.Problem, match=r"компилятора C и C\+\+"):
        bootstrap.check_compiler()


def test_finished_installation_is_left_alone(venv: Path) -> None:
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    (venv / "installed-run").write_text(bootstrap.digest(ROOT / "requirements" / "run.lock"), "utf-8")
    bootstrap.prepare("run")
    assert not (venv / "install.log").exists()


def test_failed_installation_shows_the_end_of_its_log(
    venv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    venv.mkdir()
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    with pytest.raises(bootstrap.Problem, match="no-such-file"):
        bootstrap.pip("Пакеты", ["--no-index", "--requirement", "no-such-file.lock"])
    assert "Пакеты: не вышло" in capsys.readouterr().out


@pytest.mark.parametrize("name", LOCKS)
def test_locks_name_exact_versions_and_no_hosts(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines
    assert all("==" in line for line in lines)
    assert "://" not in text
    assert "--" not in text


def test_locks_agree(pytestconfig: pytest.Config) -> None:
    run, dev, train = (
        set((ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8").splitlines()) for name in LOCKS
    )
    names = {line.split("==")[0] for line in run if "==" in line}
    for other in (dev, train):
        assert names <= {line.split("==")[0] for line in other}


def test_make_alone_prints_help() -> None:
    result = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(f"make {verb} " in result.stdout for verb in ("run", "test", "check", "train", "lock"))

"""`make backup` and `make restore` as a person meets them, beside a running system and without one."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from backend.launch.environment import ROOT
from tests.launch.test_program import Running, environment, free_port


def backup(var_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "backend.launch.backup", *arguments]
    env = environment(var_dir, PORT=str(free_port()))
    return subprocess.run(command, env=env, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)


def test_from_a_running_system_to_an_empty_machine(tmp_path: Path) -> None:
    file, old, new = str(tmp_path / "backup.zip"), tmp_path / "old", tmp_path / "new"
    system = Running(old)
    try:
        saved = backup(old, "save", file, "--with-secret-key")
        assert saved.returncode == 0, saved.stderr
        assert "SECRET_KEY в копии есть" in saved.stdout
        assert backup(old, "save", file).returncode == 1, "never over a file that is there"
        refused = backup(old, "restore", file, "--overwrite")
        assert (refused.returncode, "остановите его" in refused.stderr) == (1, True)
        made_up = dict(re.findall(r"^  (marketer|service): (\S+)$", system.printed(), re.MULTILINE))
    finally:
        system.child.stop()
    assert backup(old, "check", file).returncode == 0, "no server is needed to check a file"

    restored = backup(new, "restore", file, "--with-secret-key")
    assert restored.returncode == 0, restored.stderr
    assert "Восстановлено." in restored.stdout
    secret = Path("secrets") / "secret-key"
    assert (new / secret).read_text(encoding="utf-8") == (old / secret).read_text(encoding="utf-8")
    again = backup(new, "restore", file)
    assert again.returncode == 1
    assert "не пуста" in again.stderr
    assert "Traceback" not in again.stderr

    system = Running(new)
    try:
        assert "Пользователи и каталог" not in system.printed()
        assert system.get("/api/v1/me", "wrong") == 401
        for username, password in made_up.items():
            assert system.get("/api/v1/me", password, username) == 200
    finally:
        system.child.stop()


@pytest.mark.parametrize("arguments", [(), ("save",), ("burn", "file")])
def test_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    result = backup(tmp_path / "var", *arguments)
    assert (result.returncode, "usage:" in result.stderr) == (2, True)


def test_a_file_that_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text", encoding="utf-8")
    result = backup(tmp_path / "var", "check", str(tmp_path / "file"))
    assert result.returncode == 1
    assert "не резервная копия" in result.stderr
    assert "Traceback" not in result.stderr

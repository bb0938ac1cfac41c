"""What `make run` writes down for commands beside it and for workers on other machines."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from backend.config import Settings
from backend.launch import environment as env
from backend.launch.environment import ROOT, LaunchSettings
from backend.launch.errors import LaunchError

ADDRESSES = {
    "DATABASE_URL": "postgresql://u:it's $HOME `id`@h/d?sslmode=require",
    "REDIS_URL": "redis://h",
    "SECRET_KEY": "s" * 32,
}
GIVEN = {"BATCH_CHUNK": "7", "RETENTION_DAYS": "30", "FACT_THRESHOLDS": '{"fuels": 8}', "LOG_LEVEL": ""}


@pytest.fixture
def run_env(monkeypatch, tmp_path: Path) -> Path:
    """Written as at a start with these settings, one of which comes from a file."""
    (tmp_path / "calls").write_text("5\n", encoding="utf-8")
    given = {**ADDRESSES, **GIVEN, "BATCH_CALLS_FILE": str(tmp_path / "calls"), "VAR_DIR": str(tmp_path / "var")}
    given |= {"ADMIN_PASSWORD": "known to nobody", "WEB_WORKERS_FILE": str(tmp_path / "calls")}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    plan = env.read_plan()
    told = env.child_environment(plan, ADDRESSES["DATABASE_URL"], "redis://h", "http://m:1")
    assert (told["WEB_WORKERS"], told["WEB_THREADS"]) == ("5", "8")
    path = tmp_path / "run.env"
    env.write_environment_file(path, told)
    return path


def test_every_setting_reaches_a_command_beside_the_system(run_env: Path) -> None:
    words = "import json, os; print(json.dumps(dict(os.environ)))"
    script = f'set -a; . "{run_env}"; set +a; exec "{sys.executable}" -c "{words}"'
    clean = {"PATH": os.environ["PATH"]}
    done = subprocess.run(["/bin/sh", "-c", script], env=clean, cwd=ROOT, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    wanted = {**ADDRESSES, **{name: value for name, value in GIVEN.items() if value}, "BATCH_CALLS": "5"}
    assert wanted.items() <= seen.items()
    assert seen["MODEL_URL"] == "http://m:1"
    assert "ADMIN_PASSWORD" not in seen
    assert not [name for name in seen if name.endswith("_FILE")]
    read = env.read_environment_file(run_env)
    assert read == {name: value for name, value in seen.items() if name.lower() in Settings.model_fields}
    assert stat.S_IMODE(run_env.stat().st_mode) == 0o600


def test_two_models_of_the_installation_are_one_too_many(monkeypatch, tmp_path: Path) -> None:
    """What stays behind from an older version must not serve in place of the new one unseen."""
    weights = tmp_path / "model" / "weights"
    weights.mkdir(parents=True)
    monkeypatch.setattr(env, "ROOT", tmp_path)
    plan = env.read_plan()
    with pytest.raises(LaunchError, match="нет модели"):
        env.model_file(plan)
    (weights / "base-9.gguf").touch()
    assert env.model_file(plan).name == "base-9.gguf"
    (weights / "base-10.gguf").touch()
    with pytest.raises(LaunchError, match=r"base-10\.gguf, base-9\.gguf"):
        env.model_file(plan)


def test_settings_of_the_launcher_may_come_from_files_too(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "port").write_text("8123\n", encoding="utf-8")
    monkeypatch.setenv("MODEL_PORT_FILE", str(tmp_path / "port"))
    assert LaunchSettings().model_port == 8123

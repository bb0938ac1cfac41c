"""What kind of installation this is, and with which settings it runs."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from backend.config import Settings
from backend.config_files import UnreadableFile, is_given
from backend.launch import environment as env
from backend.launch.environment import ROOT, Plan
from backend.launch.errors import LaunchError
from backend.launch.var_dir import is_claimed

ADDRESSES = ("database_url", "redis_url", "model_url")


@dataclass(frozen=True)
class Place:
    """`plan` is what `make run` would start; `settings` are those of the parts, None where nothing was ever started."""

    plan: Plan
    settings: Settings | None
    started: bool
    own_machine: bool
    """Whether `make run` starts the parts here; False in containers, where somebody else does."""

    @property
    def env_file(self) -> Path:
        return ROOT / ".env"

    @property
    def run_env(self) -> Path:
        return self.plan.var_dir / "run.env"


def find() -> Place:
    """Look around. Raises LaunchError with each wrong setting."""
    env.load_dotenv(ROOT / ".env")
    plan = env.read_plan()
    elsewhere = all(is_given(name) for name in ADDRESSES) and not (plan.var_dir / "lock").exists()
    started = elsewhere or is_locked(plan.var_dir / "lock")
    _take_addresses(plan.var_dir / "run.env")
    return Place(plan, _settings(), started, own_machine=not elsewhere)


def _take_addresses(path: Path) -> None:
    """What `make run` told its parts, where the environment says nothing."""
    for name, value in env.read_environment_file(path).items():
        if not is_given(name.lower()):
            os.environ[name] = value


def _settings() -> Settings | None:
    if not all(is_given(name) for name in ("database_url", "redis_url", "secret_key")):
        return None
    try:
        return Settings()
    except (ValidationError, UnreadableFile) as error:
        raise LaunchError(f"Настройки заданы неверно: {error}") from error


def is_locked(path: Path) -> bool:
    """Whether a running `make run` holds the lock of its folder; one that cannot be opened is somebody else's."""
    try:
        return is_claimed(path)
    except OSError:
        return True


def is_open_to_others(path: Path) -> bool:
    """Whether another user of this machine may read the file or enter the folder."""
    return bool(stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO))

"""From the settings of the person who starts OfferLoop to the environment that every part gets."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from backend.config import Settings
from backend.config_files import FromFiles, SettingsWithFiles, UnreadableFile, is_given
from backend.launch import secret_files
from backend.launch.errors import LaunchError
from backend.launch.sockets import next_free_port

ROOT = Path(__file__).resolve().parents[2]
ADMIN_PASSWORD = ("ADMIN_PASSWORD", "ADMIN_PASSWORD_FILE")
EVERY_NETWORK = ("0.0.0.0", "::")  # noqa: S104 - recognised, not bound


class LaunchSettings(SettingsWithFiles):
    """Settings that only the launcher reads; the others are in backend.config.Settings."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", protected_namespaces=(), env_ignore_empty=True)

    host: str = Field(default="127.0.0.1", description="address the API listens on; 0.0.0.0: every network")
    model_port: int = Field(default=8090, ge=1, le=65535, description="first port to try for the model component")


@dataclass(frozen=True)
class Plan:
    """What to start, where. A URL that is None belongs to a server of the launcher's own."""

    settings: Settings
    launch: LaunchSettings
    var_dir: Path
    database_url: str | None
    redis_url: str | None
    model_url: str | None

    @property
    def logs(self) -> Path:
        return self.var_dir / "logs"

    @property
    def secrets(self) -> Path:
        return self.var_dir / "secrets"

    @property
    def models(self) -> Path:
        """Model versions and the manifest, read by every part."""
        given = self.settings.models_dir
        return given.expanduser().absolute() if given else self.var_dir / "models"

    @property
    def local_url(self) -> str:
        """Where this machine reaches the API."""
        host = "127.0.0.1" if self.launch.host in EVERY_NETWORK else self.launch.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.settings.port}"


def load_dotenv(path: Path) -> None:
    """Values of a `.env` file, under those of the real environment."""
    for name, value in dotenv_values(path).items():
        if value:
            os.environ.setdefault(name, value)


def read_plan() -> Plan:
    """Check every setting before anything is started. LaunchError names each wrong one."""
    made_up: dict[str, Any] = {
        "database_url": "postgresql://embedded/offerloop",
        "redis_url": "unix:///embedded",
        "secret_key": SecretStr("made up and kept in VAR_DIR when none is given"),
    }
    try:
        settings = Settings(**{name: value for name, value in made_up.items() if not is_given(name)})
        launch = LaunchSettings()
    except ValidationError as error:
        raise LaunchError(_explain(error)) from error
    except UnreadableFile as error:
        raise LaunchError(f"Настройки заданы неверно:\n  {error}") from error
    servers = ("database_url", "redis_url", "model_url")
    given = {name: getattr(settings, name) if is_given(name) else None for name in servers}
    return Plan(settings, launch, settings.var_dir.expanduser().absolute(), **given)


def _explain(error: ValidationError) -> str:
    lines = [f"  {'.'.join(map(str, item['loc'])).upper()}: {item['msg']}" for item in error.errors()]
    return "Настройки заданы неверно:\n" + "\n".join(lines)


def model_file(plan: Plan) -> Path:
    """MODEL_PATH, else the model that is shipped. LaunchError when there is none."""
    given = plan.settings.model_path
    if given is not None:
        path = given.expanduser().absolute()
        if not path.is_file():
            raise LaunchError(f"Файла модели {path} нет (MODEL_PATH).")
        return path
    shipped = sorted((ROOT / "model" / "weights").glob("*.gguf"))
    if not shipped:
        raise LaunchError("В model/weights нет модели: обучите её (make train), или укажите MODEL_PATH или MODEL_URL.")
    if len(shipped) > 1:
        names = ", ".join(path.name for path in shipped)
        raise LaunchError(f"В model/weights несколько моделей ({names}): уберите лишние или назовите одну MODEL_PATH.")
    return shipped[0]


def choose_model_url(plan: Plan) -> tuple[str, int | None]:
    """The address of the model component, and the port when it is the launcher's to start."""
    if plan.model_url:
        return plan.settings.model_url, None
    port = next_free_port(plan.launch.model_port)
    return f"http://127.0.0.1:{port}", port


def child_environment(plan: Plan, database_url: str, redis_url: str, model_url: str) -> dict[str, str]:
    """Environment of the parts: the caller's, with every address filled in."""
    environment = {name: value for name, value in os.environ.items() if name not in ADMIN_PASSWORD}
    given = plan.settings.secret_key.get_secret_value() if is_given("secret_key") else None
    environment |= {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "MODEL_URL": model_url,
        "SECRET_KEY": given or secret_files.read_or_create(plan.secrets / "secret-key", 48),
        "VAR_DIR": str(plan.var_dir),
        "MODELS_DIR": str(plan.models),
        "MODEL_MANIFEST": str(plan.models / "serving.json"),
        "HOST": plan.launch.host,
        "PORT": str(plan.settings.port),
        "WEB_WORKERS": str(plan.settings.web_workers),
        "WEB_THREADS": str(plan.settings.web_threads),
        "PYTHONUNBUFFERED": "1",
    }
    if path := plan.settings.model_path:
        environment["MODEL_PATH"] = str(path.expanduser().absolute())  # the parts start in another folder
    return environment


def write_environment_file(path: Path, environment: Mapping[str, str]) -> None:
    """Every setting of the parts, for commands typed beside a running system: `set -a; . var/run.env; set +a`.

    The same file, with other addresses, starts workers on other machines; so what came from files is in it as well.
    """
    names = [name.upper() for name in Settings.model_fields if name.upper() not in ADMIN_PASSWORD]
    from_files = {name.upper(): value for name, value in FromFiles(Settings)().items()}
    known = {name: environment.get(name) or from_files.get(name) for name in names}
    lines = [f"{name}={shlex.quote(value)}" for name, value in known.items() if value]
    secret_files.write_secret(path, "\n".join(lines))


def read_environment_file(path: Path) -> dict[str, str]:
    """What was written there, as a shell reads it; nothing where there is no file."""
    try:
        words = shlex.split(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {name: value for name, _, value in (word.partition("=") for word in words)}

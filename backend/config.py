"""Typed settings from the environment; a wrong value stops the process at start and not at the first request."""

from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

from flask import current_app
from pydantic import AnyHttpUrl, Field, SecretStr, TypeAdapter, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from backend.config_files import SettingsWithFiles
from backend.redis_address import with_password

ROOT = Path(__file__).parents[1]
BEYOND_POOL = 2
"""Connections of a process beyond DB_POOL, in a pinch."""
BESIDE_API = 40
"""Connections to the database for workers, commands and backups."""
_HTTP_URL = TypeAdapter(AnyHttpUrl)


class Settings(SettingsWithFiles):
    """All settings of the API, the commands and the workers. Attribute `deadline_ms` is read from DEADLINE_MS.

    Any of them may come from a file: SECRET_KEY_FILE names one with the SECRET_KEY.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", protected_namespaces=(), env_ignore_empty=True, hide_input_in_errors=True
    )

    # where the other processes are
    database_password: SecretStr | None = Field(default=None, description="where the address names none")
    redis_password: SecretStr | None = Field(default=None, description="where the address names none")
    database_url: str
    redis_url: str = Field(pattern=r"^(redis|rediss|unix)://")
    model_url: str = "http://127.0.0.1:8090"
    model_path: Path | None = None
    port: int = Field(default=8000, ge=1, le=65535)
    var_dir: Path = Path("var")
    page_dir: Path = Field(default=Path("frontend/dist"), description="the built web page; relative to the code")

    # secrets
    secret_key: SecretStr = Field(min_length=32)
    admin_password: SecretStr | None = Field(default=None, min_length=12)

    # limits of one call
    deadline_ms: int = Field(default=2000, ge=100, le=60_000)
    max_clients_short: int = Field(default=64, ge=1, le=256)
    max_clients_long: int = Field(default=0, ge=0, le=256, description="0: from the measurement at start, at least 16")
    max_body_mb: int = Field(default=4, ge=1, le=1024)
    candidates: int = Field(default=4, ge=1, le=16)
    fact_thresholds: str = Field(default="", description='JSON of what differs, such as {"fuels": 8}')
    idempotency_hours: int = Field(default=24, ge=1, le=24 * 30)

    # learning from labels
    models_dir: Path | None = Field(default=None, description="model versions and their manifest; VAR_DIR/models")
    retrain_after_labels: int = Field(default=200, ge=0, description="new labels that start a run; 0: never")
    retrain_every_hours: int = Field(default=0, ge=0, le=24 * 365, description="0: no schedule")
    promotion: Literal["person", "policy"] = "person"
    canary_share: float = Field(default=0.1, gt=0, lt=1, description="of the calls, when the policy promotes")
    canary_labels: int = Field(default=40, ge=20, description="labels after which the policy decides about a canary")
    train_base: Path | None = Field(default=None, description="trainable checkpoint of a GGUF of the user's own")

    # batches
    batch_max_mb: int = Field(default=2048, ge=1, le=65_536, description="largest file")
    batch_max_rows: int = Field(default=1_000_000, ge=1, le=10_000_000)
    batch_schemas: str = Field(default="", description="schemas whose tables may be read, separated by commas")
    batch_bad_share: float = Field(default=0.2, ge=0, le=1, description="of the rows; beyond it the file is refused")
    batch_chunk: int = Field(default=32, ge=1, le=256, description="clients of one call of the model")
    batch_calls: int = Field(default=3, ge=1, le=32, description="calls of the model at once, for each worker")
    batch_call_s: int = Field(default=120, ge=5, le=3600, description="the longest call of the model")
    batch_candidates: int = Field(default=0, ge=0, le=16, description="0: as many as in a call")

    # privacy
    retention_days: int = Field(default=0, ge=0, le=36_500, description="life of clients' data; 0: for ever")

    # sign-in
    auth_cache_s: int = Field(default=60, ge=0, le=3600)
    auth_failures: int = Field(default=50, ge=1, description="wrong passwords per user and address before a pause")
    auth_pause_s: int = Field(default=60, ge=1, le=86_400)
    auth_failures_hour: int = Field(default=100, ge=1, description="the same in an hour, from all unknown addresses")
    calls_per_min: int = Field(default=12_000, ge=0, description="of one user; 0: as many as they like")
    session_hours: int = Field(default=12, ge=1, le=24 * 30)
    session_idle_min: int = Field(default=30, ge=1, le=24 * 60, description="after which an unused session is over")
    cookie_secure: bool = Field(default=False, description="True wherever the page is served over HTTPS")
    proxies: int = Field(default=0, ge=0, le=5, description="trusted reverse proxies in front of the API")

    # processes of the API
    web_workers: int = Field(default=2, ge=1, le=256)
    web_threads: int = Field(default=8, ge=1, le=256, description="of each process")

    # database
    db_pool: int = Field(default=8, ge=1, le=100, description="connections per process; threads of one worker")
    db_statement_timeout_ms: int = Field(default=30_000, ge=100)

    log_level: str = Field(default="INFO", pattern=r"^(DEBUG|INFO|WARNING|ERROR|CRITICAL)$")

    @field_validator("database_url")
    @classmethod
    def _name_the_driver(cls, value: str, known: ValidationInfo) -> str:
        """Without a driver SQLAlchemy 2.1 would load psycopg 3, which is not installed."""
        try:
            url = make_url(value)
        except ArgumentError as error:
            raise ValueError("DATABASE_URL is not a database address") from error
        if url.get_backend_name() != "postgresql":
            raise ValueError("DATABASE_URL must start with postgresql://")
        if url.password is None and (password := known.data.get("database_password")):
            url = url.set(password=password.get_secret_value())
        return url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)

    @field_validator("redis_url")
    @classmethod
    def _add_the_password(cls, value: str, known: ValidationInfo) -> str:
        password = known.data.get("redis_password")
        return with_password(value, password.get_secret_value() if password else None)

    @field_validator("model_url")
    @classmethod
    def _check_model_url(cls, value: str) -> str:
        """One address, or several with commas between them."""
        urls = [url.strip().rstrip("/") for url in value.split(",")]
        for url in urls:
            _HTTP_URL.validate_python(url)
        return ",".join(dict.fromkeys(urls))

    @property
    def model_urls(self) -> tuple[str, ...]:
        """The servers that write, of which the least loaded is asked."""
        return tuple(self.model_url.split(","))

    @property
    def most_connections(self) -> int:
        """What the API under full load and all that works beside it may ask of the database."""
        return self.web_workers * (self.db_pool + BEYOND_POOL) + BESIDE_API

    @property
    def page_folder(self) -> Path:
        """Absolute, wherever the process was started."""
        return ROOT / self.page_dir

    @property
    def models_folder(self) -> Path:
        """Where the versions' files and the manifest of the model component lie."""
        return (self.models_dir or self.var_dir / "models").expanduser().absolute()

    @property
    def runs_folder(self) -> Path:
        """Where retraining runs keep what their stages saved, a folder for each."""
        return (self.var_dir / "retrain").expanduser().absolute()

    @property
    def batches_folder(self) -> Path:
        """Where uploaded files wait for the check of their rows, a folder for each batch; all machines share it."""
        return (self.var_dir / "batches").expanduser().absolute()

    @property
    def readable_schemas(self) -> tuple[str, ...]:
        """Schemas of the database whose tables may be read as batches."""
        return tuple(name.strip() for name in self.batch_schemas.split(",") if name.strip())

    @property
    def max_body_bytes(self) -> int:
        return self.max_body_mb * 1024 * 1024


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Settings of this process, read once."""
    return Settings()  # the environment gives the required values


def settings() -> Settings:
    """Settings of the application that serves the current request, job or command."""
    return cast(Settings, current_app.config["SETTINGS"])

"""Settings are refused at start when they are wrong."""

import pytest
from pydantic import ValidationError

from backend.config import Settings

RIGHT = {"database_url": "postgresql://u:p@h/d", "redis_url": "redis://h", "secret_key": "s" * 32}


def test_the_driver_is_named() -> None:
    assert Settings(**RIGHT).database_url == "postgresql+psycopg2://u:p@h/d"


@pytest.mark.parametrize(
    "wrong",
    [
        {"database_url": "sqlite://"},
        {"database_url": "nonsense"},
        {"redis_url": "http://h"},
        {"model_url": "localhost"},
        {"secret_key": "short"},
        {"admin_password": "short"},
        {"port": 0},
        {"deadline_ms": 0},
        {"log_level": "LOUD"},
    ],
)
def test_wrong_values(wrong) -> None:
    with pytest.raises(ValidationError):
        Settings(**RIGHT | wrong)


def test_secrets_stay_out_of_messages() -> None:
    with pytest.raises(ValidationError) as refusal:
        Settings(**RIGHT | {"secret_key": "hunter2"})
    assert "hunter2" not in str(refusal.value)
    assert "sssss" not in repr(Settings(**RIGHT))


def test_environment_is_read(monkeypatch) -> None:
    for name, value in RIGHT.items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("DEADLINE_MS", "1500")
    monkeypatch.setenv("PORT", "")
    settings = Settings()
    assert (settings.deadline_ms, settings.port) == (1500, 8000)

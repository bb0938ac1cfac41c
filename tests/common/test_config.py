"""Settings are refused at start when they are wrong."""

import pytest
from pydantic import ValidationError

from backend.config import Settings
from backend.config_files import UnreadableFile
from backend.redis_address import from_environment

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
        {"model_url": "http://one,"},
        {"secret_key": "short"},
        {"admin_password": "short"},
        {"port": 0},
        {"web_workers": 0},
        {"web_threads": 0},
        {"deadline_ms": 0},
        {"log_level": "LOUD"},
    ],
)
def test_wrong_values(wrong) -> None:
    with pytest.raises(ValidationError):
        Settings(**RIGHT | wrong)


def test_several_model_servers() -> None:
    several = Settings(**RIGHT | {"model_url": "http://one:8090/, http://two:8090 ,http://one:8090"})
    assert several.model_urls == ("http://one:8090", "http://two:8090")


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


def test_any_setting_may_come_from_a_file(monkeypatch, tmp_path) -> None:
    (tmp_path / "key").write_text("k" * 40 + "\n", encoding="utf-8")
    (tmp_path / "ms").write_text("1200", encoding="utf-8")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("DEADLINE_MS_FILE", str(tmp_path / "ms"))
    settings = Settings(database_url=RIGHT["database_url"], redis_url=RIGHT["redis_url"])
    assert (settings.secret_key.get_secret_value(), settings.deadline_ms) == ("k" * 40, 1200)
    monkeypatch.setenv("DEADLINE_MS", "1300")
    assert Settings(**RIGHT).deadline_ms == 1300, "the environment wins"
    (tmp_path / "ms").write_text("soon", encoding="utf-8")
    monkeypatch.delenv("DEADLINE_MS")
    with pytest.raises(ValidationError, match="deadline_ms"):
        Settings(**RIGHT)
    monkeypatch.setenv("DEADLINE_MS_FILE", str(tmp_path / "none"))
    with pytest.raises(UnreadableFile, match=r"DEADLINE_MS_FILE: .*none: No such file"):
        Settings(**RIGHT)


@pytest.mark.parametrize(
    ("address", "whole"),
    [
        ("postgresql://u@h/d", "postgresql+psycopg2://u:p%40%2Fss@h/d"),
        ("postgresql://u:own@h/d", "postgresql+psycopg2://u:own@h/d"),
    ],
)
def test_the_password_of_the_database_on_its_own(address, whole) -> None:
    assert Settings(**RIGHT | {"database_url": address, "database_password": "p@/ss"}).database_url == whole


@pytest.mark.parametrize(
    ("address", "whole"),
    [
        ("redis://h:6379/0", "redis://:p%40%2Fss@h:6379/0"),
        ("rediss://u@h/1", "rediss://u:p%40%2Fss@h/1"),
        ("redis://:own@h", "redis://:own@h"),
        ("unix:///run/valkey.sock?db=1", "unix://:p%40%2Fss@/run/valkey.sock?db=1"),
    ],
)
def test_the_password_of_redis_on_its_own(address, whole) -> None:
    assert Settings(**RIGHT | {"redis_url": address, "redis_password": "p@/ss"}).redis_url == whole


def test_the_health_check_finds_redis_where_the_settings_do(monkeypatch, tmp_path) -> None:
    (tmp_path / "password").write_text("p@/ss\n", encoding="utf-8")
    monkeypatch.setenv("REDIS_URL", "redis://h:6379/0")
    monkeypatch.delenv("REDIS_PASSWORD", raising=False)
    assert from_environment() == "redis://h:6379/0"
    monkeypatch.setenv("REDIS_PASSWORD_FILE", str(tmp_path / "password"))
    others = {name: value for name, value in RIGHT.items() if name != "redis_url"}
    assert from_environment() == Settings(**others).redis_url == "redis://:p%40%2Fss@h:6379/0"

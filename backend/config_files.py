"""Settings from files: a setting NAME may come from the file that NAME_FILE names, as secrets do in containers.

The environment itself wins over a file. A file that cannot be read stops the start, as any wrong setting does.
"""

import os
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

SUFFIX = "_FILE"


class FromFiles(PydanticBaseSettingsSource):
    """The source of settings for pydantic; values are stripped of the line break that editors leave at the end."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(field_name.upper() + SUFFIX)
        return (_read(field_name, path) if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value}


class SettingsWithFiles(BaseSettings):
    """Settings from the environment, then from files."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        return init_settings, env_settings, FromFiles(settings_cls)


def is_given(name: str) -> bool:
    """Whether the setting comes from the environment, itself or by its file."""
    return bool(os.environ.get(name.upper()) or os.environ.get(name.upper() + SUFFIX))


def _read(name: str, path: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text in UTF-8"
        raise UnreadableFile(f"{name.upper()}{SUFFIX}: {path}: {reason}") from error


class UnreadableFile(ValueError):
    """The setting and its file, with the reason."""

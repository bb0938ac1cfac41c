"""Every setting is listed for the person who runs the system, with the default that the code has."""

import re
from pathlib import Path

import pytest

from backend.config import Settings

ROOT = Path(__file__).parents[2]
MADE_UP = {
    "database_url",
    "redis_url",
    "model_url",
    "model_path",
    "secret_key",
    "admin_password",
    "database_password",
    "redis_password",
    "models_dir",
    "train_base",
}
"""`make run` sets these, or they are empty in the example."""


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_in_the_readme_and_in_the_example(name: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert f"`{name.upper()}`" in readme
    value = re.search(rf"^{name.upper()}=(.*)$", example, re.MULTILINE)
    assert value
    if name not in MADE_UP:
        default = Settings.model_fields[name].default
        assert value.group(1) == (str(default).lower() if isinstance(default, bool) else str(default))

"""Where Redis is, for the settings and for the health check of workers, which can load nothing larger than this."""

import os
from pathlib import Path
from urllib.parse import quote, urlsplit


def with_password(url: str, password: str | None) -> str:
    """The address with the password, unless it names one of its own."""
    parts = urlsplit(url)
    if password is None or parts.password is not None:
        return url
    place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{place[0]}:{quote(password, safe='')}@{place[2]}").geturl()


def from_environment() -> str:
    """REDIS_URL with REDIS_PASSWORD, each itself or from its file, as backend.config.Settings would have it."""
    return with_password(_given("REDIS_URL") or "", _given("REDIS_PASSWORD"))


def _given(name: str) -> str | None:
    if value := os.environ.get(name):
        return value
    path = os.environ.get(f"{name}_FILE")
    return Path(path).expanduser().read_text(encoding="utf-8").strip() if path else None

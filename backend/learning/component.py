"""What the model component says of itself: which weights it holds, and whether it reads a manifest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from backend.config import settings
from backend.errors import Unavailable

PATIENCE_S = 2.0
CONTROL = "control"
"""The prompt format of the shipped kind of model, the only one that this project can train by itself."""


@dataclass(frozen=True)
class Component:
    """GET /v1/models, read. `names` are the weights that it holds, the default first."""

    names: tuple[str, ...]
    prompt_format: str
    reads_manifest: bool
    manifest_error: str | None = None


def ask() -> Component:
    """Ask the component now. Raises Unavailable when it is away or answers nonsense."""
    try:
        answer = httpx.get(f"{settings().model_url}/v1/models", timeout=PATIENCE_S, trust_env=False)
        return read(answer.raise_for_status().json())
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable("Компонент модели не отвечает", retry_after=2) from error


def ask_or_none() -> Component | None:
    """The same for pages that have something to show without it."""
    try:
        return ask()
    except Unavailable:
        return None


def read(body: Mapping[str, Any]) -> Component:
    """The component of this project tells of its manifest; llama-server and vLLM do not know the word."""
    models = body["data"]
    names = tuple(str(model["id"]) for model in models)
    if not names:
        raise ValueError("no model")
    error = body.get("manifest_error")
    return Component(
        names=names,
        prompt_format=str((models[0].get("meta") or {}).get("prompt_format") or "chat"),
        reads_manifest="manifest_error" in body,
        manifest_error=str(error) if error else None,
    )

"""What the model component says of itself: which weights it holds, and whether it reads a manifest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    files: Mapping[str, str] = field(default_factory=dict)
    """What the file behind each name calls itself, where the component tells it."""
    corpora: Mapping[str, str] = field(default_factory=dict)
    """Hash of the corpus behind each name, where the component tells it."""
    own: str | None = None
    """What the installation's own file calls itself, be it served or not."""


def ask() -> Component:
    """Ask now; of several servers those that answer, together. Raises Unavailable when none does."""
    found = [component for url in settings().model_urls if (component := _ask(url))]
    if not found:
        raise Unavailable("Компонент модели не отвечает", retry_after=2)
    return together(found)


def _ask(url: str) -> Component | None:
    """None when it is away or answers nonsense."""
    try:
        answer = httpx.get(f"{url}/v1/models", timeout=PATIENCE_S, trust_env=False)
        return read(answer.raise_for_status().json())
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError):
        return None


def together(components: Sequence[Component]) -> Component:
    """Several as one: it holds what each of them holds, and what is wrong with one is wrong."""
    first, *others = components
    names = tuple(name for name in first.names if all(name in other.names for other in others))
    return Component(
        names=names or first.names[:1],
        prompt_format=first.prompt_format,
        reads_manifest=all(one.reads_manifest for one in components),
        manifest_error="; ".join(one.manifest_error for one in components if one.manifest_error) or None,
        files={name: own for one in components for name, own in one.files.items()},
        corpora={name: corpus for one in components for name, corpus in one.corpora.items()},
        own=first.own if all(one.own == first.own for one in others) else None,
    )


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
        files=_told(models, "weights"),
        corpora=_told(models, "corpus_hash"),
        own=str(own) if (own := body.get("own_model")) else None,
    )


def _told(models: Sequence[Mapping[str, Any]], name: str) -> dict[str, str]:
    return {str(model["id"]): str(value) for model in models if (value := (model.get("meta") or {}).get(name))}

"""Chat templates: the Jinja text a GGUF carries, rendered in a sandbox because it comes with a downloaded file."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NoReturn

from jinja2 import Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment


def _raise(message: str) -> NoReturn:
    raise TemplateError(message)


@lru_cache(8)
def _compiled(template: str) -> Template:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = _raise
    return environment.from_string(template)


def render_chat(template: str, messages: Sequence[dict[str, str]], *, bos: str, eos: str) -> str:
    """The prompt that opens the assistant's turn. ValueError with the template's own words when it refuses."""
    try:
        return _compiled(template).render(
            messages=list(messages), add_generation_prompt=True, bos_token=bos, eos_token=eos, tools=None
        )
    except TemplateError as error:
        raise ValueError(str(error) or type(error).__name__) from error

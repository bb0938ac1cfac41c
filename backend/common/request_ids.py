"""The id of the call that is being answered, or of the call that a job was queued for. It joins the logs of all parts.

nginx makes it, the API keeps it (see logs), it travels to the model component in a header and to workers in the job.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from backend.common.ids import new_id

HEADER = "X-Request-ID"
KEY = "request_id"
"""Its name in the meta of a job, and in a line of the log."""

_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_current: ContextVar[str | None] = ContextVar("request_id", default=None)

P = ParamSpec("P")
R = TypeVar("R")


def current() -> str | None:
    """None outside of calls and jobs."""
    return _current.get()


def accept(given: Any) -> str:
    """The id that somebody sent, where it is a plain one, else a new one."""
    return given if isinstance(given, str) and _PLAIN.fullmatch(given) else new_id().hex


def begin(given: Any) -> None:
    """The id of this thread until `end`: for a web server, whose calls begin and end in hooks."""
    _current.set(accept(given))


def end() -> None:
    """The call is over."""
    _current.set(None)


@contextmanager
def bound(request_id: str | None) -> Iterator[None]:
    """The id within the block."""
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)


def carried(call: Callable[P, R]) -> Callable[P, R]:
    """`call` such that it runs under the present id in whichever thread it is called."""
    request_id = current()

    @wraps(call)
    def with_id(*args: P.args, **kwargs: P.kwargs) -> R:
        with bound(request_id):
            return call(*args, **kwargs)

    return with_id


def for_job() -> dict[str, str | None]:
    """The meta of a job that is queued now."""
    return {KEY: current()}

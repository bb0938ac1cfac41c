"""One JSON object per line on standard error, with the request id. Never client data.

So no query strings, no bodies, and of an unexpected exception its type and stack, but not its text, which may quote
the value that caused it. What libraries would write of values is cut off (see `without_values`).
"""

import json
import logging
import sys
import threading
import time
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, request

from backend.common import request_ids
from backend.config import Settings

OURS = ("backend", "retrain", "offerloop")
CUT = {
    "Error handling request": "Error handling request",
    "Invalid request from ip=": "Invalid request",
}
"""Beginnings of gunicorn's messages that go on with an address or a piece of a request, and what is left of them."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
log = logging.getLogger("offerloop.access")


class JsonFormatter(logging.Formatter):
    """Whatever was passed as `extra` becomes a member of the line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_values(record),
        }
        if request_id := request_ids.current():
            line[request_ids.KEY] = request_id
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["stack"] = "".join(traceback.format_tb(record.exc_info[2]))
        return json.dumps(line, ensure_ascii=False, default=str)


def without_values(record: logging.LogRecord) -> str:
    """The message, cut where a library quotes what somebody has sent."""
    if record.name == "gunicorn.error":
        for beginning, left in CUT.items():
            if str(record.msg).startswith(beginning):
                return left
    return record.getMessage()


def configure(level: str) -> None:
    """Send all logging of this process through the formatter; used by the API, the workers and the commands.

    DEBUG is for our own code: what libraries tell then may be client data.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level="INFO" if level == "DEBUG" else level, handlers=[handler], force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    for talkative in ("httpx", "alembic.runtime.plugins"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


def own_process() -> None:
    """For the start of a server process: warnings and uncaught exceptions become lines of the log too."""
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """What Python would print with the exception's text when a thread or the process ends by it."""
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    logging.getLogger("offerloop").critical("uncaught exception", exc_info=(kind, error or kind(), trace))


def init_app(app: Flask, settings: Settings) -> None:
    if not app.testing:
        configure(settings.log_level)
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_end)


def _begin() -> None:
    request_ids.begin(request.headers.get(request_ids.HEADER))
    g.started = time.monotonic()


def _finish(response: Response) -> Response:
    response.headers[request_ids.HEADER] = request_ids.current() or ""
    log.info(
        "request",
        extra={
            "method": request.method,
            "route": request.url_rule.rule if request.url_rule else None,
            "status": response.status_code,
            "ms": round((time.monotonic() - g.started) * 1000, 1),
            "user": g.get("username"),
        },
    )
    return response


def _end(_error: BaseException | None) -> None:
    request_ids.end()

"""One JSON object per line on standard error, with the request id. Never client data.

So no query strings, no bodies, and of an unexpected exception its type and stack, but not its text, which may quote
the value that caused it.
"""

import json
import logging
import re
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, has_request_context, request

from backend.common.ids import new_id
from backend.config import Settings

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
log = logging.getLogger("offerloop.access")


class JsonFormatter(logging.Formatter):
    """Whatever was passed as `extra` becomes a member of the line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            line["request_id"] = g.get("request_id")
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["stack"] = "".join(traceback.format_tb(record.exc_info[2]))
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(level: str) -> None:
    """Send all logging of this process through the formatter; used by the API, the workers and the commands."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for talkative in ("httpx", "alembic.runtime.plugins"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


def init_app(app: Flask, settings: Settings) -> None:
    if not app.testing:
        configure(settings.log_level)
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else new_id().hex
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    log.info(
        "request",
        extra={
            "method": request.method,
            "route": request.url_rule.rule if request.url_rule else None,
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.started) * 1000, 1),
            "user": g.get("username"),
        },
    )
    return response

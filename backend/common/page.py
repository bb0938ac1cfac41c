"""The web page as Vite has built it: its files, and its index for every address inside it.

Without a built page `/` leads to /docs, and nothing else changes. In front of a public network nginx compresses the
files; here they are only read.
"""

import mimetypes
import os
from pathlib import Path

from flask import Blueprint, Flask, Response, redirect, send_from_directory
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as BaseResponse

from backend.common.security import PAGE
from backend.config import Settings

FOREVER = 365 * 24 * 3600
RESERVED = r"(?!(?:api|docs|openapi\.json|healthz|readyz|metrics)(?:/|$))"

# Python knows these under other names or not at all, depending on its version and on the machine's own list
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")


class PageAddress(BaseConverter):
    """An address that belongs to the page. Those of the API never match, so its 404 and 405 stay its own."""

    part_isolating = False
    regex = RESERVED + r"[^/].*"


def init_app(app: Flask, settings: Settings) -> None:
    folder = settings.page_folder
    if not (folder / "index.html").is_file():
        app.register_blueprint(_without_page())
        return
    app.url_map.converters["page"] = PageAddress
    app.register_blueprint(_with_page(folder))


def _without_page() -> Blueprint:
    bp = Blueprint("page", __name__)

    @bp.get("/")
    def to_docs() -> BaseResponse:
        """Where a person lands who types only the address."""
        return redirect("/docs")

    return bp


def _with_page(folder: Path) -> Blueprint:
    bp = Blueprint("page", __name__)

    @bp.get("/")
    @bp.get("/<page:address>")
    def page(address: str = "") -> Response:
        """A file that lies beside the index, such as the icon; for every other address the index, which routes it."""
        return _fresh(send_from_directory(folder, address if _is_file(folder, address) else "index.html"))

    @bp.get("/assets/<path:name>")
    def asset(name: str) -> Response:
        """Names hold a hash of the content. A missing one is a 404: the index in place of a script would mislead."""
        response = send_from_directory(folder / "assets", name, max_age=FOREVER)
        response.cache_control.public = True
        response.cache_control.immutable = True
        return response

    return bp


def _is_file(folder: Path, address: str) -> bool:
    """Only direct children: the build puts nothing deeper but assets, and a plain name leads nowhere else.

    `os.path.isfile` takes a name that no file can have, because of its length, for what it is.
    """
    return "/" not in address and address not in ("", "..") and os.path.isfile(folder / address)  # noqa: PTH113


def _fresh(response: Response) -> Response:
    """Asked for each time, answered 304 while it is the same: a new version is on screen at the next load."""
    response.cache_control.no_cache = True
    response.headers["Content-Security-Policy"] = PAGE
    return response

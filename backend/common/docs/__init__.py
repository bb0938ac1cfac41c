"""/docs: the API description as a page. Everything it loads lies beside this file, so it works without the Internet."""

from flask import Blueprint, Flask, Response, redirect
from werkzeug.wrappers import Response as BaseResponse

bp = Blueprint("docs", __name__, url_prefix="/docs", static_folder="assets", static_url_path="")
home = Blueprint("home", __name__)


@bp.get("")
def page() -> Response:
    """The page itself; its script reads /openapi.json."""
    return bp.send_static_file("index.html")


@home.get("/")
def to_docs() -> BaseResponse:
    """Where a person lands who types only the address. nginx serves the web page there instead when it is built."""
    return redirect("/docs")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.register_blueprint(home)

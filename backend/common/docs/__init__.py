"""/docs: the API description as a page. Everything it loads lies beside this file, so it works without the Internet."""

from flask import Blueprint, Flask, Response

bp = Blueprint("docs", __name__, url_prefix="/docs", static_folder="assets", static_url_path="")


@bp.get("")
def page() -> Response:
    """The page itself; its script reads /openapi.json."""
    return bp.send_static_file("index.html")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

"""What tells a browser to be careful with our answers: headers, and the names of the session's cookies."""

from flask import Flask, Response, request

from backend.config import Settings

SESSION_COOKIE = "offerloop_session"
CSRF_COOKIE = "offerloop_csrf"  # readable by the page's own script, which repeats it in the header
CSRF_HEADER = "X-CSRF-Token"


def cookie_name(name: str, settings: Settings) -> str:
    """The name under which a cookie goes out; over HTTPS one that no other host and no plain connection can set."""
    return f"__Host-{name}" if settings.cookie_secure else name


NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
OWN_ASSETS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Mantine sets styles by attribute and in a style element of its own; nothing comes from or goes to another host.
PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def init_app(app: Flask, settings: Settings) -> None:
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        response.headers.setdefault("Content-Security-Policy", OWN_ASSETS if _is_docs() else NOTHING)
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        if settings.cookie_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return response

    app.after_request(protect)


def _is_docs() -> bool:
    return request.blueprint == "docs"

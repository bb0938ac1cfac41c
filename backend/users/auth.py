"""Who is calling: HTTP Basic or the page's session cookie. Use as `@bp.auth_required(auth, roles=[...])`."""

from typing import Any, NoReturn, cast

from apiflask import HTTPBasicAuth
from flask import g, request
from werkzeug.datastructures import Authorization

from backend.errors import Forbidden, Unauthorized
from backend.users import service, sessions, throttle
from backend.users.models import User

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class BasicOrCookie(HTTPBasicAuth):
    """Basic credentials, or without them the signed cookie that `POST /session` gave.

    A cookie travels by itself, so a call that changes something must also repeat the session's token in the
    X-CSRF-Token header; Basic credentials are never sent unasked by a foreign page and need none.
    """

    def get_auth(self) -> Authorization | None:
        """Parsed credentials; unlike the parent, no other scheme than Basic is taken for Basic."""
        scheme = request.headers.get("Authorization", "").partition(" ")[0]
        return cast(Authorization | None, super().get_auth()) if scheme.lower() == "basic" else None

    def authenticate(self, auth: Authorization | None, stored_password: str | None) -> User | None:
        user = self._identify(auth)
        if user:
            g.username = user.username  # the log wants it after the answer, when the record may be out of reach
            throttle.count_call(user.id)
        return user

    def _identify(self, auth: Authorization | None) -> User | None:
        if auth:
            return service.check_password(auth.username or "", auth.password or "", request.remote_addr or "")
        if "Authorization" in request.headers:
            return None
        session = sessions.current()
        if session and request.method not in SAFE_METHODS:
            sessions.check_csrf(session)
        if session:
            sessions.see(session)
        return session.user if session else None


auth = BasicOrCookie(realm="OfferLoop", description="Имя и пароль пользователя или внешней системы")


def _role_of(user: User) -> str:
    return user.role


def _refuse(status: int) -> NoReturn:
    if status == 403:
        raise Forbidden("Роль пользователя не позволяет это действие")
    raise Unauthorized("Укажите верное имя и пароль или войдите заново")


auth.get_user_roles(_role_of)
auth.error_handler(_refuse)


def current_user() -> User:
    """The user of this request; only inside a route with `auth_required`."""
    user: Any = auth.current_user
    if user is None:
        raise Unauthorized("Укажите верное имя и пароль или войдите заново")
    return cast(User, user)

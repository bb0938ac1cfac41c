"""The web page's session: a row in the database, named by a signed HttpOnly cookie, guarded by a CSRF token.

It ends at its hour, after a time without a call, and when its user signs out, is disabled or gets another password or
role. Whoever signs in gets a new one.
"""

import hashlib
import hmac
import uuid
from datetime import timedelta

from flask import Response, request
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import delete, update

from backend.common.clock import now
from backend.common.db import db
from backend.common.security import CSRF_COOKIE, CSRF_HEADER, SESSION_COOKIE, cookie_name
from backend.config import settings
from backend.errors import Forbidden
from backend.users.models import Session, User

SEEN_EVERY = timedelta(minutes=1)
"""A call within this time of the last one writes nothing."""


def start(user: User) -> Session:
    """A new session; expired ones of anybody are swept away on this occasion."""
    db.session.execute(delete(Session).where(Session.expires_at < now()))
    session = Session(user=user, expires_at=now() + timedelta(hours=settings().session_hours))
    db.session.add(session)
    db.session.flush()
    return session


def end(session: Session) -> None:
    db.session.execute(delete(Session).where(Session.id == session.id))


def end_all(user: User) -> None:
    """End every session of a user, after a change of password or role."""
    db.session.execute(delete(Session).where(Session.user_id == user.id))


def current() -> Session | None:
    """The live session of this request's cookie, if its user is not disabled."""
    try:
        session_id = uuid.UUID(_signer().loads(request.cookies.get(cookie_name(SESSION_COOKIE, settings()), "")))
    except (BadSignature, ValueError, TypeError, AttributeError):
        return None
    session = db.session.get(Session, session_id)
    if session is None or session.expires_at <= now() or session.user.disabled:
        return None
    return None if session.seen_at <= now() - timedelta(minutes=settings().session_idle_min) else session


def see(session: Session) -> None:
    """The session is in use: its idle time begins anew. Commits, before the call has done anything."""
    if session.seen_at < now() - SEEN_EVERY:
        db.session.execute(update(Session).where(Session.id == session.id).values(seen_at=now()))
        db.session.commit()


def csrf_token(session: Session) -> str:
    """The token that belongs to this session and to no other."""
    secret = settings().secret_key.get_secret_value().encode()
    return hmac.digest(secret, b"csrf:" + session.id.bytes, "sha256").hex()


def check_csrf(session: Session) -> None:
    """Refuse a change that came with the cookie alone."""
    sent = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(sent.encode(), csrf_token(session).encode()):
        raise Forbidden(f"Повторите значение cookie {cookie_name(CSRF_COOKIE, settings())} в заголовке {CSRF_HEADER}")


def give_cookies(response: Response, session: Session) -> None:
    values = {SESSION_COOKIE: _signer().dumps(str(session.id)), CSRF_COOKIE: csrf_token(session)}
    for name, value in values.items():
        response.set_cookie(
            cookie_name(name, settings()),
            value,
            max_age=settings().session_hours * 3600,
            httponly=name == SESSION_COOKIE,
            secure=settings().cookie_secure,
            samesite="Strict",
        )


def take_cookies(response: Response) -> None:
    for name in (SESSION_COOKIE, CSRF_COOKIE):
        secret, secure = name == SESSION_COOKIE, settings().cookie_secure
        response.delete_cookie(cookie_name(name, settings()), httponly=secret, secure=secure, samesite="Strict")


def _signer() -> URLSafeSerializer:
    keyed = {"digest_method": hashlib.sha256}
    return URLSafeSerializer(settings().secret_key.get_secret_value(), salt="session", signer_kwargs=keyed)

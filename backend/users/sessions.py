"""The web page's session: a row in the database, named by a signed HttpOnly cookie, guarded by a CSRF token.

It ends at its hour, after a time without a call, and when its user signs out, is disabled or gets another password or
role. Whoever signs in gets a new one.
"""

import hmac
import uuid
from datetime import timedelta

from flask import Response, request
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import delete, update

from backend.common.clock import now
from backend.common.db import db
from backend.common.security import CSRF_COOKIE, CSRF_HEADER, session_cookie
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
        session_id = uuid.UUID(_signer().loads(request.cookies.get(session_cookie(settings()), "")))
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
        raise Forbidden(f"Повторите значение cookie {CSRF_COOKIE} в заголовке {CSRF_HEADER}")


def give_cookies(response: Response, session: Session) -> None:
    seconds = settings().session_hours * 3600
    secure = settings().cookie_secure
    value = _signer().dumps(str(session.id))
    name = session_cookie(settings())
    response.set_cookie(name, value, max_age=seconds, httponly=True, secure=secure, samesite="Strict")
    response.set_cookie(CSRF_COOKIE, csrf_token(session), max_age=seconds, secure=secure, samesite="Strict")


def take_cookies(response: Response) -> None:
    secure = settings().cookie_secure
    response.delete_cookie(session_cookie(settings()), httponly=True, secure=secure, samesite="Strict")
    response.delete_cookie(CSRF_COOKIE, secure=secure, samesite="Strict")


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings().secret_key.get_secret_value(), salt="session")

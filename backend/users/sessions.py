"""The web page's session: a row in the database, named by a signed HttpOnly cookie, guarded by a CSRF token."""

import hmac
import uuid
from datetime import timedelta

from flask import Response, request
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import delete

from backend.common.clock import now
from backend.common.db import db
from backend.common.security import CSRF_COOKIE, CSRF_HEADER, SESSION_COOKIE
from backend.config import settings
from backend.errors import Forbidden
from backend.users.models import Session, User


def start(user: User) -> Session:
    """A new session; expired ones of anybody are swept away on this occasion."""
    db.session.execute(delete(Session).where(Session.expires_at < now()))
    session = Session(user=user, expires_at=now() + timedelta(hours=settings().session_hours))
    db.session.add(session)
    db.session.flush()
    return session


def end(session: Session) -> None:
    db.session.delete(session)
    db.session.flush()


def end_all(user: User, keep: Session | None = None) -> None:
    """End every session of a user, after a change of password or role; `keep` survives."""
    kept = keep.id if keep else uuid.UUID(int=0)
    db.session.execute(delete(Session).where(Session.user_id == user.id, Session.id != kept))


def current() -> Session | None:
    """The live session of this request's cookie, if its user is not disabled."""
    try:
        session_id = uuid.UUID(_signer().loads(request.cookies.get(SESSION_COOKIE, "")))
    except (BadSignature, ValueError, TypeError, AttributeError):
        return None
    session = db.session.get(Session, session_id)
    if session is None or session.expires_at <= now() or session.user.disabled:
        return None
    return session


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
    response.set_cookie(SESSION_COOKIE, value, max_age=seconds, httponly=True, secure=secure, samesite="Strict")
    response.set_cookie(CSRF_COOKIE, csrf_token(session), max_age=seconds, secure=secure, samesite="Strict")


def take_cookies(response: Response) -> None:
    secure = settings().cookie_secure
    response.delete_cookie(SESSION_COOKIE, httponly=True, secure=secure, samesite="Strict")
    response.delete_cookie(CSRF_COOKIE, secure=secure, samesite="Strict")


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings().secret_key.get_secret_value(), salt="session")

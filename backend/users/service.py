"""Accounts: check a password, list, create, change, reset. The only door of this domain for the others."""

import logging
import re
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import with_expression

from backend.common import activity, audit
from backend.common.audit import AuditEntry
from backend.common.db import db
from backend.common.pages import Key, Page, paginate
from backend.config import settings
from backend.errors import Conflict, FieldError, Invalid, NotFound
from backend.users import passwords, sessions, throttle
from backend.users.models import Role, Session, User

log = logging.getLogger(__name__)

USERNAME = r"^[a-z0-9][a-z0-9._@-]{1,63}$(?!\n)"  # `$` alone would let a line feed through at the end
WRONG_NAME = "В имени от 2 до 64 знаков: строчные латинские буквы, цифры и . _ @ -, первой — буква или цифра"


def check_password(username: str, password: str, address: str) -> User | None:
    """The user whose credentials these are, or None. Raises TooManyRequests after too many wrong passwords.

    An unknown or disabled user takes the same way and the same time as a wrong password. A password that was right
    less than a minute ago is not hashed again, however long that goes on, and a pause that somebody else's guesses
    caused does not hold it up.
    """
    user = by_username(username)
    stored = user.password_hash if user else passwords.decoy()
    kept_s = settings().auth_cache_s
    if not passwords.right_passwords.holds(stored, password, kept_s):
        throttle.check(username, address)
        if not passwords.matches(stored, password):
            throttle.count_failure(username, address)
            log.warning("wrong password", extra={"account": user.username if user else None, "address": address})
            return None
        passwords.right_passwords.add(stored, password, kept_s)
        throttle.remember(username, address)
    return user if user and not user.disabled else None


def hold(user: User) -> bool:
    """Lock the account until the commit; False when its password or state has changed since `user` was loaded.

    Between the check of a password and what follows from it somebody may have set another one.
    """
    stored = user.password_hash
    db.session.refresh(user, with_for_update={"key_share": True})
    return user.password_hash == stored and not user.disabled


def by_username(username: str) -> User | None:
    """A name that no account can have is not even looked up."""
    if not re.fullmatch(USERNAME, username):
        return None
    return db.session.scalar(select(User).where(User.username == username))


def exist() -> bool:
    """Whether there is any account."""
    return db.session.scalar(select(User.id).limit(1)) is not None


def get(user_id: uuid.UUID) -> User:
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("Пользователя с таким идентификатором нет")
    return user


def get_seen(user_id: uuid.UUID) -> User:
    """The user with `last_seen_at`. Raises NotFound."""
    user: User | None = db.session.scalar(_seen().where(User.id == user_id))
    if user is None:
        raise NotFound("Пользователя с таким идентификатором нет")
    return user


def _seen() -> Select[User]:
    """Users with their last activity. Rows the session holds already, such as the caller's own, are read again."""
    statement = select(User).options(with_expression(User.last_seen_at, activity.last_seen(User.id)))
    return statement.execution_options(populate_existing=True)


def list_users(filters: Mapping[str, Any]) -> Page[User]:
    """Users by name, with their last activity. Filters: role, disabled, q (part of a name), cursor, limit."""
    statement = _seen()
    if role := filters.get("role"):
        statement = statement.where(User.role == role)
    if (disabled := filters.get("disabled")) is not None:
        statement = statement.where(User.disabled.is_(disabled))
    if q := filters.get("q"):
        statement = statement.where(
            or_(User.username.icontains(q, autoescape=True), User.full_name.icontains(q, autoescape=True))
        )
    return paginate(statement, [Key(User.username)], filters.get("cursor"), filters["limit"])


def create(username: str, role: str, password: str, full_name: str = "", *, by_operator: bool = False) -> User:
    """A new account. Raises Conflict when the name is taken, Invalid for one that nobody could sign in with, or for a
    password that a guesser tries early.

    What the operator has set as ADMIN_PASSWORD is taken as it is: an installation must start.
    """
    if not re.fullmatch(USERNAME, username):
        raise Invalid(WRONG_NAME, [FieldError("/username", WRONG_NAME)])
    if by_username(username):
        raise Conflict(f"Имя «{username}» уже занято")
    if not by_operator:
        _refuse_common(password, username, full_name, "/password")
    hashed = passwords.hash_password(password)
    user = User(username=username, role=role, full_name=full_name, password_hash=hashed)
    db.session.add(user)
    db.session.flush()
    audit.record("user.create", f"user:{username}", {"role": role})
    return user


def _refuse_common(password: str, username: str, full_name: str, pointer: str) -> None:
    if passwords.is_common(password, [username, *full_name.split()]):
        detail = "Такой пароль подбирают первым: возьмите несколько несвязанных слов или придуманный страницей"
        raise Invalid("Пароль слишком простой", [FieldError(pointer, detail)])


def change(user: User, changes: Mapping[str, Any]) -> User:
    """Set full_name, role, disabled. Raises Conflict when nobody would be left to administer."""
    before = {name: getattr(user, name) for name in changes}
    if user.role == Role.ADMIN and not user.disabled:
        _keep_an_admin(user, changes)
    for name, value in changes.items():
        setattr(user, name, value)
    difference = {name: [old, changes[name]] for name, old in before.items() if old != changes[name]}
    if difference:
        audit.record("user.change", f"user:{user.username}", difference)
    if difference.keys() & {"role", "disabled"}:
        sessions.end_all(user)
    db.session.flush()
    return user


def _keep_an_admin(user: User, changes: Mapping[str, Any]) -> None:
    """The rows are locked, so that two admins cannot take the role from each other at the same moment."""
    if changes.get("role", user.role) == Role.ADMIN and not changes.get("disabled", False):
        return
    admins = select(User.id).where(User.role == Role.ADMIN, ~User.disabled).order_by(User.id).with_for_update()
    if set(db.session.scalars(admins)) <= {user.id}:
        raise Conflict("Это последний действующий администратор: сначала назначьте другого")


def reset_password(user: User, password: str | None = None, *, by_operator: bool = False) -> str:
    """Set a password for somebody else; without one it is made up. Returns it, to be shown once.

    Raises Invalid for one that a guesser tries early, unless it is the operator's own.
    """
    if password is not None and not by_operator:
        _refuse_common(password, user.username, user.full_name, "/password")
    fresh = password or passwords.generate()
    user.password_hash = passwords.hash_password(fresh)
    sessions.end_all(user)
    audit.record("user.password_reset", f"user:{user.username}")
    db.session.flush()
    return fresh


def change_own_password(user: User, old: str, new: str, session: Session | None, address: str) -> Session | None:
    """All sessions of the user end; a new one takes the place of `session`, the present one, and is returned.

    Raises Invalid unless `old` is right and `new` none that a guesser tries early; TooManyRequests as signing in does.
    """
    if check_password(user.username, old, address) is None or not hold(user):
        raise Invalid("Пароль не изменён", [FieldError("/old_password", "Текущий пароль указан неверно")])
    _refuse_common(new, user.username, user.full_name, "/new_password")
    user.password_hash = passwords.hash_password(new)
    sessions.end_all(user)
    audit.record("user.password_change", f"user:{user.username}")
    db.session.flush()
    return sessions.start(user) if session else None


def list_audit(filters: Mapping[str, Any]) -> Page[AuditEntry]:
    """Entries, newest first. Filters: actor, action, target (beginnings for the last two), from, to."""
    newest = [Key(AuditEntry.at, descending=True), Key(AuditEntry.id, descending=True)]
    return paginate(_audit_matching(filters), newest, filters.get("cursor"), filters["limit"])


def _audit_matching(filters: Mapping[str, Any]) -> Select[AuditEntry]:
    statement = select(AuditEntry)
    if actor := filters.get("actor"):
        statement = statement.where(AuditEntry.actor == actor)
    if action := filters.get("action"):
        statement = statement.where(AuditEntry.action.startswith(action, autoescape=True))
    if target := filters.get("target"):
        statement = statement.where(AuditEntry.target.startswith(target, autoescape=True))
    if since := filters.get("since"):
        statement = statement.where(AuditEntry.at >= since)
    if until := filters.get("until"):
        statement = statement.where(AuditEntry.at < until)
    return statement

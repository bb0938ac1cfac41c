"""Records of accounts and of the sessions of the web page. The audit log belongs to `backend.common.audit`."""

import secrets
import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from backend.common.clock import now
from backend.common.db import db
from backend.common.ids import new_id


class Role(StrEnum):
    """What a person or system may do; `service` is an external system: generate and read its own offers only."""

    MARKETER = "marketer"
    ADMIN = "admin"
    ML_ENGINEER = "ml_engineer"
    SERVICE = "service"


ROLES = tuple(role.value for role in Role)


class User(db.Model):
    """One account. `disabled` keeps the row, since offers, labels and the audit log name their author."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint(f"role IN ({', '.join(repr(role) for role in ROLES)})", name="role"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    full_name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(255))
    disabled: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    last_seen_at: Mapped[datetime | None] = query_expression()
    """No column: filled by the queries that ask for it, see `backend.common.activity`."""


class Session(db.Model):
    """A signed-in browser. Deleting the row ends the session at once, whatever cookie is still out there."""

    __tablename__ = "sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=lambda: uuid.UUID(bytes=secrets.token_bytes(16)))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)

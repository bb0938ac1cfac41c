"""Who did what, when: one row per deliberate change. Written in the transaction of the change itself."""

import uuid
from datetime import datetime
from typing import Any

from flask import g, has_request_context, request
from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.common import request_ids
from backend.common.clock import now
from backend.common.db import db
from backend.common.ids import new_id


class AuditEntry(db.Model):
    """The actor's name is stored beside the id, so that the entry reads the same after a rename."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "at", "id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now)
    actor_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64), index=True)
    target: Mapped[str] = mapped_column(String(200), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    request_id: Mapped[str | None] = mapped_column(String(64))
    address: Mapped[str | None] = mapped_column(String(64))


def record(action: str, target: str, details: dict[str, Any] | None = None, actor: Any = None) -> AuditEntry:
    """Add an entry, such as record("product.change", "product:CC", {"name": ["old", "new"]}).

    `details` are JSON and hold no secrets and no client data. `actor` is the user who acts, where that is not the
    user of the request. The caller commits.
    """
    entry = AuditEntry(action=action, target=target, details=details or {}, **_origin(actor))
    db.session.add(entry)
    return entry


def _origin(actor: Any) -> dict[str, Any]:
    """The user, request and address; a command or job has the name `system` and no address."""
    user = actor or (g.get("flask_httpauth_user") if has_request_context() else None)
    return {
        "actor_id": user.id if user else None,
        "actor": user.username if user else "system",
        "request_id": request_ids.current(),
        "address": request.remote_addr if has_request_context() else None,
    }

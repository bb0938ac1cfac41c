"""The history of the rules: one row for each state they were in, never changed afterwards."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.common.clock import now
from backend.common.db import db
from backend.common.ids import new_id


class RuleRevision(db.Model):
    """The rules from one moment on. `version` is what each judged text keeps, so its rules can be read years later."""

    __tablename__ = "rule_revisions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    actor: Mapped[str] = mapped_column(String(64))
    rule: Mapped[str | None] = mapped_column(String(32))
    """The rule that was changed; none where a release of the software brought other rules."""
    comment: Mapped[str] = mapped_column(Text, default="", server_default="")
    version: Mapped[str] = mapped_column(String(64), index=True)
    changes: Mapped[dict[str, dict[str, Any]]] = mapped_column(JSONB)
    """Where the rules differ from those shipped: rule -> {"enabled", "severity", "words"}, each if it differs."""
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """All rules in full, as they are shown."""

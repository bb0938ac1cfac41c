"""Records of model versions, of what was promoted when, and of the runs that make new versions from labels."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, String, Text, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.common.clock import now
from backend.common.db import db
from backend.common.ids import new_id

NAME_LENGTH = 128


class ModelVersion(db.Model):
    """One version: weights, and the success score that was fitted for them. See `states` for its statuses."""

    __tablename__ = "model_versions"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    parent: Mapped[str | None] = mapped_column(String(NAME_LENGTH), comment="the version that it was bred from")
    weights: Mapped[str] = mapped_column(
        String(NAME_LENGTH), comment="the name under which the model component reports them"
    )
    path: Mapped[str | None] = mapped_column(
        Text, comment="file in MODELS_DIR; NULL: the weights come with the installation"
    )
    score: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), comment="the fitted success score; NULL: the rank score that was set by hand"
    )
    status: Mapped[str] = mapped_column(String(16))
    lineage: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    metrics: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)
    promoted_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (
        # two promotions at once can never leave two champions, whatever else goes wrong
        Index(None, "status", unique=True, postgresql_where="status IN ('champion', 'canary')"),
    )


class Promotion(db.Model):
    """One change of what serves. Rows are only added; the chain of `former` is the way back."""

    __tablename__ = "promotions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    version: Mapped[str] = mapped_column(String(NAME_LENGTH), comment="what serves from now on")
    former: Mapped[str | None] = mapped_column(String(NAME_LENGTH), comment="what it was put in place of, or beside")
    share: Mapped[float] = mapped_column(Float, comment="of the calls, 1 for all of them")
    kind: Mapped[str] = mapped_column(String(32), comment="canary, full, rollback or automatic_rollback")
    reason: Mapped[str] = mapped_column(Text, default="")
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (Index(None, "version", "at"), Index(None, "at"))


class RetrainRun(db.Model):
    """One run from labels to a challenger. What its stages saved lies in VAR_DIR/retrain/<id>."""

    __tablename__ = "retrain_runs"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    status: Mapped[str] = mapped_column(String(32))
    stage: Mapped[str | None] = mapped_column(String(32))
    progress: Mapped[float] = mapped_column(Float, default=0.0)
    trigger: Mapped[str] = mapped_column(String(16), comment="person, schedule or labels")
    author: Mapped[str] = mapped_column(String(64))
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    parent: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    challenger: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    stages: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, comment="finished ones, with results")
    decision: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    metrics: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    error: Mapped[str | None] = mapped_column(Text)
    cancel_requested: Mapped[bool] = mapped_column(default=False, server_default=false())
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    heartbeat_at: Mapped[datetime | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None] = mapped_column()
    finished_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (
        Index(None, "created_at", "id"),
        Index("ix_retrain_runs_going", "status", postgresql_where="status IN ('queued', 'running')"),
    )


class RetrainLine(db.Model):
    """One line of a run's log. No client data, ever: counts, figures and file names."""

    __tablename__ = "retrain_log"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retrain_runs.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(default=now)
    line: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index(None, "run_id", "id"),)

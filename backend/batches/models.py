"""Records of batches, of the chunks that workers take, and of what is wrong with rows of a file.

Nothing that is needed to finish a batch lies anywhere else once its rows are checked.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.common import activity
from backend.common.clock import now
from backend.common.db import db
from backend.common.ids import new_id

KEY_LENGTH = 255


class Batch(db.Model):
    """One file or table of clients. `total` counts the rows to be written, `rows` all that were read."""

    __tablename__ = "batches"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    status: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str] = mapped_column(String(16), comment="validate or write")
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    author: Mapped[str] = mapped_column(String(64))
    source: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="the file's name, or the table")
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="of POST /offers, for every client")
    campaign: Mapped[str | None] = mapped_column(String(64))
    idempotency_key: Mapped[str | None] = mapped_column(String(KEY_LENGTH))
    rows: Mapped[int] = mapped_column(Integer, default=0)
    wrong_rows: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0, comment="clients with a text")
    failed: Mapped[int] = mapped_column(Integer, default=0, comment="clients without one")
    notes: Mapped[list[str]] = mapped_column(JSONB, default=list, comment="columns that are not used")
    error: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, default=0, comment="how often its rows began to be checked")
    lease: Mapped[uuid.UUID | None] = mapped_column(comment="who checks the rows")
    lease_until: Mapped[datetime | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None] = mapped_column()
    writing_at: Mapped[datetime | None] = mapped_column(comment="when the first text could be written")
    finished_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (
        Index(None, "created_at", "id"),
        Index(None, "author_id", "created_at"),
        Index("ix_batches_going", "status", postgresql_where="status IN ('queued', 'running')"),
        UniqueConstraint("author_id", "idempotency_key"),
    )


class Chunk(db.Model):
    """Some clients in a row, which one worker writes at a time. `clients` is empty once they are written."""

    __tablename__ = "batch_chunks"

    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    first_row: Mapped[int] = mapped_column(Integer)
    count: Mapped[int] = mapped_column(Integer)
    clients: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(String(16), comment="waiting, working or done")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    lease: Mapped[uuid.UUID | None] = mapped_column(comment="who writes it")
    lease_until: Mapped[datetime | None] = mapped_column()
    finished_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (
        Index("ix_batch_chunks_open", "batch_id", "number", postgresql_where="status <> 'done'"),
        Index(None, "batch_id", "finished_at"),
    )


class Problem(db.Model):
    """What is wrong with one cell, or with a row as a whole where `field` is empty."""

    __tablename__ = "batch_problems"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"))
    row: Mapped[int] = mapped_column(Integer, comment="as a spreadsheet counts: the header is row 1")
    field: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    client_id: Mapped[str | None] = mapped_column(Text, comment="whose row it is, so that a client can be forgotten")

    __table_args__ = (
        Index(None, "batch_id", "id"),
        Index(None, "client_id", postgresql_where="client_id IS NOT NULL"),
    )


activity.leaves_trace(Batch.author_id, Batch.created_at)

"""Records of generated offers and of the idempotency keys of the calls that made them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, Integer, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.common import activity
from backend.common.clock import now
from backend.common.db import db
from backend.common.ids import new_id

FILTERED = ("product", "channel", "label", "model_version", "author_id", "client_id", "batch_id")

OPEN = "label IS NULL AND text <> ''"
"""What waits for a reviewer. The text of an anonymised offer is empty."""
DOUBT = "abs(confidence - 0.5::double precision)"
"""How far the confidence is from a toss-up: the least is the most uncertain."""
SHARED_BELOW = 26
"""Texts of the shared sample by the first byte of the id's hash: 26 of 256, a tenth."""
SHARED = f"label IS NOT NULL AND text <> '' AND get_byte(sha256(uuid_send(id)), 0) < {SHARED_BELOW}"
"""Texts of the shared sample that somebody judged."""

DRAWN_BELOW = 64
DRAWN = f"get_byte(sha256(uuid_send(offers.id)), 1) < {DRAWN_BELOW}"
"""A quarter of the texts, by another byte of the hash: the queue gives them whatever their confidence, so that their
labels tell of a version as a whole."""


class Offer(db.Model):
    """One text (or the honest lack of one) for one client, with everything needed to explain it later.

    `text` never holds words that broke a block rule: an offer without a lawful text has `error` instead.

    Once it is anonymised (see `backend.offers.forgetting`) it says of no client anything any more: what is left is
    what counts need, and an empty `text` where there was one.
    """

    __tablename__ = "offers"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    request_id: Mapped[uuid.UUID] = mapped_column(comment="one call of POST /offers or one chunk of a batch")
    position: Mapped[int] = mapped_column(Integer, comment="place of the client in the call")
    batch_id: Mapped[uuid.UUID | None] = mapped_column()
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    client_id: Mapped[str] = mapped_column(Text)
    client_id_is_number: Mapped[bool] = mapped_column(comment="the caller sent a JSON number and gets one back")
    product: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(32))
    tone: Mapped[str] = mapped_column(String(16))
    conditions: Mapped[str] = mapped_column(String(8))
    seed: Mapped[int | None] = mapped_column(BigInteger)
    text: Mapped[str | None] = mapped_column(Text)
    body: Mapped[str | None] = mapped_column(Text, comment="the model's own words in `text`, with their slots")
    error: Mapped[str | None] = mapped_column(String(64), comment="code of the reason why there is no text")
    error_detail: Mapped[str | None] = mapped_column(Text)
    confidence: Mapped[float] = mapped_column(comment="0 without a text")
    calibrated: Mapped[bool] = mapped_column(default=False)
    verdict: Mapped[str | None] = mapped_column(String(16))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    facts: Mapped[list[str]] = mapped_column(JSONB, comment="codes, strongest first")
    product_reason: Mapped[str | None] = mapped_column(Text)
    features: Mapped[dict[str, Any]] = mapped_column(JSONB)
    events: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    brief: Mapped[dict[str, Any]] = mapped_column(JSONB)
    variants: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, comment="further passing texts that were returned")
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    timings: Mapped[dict[str, Any]] = mapped_column(JSONB)
    model_version: Mapped[str] = mapped_column(String(128))
    rules_version: Mapped[str | None] = mapped_column(String(64))
    card_version: Mapped[int | None] = mapped_column(Integer)
    parent_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("offers.id", ondelete="SET NULL"), comment="the offer of which this one is another try"
    )
    label: Mapped[str | None] = mapped_column(String(16), comment="last judgement of a reviewer: success or failure")
    segment: Mapped[str | None] = mapped_column(String(1), comment="letter of the client's segment, if known")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    anonymised_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        # the orders of the history: what it filters by stands beside the keys, so that no wide row is read in vain
        Index("ix_offers_created_at_id", "created_at", "id", postgresql_include=[*FILTERED, "confidence"]),
        Index("ix_offers_confidence_id", "confidence", "id", postgresql_include=[*FILTERED, "created_at"]),
        Index("ix_offers_product_created_at", "product", "created_at"),
        Index("ix_offers_channel_created_at", "channel", "created_at"),
        Index("ix_offers_model_version_created_at", "model_version", "created_at"),
        Index("ix_offers_author_id_created_at", "author_id", "created_at"),
        Index("ix_offers_client_id", "client_id"),
        Index("ix_offers_batch_id_id", "batch_id", "id", postgresql_where=sql("batch_id IS NOT NULL")),
        Index(  # whatever is killed, a row of a batch has one offer
            "uq_offers_batch_id_position",
            *("batch_id", "position"),
            unique=True,
            postgresql_where=sql("batch_id IS NOT NULL"),
        ),
        Index("ix_offers_parent_id", "parent_id", postgresql_where=sql("parent_id IS NOT NULL")),
        Index("ix_offers_label_created_at", "label", "created_at", postgresql_where=sql("label IS NOT NULL")),
        Index(
            "ix_offers_tally",  # counts over all texts are read from it alone, without the wide rows
            "created_at",
            postgresql_include=[
                *("product", "channel", "tone", "segment", "model_version", "label", "confidence", "calibrated"),
            ],
            postgresql_where=sql("text IS NOT NULL"),
        ),
        Index("ix_offers_open_doubt", sql(DOUBT), "id", postgresql_where=sql(OPEN)),
        Index("ix_offers_open_created_at", "created_at", "id", postgresql_where=sql(OPEN)),
        Index("ix_offers_open_cell", "product", "channel", sql(DOUBT), "id", postgresql_where=sql(OPEN)),
        Index("ix_offers_shared_created_at", "created_at", "id", postgresql_where=sql(SHARED)),
        Index("ix_offers_of_clients", "created_at", postgresql_where=sql("anonymised_at IS NULL")),
        Index("ix_offers_text_search", sql("to_tsvector('russian', coalesce(text, ''))"), postgresql_using="gin"),
    )


class ReviewLease(db.Model):
    """Who judges this text just now. A text has one lease; after `until` it is free again."""

    __tablename__ = "review_leases"

    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index("ix_review_leases_user_id", "user_id"),)


class Label(db.Model):
    """One judgement of one text by one reviewer; rows are only added, the last one is the label of the text.

    `label` is empty where the reviewer took the label back. The reviewer's name outlives the account.
    """

    __tablename__ = "labels"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id", ondelete="CASCADE"))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    author: Mapped[str] = mapped_column(String(64))
    label: Mapped[str | None] = mapped_column(String(16), comment="success, failure or taken back")
    reasons: Mapped[list[str]] = mapped_column(JSONB, default=list)
    comment: Mapped[str] = mapped_column(Text, default="")
    corrected_text: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    __table_args__ = (
        Index("ix_labels_offer_id_id", "offer_id", "id"),
        Index("ix_labels_author_id_created_at", "author_id", "created_at"),
        Index("ix_labels_created_at_id", "created_at", "id"),
    )


class IdempotencyKey(db.Model):
    """One `Idempotency-Key` of one user: who holds it, and the answer once there is one.

    A row without `status` is a call in progress. Its holder proves itself by `lease`; after `lease_until` the holder
    counts as dead and the next call with the same body takes the key over. The answer is written in the transaction
    that stores the offers, so a crash leaves both or neither.
    """

    __tablename__ = "idempotency_keys"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(255))
    request_hash: Mapped[str] = mapped_column(String(64))
    lease: Mapped[uuid.UUID] = mapped_column()
    lease_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    status: Mapped[int | None] = mapped_column(SmallInteger)
    response: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        UniqueConstraint("user_id", "key", name="uq_idempotency_keys_user_id_key"),
        Index("ix_idempotency_keys_expires_at", "expires_at"),
    )


activity.leaves_trace(Offer.author_id, Offer.created_at)
activity.leaves_trace(Label.author_id, Label.created_at)

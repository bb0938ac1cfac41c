"""Catalogue records: what the bank sells, through which channels it speaks, and who the bank is."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Integer, Numeric, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.common.clock import now
from backend.common.db import db


class Product(db.Model):
    """A product. `group` is its legal regime; a product without one is a draft and serves no texts."""

    __tablename__ = "products"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    group: Mapped[str | None] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(300))
    value_line: Mapped[str] = mapped_column(Text, default="", server_default="")
    benefits: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    """[{"tag": slug, "text": claim without figures, "corpus": index of its phrase group, or absent}]"""
    audience: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    """[{"fact": client fact, or "segment": letter, "suits": bool, "hint": why}]"""
    card: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    """Full conditions: checklist key -> complete Russian phrase with its figures."""
    site_section: Mapped[str] = mapped_column(String(200), default="", server_default="")
    position: Mapped[int] = mapped_column(Integer, default=1000, server_default="1000")
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    @property
    def state(self) -> str:
        """archived, draft (no legal regime yet) or ready (serves texts)."""
        if self.archived_at:
            return "archived"
        return "ready" if self.group else "draft"


class Channel(db.Model):
    """A channel. `form` is how its texts are built; a channel without one is a draft."""

    __tablename__ = "channels"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    form: Mapped[str | None] = mapped_column(String(16))
    description: Mapped[str] = mapped_column(Text, default="", server_default="")
    limits: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, server_default="{}")
    """Limits of the final text: max_units (UTF-16), title_max, body_max, max_words, subject_max, preheader_max."""
    short: Mapped[bool] = mapped_column(default=True, server_default="true")
    part_price: Mapped[float | None] = mapped_column(Numeric(10, 2, asdecimal=False))
    """What one part of an SMS costs the bank, roubles; None where nobody has told."""
    position: Mapped[int] = mapped_column(Integer, default=1000, server_default="1000")
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    @property
    def state(self) -> str:
        """archived, draft (its form is not known yet) or ready."""
        if self.archived_at:
            return "archived"
        return "ready" if self.form else "draft"


class BankProfile(db.Model):
    """The bank itself, one row: its names fill the slots and are what the law wants named."""

    __tablename__ = "bank_profiles"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, default=1, autoincrement=False)
    legal_name: Mapped[str] = mapped_column(String(200))
    names: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default="[]")
    app: Mapped[str] = mapped_column(String(100))
    site: Mapped[str] = mapped_column(String(100))
    phone: Mapped[str] = mapped_column(String(40))
    agent: Mapped[str] = mapped_column(String(60))
    insurer: Mapped[str] = mapped_column(String(200))
    asset_manager: Mapped[str] = mapped_column(String(200))
    disclosure_site: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(300))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

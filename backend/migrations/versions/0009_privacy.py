"""Offers that were anonymised, and when a session was last used.

The indexes of the review queue are built anew: they leave out the empty texts of anonymised offers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOUBT = sa.text("abs(confidence - 0.5::double precision)")
SAMPLE = "get_byte(sha256(uuid_send(id)), 0) < 26"
REVIEW = {
    "ix_offers_open_doubt": ([DOUBT, "id"], "label IS NULL"),
    "ix_offers_open_created_at": (["created_at", "id"], "label IS NULL"),
    "ix_offers_open_cell": (["product", "channel", DOUBT, "id"], "label IS NULL"),
    "ix_offers_shared_created_at": (["created_at", "id"], "label IS NOT NULL"),
}


def upgrade() -> None:
    op.add_column("offers", sa.Column("anonymised_at", MOMENT, nullable=True))
    unknown = sa.text("anonymised_at IS NULL")
    op.create_index("ix_offers_of_clients", "offers", ["created_at"], postgresql_where=unknown)
    _index_review("text <> ''")
    op.add_column("sessions", sa.Column("seen_at", MOMENT, nullable=False, server_default=sa.func.now()))
    op.alter_column("sessions", "seen_at", server_default=None)


def downgrade() -> None:
    op.drop_column("sessions", "seen_at")
    _index_review("text IS NOT NULL")
    op.drop_index("ix_offers_of_clients", table_name="offers")
    op.drop_column("offers", "anonymised_at")


def _index_review(text: str) -> None:
    for name, (columns, labelled) in REVIEW.items():
        shared = f" AND {SAMPLE}" if name.startswith("ix_offers_shared") else ""
        op.drop_index(name, table_name="offers")
        op.create_index(name, "offers", columns, postgresql_where=sa.text(f"{labelled} AND {text}{shared}"))

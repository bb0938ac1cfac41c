"""The client's segment beside each offer, and an index that answers the tallies of the quality page by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# the leading letter of the segment's text, a Cyrillic look-alike too, as the back end reads it at each call
BACKFILL = r"""
UPDATE offers
SET segment = lower(translate(
    substring(features->>'super_clust' from '^\s*([A-Ka-kАСЕКасек])(?=[\s.):–-]|$)'), 'АСЕКасек', 'acekacek'))
WHERE features ? 'super_clust'
"""


def upgrade() -> None:
    op.add_column(
        "offers",
        sa.Column("segment", sa.String(length=1), nullable=True, comment="letter of the client's segment, if known"),
    )
    op.execute(BACKFILL)
    op.create_index(
        "ix_offers_tally",
        "offers",
        ["created_at"],
        unique=False,
        postgresql_include=[
            "product",
            "channel",
            "tone",
            "segment",
            "model_version",
            "label",
            "confidence",
            "calibrated",
        ],
        postgresql_where=sa.text("text IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_offers_tally", table_name="offers", postgresql_where=sa.text("text IS NOT NULL"))
    op.drop_column("offers", "segment")

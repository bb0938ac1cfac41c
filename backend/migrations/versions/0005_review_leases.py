"""Leases of the review queue, and the indexes by which the next texts are found."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OPEN = sa.text("label IS NULL AND text IS NOT NULL")
SHARED = sa.text("label IS NOT NULL AND text IS NOT NULL AND get_byte(sha256(uuid_send(id)), 0) < 26")
DOUBT = sa.text("abs(confidence - 0.5::double precision)")


def upgrade() -> None:
    op.create_table(
        "review_leases",
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offers.id"], name=op.f("fk_review_leases_offer_id_offers"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_review_leases_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_review_leases")),
    )
    op.create_index("ix_review_leases_user_id", "review_leases", ["user_id"], unique=False)
    op.create_index("ix_offers_open_doubt", "offers", [DOUBT, "id"], postgresql_where=OPEN)
    op.create_index("ix_offers_open_created_at", "offers", ["created_at", "id"], postgresql_where=OPEN)
    op.create_index("ix_offers_open_cell", "offers", ["product", "channel", DOUBT, "id"], postgresql_where=OPEN)
    op.create_index("ix_offers_shared_created_at", "offers", ["created_at", "id"], postgresql_where=SHARED)


def downgrade() -> None:
    for name in ("shared_created_at", "open_cell", "open_created_at", "open_doubt"):
        op.drop_index(f"ix_offers_{name}", table_name="offers")
    op.drop_table("review_leases")

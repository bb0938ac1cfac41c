"""Labels with their history, and offers that are another try of an offer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "labels",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=16), nullable=True, comment="success, failure or taken back"),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("corrected_text", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_labels_author_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offers.id"], name=op.f("fk_labels_offer_id_offers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
    )
    op.create_index("ix_labels_offer_id_id", "labels", ["offer_id", "id"], unique=False)
    op.create_index("ix_labels_author_id_created_at", "labels", ["author_id", "created_at"], unique=False)
    op.create_index("ix_labels_created_at_id", "labels", ["created_at", "id"], unique=False)
    op.add_column(
        "offers",
        sa.Column("parent_id", sa.Uuid(), nullable=True, comment="the offer of which this one is another try"),
    )
    op.create_foreign_key(
        op.f("fk_offers_parent_id_offers"), "offers", "offers", ["parent_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index(
        "ix_offers_parent_id",
        "offers",
        ["parent_id"],
        unique=False,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_offers_parent_id", table_name="offers", postgresql_where=sa.text("parent_id IS NOT NULL"))
    op.drop_constraint(op.f("fk_offers_parent_id_offers"), "offers", type_="foreignkey")
    op.drop_column("offers", "parent_id")
    op.drop_table("labels")

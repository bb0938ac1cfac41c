"""The history of the compliance rules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_revisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=True),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_revisions")),
        sa.UniqueConstraint("number", name=op.f("uq_rule_revisions_number")),
    )
    op.create_index(op.f("ix_rule_revisions_version"), "rule_revisions", ["version"], unique=False)


def downgrade() -> None:
    op.drop_table("rule_revisions")

"""Whose wrong row a line of a batch's report quotes."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    whose = "whose row it is, so that a client can be forgotten"
    op.add_column("batch_problems", sa.Column("client_id", sa.Text(), nullable=True, comment=whose))
    op.create_index(
        "ix_batch_problems_client_id",
        "batch_problems",
        ["client_id"],
        unique=False,
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_batch_problems_client_id", table_name="batch_problems")
    op.drop_column("batch_problems", "client_id")

"""What one part of an SMS costs on a channel."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("channels", sa.Column("part_price", sa.Numeric(10, 2), nullable=True))


def downgrade() -> None:
    op.drop_column("channels", "part_price")

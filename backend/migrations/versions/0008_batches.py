"""Batches, their chunks and the problems of their rows; one offer for each row of a batch."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False, comment="validate or write"),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("source", JSONB, nullable=False, comment="the file's name, or the table"),
        sa.Column("options", JSONB, nullable=False, comment="of POST /offers, for every client"),
        sa.Column("campaign", sa.String(length=64), nullable=True),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("wrong_rows", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False, comment="clients with a text"),
        sa.Column("failed", sa.Integer(), nullable=False, comment="clients without one"),
        sa.Column("notes", JSONB, nullable=False, comment="columns that are not used"),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="how often its rows began to be checked"),
        sa.Column("lease", sa.Uuid(), nullable=True, comment="who checks the rows"),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("writing_at", MOMENT, nullable=True, comment="when the first text could be written"),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_batches_author_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("author_id", "idempotency_key", name=op.f("uq_batches_author_id_idempotency_key")),
    )
    op.create_index("ix_batches_created_at_id", "batches", ["created_at", "id"], unique=False)
    op.create_index("ix_batches_author_id_created_at", "batches", ["author_id", "created_at"], unique=False)
    going = sa.text("status IN ('queued', 'running')")
    op.create_index("ix_batches_going", "batches", ["status"], unique=False, postgresql_where=going)
    op.create_table(
        "batch_chunks",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_row", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("clients", JSONB, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False, comment="waiting, working or done"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True, comment="who writes it"),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_batch_chunks_batch_id_batches"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_batch_chunks")),
    )
    unfinished = sa.text("status <> 'done'")
    op.create_index(
        "ix_batch_chunks_open", "batch_chunks", ["batch_id", "number"], unique=False, postgresql_where=unfinished
    )
    op.create_index("ix_batch_chunks_batch_id_finished_at", "batch_chunks", ["batch_id", "finished_at"], unique=False)
    op.create_table(
        "batch_problems",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False, comment="as a spreadsheet counts: the header is row 1"),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_batch_problems_batch_id_batches"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_problems")),
    )
    op.create_index("ix_batch_problems_batch_id_id", "batch_problems", ["batch_id", "id"], unique=False)
    of_batches = sa.text("batch_id IS NOT NULL")
    op.create_index(
        "uq_offers_batch_id_position", "offers", ["batch_id", "position"], unique=True, postgresql_where=of_batches
    )


def downgrade() -> None:
    op.drop_index("uq_offers_batch_id_position", table_name="offers")
    for table in ("batch_problems", "batch_chunks", "batches"):
        op.drop_table(table)

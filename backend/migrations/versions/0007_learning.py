"""Model versions, promotions, retraining runs with their log; the model's own words beside each offer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.add_column(
        "offers",
        sa.Column("body", sa.Text(), nullable=True, comment="the model's own words in `text`, with their slots"),
    )
    op.create_table(
        "model_versions",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("parent", sa.String(length=128), nullable=True, comment="the version that it was bred from"),
        sa.Column(
            "weights",
            sa.String(length=128),
            nullable=False,
            comment="the name under which the model component reports them",
        ),
        sa.Column(
            "path",
            sa.Text(),
            nullable=True,
            comment="file in MODELS_DIR; NULL: the weights come with the installation",
        ),
        sa.Column(
            "score",
            JSONB,
            nullable=True,
            comment="the fitted success score; NULL: the rank score that was set by hand",
        ),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("lineage", JSONB, nullable=False),
        sa.Column("metrics", JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promoted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_model_versions")),
    )
    op.create_index(
        "ix_model_versions_status",
        "model_versions",
        ["status"],
        unique=True,
        postgresql_where=sa.text("status IN ('champion', 'canary')"),
    )
    op.create_table(
        "promotions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False, comment="what serves from now on"),
        sa.Column("former", sa.String(length=128), nullable=True, comment="what it was put in place of, or beside"),
        sa.Column("share", sa.Float(), nullable=False, comment="of the calls, 1 for all of them"),
        sa.Column("kind", sa.String(length=32), nullable=False, comment="canary, full, rollback or automatic_rollback"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotions")),
    )
    op.create_index("ix_promotions_version_at", "promotions", ["version", "at"], unique=False)
    op.create_index("ix_promotions_at", "promotions", ["at"], unique=False)
    op.create_table(
        "retrain_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=True),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("trigger", sa.String(length=16), nullable=False, comment="person, schedule or labels"),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("options", JSONB, nullable=False),
        sa.Column("parent", sa.String(length=128), nullable=True),
        sa.Column("challenger", sa.String(length=128), nullable=True),
        sa.Column("stages", JSONB, nullable=False, comment="finished ones, with results"),
        sa.Column("decision", JSONB, nullable=True),
        sa.Column("metrics", JSONB, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retrain_runs")),
    )
    op.create_index("ix_retrain_runs_created_at_id", "retrain_runs", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_retrain_runs_going",
        "retrain_runs",
        ["status"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_table(
        "retrain_log",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["retrain_runs.id"], name=op.f("fk_retrain_log_run_id_retrain_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retrain_log")),
    )
    op.create_index("ix_retrain_log_run_id_id", "retrain_log", ["run_id", "id"], unique=False)


def downgrade() -> None:
    for table in ("retrain_log", "retrain_runs", "promotions", "model_versions"):
        op.drop_table(table)
    op.drop_column("offers", "body")

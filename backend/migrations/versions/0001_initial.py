"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_action"), "audit_log", ["action"], unique=False)
    op.create_index(op.f("ix_audit_log_actor_id"), "audit_log", ["actor_id"], unique=False)
    op.create_index(op.f("ix_audit_log_at_id"), "audit_log", ["at", "id"], unique=False)
    op.create_index(op.f("ix_audit_log_target"), "audit_log", ["target"], unique=False)
    op.create_table(
        "bank_profiles",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("legal_name", sa.String(length=200), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("app", sa.String(length=100), nullable=False),
        sa.Column("site", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("agent", sa.String(length=60), nullable=False),
        sa.Column("insurer", sa.String(length=200), nullable=False),
        sa.Column("asset_manager", sa.String(length=200), nullable=False),
        sa.Column("disclosure_site", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_bank_profiles_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_profiles")),
    )
    op.create_table(
        "channels",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("form", sa.String(length=16), nullable=True),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("limits", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("short", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("position", sa.Integer(), server_default="1000", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_channels")),
    )
    op.create_table(
        "products",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("group", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("value_line", sa.Text(), server_default="", nullable=False),
        sa.Column("benefits", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("audience", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("card", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("site_section", sa.String(length=200), server_default="", nullable=False),
        sa.Column("position", sa.Integer(), server_default="1000", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_products")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("full_name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("disabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('marketer', 'admin', 'ml_engineer', 'service')", name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("response", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("user_id", "key", name="uq_idempotency_keys_user_id_key"),
    )
    op.create_index("ix_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"], unique=False)
    op.create_table(
        "offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False, comment="one call of POST /offers or one chunk of a batch"),
        sa.Column("position", sa.Integer(), nullable=False, comment="place of the client in the call"),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column(
            "client_id_is_number",
            sa.Boolean(),
            nullable=False,
            comment="the caller sent a JSON number and gets one back",
        ),
        sa.Column("product", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("tone", sa.String(length=16), nullable=False),
        sa.Column("conditions", sa.String(length=8), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("error", sa.String(length=64), nullable=True, comment="code of the reason why there is no text"),
        sa.Column("error_detail", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=False, comment="0 without a text"),
        sa.Column("calibrated", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="codes, strongest first"),
        sa.Column("product_reason", sa.Text(), nullable=True),
        sa.Column("features", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("events", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("brief", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "variants",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="further passing texts that were returned",
        ),
        sa.Column("candidates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("timings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("model_version", sa.String(length=128), nullable=False),
        sa.Column("rules_version", sa.String(length=64), nullable=True),
        sa.Column("card_version", sa.Integer(), nullable=True),
        sa.Column(
            "label", sa.String(length=16), nullable=True, comment="last judgement of a reviewer: success or failure"
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_offers_author_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    op.create_index("ix_offers_author_id_created_at", "offers", ["author_id", "created_at"], unique=False)
    op.create_index(
        "ix_offers_batch_id_id",
        "offers",
        ["batch_id", "id"],
        unique=False,
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )
    op.create_index("ix_offers_channel_created_at", "offers", ["channel", "created_at"], unique=False)
    op.create_index("ix_offers_client_id", "offers", ["client_id"], unique=False)
    op.create_index("ix_offers_confidence_id", "offers", ["confidence", "id"], unique=False)
    op.create_index("ix_offers_created_at_id", "offers", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_offers_label_created_at",
        "offers",
        ["label", "created_at"],
        unique=False,
        postgresql_where=sa.text("label IS NOT NULL"),
    )
    op.create_index("ix_offers_model_version_created_at", "offers", ["model_version", "created_at"], unique=False)
    op.create_index("ix_offers_product_created_at", "offers", ["product", "created_at"], unique=False)
    op.create_index(
        "ix_offers_text_search",
        "offers",
        [sa.literal_column("to_tsvector('russian', coalesce(text, ''))")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sessions_user_id"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_expires_at"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("ix_offers_text_search", table_name="offers", postgresql_using="gin")
    op.drop_index("ix_offers_product_created_at", table_name="offers")
    op.drop_index("ix_offers_model_version_created_at", table_name="offers")
    op.drop_index("ix_offers_label_created_at", table_name="offers", postgresql_where=sa.text("label IS NOT NULL"))
    op.drop_index("ix_offers_created_at_id", table_name="offers")
    op.drop_index("ix_offers_confidence_id", table_name="offers")
    op.drop_index("ix_offers_client_id", table_name="offers")
    op.drop_index("ix_offers_channel_created_at", table_name="offers")
    op.drop_index("ix_offers_batch_id_id", table_name="offers", postgresql_where=sa.text("batch_id IS NOT NULL"))
    op.drop_index("ix_offers_author_id_created_at", table_name="offers")
    op.drop_table("offers")
    op.drop_index("ix_idempotency_keys_expires_at", table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("users")
    op.drop_table("products")
    op.drop_table("channels")
    op.drop_table("bank_profiles")
    op.drop_index(op.f("ix_audit_log_target"), table_name="audit_log")
    op.drop_index(op.f("ix_audit_log_at_id"), table_name="audit_log")
    op.drop_index(op.f("ix_audit_log_actor_id"), table_name="audit_log")
    op.drop_index(op.f("ix_audit_log_action"), table_name="audit_log")
    op.drop_table("audit_log")

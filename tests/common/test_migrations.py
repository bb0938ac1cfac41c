"""The migrations lead to exactly the records of the code, and back."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from backend.app import create_app
from backend.common.db import db


def test_records_and_migrations_agree(app) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


def test_up_and_down_and_up(postgres, test_settings, app) -> None:
    postgres.create_database("migrations")
    fresh = create_app(test_settings.model_copy(update={"database_url": postgres.url("migrations")}))
    with fresh.app_context():
        upgrade()
        tables = set(inspect(db.engine).get_table_names())
        assert tables == {*db.metadata.tables, "alembic_version"}
        downgrade(revision="base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        upgrade()
        db.engine.dispose()

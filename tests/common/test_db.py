"""What becomes of a request whose connection breaks."""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from sqlalchemy import create_engine, text

from backend.app import create_app
from backend.common.db import db
from backend.config import Settings
from tests.conftest import OwnContextClient


@pytest.fixture
def breaking(app: APIFlask, test_settings: Settings) -> Iterator[APIFlask]:
    """An application with a view whose connection is ended by the server after its last statement."""
    made = create_app(test_settings)
    made.test_client_class = OwnContextClient

    @made.get("/broken")
    def broken() -> dict[str, str]:
        pid = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        other = create_engine(test_settings.database_url)
        with other.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        other.dispose()
        return {"answer": "ready"}

    yield made
    with made.app_context():
        db.engine.dispose()


def test_a_connection_that_breaks_at_the_end_does_not_spoil_a_ready_answer(breaking: APIFlask) -> None:
    client = breaking.test_client()
    for _ in range(3):
        answer = client.get("/broken")
        assert (answer.status_code, answer.get_json()) == (200, {"answer": "ready"})
    with breaking.app_context():
        assert db.session.execute(text("SELECT 1")).scalar_one() == 1, "the next one gets a connection that works"

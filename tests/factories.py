"""Makes records for tests. Each factory commits, so that calls of the test client see what it made."""

import uuid
from functools import lru_cache

from factory import LazyFunction, Sequence
from factory.alchemy import SQLAlchemyModelFactory
from sqlalchemy import select

from backend.common.audit import AuditEntry
from backend.common.db import db
from backend.users.models import Role, User
from backend.users.passwords import hash_password

PASSWORD = "correct horse battery"


@lru_cache(maxsize=1)
def password_hash() -> str:
    """Hashing takes its time on purpose; once is enough for all users of the tests."""
    return hash_password(PASSWORD)


class RecordFactory(SQLAlchemyModelFactory):
    class Meta:
        abstract = True
        sqlalchemy_session_factory = lambda: db.session  # noqa: E731 - the session of the test's own context
        sqlalchemy_session_persistence = "commit"


class UserFactory(RecordFactory):
    class Meta:
        model = User

    username = Sequence(lambda number: f"user{number}")
    full_name = Sequence(lambda number: f"Пользователь {number}")
    role = Role.MARKETER.value
    password_hash = LazyFunction(password_hash)
    disabled = False


class AuditEntryFactory(RecordFactory):
    class Meta:
        model = AuditEntry

    actor = "somebody"
    actor_id = LazyFunction(uuid.uuid4)
    action = "test.act"
    target = Sequence(lambda number: f"thing:{number}")
    details = LazyFunction(dict)


def user_with_role(role: str) -> User:
    """The test user of this role; made at the first call in a test."""
    user = db.session.scalar(select(User).where(User.username == f"{role}-user"))
    return user or UserFactory(username=f"{role}-user", role=role)

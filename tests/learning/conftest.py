"""What the tests of learning share."""

from collections.abc import Iterator

import pytest

from backend.learning import release


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """What serves is remembered for two seconds, longer than a test takes."""
    release.forget()
    yield
    release.forget()

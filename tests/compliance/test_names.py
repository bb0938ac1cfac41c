"""Names of legal persons: found in every spelling, and nothing is found for what is no name."""

import pytest

from backend.compliance.names import is_name, mentions


@pytest.mark.parametrize("name", ["«»", "—", "", "«А»", "24"])
def test_what_is_no_name_is_mentioned_nowhere(name):
    assert not is_name(name)
    assert not mentions("вклад в приложении, а также 24 часа", (name,))


def test_names_beside_an_empty_one_still_count():
    assert mentions('вклад в "примербанке"', ("«»", "Примербанк"))
    assert not mentions("вклад в приложении", ("«»", "Примербанк"))

"""What the tests of privacy share."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import inspect, select

from backend.common.clock import now
from backend.common.db import db
from backend.offers.models import Label, Offer
from tests.factories import UserFactory
from tests.offers.bodies import store_offer

SECRET = "Заклятов"
"""Stands wherever something may be said of a client or to a client."""


@pytest.fixture(autouse=True)
def places(app: APIFlask, tmp_path: Path) -> Iterator[Path]:
    """A VAR_DIR of its own for each test."""
    usual = app.config["SETTINGS"]
    app.config["SETTINGS"] = usual.model_copy(update={"var_dir": tmp_path})
    yield tmp_path
    app.config["SETTINGS"] = usual


def told_everywhere(client_id: str, **columns: Any) -> Offer:
    """A labelled offer with the secret in every column that can hold words."""
    words = ("text", "body", "product_reason", "error_detail")
    lists = ("findings", "events", "variants", "candidates")
    everywhere: dict[str, Any] = {
        **dict.fromkeys(words, SECRET),
        **{name: [{"said": SECRET}] for name in lists},
        **{name: {"said": SECRET} for name in ("features", "brief", "timings")},
        "facts": [SECRET],
        "label": "failure",
    }
    offer = store_offer(client_id=client_id, **(everywhere | columns))
    author = UserFactory()
    said = {"author_id": author.id, "author": author.username, "label": "failure", "reasons": ["dull"]}
    db.session.add(Label(offer_id=offer.id, comment=SECRET, corrected_text=SECRET, created_at=now(), **said))
    db.session.flush()
    return offer


def stored_text() -> str:
    """All columns of all offers and labels, as text: a column that is added later is searched as well."""
    db.session.expire_all()
    found = []
    for record in (Offer, Label):
        names = [column.key for column in inspect(record).column_attrs]
        for row in db.session.scalars(select(record)):
            found.append(json.dumps({name: getattr(row, name) for name in names}, default=str, ensure_ascii=False))
    return "\n".join(found)

"""The demo catalogue of the fictional bank, one YAML file per product, and the eight standard channels."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.dialects.postgresql import insert

from backend.catalogue.models import BankProfile, Channel, Product
from backend.common.db import db

DEMO = Path(__file__).parent / "demo"
_NOT_PRODUCTS = {"bank", "channels"}


@cache
def demo_bank() -> dict[str, Any]:
    """The bank's profile. Shared by all callers: not to be changed."""
    profile: dict[str, Any] = _read("bank")
    return profile


@cache
def demo_channels() -> dict[str, dict[str, Any]]:
    """The standard channels by code, in the order of display. Shared by all callers: not to be changed."""
    unpriced = {"part_price": None}
    return {one["code"]: {**unpriced, **one, "position": n} for n, one in enumerate(_read("channels"), 1)}


@cache
def demo_products() -> dict[str, dict[str, Any]]:
    """The products by code, in the order of display. Shared by all callers: not to be changed."""
    products = [_read(path.stem) for path in DEMO.glob("*.yaml") if path.stem not in _NOT_PRODUCTS]
    return {product["code"]: product for product in sorted(products, key=lambda product: product["position"])}


def seed_demo() -> dict[str, int]:
    """Create what is missing and leave the rest as people have changed it. Returns how many rows were made."""
    made = {
        "bank": _insert(BankProfile, [{"id": 1, **demo_bank()}]),
        "channels": _insert(Channel, list(demo_channels().values())),
        "products": _insert(Product, list(demo_products().values())),
    }
    db.session.flush()
    return made


def _insert(record: type[Any], rows: list[dict[str, Any]]) -> int:
    """Two processes may start at once, so existing rows are skipped by the database and not by a look before."""
    statement = insert(record).values(rows).on_conflict_do_nothing().returning(*record.__table__.primary_key.columns)
    return len(db.session.execute(statement).all())


def _read(name: str) -> Any:
    return yaml.safe_load((DEMO / f"{name}.yaml").read_text(encoding="utf-8"))

"""The demo's bank and cards as the guard takes them: no server, no table."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from backend.compliance.card import Bank, Card
from backend.compliance.check import DEMO_BANK, read_bank

DEMO = DEMO_BANK.parent


@pytest.fixture(scope="session")
def bank() -> Bank:
    return read_bank(DEMO_BANK)


@pytest.fixture(scope="session")
def cards() -> Mapping[str, Card]:
    return {card.code: card for card in map(_card, sorted(DEMO.glob("*.yaml"))) if card is not None}


def _card(path: Path) -> Card | None:
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "card" not in raw:
        return None
    return Card(raw["code"], raw["group"], raw["name"], raw["site_section"], raw["card"])

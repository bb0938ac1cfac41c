"""The bank's own catalogue, as texts are written for it: detached from the database, for hours of work."""

from functools import partial

from backend.catalogue import service as catalogue
from backend.common.db import db
from backend.compliance import rulebook
from backend.compliance.service import Card, check
from backend.offers.pipeline import Setting
from backend.offers.shelf import products_on_sale, view_channel
from model.brief import CHANNELS
from retrain.evaluation.served import Shop

_EVERY = {"limit": 10_000}


def present() -> Shop:
    """Products on sale and channels that the model knows, with the bank and the rules of now."""
    channels = [one for one in catalogue.list_channels(_EVERY).items if one.code in CHANNELS]
    shop = Shop(
        products_on_sale(),
        {one.code: view_channel(one) for one in channels},
        Setting(catalogue.bank(), "none", partial(check, rules=rulebook.current())),
    )
    db.session.rollback()  # gives the connection back to the pool
    return shop


def cards(shop: Shop) -> dict[str, Card]:
    """The products' cards."""
    return {code: product.card for code, product in shop.products.items()}

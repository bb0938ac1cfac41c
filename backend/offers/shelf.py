"""The catalogue as offers see it: plain views of products and channels, detached from their tables.

Views outlive the database session, which is given back to the pool while the model writes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend.catalogue import service as catalogue
from backend.compliance.service import Card, MissingConditions, compose
from backend.errors import Invalid, NotFound
from backend.offers.forms import FORMS
from model.brief import CHANNELS, PRODUCTS, benefit_tags

if TYPE_CHECKING:
    from backend.catalogue.models import Channel, Product


@dataclass(frozen=True)
class ProductView:
    """A product on sale. `benefits` maps the model's benefit tags to the claims that the product's card confirms."""

    code: str
    name: str
    group: str
    version: int
    card: Card
    benefits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ChannelView:
    """A channel. `limits` bound the finished text, `short` decides how many clients a call may hold."""

    code: str
    form: str
    short: bool
    limits: Mapping[str, int]


class CatalogueShelf:
    """Products and channels from the database, as `parse.Shelf` wants them."""

    def product(self, code: str) -> ProductView:
        """The product with this code. Raises a DomainError that explains what is wrong with the code."""
        return view_product(catalogue.resolve_product(code))

    def channel(self, code: str) -> ChannelView:
        """The channel with this code. Raises a DomainError that explains what is wrong with the code."""
        return view_channel(catalogue.resolve_channel(code))


def products_on_sale() -> dict[str, ProductView]:
    """Every product that may be chosen automatically."""
    return {product.code: view_product(product) for product in catalogue.offered_products() if product.code in PRODUCTS}


def view_product(product: "Product") -> ProductView:
    """The view of a record. Raises Invalid for a product that the model was never taught."""
    if product.code not in PRODUCTS:
        raise Invalid(f"Модель не обучена писать о продукте {product.code}")
    return ProductView(
        code=product.code,
        name=product.name,
        group=product.group or "",
        version=product.version,
        card=catalogue.card(product),
        benefits=_benefits(product),
    )


def view_channel(channel: "Channel") -> ChannelView:
    """The view of a record. Raises Invalid for a channel that the model was never taught."""
    if channel.code not in CHANNELS or channel.form not in FORMS:
        raise Invalid(f"Модель не обучена писать для канала {channel.code}")
    return ChannelView(channel.code, channel.form, channel.short, dict(channel.limits))


def benefit_words(code: str) -> dict[str, str]:
    """What the product's card says under each benefit tag now; empty for a product that the catalogue has not."""
    try:
        product = catalogue.find_product(code)
    except NotFound:
        return {}
    return {benefit["tag"]: benefit["text"] for benefit in product.benefits}


def missing_conditions(product: ProductView, channel: ChannelView) -> tuple[str, ...]:
    """Keys of the card that a text with full conditions would lack; empty when it is complete."""
    try:
        compose("", card=product.card, channel=channel.code, bank=catalogue.bank(), conditions="full")
    except MissingConditions as error:
        return tuple(error.keys)
    return ()


def _benefits(product: "Product") -> dict[str, str]:
    """The card's claims by tag. A benefit that the model was never taught cannot be asked for by name."""
    known = benefit_tags(product.code)
    return {benefit["tag"]: benefit["text"] for benefit in product.benefits if benefit["tag"] in known}

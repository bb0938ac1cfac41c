"""Who looked at the data of which client: entries of the audit log. They name the client by a reference, never by id.

An external system that reads what it has sent itself leaves no entries; its exports do, as everybody's.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from backend.common import audit
from backend.common.client_ids import reference
from backend.offers.models import Offer

if TYPE_CHECKING:
    from backend.users.models import User

SYSTEM = "service"


def read(offer: Offer, reader: "User") -> None:
    """The card of one offer, with the client's features. Of an anonymised one there is nothing to read."""
    if reader.role != SYSTEM and offer.anonymised_at is None:
        audit.record("offers.read", reference(offer.client_id), {"offer": str(offer.id)})


def looked_up(client_id: str, reader: "User") -> None:
    """The history of one client."""
    if reader.role != SYSTEM:
        audit.record("offers.lookup", reference(client_id))


def reviewed(offers: Sequence[Offer]) -> None:
    """Texts of the review queue, with the clients' features."""
    if offers:
        audit.record("offers.review", "offers", {"offers": [str(offer.id) for offer in offers]})


def exported(filters: Mapping[str, Any]) -> None:
    """A table of offers. Words that were searched for are left out: they are whatever somebody typed."""
    asked = {name: str(value) for name, value in filters.items() if name != "q"}
    if "client_id" in asked:
        asked["client_id"] = reference(asked["client_id"])
    audit.record("offers.export", "offers", asked)

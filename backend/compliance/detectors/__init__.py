"""Detectors, a module for each family of rules; importing the package registers all of them."""

from backend.compliance.detectors import (
    claims,
    conditions,
    contact,
    credit,
    grounding,
    identity,
    language,
    lengths,
    personal,
    promises,
)

__all__ = [
    "claims",
    "conditions",
    "contact",
    "credit",
    "grounding",
    "identity",
    "language",
    "lengths",
    "personal",
    "promises",
]

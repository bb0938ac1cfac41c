"""What a caller of the API asks to judge: names become a group, a channel and a card.

Only the routes use this module: it is the one place where compliance looks into the catalogue.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from backend.catalogue import service as catalogue
from backend.compliance.card import GROUP_NAMES, Card, group_by_name
from backend.compliance.channels import FAMILIES, FAMILY_OF
from backend.compliance.guard import Report, check
from backend.compliance.rules import RuleSet, default_rules
from backend.errors import FieldError, Invalid, NotFound

MAX_CARD_KEYS = 200
MAX_CARD_LENGTH = 50_000
_MAX_DEPTH = 5


def judge(text: str, product: str, channel: str, offer_card: Mapping[str, Any] | None = None) -> Report:
    """Judge a text for the API. Raises Invalid, pointing at an unknown product or channel or too large a card."""
    group, card = _product(product)
    form = _channel(channel)
    if offer_card is not None:
        given = card or Card(code="", group=group, name=GROUP_NAMES[group], site_section="")
        card = replace(given, conditions=_phrases(offer_card))
    return check(text, card=card, group=group, channel=form, bank=catalogue.bank(), rules=default_rules())


def rules_page() -> dict[str, Any]:
    """All rules as one page, with the version of the set."""
    rules: RuleSet = default_rules()
    items = [
        {
            "id": rule.id,
            "title": rule.title,
            "severity": rule.severity,
            "law": rule.law,
            "advice": rule.advice,
            "products": [name for group, name in GROUP_NAMES.items() if group in rule.groups],
            "channels": [family for family in FAMILIES if family in rule.families],
            "scope": rule.scope,
            "enabled": rule.enabled,
        }
        for rule in rules.rules.values()
    ]
    return {"items": items, "next_cursor": None, "total": len(items), "version": rules.version}


def _product(name: str) -> tuple[str, Card | None]:
    group = group_by_name(name)
    if group is not None:
        return group, None
    try:
        card = catalogue.card(catalogue.resolve_product(name))
    except NotFound as error:
        raise Invalid("Неизвестный продукт", [FieldError("/product", error.detail)]) from error
    return card.group, card


def _channel(name: str) -> str:
    if name in FAMILY_OF or name.lower() in FAMILIES:
        return name if name in FAMILY_OF else name.lower()
    try:
        return str(catalogue.resolve_channel(name).form)
    except NotFound as error:
        raise Invalid("Неизвестный канал", [FieldError("/channel", error.detail)]) from error


def _phrases(offer_card: Mapping[str, Any]) -> dict[str, str]:
    """The card's values as phrases: nested objects and lists are read through, numbers become figures."""
    phrases = {key: "; ".join(_words(value, 0)) for key, value in offer_card.items()}
    if len(phrases) > MAX_CARD_KEYS or sum(map(len, phrases.values())) > MAX_CARD_LENGTH:
        raise Invalid("Карточка слишком велика", [FieldError("/offer_card", "Слишком много полей или знаков")])
    return {key: phrase for key, phrase in phrases.items() if phrase}


def _words(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, bool) or value is None or depth > _MAX_DEPTH:
        return
    elif isinstance(value, int | float):
        yield f"{value:.10f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _words(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from _words(part, depth + 1)

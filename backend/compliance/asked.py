"""What a caller of the API asks to judge: names become a group, a channel and a card.

Only the routes use this module: it is the one place where compliance looks into the catalogue.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from backend.catalogue import service as catalogue
from backend.compliance import rulebook
from backend.compliance.campaign import Campaign, check_campaign
from backend.compliance.card import GROUP_NAMES, Card, group_by_name
from backend.compliance.channels import FAMILIES, FAMILY_OF
from backend.compliance.guard import Report, check_anew
from backend.compliance.models import RuleRevision
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
    return check_anew(text, card=card, group=group, channel=form, bank=catalogue.bank(), rules=rulebook.current())


def rules_page() -> dict[str, Any]:
    """All rules in force as one page, with the version of the set and the lawyer's last word on each."""
    rules, comments = rulebook.current(), rulebook.comments()
    items = [_with_comment(rulebook.shown(rule), comments.get(rule.id)) for rule in rules.rules.values()]
    return {"items": items, "next_cursor": None, "total": len(items), "version": rules.version}


def change_rule(rule_id: str, comment: str, **changes: Any) -> dict[str, Any]:
    """Change a rule as `rulebook.change` does; returns it as it now stands. The caller commits."""
    wanted = {name: changes.get(name) for name in ("enabled", "severity", "words")}
    rule = rulebook.change(rule_id, comment=comment, **wanted)
    return _with_comment(rulebook.shown(rule), rulebook.comments()[rule_id])


def judge_campaign(channel: str, **data: Any) -> dict[str, Any]:
    """Judge the data of a mailing. Raises Invalid that points at an unknown channel or an impossible time."""
    rules = rulebook.current()
    try:
        verdict, findings = check_campaign(Campaign(_channel(channel), **data), rules)
    except ValueError as error:
        wrong = "Укажите время со сдвигом часового пояса, конец — не раньше начала"
        raise Invalid("Так время отправки не понять", [FieldError("/starts_at", wrong)]) from error
    return {"verdict": verdict, "findings": findings, "rules_version": rules.version}


def _with_comment(rule: dict[str, Any], change: RuleRevision | None) -> dict[str, Any]:
    told = {"comment": change.comment, "changed_at": change.at, "changed_by": change.actor} if change else {}
    return {**rule, "comment": None, "changed_at": None, "changed_by": None, **told}


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

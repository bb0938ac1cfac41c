"""Whether a text has the form of its channel, counted as the client sees it: slots filled, mandatory words added."""

import re

CREDIT = frozenset(["ПК", "TOPUP", "REFIN", "CC", "AUTO", "AUTO_SCR", "MORTG", "MORTG_REFIN", "MORTG_SCR"])
ADDED = {"ISG": 60, "NSG": 37, "INS_LIFE": 37, "INS_PROPERTY": 37, "INVEST": 23, "OMS": 25, "TRUST": 81}
"""Units of the mandatory words of a short text, as the demo catalogue's composer adds them; credits have their own."""
CREDIT_ADDED = 48

# Longest values that the slots take in the demo catalogue, in characters.
SLOT_LENGTH = {"{bank}": 17, "{app}": 19, "{site}": 18, "{phone}": 15, "{agent}": 9}
SMS_UNITS = 201
PUSH_TITLE, PUSH_BODY = 40, 150
CHAT_UNITS = 300
BANNER_WORDS, OFFICE_WORDS = 14, 30


def filled_length(text: str) -> int:
    """UTF-16 units of the text once its slots are filled."""
    extra = sum(text.count(slot) * (length - len(slot)) for slot, length in SLOT_LENGTH.items())
    return len(text.encode("utf-16-le")) // 2 + extra


def added_length(product: str) -> int:
    """Units that the mandatory words of the product's kind take on a short channel."""
    return CREDIT_ADDED if product in CREDIT else ADDED.get(product, 0)


def words(text: str) -> int:
    """Words as a reader counts them; a slot is one word."""
    return len(re.findall(r"\{\w+\}|[\w-]+", text))


def _push(text: str, added: int) -> bool:
    lines = text.split("\n")
    return len(lines) == 2 and filled_length(lines[0]) <= PUSH_TITLE and filled_length(lines[1]) + added <= PUSH_BODY


def _email(text: str) -> bool:
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0].startswith("Тема: ") or not lines[1].startswith("Прехедер: ") or lines[2]:
        return False
    body = "\n".join(lines[3:])
    short_head = filled_length(lines[0]) <= 56 and filled_length(lines[1]) <= 110
    return short_head and 24 <= words(body) <= 100


def _script(text: str) -> bool:
    return text.rsplit("\n", maxsplit=1)[-1].startswith("При отказе:") and 22 <= words(text) <= 110


def has_form(text: str, product: str, channel: str) -> bool:
    """Whether a text with slots fits the channel, with room for what the law adds to it."""
    added = added_length(product)
    if channel == "SMS":
        return "\n" not in text and filled_length(text) + added <= SMS_UNITS
    if channel == "PUSH":
        return _push(text, added)
    if channel == "EMAIL":
        return _email(text)
    if channel in ("TMO", "KND"):
        return _script(text)
    if channel == "MOBILE_CHAT":
        return "\n" not in text and filled_length(text) + added <= CHAT_UNITS
    limit = BANNER_WORDS if channel == "MOB_BANNER" else OFFICE_WORDS
    return "\n" not in text and 3 <= words(text) <= limit

"""Links with the tags by which a bank's web analytics tells where a visitor came from (UTM)."""

import re
from urllib.parse import quote, urlencode

LONG_FORMS = frozenset({"EMAIL"})
"""Channels whose limits count words: only there a longer link still fits into the text that was checked."""


def tagged_link(address: str, campaign: str | None, channel: str, product: str) -> str:
    """The address of a product's page with its tags; the address alone without a campaign."""
    whole = address if "://" in address else f"https://{address}"
    if not campaign:
        return whole
    tags = {
        "utm_source": "offerloop",
        "utm_medium": channel.lower(),
        "utm_campaign": campaign,
        "utm_content": product,
    }
    joint = "&" if "?" in whole else "?"
    return f"{whole}{joint}{urlencode(tags, quote_via=quote)}"


def with_tagged_links(text: str, address: str, campaign: str | None, channel: str, product: str) -> str:
    """The text with its links to the product's page tagged, on channels where there is room for it."""
    if not campaign or not address or channel not in LONG_FORMS:
        return text
    plain = re.escape(address.partition("://")[2] or address)
    found = re.compile(rf"(?<![\w./@-])(?:https?://)?{plain}(?![\w/-]|\.\w)")
    return found.sub(lambda _: tagged_link(address, campaign, channel, product), text)

"""Channel codes, the four families the rules speak of, and the form a text takes in each."""

from collections.abc import Mapping

FAMILIES = ("sms", "push", "email", "telemarketing")

FAMILY_OF: Mapping[str, str] = {
    "SMS": "sms",
    "PUSH": "push",
    "MOB_BANNER": "push",
    "MOBILE_CHAT": "push",
    "EMAIL": "email",
    "TMO": "telemarketing",
    "KND": "telemarketing",
    "OFFICE_BANNER": "telemarketing",
    # forms, for channels that a bank adds under codes of its own
    "script": "telemarketing",
    "office": "telemarketing",
    "banner": "push",
    "chat": "push",
}
# A family named alone (as an outside caller may) is judged in its plainest form.
FORM_OF: Mapping[str, str] = {
    "SMS": "sms",
    "PUSH": "push",
    "MOB_BANNER": "banner",
    "OFFICE_BANNER": "banner",
    "MOBILE_CHAT": "chat",
    "EMAIL": "email",
    "TMO": "call",
    "KND": "visit",
    "sms": "sms",
    "push": "push",
    "email": "email",
    "telemarketing": "call",
    "script": "call",
    "office": "banner",
    "banner": "banner",
    "chat": "chat",
}


class UnknownChannel(ValueError):
    """Neither a channel code nor a family."""


def family_of(channel: str) -> str:
    """The family of a channel code, of a form, or of a family's own name. Raises UnknownChannel."""
    if channel in FAMILIES:
        return channel
    try:
        return FAMILY_OF[channel]
    except KeyError:
        raise UnknownChannel(channel) from None


def form_of(channel: str) -> str:
    """The form of the text: sms, push, banner, chat, email, call or visit. Raises UnknownChannel."""
    try:
        return FORM_OF[channel]
    except KeyError:
        raise UnknownChannel(channel) from None

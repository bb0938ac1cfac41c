"""Clients' ids where they are not just a column: in records that outlive the client's data, and inside JSON."""

import hmac
import re

from backend.config import settings

_WHOLE = re.compile(r"0|-?[1-9][0-9]*")


def reference(client_id: int | str) -> str:
    """A client in the audit log, such as client:5f0c3f4b8a1d2e67; the same for the number 101 and the string "101".

    It tells two clients apart and lets who knows an id look for its entries. Without SECRET_KEY nobody can go back from
    it to an id, or try ids one after another.
    """
    secret = settings().secret_key.get_secret_value().encode()
    return "client:" + hmac.digest(secret, f"client:{client_id}".encode(), "sha256").hex()[:16]


def spellings(client_id: str) -> list[int | str]:
    """The id as callers may have written it in JSON: a string or a number."""
    return [client_id, *([int(client_id)] if _WHOLE.fullmatch(client_id) else [])]

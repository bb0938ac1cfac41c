"""The form of a text on its channel: cleaning what the model wrote, its parts, and the hard limits of length."""

import re
import unicodedata
from collections.abc import Callable, Mapping

from backend.compliance.service import utf16_units

_THOUGHTS = re.compile(r"<think>.*?</think>", re.DOTALL)
_WRAPPING = (("```", "```"), ('"', '"'), ("«", "»"))
_MARKUP = re.compile(r"\*\*|__|^#+ ", re.MULTILINE)
_SPACES = re.compile(r"[ \t\u00a0\u202f]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffd\ud800-\udfff]")
_EMAIL = re.compile(r"Тема: (?P<subject>[^\n]+)\nПрехедер: (?P<preheader>[^\n]+)\n\n(?P<body>\S.*)", re.DOTALL)
_WORD = re.compile(r"\w+(?:[-–.]\w+)*")
REFUSAL = "При отказе:"

Parts = Mapping[str, str]


def clean(text: str, form: str) -> str | None:
    """The model's text without wrappings of its own making; None when it lacks the form of the channel."""
    text = _THOUGHTS.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n"))).strip()
    for opening, closing in _WRAPPING:
        inner = text[len(opening) : -len(closing)]
        if text.startswith(opening) and text.endswith(closing) and opening not in inner and closing not in inner:
            text = inner.strip()
    text = _SPACES.sub(" ", _MARKUP.sub("", text))
    text = "\n".join(line.strip() for line in text.split("\n"))
    text = _BLANK_LINES.sub("\n\n", text).strip()
    if form in ONE_LINE:
        text = " ".join(text.split())
    if not text or _CONTROL.search(text) or parts(text, form) is None:
        return None
    return text


def parts(text: str, form: str) -> Parts | None:
    """The named parts of a text; None when a part is missing or one too many."""
    return _PARTS[form](text)


def _push(text: str) -> Parts | None:
    title, _, body = text.partition("\n")
    return {"title": title, "body": body} if title and body and "\n" not in body else None


def _email(text: str) -> Parts | None:
    found = _EMAIL.fullmatch(text)
    return found.groupdict() if found else None


def _script(text: str) -> Parts | None:
    talk, _, last = text.rpartition("\n")
    return {"body": talk, "refusal": last} if talk and last.startswith(REFUSAL) and last != REFUSAL else None


def _line(text: str) -> Parts | None:
    """One short piece of text; what is composed below it stands on further lines."""
    return {"body": text}


_PARTS: Mapping[str, Callable[[str], Parts | None]] = {
    "sms": _line,
    "push": _push,
    "email": _email,
    "script": _script,
    "banner": _line,
    "office": _line,
    "chat": _line,
}
FORMS = tuple(_PARTS)
ONE_LINE = frozenset({"sms", "banner", "office", "chat"})
"""Forms that the model writes as one line; composing may add lines below."""

_LIMITED: Mapping[str, tuple[str, str]] = {
    "title_max": ("title", "units"),
    "body_max": ("body", "units"),
    "subject_max": ("subject", "units"),
    "preheader_max": ("preheader", "units"),
    "max_units": ("", "units"),
    "max_words": ("", "words"),
}
"""Limit of the catalogue -> the part it bounds (empty: the whole text) and how it is counted."""


def words(text: str) -> int:
    """Words as a reader counts them; an address or a figure is one."""
    return len(_WORD.findall(text))


def fills(text: str, form: str, limits: Mapping[str, int]) -> dict[str, float]:
    """For each limit of the channel, the length of the finished text as a share of it. Above 1 is too long.

    A text that lost its form in composing fills every limit infinitely.
    """
    found = parts(text, form)
    if found is None:
        return {"form": float("inf")}
    return {name: _length(found, text, name) / most for name, most in limits.items() if name in _LIMITED and most > 0}


def _length(found: Parts, whole: str, limit: str) -> int:
    part, count = _LIMITED[limit]
    measured = found.get(part, whole) if part else whole
    return utf16_units(measured) if count == "units" else words(measured)


def body_fill(shares: Mapping[str, float]) -> float:
    """How full the text is where it matters to a reader: its body, not its title or subject."""
    for name in ("body_max", "max_units", "max_words"):
        if name in shares:
            return shares[name]
    return 0.5

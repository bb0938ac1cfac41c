"""The order in which the shipped model tells a text: the thought first, what stands around it on its channel after it.

A title, a subject or a greeting at the head would make the model begin every channel in another way, and a thought that
it knows from text messages would not come to it in a mail. Both functions leave a text without the form of its channel
as it is.
"""

import re

_MAIL = re.compile(r"(Тема: [^\n]+\nПрехедер: [^\n]+)\n\n([^\n]+)\n\n(\S.*)", re.DOTALL)
_MAIL_TOLD = re.compile(r"(\S.*)\n\n([^\n]+)\n\n(Тема: [^\n]+\nПрехедер: [^\n]+)", re.DOTALL)
FIRST_LINE_LAST = frozenset({"PUSH", "TMO", "KND"})
"""Channels whose first line, a title or a greeting, is told last."""


def told(text: str, channel: str) -> str:
    """A text as a reader sees it, in the order in which the model writes it."""
    if channel == "EMAIL" and (mail := _MAIL.fullmatch(text)):
        heads, greeting, rest = mail.groups()
        return f"{rest}\n\n{greeting}\n\n{heads}"
    first, _, rest = text.partition("\n")
    return f"{rest}\n{first}" if rest and channel in FIRST_LINE_LAST else text


def shown(text: str, channel: str) -> str:
    """A text as the model writes it, in the order in which a reader sees it."""
    if channel == "EMAIL" and (mail := _MAIL_TOLD.fullmatch(text)):
        rest, greeting, heads = mail.groups()
        return f"{heads}\n\n{greeting}\n\n{rest}"
    rest, _, last = text.rpartition("\n")
    return f"{last}\n{rest}" if rest and channel in FIRST_LINE_LAST else text

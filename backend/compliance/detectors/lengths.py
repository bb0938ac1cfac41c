"""Lengths by channel: parts of an SMS, the visible part of a push, subject and preheader of a letter."""

import re
from collections.abc import Iterator

from backend.compliance.context import Context, Hit, Span
from backend.compliance.registry import detects
from backend.compliance.rules import Rule

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = frozenset("^{}\\[~]|€")
_WARNING = re.compile(r"оценивайте\s+свои\s+финансовые\s+возможности\s+и\s+риски")


def utf16_units(text: str) -> int:
    """UTF-16 units: what phones count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def sms_segments(text: str) -> int:
    """Parts of an SMS: 160/153 septets in the GSM alphabet, else 70/67 UTF-16 units."""
    if all(c in _GSM or c in _GSM_DOUBLE for c in text):
        size, one, more = sum(2 if c in _GSM_DOUBLE else 1 for c in text), 160, 153
    else:
        size, one, more = utf16_units(text), 70, 67
    return 1 if size <= one else -(-size // more)


@detects("LEN-SMS")
def sms(text: Context, rule: Rule) -> Iterator[Hit]:
    parts = sms_segments(text.normal.raw)
    if parts > rule.params["segments"]:
        yield Hit(0, len(text.plain), f"{rule.advice} Сейчас частей: {parts}.")


@detects("LEN-PUSH")
def push(text: Context, rule: Rule) -> Iterator[Hit]:
    if text.form != "push":
        limit = rule.params[text.form]
        if utf16_units(text.normal.raw) > limit:
            yield Hit(0, len(text.plain), f"Сократите текст до {limit} знаков.")
        return
    title = text.title
    body = Span(min(title.end + 1, len(text.plain)), len(text.plain))
    for part, limit in ((title, rule.params["title"]), (body, rule.params["body"])):
        if utf16_units(text.plain[part.start : part.end]) > limit:
            yield Hit(part.start, part.end)
    yield from _unseen_warning(text, body, rule.params["visible"])


def _unseen_warning(text: Context, body: Span, visible: int) -> Iterator[Hit]:
    """The warning of a credit, where a locked screen cuts the body off before its end."""
    warning = _WARNING.search(text.plain, body.start)
    ends = utf16_units(text.plain[body.start : warning.end()]) if warning else 0
    if warning and ends > visible:
        advice = f"Предупреждение кончается на {ends}-м знаке, а на закрытом экране видно около {visible}."
        yield Hit(warning.start(), warning.end(), f"{advice} Сократите слова перед ним на {ends - visible}.")


@detects("LEN-EMAIL")
def email(text: Context, rule: Rule) -> Iterator[Hit]:
    if text.subject is None:
        yield Hit(0, 0, "Начните письмо строкой «Тема: …».")
    for part, limit in ((text.subject, rule.params["subject"]), (text.preheader, rule.params["preheader"])):
        if part is not None and utf16_units(text.plain[part.start : part.end].split(":", 1)[1].strip()) > limit:
            yield Hit(part.start, part.end)

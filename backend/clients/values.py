"""One raw cell or JSON value in, one clean value out, or a ValueError whose text can be shown to the user."""

import math
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from backend.errors import escaped

EXACT = 2**53
"""From here on a floating-point number has lost digits of a whole one."""
MOST_TEXT = 200
MOST_NUMBER_TEXT = 64
MOST_SHOWN = 40

UNKNOWN = frozenset({"", "null", "n/a", "#n/a", "nan"})
"""What external systems write for "unknown", lower case and trimmed."""

LONGEST = max(map(len, UNKNOWN))

_PLAIN = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?: \d{3})+(?:[.,]\d+)?", re.ASCII)
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " "})
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SHORT_NAMES = (
    (list | tuple, "список"),
    (Mapping, "объект"),
    (bool, "логическое значение"),
    (bytes, "двоичные данные"),
)


def is_unknown(value: Any) -> bool:
    """Whether a value means "we do not know": null, a blank, NULL, N/A, nan in any case."""
    return value is None or (isinstance(value, str) and _is_unknown_word(value.strip()))


def _is_unknown_word(word: str) -> bool:
    return len(word) <= LONGEST and word.lower() in UNKNOWN


def shown(value: Any) -> str:
    """A value for an error message: short, and free of what JSON or a terminal cannot write."""
    for kind, name in _SHORT_NAMES:
        if isinstance(value, kind):
            return name
    text = value[: MOST_SHOWN + 1] if isinstance(value, str) else _plain_repr(value)
    text = _UNWRITABLE.sub("\ufffd", text)
    return f"«{text[:MOST_SHOWN]}…»" if len(text) > MOST_SHOWN else f"«{text}»"


def for_pointer(name: str) -> str:
    """A key of the caller's as a part of a JSON pointer: whole when reasonable, and always writable as UTF-8."""
    return escaped(_UNWRITABLE.sub("\ufffd", name[:MOST_TEXT]))


def _plain_repr(value: Any) -> str:
    # str() of an integer beyond 4300 digits is refused by Python itself
    if isinstance(value, int) and value.bit_length() > 200:
        return "число из более чем 60 цифр"
    return str(value)


def number(value: Any) -> int | float:
    """A finite number from a number or its text; spaces between groups and a decimal comma are understood."""
    if isinstance(value, str):
        return _number_of_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError(f"нужно число, получено {shown(value)}")
    if isinstance(value, int):
        return value
    return _finite(float(value), value)


def _number_of_text(value: str) -> int | float:
    text = value.strip().translate(_SPACES)
    if len(text) > MOST_NUMBER_TEXT:
        raise ValueError(f"слишком длинная запись числа: {shown(value)}")
    if _GROUPED.fullmatch(text):
        text = text.replace(" ", "")
    elif not _PLAIN.fullmatch(text):
        raise ValueError(f"нужно число, получено {shown(value)}")
    return _finite(float(text.replace(",", ".")), value)


def _finite(result: float, source: Any) -> float:
    if not math.isfinite(result):
        raise ValueError(f"нужно конечное число, получено {shown(source)}")
    return result


def whole(value: Any) -> int:
    """A whole number; 12, "12", 12.0 and "12.000000" are the same. Digits of a Decimal are not lost on the way."""
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    result = number(value)
    if isinstance(result, float):
        if not result.is_integer():
            raise ValueError(f"нужно целое число, получено {shown(value)}")
        result = int(result)
    return result


def text(value: Any) -> str:
    """A line of text: trimmed, with single spaces, in composed form (NFC)."""
    if not isinstance(value, str):
        raise ValueError(f"нужна строка, получено {shown(value)}")
    if len(value) > 4 * MOST_TEXT:
        raise ValueError(f"строка длиннее {MOST_TEXT} знаков")
    line = unicodedata.normalize("NFC", " ".join(value.split()))
    if len(line) > MOST_TEXT:
        raise ValueError(f"строка длиннее {MOST_TEXT} знаков")
    if _UNWRITABLE.search(line):
        raise ValueError("в строке есть управляющие или недопустимые символы")
    return line

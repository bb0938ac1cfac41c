"""Catalogue codes: the canonical spelling, and advice for codes that only look right."""

import unicodedata
from collections.abc import Iterable

CANONICAL = {"PK": "ПК"}
"""Accepted spellings that are not the canonical one. ПК is Cyrillic in every system of the bank."""

NEW_CODE = r"\A(ПК|[A-Z][A-Z0-9_]{1,31})\Z"
"""Codes that may be created: Latin capitals, so that no two codes look the same."""

_CYRILLIC = "АВСЕНІКМОРТУХЅЈ"
_AS_LATIN = "ABCEHIKMOPTYXSJ"
_GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_AS_LATIN_TOO = "ABEZHIKMNOPTYX"
_LOOKALIKES = str.maketrans(_CYRILLIC + _GREEK + "0- .", _AS_LATIN + _AS_LATIN_TOO + "O___")
_SCRIPTS = {"CYRILLIC": "кириллическая", "LATIN": "латинская", "GREEK": "греческая"}


def canonical(code: str) -> str:
    """The code as records hold it. Only exact spellings: a look-alike letter would make two codes of one."""
    return CANONICAL.get(code, code)


def advice(code: str, known: Iterable[str]) -> str | None:
    """Which known code was probably meant and the character that spoils it, or None when nothing is near."""
    for candidate in (*known, *CANONICAL):
        if code != candidate and _folded(code) == _folded(candidate):
            return f"возможно, имелся в виду код «{candidate}»: {_difference(code, candidate)}"
    return None


def _folded(code: str) -> str:
    """What a reader takes the code for: case, script, width and invisible characters do not count."""
    visible = "".join(char for char in unicodedata.normalize("NFKC", code) if unicodedata.category(char) != "Cf")
    return visible.strip().upper().translate(_LOOKALIKES)


def _difference(code: str, candidate: str) -> str:
    place = next((i for i, pair in enumerate(zip(code, candidate, strict=False)) if pair[0] != pair[1]), len(candidate))
    char = code[place : place + 1]
    wrong = f"символ {place + 1} «{char}» — {_described(char)}"
    if place >= len(candidate):
        return f"{wrong}, он лишний"
    return f"{wrong}, а нужен «{candidate[place]}» — {_described(candidate[place])}"


def _described(char: str) -> str:
    """A character in words: script and case of a letter, the number of what cannot be seen."""
    script = _SCRIPTS.get(unicodedata.name(char, "").split(" ")[0])
    if script and char.isalpha():
        return f"{'строчная' if char.islower() else 'прописная'} {script} буква"
    if char.isdecimal():
        return "цифра"
    if char == "_":
        return "знак подчёркивания"
    return "пробел" if char.isspace() else f"знак U+{ord(char):04X}"

"""Codes: one canonical spelling, one accepted alias, advice for everything that only looks right."""

import re

import pytest

from backend.catalogue import codes

KNOWN = ["ПК", "CC", "AUTO", "AUTO_SCR", "OMS", "MORTG"]


@pytest.mark.parametrize(("given", "stored"), [("ПК", "ПК"), ("PK", "ПК"), ("CC", "CC"), ("ПK", "ПK"), ("pk", "pk")])
def test_only_exact_spellings_are_accepted(given: str, stored: str) -> None:
    assert codes.canonical(given) == stored


@pytest.mark.parametrize(
    ("given", "meant", "named"),
    [
        ("СС", "CC", "символ 1 «С» — прописная кириллическая буква, а нужен «C» — прописная латинская буква"),
        ("CС", "CC", "символ 2 «С» — прописная кириллическая буква"),
        ("ПK", "ПК", "символ 2 «K» — прописная латинская буква, а нужен «К» — прописная кириллическая буква"),
        ("РК", "PK", "символ 1 «Р» — прописная кириллическая буква"),
        ("cc", "CC", "символ 1 «c» — строчная латинская буква"),
        ("АUTO", "AUTO", "символ 1 «А» — прописная кириллическая буква"),
        ("Αuto", "AUTO", "символ 1 «Α» — прописная греческая буква"),
        ("0MS", "OMS", "символ 1 «0» — цифра"),
        ("AUTO-SCR", "AUTO_SCR", "символ 5 «-» — знак U+002D, а нужен «_» — знак подчёркивания"),
        ("CC ", "CC", "символ 3 « » — пробел, он лишний"),
        ("C\u200bC", "CC", "знак U+200B"),
        ("ＣC", "CC", "символ 1 «Ｃ»"),
    ],
)
def test_lookalikes_get_advice_that_names_the_character(given: str, meant: str, named: str) -> None:
    found = codes.advice(given, KNOWN)
    assert found is not None
    assert f"«{meant}»" in found
    assert named in found


@pytest.mark.parametrize("given", ["", "CREDIT", "П", "💳", "CC2", "\u0301"])
def test_foreign_codes_get_no_advice(given: str) -> None:
    assert codes.advice(given, KNOWN) is None


def test_new_codes_cannot_look_like_each_other() -> None:
    assert re.match(codes.NEW_CODE, "GOLD_CARD")
    assert re.match(codes.NEW_CODE, "ПК")
    assert not any(re.match(codes.NEW_CODE, code) for code in ("СС", "cc", "1CC", "C", "C" * 33, "C C"))

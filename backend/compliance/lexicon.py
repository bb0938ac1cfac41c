"""Lexicons by lemma: every word form knows its tags by one look-up.

`lexicons.yaml` lists lemmas, and all their forms are spelled out once at start with pymorphy3, so that judging a
text needs no morphology. A memo keeps what was decided for a word; a word that no dictionary knows and that is one
letter away from a lexicon's form is taken for its misspelling.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from backend.compliance.memory import LONGEST_WORD
from backend.compliance.morphology import analyser

_FILE = Path(__file__).with_name("lexicons.yaml")
_SOFT_ENDINGS = ("ий", "ая", "яя", "ее", "ие", "его", "ей", "ем", "ему", "им", "ими", "их", "ую", "юю", "ею")
_MEMO_SIZE = 50_000
_MIN_CORRECTED = 6
_Value = TypeVar("_Value")
_NOTHING: frozenset[str] = frozenset()


class Lexicon:
    """Tags of word forms. Tag names are the keys of `lexicons.yaml`."""

    def __init__(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        self._morph = analyser()
        self._forms: dict[str, frozenset[str]] = {}
        self._prefixes: dict[str, frozenset[str]] = {}
        self._near: dict[str, str] = {}
        self._tags_memo: dict[str, frozenset[str]] = {}
        self._right_memo: dict[str, str | None] = {}
        for tag, entry in entries.items():
            self._add(tag, entry)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._prefixes})

    def tags(self, word: str) -> frozenset[str]:
        """The tags of a lower-case word form with е for ё."""
        found = self._tags_memo.get(word)
        if found is None:
            found = self._forms.get(word, _NOTHING)
            for length in self._prefix_lengths:
                if length > len(word):
                    break
                found |= self._prefixes.get(word[:length], _NOTHING)
            _remember(self._tags_memo, word, found)
        return found

    def corrected(self, word: str) -> str | None:
        """The right form of a misspelt lexicon word, in the capitals of the given one; None for any other word."""
        if len(word) < _MIN_CORRECTED:
            return None
        try:
            return self._right_memo[word]
        except KeyError:
            right = self._correction(word.lower())
            if right is not None and word[0].isupper():
                right = right.upper() if word.isupper() else right.capitalize()
            _remember(self._right_memo, word, right)
            return right

    def is_russian(self, word: str) -> bool:
        """Does the dictionary know this form?"""
        return bool(self._morph.word_is_known(word))

    def _correction(self, word: str) -> str | None:
        if word in self._forms or len(word) > 30:
            return None
        candidate = self._near.get(word)
        if candidate is None:
            candidate = next((self._near[v] for v in _deletions(word) if v in self._near), None)
        if candidate is None or candidate[0] != word[0] or self.is_russian(word):
            return None
        return candidate

    def _add(self, tag: str, entry: Mapping[str, Any]) -> None:
        forms = set(self._expanded(entry))
        for form in forms:
            self._forms[form] = self._forms.get(form, _NOTHING) | {tag}
        for prefix in entry.get("prefixes", ()):
            self._prefixes[prefix] = self._prefixes.get(prefix, _NOTHING) | {tag}
        if entry.get("misspelt", False):
            for form in sorted(f for f in forms if len(f) >= _MIN_CORRECTED):
                for near in (form, *_deletions(form)):
                    self._near.setdefault(near, form)

    def _expanded(self, entry: Mapping[str, Any]) -> Iterator[str]:
        for lemma in entry.get("lemmas", ()):
            yield _folded(lemma)
            for parse in self._morph.parse(lemma)[:1]:
                yield from (_folded(form.word) for form in parse.lexeme)
        yield from map(_folded, entry.get("words", ()))
        for stem in entry.get("soft_adjectives", ()):
            yield from (stem + ending for ending in _SOFT_ENDINGS)


def _folded(word: str) -> str:
    return word.lower().replace("ё", "е")


def _deletions(word: str) -> Iterable[str]:
    return (word[:i] + word[i + 1 :] for i in range(1, len(word)))


def _remember(memo: dict[str, _Value], key: str, value: _Value) -> None:
    if len(key) > LONGEST_WORD:
        return
    if len(memo) >= _MEMO_SIZE:
        memo.clear()
    memo[key] = value


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicons of the project, read once."""
    return Lexicon(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def lexicon_hash() -> str:
    """Part of the version of the rules: a changed word is a changed rule."""
    return hashlib.sha256(_FILE.read_bytes()).hexdigest()

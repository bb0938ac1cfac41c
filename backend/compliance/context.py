"""What the detectors see of one text: its normal form, words by tag, figures, parts. Built once, read by all."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from backend.compliance.card import Bank, Card
from backend.compliance.channels import family_of, form_of
from backend.compliance.lexicon import lexicon
from backend.compliance.mask import Mask, masked
from backend.compliance.normalise import Normal
from backend.compliance.numbers import Number, find_numbers, is_number_word

_WORD = re.compile(r"[^\W\d_]+\d?")
_SENTENCE_END = re.compile(r"[!?\n…]+|\.(?=\s|$|\")")
_SUBJECT = re.compile(r"\A\s*тема:[^\n]*")
_PREHEADER = re.compile(r"^прехедер:[^\n]*", re.MULTILINE)
_NUMBER_SIGN = re.compile("[№#]")
_RATE_BEFORE = re.compile(r"\bставк\w* ?[-:]? ?(?:всего |уже |теперь )?(?:от |до |в |под )?$")
_HAS_DIGIT = re.compile(r"\d")


class Span(NamedTuple):
    """A stretch of the normalised text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """What a detector reports: a span of the normalised text, and where the rule's own words do not fit, others."""

    start: int
    end: int
    advice: str | None = None
    softened: bool = False


class Context:
    """One text under judgement."""

    def __init__(self, normal: Normal, *, group: str, channel: str, bank: Bank, card: Card | None) -> None:
        self.normal = normal
        self.plain = normal.plain
        self.group = group
        self.family = family_of(channel)
        self.form = form_of(channel)
        self.bank = bank
        self.card = card
        self.tagged: dict[str, list[Span]] = {}
        self._tag_words()

    def _tag_words(self) -> None:
        tags = lexicon().tags
        tagged = self.tagged
        for match in _WORD.finditer(self.plain):
            word = match.group()
            for tag in tags(word):
                tagged.setdefault(tag, []).append(Span(match.start(), match.end()))
        for match in _NUMBER_SIGN.finditer(self.plain) if "№" in self.plain or "#" in self.plain else ():
            tagged.setdefault("_number_sign", []).append(Span(match.start(), match.end()))

    @property
    def whole(self) -> Hit:
        """A hit for something that is missing from the text as a whole."""
        return Hit(0, len(self.plain))

    def windows(self, tags: Iterable[str], before: int = 60, after: int = 90) -> Iterator[Span]:
        """Stretches around the words of the lexicons, merged: where a pattern built on these words can match."""
        marks = sorted(span for tag in tags for span in self.tagged.get(tag, ()))
        start = end = -1
        for mark in marks:
            if mark.start - before <= end:
                end = mark.end + after
                continue
            if end >= 0:
                yield Span(start, min(end, len(self.plain)))
            start, end = max(0, mark.start - before), mark.end + after
        if end >= 0:
            yield Span(start, min(end, len(self.plain)))

    def near(self, pattern: re.Pattern[str], *tags: str, before: int = 60, after: int = 90) -> Iterator[re.Match[str]]:
        """Matches of a pattern near the words of the lexicons."""
        for window in self.windows(tags, before, after):
            yield from pattern.finditer(self.plain, window.start, window.end)

    def has(self, *tags: str) -> bool:
        """Is a word of one of these lexicons in the text?"""
        return any(tag in self.tagged for tag in tags)

    @cached_property
    def has_digits(self) -> bool:
        return bool(_HAS_DIGIT.search(self.plain))

    @cached_property
    def _masked(self) -> tuple[str, tuple[Mask, ...]]:
        return masked(self.plain, has_digits=self.has_digits, has_places="place" in self.tagged)

    @property
    def masked(self) -> str:
        """The text without what carries figures but is no condition, offsets kept."""
        return self._masked[0]

    @property
    def masks(self) -> tuple[Mask, ...]:
        return self._masked[1]

    @cached_property
    def numbers(self) -> tuple[Number, ...]:
        """Figures outside the masks."""
        if not self.has_digits and "number" not in self.tagged and not self._number_words():
            return ()
        return tuple(map(self._as_rate, find_numbers(self.masked)))

    def _as_rate(self, number: Number) -> Number:
        """«Ставка — восемнадцать целых пять десятых»: the word before stands for the percent sign."""
        if number.kind or not _RATE_BEFORE.search(self.plain[max(0, number.start - 30) : number.start]):
            return number
        return replace(number, kind="percent")

    def _number_words(self) -> bool:
        return any(is_number_word(match.group()) for match in _WORD.finditer(self.plain))

    @cached_property
    def _ends(self) -> list[int]:
        return [match.end() for match in _SENTENCE_END.finditer(self.plain)]

    def sentence(self, position: int) -> Span:
        """The sentence around a position."""
        index = bisect_right(self._ends, position)
        start = self._ends[index - 1] if index else 0
        end = self._ends[index] if index < len(self._ends) else len(self.plain)
        return Span(start, end)

    def around(self, start: int, end: int, before: int, after: int) -> str:
        """The words near a span, inside its sentence."""
        sentence = self.sentence(start)
        return self.plain[max(sentence.start, start - before) : min(max(sentence.end, end), end + after)]

    @cached_property
    def title(self) -> Span:
        """The first line of a push."""
        end = self.plain.find("\n")
        return Span(0, end if end >= 0 else len(self.plain))

    @cached_property
    def subject(self) -> Span | None:
        match = _SUBJECT.search(self.plain)
        return Span(*match.span()) if match else None

    @cached_property
    def preheader(self) -> Span | None:
        match = _PREHEADER.search(self.plain, 0, 2000)
        return Span(*match.span()) if match else None

"""One normal form for every text, with the way back to the original offsets.

Rules are written against the normal form: lower case, ё as е, plain spaces, quotes (") and dashes (-), ASCII
digits, no markup, no invisible characters, Cyrillic words without Latin look-alikes. Most texts need only a
translation of single characters; whatever changes the length is kept as a layer of edits, so that a span found
here can be pointed at in the text as it was given. Every step is linear in the length of the text.
"""

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from backend.compliance.lexicon import lexicon
from backend.compliance.memory import LONGEST_OFFER, remembered

_DASHES = "‐‑‒–—―−⁃﹘﹣－"
_QUOTES = "«»„“”‟‹›″❝❞〝〞＂"
_APOSTROPHES = "‘’‚‛′＇`´"
_GREEK = dict(zip("ΑΒΕΗΚΜΟΡΤΧΥαεκορτυχν", "АВЕНКМОРТХУаекортухv", strict=True))
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
_CONTROL = "\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f"
_NEEDS_EDITS = re.compile(rf"[<&{_INVISIBLE}{_CONTROL}\u0300-\u036f]|\r\n")
_DROPPED = re.compile(rf"[иИ]\u0306|[{_INVISIBLE}{_CONTROL}]+|[\u0300-\u036f]+|\r\n")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]{0,20})(?P<rest>[\s/][^<>]{0,2000})?>")
_BLOCK_TAGS = frozenset(
    {"p", "br", "div", "li", "tr", "td", "th", "ul", "ol", "table", "hr", "section", "header", "footer"}
    | {f"h{level}" for level in range(1, 7)}
)
_VOID_TAGS = frozenset(["br", "hr", "img", "input", "meta", "link"])
_UNSEEN_TAGS = frozenset({"script", "style", "template"})
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:px|pt)?\s*(?:[;\"']|$)|"
    r"opacity\s*:\s*0(?:\.0*)?\s*(?:[;\"']|$)|(?:^|\s)hidden(?:\s|=|$)",
    re.IGNORECASE,
)
_RUNS = re.compile(r" {2,}(?:\n *)?| \n *|\n +")
_SPACED = re.compile(
    r"(?<![^\W\d_])(?:[а-яА-Я](?:[ .\-_*·][а-яА-Я]){4,}|[a-zA-Z](?:[ .\-_*·][a-zA-Z]){4,})(?![^\W\d_])"
)

_SAME = dict(zip("ABCEHKMOPTXYaceopxyk", "АВСЕНКМОРТХУасеорхук", strict=True))
_ALIKE = _SAME | dict(zip("mtnugbhri", "мтпидьнги", strict=True))
_BACK = {cyrillic: latin for latin, cyrillic in _SAME.items()}
_TO_CYRILLIC = str.maketrans(_ALIKE)
_TO_LATIN = str.maketrans(_BACK)
_LATIN_RUN = re.compile(r"[A-Za-z]+")
_MIXED_WORD = re.compile(r"[^\W\d_]+")
_ZERO_LETTER = re.compile(r"(?<=\d)[OoОо](?=[OoОо\d]*(?: ?%|\d))")
_DIGIT_LETTER = re.compile(r"(?<=[а-яА-Я])[03](?=[а-яА-Я])|(?<=[а-яА-Я]{3})0(?![\d\w%])")
_ADDRESS_GOES_ON = re.compile(r"[/@\-_]|\.\w")


class _Table(dict[int, str]):
    """A translation table that fills itself: compatibility forms and foreign digits become plain characters."""

    def __missing__(self, code: int) -> str:
        value = _plain_character(chr(code))
        if len(self) < 5000:
            self[code] = value
        return value


def _plain_character(character: str) -> str:
    if character.isascii() or character in "№₽€£…":
        return character
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.digit(character))
    if character.isspace():
        return "\n" if character in "\u2028\u2029\u0085" else " "
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


_TABLE = _Table(
    {
        **{ord(c): "-" for c in _DASHES},
        **{ord(c): '"' for c in _QUOTES},
        **{ord(c): "'" for c in _APOSTROPHES},
        **{ord(latin): cyrillic for latin, cyrillic in _GREEK.items()},
        **{ord(c): " " for c in "\t\r\v\f"},
        ord("ё"): "е",
        ord("Ё"): "Е",
        ord("İ"): "I",  # its lower case would be two characters long
        ord("٪"): "%",
        ord("¥"): "¥",
        **{code: chr(code) for code in (*range(0x410, 0x450), 0x0A)},
    }
)


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Layer:
    """Edits of one pass: where each replacement begins and ends in the new text and in the old one."""

    new_starts: list[int]
    new_ends: list[int]
    old_starts: list[int]
    old_ends: list[int]

    def origin(self, position: int, *, at_end: bool) -> int:
        """Where a position of the new text was in the old one; `at_end` for the end of a span."""
        probe = position - 1 if at_end and position else position
        index = bisect_right(self.new_starts, probe) - 1
        # an empty replacement covers nothing of the new text
        if index < 0:
            return position
        if probe < self.new_ends[index]:
            return self.old_ends[index] if at_end else self.old_starts[index]
        return self.old_ends[index] + position - self.new_ends[index]


@dataclass(frozen=True, slots=True)
class Normal:
    """A text in normal form. `cased` keeps the capitals and has the length of `plain`."""

    raw: str
    cased: str
    plain: str
    layers: tuple[_Layer, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of `raw` that the span of `plain` came from."""
        for layer in reversed(self.layers):
            start, end = layer.origin(start, at_end=False), layer.origin(end, at_end=True)
        return min(start, end), max(start, end)


@remembered(512, LONGEST_OFFER)
def normalise(raw: str) -> Normal:
    """Bring a text, however odd, to normal form. Never raises.

    Remembered, since one text is looked at by composer and guard, and the phrases of a card with every text.
    """
    layers: list[_Layer] = []
    text = raw
    if _NEEDS_EDITS.search(text):
        text = _edited(text, _markup_edits(text), layers)
        text = _edited(text, _entity_edits(text), layers)
        text = _edited(text, _dropped_edits(text), layers)
    text = text.translate(_TABLE)
    text = _look_alikes(text)
    if "  " in text or " \n" in text or "\n " in text:
        text = _edited(text, [_Edit(m.start(), m.end(), _run(m.group())) for m in _RUNS.finditer(text)], layers)
    text = _edited(text, _spaced_edits(text), layers)
    text = _edited(text, _spelling_edits(text), layers)
    return Normal(raw, text, text.lower(), tuple(layers))


def plain_text(raw: str) -> str:
    """The normal form alone."""
    return normalise(raw).plain


def _edited(text: str, edits: Iterable[_Edit], layers: list[_Layer]) -> str:
    layer = _Layer([], [], [], [])
    parts: list[str] = []
    done = length = 0
    for edit in edits:
        parts += (text[done : edit.start], edit.text)
        length += edit.start - done
        layer.new_starts.append(length)
        length += len(edit.text)
        layer.new_ends.append(length)
        layer.old_starts.append(edit.start)
        layer.old_ends.append(edit.end)
        done = edit.end
    if not layer.new_starts:
        return text
    layers.append(layer)
    parts.append(text[done:])
    return "".join(parts)


def _run(run: str) -> str:
    return "\n" if "\n" in run else " "


def _markup_edits(text: str) -> list[_Edit]:
    """Tags go; comments, scripts and elements hidden by style go with their content."""
    edits: list[_Edit] = []
    position = text.find("<")
    unclosed_comment = False
    while position >= 0:
        end = position + 1
        if text.startswith("<!--", position) and not unclosed_comment:
            close = text.find("-->", position + 4)
            unclosed_comment = close < 0
            if close >= 0:
                end = close + 3
                edits.append(_Edit(position, end, ""))
        elif tag := _TAG.match(text, position):
            end = _element_end(text, tag)
            edits.append(_Edit(position, end, "\n" if tag["name"].lower() in _BLOCK_TAGS else ""))
        position = text.find("<", end)
    return edits


def _element_end(text: str, tag: re.Match[str]) -> int:
    """The end of the tag, or of the whole element when a reader does not see it."""
    name = tag["name"].lower()
    unseen = name in _UNSEEN_TAGS or bool(tag["rest"] and _HIDDEN.search(tag["rest"]))
    if tag["end"] or name in _VOID_TAGS or not unseen:
        return tag.end()
    close = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(text, tag.end())
    return close.end() if close else len(text)


def _entity_edits(text: str) -> list[_Edit]:
    if "&" not in text:
        return []
    found = ((m, html.unescape(m.group())) for m in _ENTITY.finditer(text))
    return [_Edit(m.start(), m.end(), character) for m, character in found if character != m.group()]


def _dropped_edits(text: str) -> list[_Edit]:
    kept = {"и\u0306": "й", "И\u0306": "Й", "\r\n": "\n"}
    return [_Edit(m.start(), m.end(), kept.get(m.group(), "")) for m in _DROPPED.finditer(text)]


def _look_alikes(text: str) -> str:
    """Words that mix alphabets go back to one; letters between digits and digits between letters likewise."""
    if _ZERO_LETTER.search(text):
        text = _ZERO_LETTER.sub("0", text)
    if _DIGIT_LETTER.search(text):
        text = _DIGIT_LETTER.sub(lambda m: "о" if m.group() == "0" else "з", text)
    if not _LATIN_RUN.search(text):
        return text
    return _MIXED_WORD.sub(lambda m: _one_alphabet(m, text), text)


def _one_alphabet(match: re.Match[str], text: str) -> str:
    word = match.group()
    latin = _LATIN_RUN.search(word)
    if latin is None:
        return word
    if word.isascii():
        return _known_cyrillic(word, match, text)
    if all(c in _ALIKE for c in word if c.isascii()):
        return word.translate(_TO_CYRILLIC)
    if all(c in _BACK for c in word if not c.isascii()):
        return word.translate(_TO_LATIN)
    return word.translate(_TO_CYRILLIC)


def _known_cyrillic(word: str, match: re.Match[str], text: str) -> str:
    """A word wholly of look-alike letters is Cyrillic when it is a Russian word and no part of an address."""
    if len(word) < 4 or not all(c in _SAME for c in word):
        return word
    before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 2]
    if before in {".", "/", "@", "-", "_"} or _ADDRESS_GOES_ON.match(after):
        return word
    cyrillic = word.translate(_TO_CYRILLIC)
    return cyrillic if lexicon().is_russian(cyrillic.lower()) else word


def _spaced_edits(text: str) -> list[_Edit]:
    """Words set wide («б е с п л а т н о») are closed up."""
    return [_Edit(m.start(), m.end(), re.sub(r"[\W_]", "", m.group())) for m in _SPACED.finditer(text)]


def _spelling_edits(text: str) -> list[_Edit]:
    """Misspelt words of the lexicons get their right form, so that a typo is no way past a rule."""
    words = lexicon()
    edits = []
    for match in _MIXED_WORD.finditer(text):
        right = words.corrected(match.group())
        if right is not None:
            edits.append(_Edit(match.start(), match.end(), right))
    return edits

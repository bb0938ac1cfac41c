"""Which encoding a text table is in. Certain, or an error: a wrong guess would garble every name silently."""

import codecs
from typing import BinaryIO

from backend.clients.tables import TableError

_CHUNK = 1 << 18
_PLACE = "файл"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES = ("cp1251", "koi8-r", "cp866")
_COMMON = frozenset("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё")
_LEAST_PLAUSIBLE = 0.8


def detect_encoding(stream: BinaryIO) -> str:
    """The encoding of a whole seekable stream, which is rewound. Raises TableError when no encoding is certain."""
    stream.seek(0)
    start = stream.read(_CHUNK)
    encoding = _by_mark(start) or _by_zeros(start) or ("utf-8" if _is_valid(stream, "utf-8") else _by_letters(stream))
    stream.seek(0)
    return encoding


def _by_mark(start: bytes) -> str | None:
    return next((name for mark, name in _BOMS if start.startswith(mark)), None)


def _by_zeros(start: bytes) -> str | None:
    """UTF-16 without a mark: the ASCII of the header has a zero in every other byte."""
    head = start[:200]
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[0::2].count(0) > len(head) // 4:
        return "utf-16-be"
    return None


def _is_valid(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    try:
        while chunk := stream.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _by_letters(stream: BinaryIO) -> str:
    """One of the Russian 8-bit encodings, by how much the text looks like Russian words."""
    words = _foreign_words(stream)
    scores = sorted(((_plausibility(words, name), name) for name in _CANDIDATES), reverse=True)
    best, name = scores[0]
    if best < _LEAST_PLAUSIBLE or best - scores[1][0] < 0.1 or not _is_valid(stream, name):
        raise TableError(_PLACE, "кодировка не распознана; сохраните файл как CSV UTF-8")
    return name


def _foreign_words(stream: BinaryIO) -> list[bytes]:
    """Up to some thousand words with bytes beyond ASCII, from the first part of the file that has any."""
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        plain = chunk.translate(bytes(byte if byte >= 128 or chr(byte).isalpha() else 32 for byte in range(256)))
        words = [word for word in plain.split() if any(byte >= 128 for byte in word)]
        if words:
            return words[:5000]
    return []


def _plausibility(words: list[bytes], encoding: str) -> float:
    """The share of words that look Russian: only Russian letters, capitals at the start only or throughout."""
    good = sum(_looks_russian(word.decode(encoding, errors="replace")) for word in words)
    return good / len(words) if words else 0.0


def _looks_russian(word: str) -> bool:
    word = word.strip("«»–—…№\u00a0")
    lowered = word.lower()
    if not set(lowered) <= _COMMON:
        return not word
    # KOI8-R read as CP1251, and the other way round, swaps the case: «оБЛАСТЬ»
    return word[1:] == lowered[1:] or (word.isupper() and len(word) < 6)

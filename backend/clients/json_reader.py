"""Clients as JSON: one object per line (NDJSON) or one array, flat or shaped as in POST /offers."""

import codecs
import io
import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any, BinaryIO, NoReturn

from backend.clients import values
from backend.clients.encodings import detect_encoding
from backend.clients.tables import OWN_COLUMNS, RawRow, RowProblem, Table, TableError, canonical_column, row_of

LONGEST_OBJECT = 1_000_000
_CHUNK = 1 << 16


class _BrokenError(ValueError):
    """A piece of text that is not JSON."""


def _refuse_constant(name: str) -> NoReturn:
    raise _BrokenError(f"{name} не бывает в JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def open_json(stream: BinaryIO) -> Table:
    """Open NDJSON or a JSON array of objects. `stream` is seekable; memory stays flat."""
    encoding = detect_encoding(stream)
    if not encoding.startswith("utf"):
        raise TableError("файл", "JSON должен быть в кодировке UTF-8")
    text = io.TextIOWrapper(stream, encoding=encoding, newline=None)
    try:
        is_array = _first_sign(text) == "["
        text.seek(0)
    except BaseException:
        text.detach()  # the stream belongs to the caller
        raise
    return Table(_rows(_array(text) if is_array else _objects(text), text))


def _first_sign(text: io.TextIOWrapper) -> str:
    while chunk := text.read(_CHUNK):
        if chunk.lstrip():
            return chunk.lstrip()[0]
    return ""


def _rows(items: Iterator[tuple[int, Any]], text: io.TextIOWrapper) -> Generator[RawRow, None, None]:
    try:
        for number, item in items:
            yield _row(number, item)
    finally:
        text.detach()  # the stream belongs to the caller


def _row(number: int, item: Any) -> RawRow:
    if isinstance(item, _BrokenError):
        return row_of(number, {}, [RowProblem(number, "", str(item))])
    if not isinstance(item, Mapping):
        return row_of(number, {}, [RowProblem(number, "", f"нужен объект, получено {values.shown(item)}")])
    if isinstance(item.get("features"), Mapping):
        own = {name: item[name] for name in OWN_COLUMNS if name in item}
        return row_of(number, {**item["features"], **own}, events=item.get("events"))
    return _flat_row(number, item)


def _flat_row(number: int, item: Mapping[str, Any]) -> RawRow:
    """A flat object is a table row: unknown members are further columns, which are not used."""
    raw: dict[str, Any] = {}
    problems: list[RowProblem] = []
    for key, value in item.items():
        column = canonical_column(key)
        if column in raw:
            problems.append(RowProblem(number, column or "", "поле встречается дважды"))
        elif column:
            raw[column] = value
    if not raw:
        problems.append(RowProblem(number, "", "нет ни одного известного поля"))
    return row_of(number, raw, problems, events=item.get("events"))


def _decode(piece: str) -> Any:
    try:
        return _DECODER.decode(piece)
    except _BrokenError as error:
        return error
    except (ValueError, RecursionError) as error:
        return _BrokenError(_explain(error))


def _explain(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"JSON не разобран на знаке {error.pos + 1}"
    return "JSON не разобран: слишком длинное число или слишком глубокая вложенность"


def _objects(text: io.TextIOWrapper) -> Iterator[tuple[int, Any]]:
    number = 0
    while line := _read(text, LONGEST_OBJECT, f"строка {number + 1}", by_line=True):
        number += 1
        if len(line) == LONGEST_OBJECT and not line.endswith("\n"):
            raise TableError(f"строка {number}", f"длиннее {LONGEST_OBJECT} знаков")
        if line.strip():
            yield number, _decode(line)


def _read(text: io.TextIOWrapper, size: int, place: str, *, by_line: bool = False) -> str:
    try:
        return text.readline(size) if by_line else text.read(size)
    except UnicodeError:
        raise TableError(place, "байты не складываются в текст UTF-8") from None


class _Window:
    """The part of a long JSON text that is being looked at."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._is_over = False
        self.left = ""

    def more(self, place: str) -> bool:
        """Read on; False at the end of the file."""
        chunk = "" if self._is_over else _read(self._text, _CHUNK, place)
        self._is_over = not chunk
        self.left += chunk
        return bool(chunk)

    def skip(self, signs: str, place: str) -> str:
        """Drop leading `signs` and return the sign that follows, an empty string at the end."""
        self.left = self.left.lstrip(signs)
        while not self.left and self.more(place):
            self.left = self.left.lstrip(signs)
        return self.left[:1]


_BLANK = " \t\r\n"


def _array(text: io.TextIOWrapper) -> Iterator[tuple[int, Any]]:
    """The elements of one array, numbered from 1. A broken one ends the reading: what follows cannot be trusted."""
    window = _Window(text)
    window.skip(_BLANK, "начало")
    window.left = window.left[1:]
    number = 0
    sign = window.skip(_BLANK, "начало")
    while sign and sign != "]":
        number += 1
        place = f"элемент {number}"
        yield number, _element(window, place)
        sign = window.skip(_BLANK, place)
        if sign == ",":
            window.left = window.left[1:]
            sign = window.skip(_BLANK, place)
            if sign == "]":
                raise TableError(place, "лишняя запятая в конце списка")
        elif sign != "]":
            raise TableError(place, "список не закрыт" if not sign else "после элемента нужна запятая")
    if sign != "]":
        raise TableError(f"элемент {number + 1}", "список не закрыт")
    window.left = window.left[1:]
    if window.skip(_BLANK, "конец"):
        raise TableError("конец файла", "после списка есть лишний текст")


def _element(window: _Window, place: str) -> Any:
    """Take one element off the window, reading on until it is whole."""
    while True:
        try:
            value, end = _DECODER.raw_decode(window.left)
        except (ValueError, RecursionError) as error:
            if len(window.left) > LONGEST_OBJECT or isinstance(error, _BrokenError | RecursionError):
                raise TableError(place, _explain_element(error)) from None
            if not window.more(place):
                raise TableError(place, _explain_element(error)) from None
            continue
        # A number that ends where the window ends may go on behind it
        if end == len(window.left) and window.more(place):
            continue
        window.left = window.left[end:]
        return value


def _explain_element(error: Exception) -> str:
    return str(error) if isinstance(error, _BrokenError) else _explain(error)


def looks_like_json(start: bytes) -> bool:
    """Whether a file begins as JSON does."""
    for mark in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        start = start.removeprefix(mark)
    return start.replace(b"\0", b"").lstrip()[:1] in (b"{", b"[")

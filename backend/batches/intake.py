"""Takes in what POST /batches brings: a form with a file, which goes straight to the disk, or JSON naming a table."""

import errno
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from apiflask import HTTPError
from flask import Request
from marshmallow import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from backend.batches import files
from backend.batches.schemas import OptionsIn, TableIn
from backend.common import json_body
from backend.common.ids import new_id
from backend.common.schemas import Schema
from backend.config import settings
from backend.errors import FieldError, Invalid, TooLarge, Unavailable, UnsupportedMedia

MOST_FIELD_BYTES = 128 * 1024
"""More than the 64 KiB that werkzeug reads at once, beside which the possible begin of a boundary still waits."""
MOST_PARTS = 20
MOST_NAME = 200
MOST_AT_ONCE = 2
"""Files that one process takes in: each holds a thread of the server for as long as its sender likes."""
RESERVE = 512 * 1024 * 1024
"""Bytes of the disk that no file may take: the database, the logs and the learnt versions may lie there as well."""

_places = threading.BoundedSemaphore(MOST_AT_ONCE)


@dataclass(frozen=True)
class Asked:
    """A batch to be made: `source` names the file that lies in its folder by now, or the table."""

    batch_id: uuid.UUID
    source: Mapping[str, str]
    options: Mapping[str, Any]


class _Counted:
    """A body, and how much of it was read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.read_bytes = stream, 0

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self.read_bytes += len(piece)
        return piece


def receive(request: Request) -> Asked:
    """Read the body of POST /batches.

    Raises Invalid, TooLarge, UnsupportedMedia; Unavailable for a full disk and while other files are coming in.
    """
    if request.mimetype != "multipart/form-data":
        if request.mimetype and request.mimetype != "application/json":
            raise UnsupportedMedia("Нужна форма multipart/form-data с файлом или application/json с именем таблицы")
        body = json_body.load(request)
        options = _checked(TableIn(), body if isinstance(body, dict) else {})
        return Asked(new_id(), {"table": options.pop("table")}, options)
    if not _places.acquire(blocking=False):
        raise Unavailable("Уже загружаются другие файлы, повторите чуть позже", retry_after=10, reason="uploads")
    try:
        return _receive_file(request)
    finally:
        _places.release()


def _receive_file(request: Request) -> Asked:
    """The batch of a form; whatever goes wrong, nothing of its file stays."""
    batch_id = new_id()
    try:
        _refuse_without_room(request)
        return _from_form(request, batch_id)
    except OSError as error:
        files.remove(batch_id)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full() from error
        raise
    except BaseException:
        files.remove(batch_id)
        raise


def _refuse_without_room(request: Request) -> None:
    """A body that does not tell its length may become as long as any."""
    limit = _limit()
    length = limit if request.content_length is None else request.content_length
    if length <= limit and files.free_bytes() < length + RESERVE:
        raise _disk_full()


def _limit() -> int:
    """Bytes of the longest body."""
    return settings().batch_max_mb * 1024 * 1024 + MOST_FIELD_BYTES


def _disk_full() -> Unavailable:
    return Unavailable("На диске нет места для файла", retry_after=600, reason="disk_full")


def _from_form(request: Request, batch_id: uuid.UUID) -> Asked:
    """The options of the form; the file goes piece by piece to where the worker will look for it."""
    path = files.upload_path(batch_id)
    opened: list[IO[bytes]] = []

    def target(*_: Any, **__: Any) -> IO[bytes]:
        if opened:
            raise Invalid("Файл должен быть один", [FieldError("/file", "файл должен быть один")])
        path.parent.mkdir(parents=True)
        opened.append(path.open("w+b"))
        return opened[0]

    body = _Counted(request.environ["wsgi.input"])
    parser = FormDataParser(
        cast(Any, target),
        max_form_memory_size=MOST_FIELD_BYTES,
        max_content_length=_limit(),
        max_form_parts=MOST_PARTS,
        silent=False,
    )
    try:
        _, form, uploaded = parser.parse_from_environ({**request.environ, "wsgi.input": body})
    except RequestEntityTooLarge as error:
        if max(body.read_bytes, request.content_length or 0) < _limit():
            json_body.drain(request)
            raise Invalid("Форма не разобрана", [FieldError("/file", "файл передают частью с именем файла")]) from error
        raise TooLarge(f"Файл больше {settings().batch_max_mb} МБ (BATCH_MAX_MB)") from error
    except (ValueError, LookupError) as error:
        raise Invalid("Форма не разобрана", [FieldError("", "нужна форма multipart/form-data")]) from error
    finally:
        for file in opened:
            file.close()
    _refuse_unstorable(form.to_dict(flat=True))
    options = _checked(OptionsIn(), form.to_dict(flat=True))
    if "file" not in uploaded or not path.stat().st_size:
        raise Invalid("Нужен файл с клиентами", [FieldError("/file", "файла нет или он пуст")])
    return Asked(batch_id, {"file": _name(uploaded["file"].filename)}, options)


def _checked(schema: Schema, body: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return dict(schema.load(body))
    except ValidationError as error:
        raise HTTPError(422, detail=cast(Any, {"json": error.messages})) from error


def _refuse_unstorable(form: Mapping[str, str]) -> None:
    wrong = [name for name, value in form.items() if "\x00" in name + value]
    if wrong:
        raise Invalid("В данных есть недопустимые символы", [FieldError("", "нулевой символ")])


def _name(filename: str | None) -> str:
    """The user's name of the file, for showing only."""
    name = Path((filename or "").replace("\\", "/")).name
    return "".join(sign for sign in name if sign.isprintable())[:MOST_NAME] or "file"

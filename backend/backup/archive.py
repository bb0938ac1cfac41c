"""The file of a backup: a zip of tables and files, and last a manifest with the size and SHA-256 of each.

A zip ends with its table of contents, so a file that was cut off anywhere cannot even be opened; the manifest finds
what was changed. Everything is streamed: memory does not grow with the database.
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from backend.errors import DomainError

KIND = "offerloop-backup"
FORMAT = 1
MANIFEST = "manifest.json"
PIECE = 1 << 20
LARGEST_MANIFEST = 64 << 20
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
"""What reading a member of a damaged zip may raise."""
COMPRESSION = 3
"""Twice as fast as the usual 6, for a file that is a tenth larger."""


class BackupError(DomainError):
    """A backup that cannot be taken, read or restored, with the reason for a person."""

    code = "backup"
    title = "Резервная копия"


@dataclass(frozen=True)
class Entry:
    """One member of the zip: its name there, its size in bytes and its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class TableEntry(Entry):
    """Rows of one table as PostgreSQL's COPY writes them, in the order of these columns."""

    table: str = ""
    columns: list[str] = field(default_factory=list)
    rows: int = 0


@dataclass(frozen=True)
class FileEntry(Entry):
    """A file of one of the installation's folders; `path` is relative to that folder, with slashes."""

    folder: str = ""
    path: str = ""


@dataclass
class Manifest:
    """What the backup holds. `revision` is the migration that made its tables, which come in the order of need."""

    created_at: str
    revision: str
    server: str
    tables: list[TableEntry] = field(default_factory=list)
    sequences: dict[str, int] = field(default_factory=dict)
    files: list[FileEntry] = field(default_factory=list)
    secret_key: str | None = None

    @property
    def entries(self) -> list[Entry]:
        return [*self.tables, *self.files]


class _Counted:
    """A stream that counts and hashes what is written to it."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target, self._hash, self.size = target, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.size += len(data)
        return self._target.write(data)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class Writer:
    """Fills a new backup; see `new`."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._zip, self.manifest = archive, manifest

    def add_table(self, table: str, columns: list[str], fill: Callable[[Any], int]) -> TableEntry:
        """`fill` writes the rows to the stream it is given and returns how many there were."""
        name = f"tables/{table}.copy"
        with self._member(name) as stream:
            rows = fill(stream)
        entry = TableEntry(name, stream.size, stream.sha256, table, columns, rows)
        self.manifest.tables.append(entry)
        return entry

    def add_file(self, folder: str, path: str, source: IO[bytes]) -> FileEntry:
        """Copy an open file from where it stands."""
        name = f"files/{folder}/{path}"
        with self._member(name) as stream:
            while piece := source.read(PIECE):
                stream.write(piece)
        entry = FileEntry(name, stream.size, stream.sha256, folder, path)
        self.manifest.files.append(entry)
        return entry

    @contextmanager
    def _member(self, name: str) -> Iterator[_Counted]:
        with self._zip.open(name, "w", force_zip64=True) as member:
            yield _Counted(member)

    def finish(self) -> None:
        content = {"kind": KIND, "format": FORMAT, **asdict(self.manifest)}
        with self._member(MANIFEST) as stream:
            stream.write(json.dumps(content, ensure_ascii=False, indent=1).encode())


@contextmanager
def new(path: Path, manifest: Manifest) -> Iterator[Writer]:
    """A backup at `path`, for its owner only; it gets its name when it is complete. Raises BackupError."""
    if path.exists():
        raise BackupError(f"Файл {path} уже есть: укажите другое имя")
    unfinished = path.with_name(path.name + ".part")
    try:
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "w+b") as file:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
                    writer = Writer(archive, manifest)
                    yield writer
                    writer.finish()
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise BackupError(f"Копия не записана в {path}: {error.strerror or error}") from error


class Reader:
    """A complete backup, open for reading; see `opened`."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._zip, self.manifest = archive, manifest

    def open(self, entry: Entry) -> IO[bytes]:
        return self._zip.open(entry.name)

    def verify(self) -> None:
        """Read everything and compare sizes and hashes. Raises BackupError with the first difference."""
        for entry in self.manifest.entries:
            try:
                found = self._measure(entry)
            except DAMAGE as error:
                raise BackupError(f"Копия повреждена: {entry.name} не читается ({error})") from error
            if found != (entry.size, entry.sha256):
                raise BackupError(f"Копия повреждена: {entry.name} не сходится с описью")

    def _measure(self, entry: Entry) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        with self.open(entry) as stream:
            while piece := stream.read(PIECE):
                digest.update(piece)
                size += len(piece)
        return size, digest.hexdigest()


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """A backup with its manifest read. Raises BackupError for a file that is no backup, is cut, damaged or newer."""
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise BackupError(f"Файла {path} нет") from None
    except zipfile.BadZipFile as error:
        raise BackupError(f"{path}: это не резервная копия, или файл обрезан ({error})") from error
    except OSError as error:
        raise BackupError(f"{path} не читается: {error.strerror or error}") from error
    with archive:
        yield Reader(archive, _manifest_of(archive))


def _manifest_of(archive: zipfile.ZipFile) -> Manifest:
    known = set(archive.namelist())
    if MANIFEST not in known or archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise BackupError("Это не резервная копия OfferLoop: в файле нет её описи")
    try:
        content = json.loads(archive.read(MANIFEST))
        if content.get("kind") != KIND:
            raise BackupError("Это не резервная копия OfferLoop")
        if content["format"] > FORMAT:
            raise BackupError("Копию сделала более новая версия OfferLoop: обновите эту и повторите")
        manifest = _read(content)
    except (ValueError, KeyError, TypeError, AttributeError, *DAMAGE) as error:
        raise BackupError("Опись резервной копии не разобрана") from error
    if missing := [entry.name for entry in manifest.entries if entry.name not in known]:
        raise BackupError(f"В копии нет {missing[0]}, хотя опись его называет")
    return manifest


def _read(content: Mapping[str, Any]) -> Manifest:
    return Manifest(
        created_at=str(content["created_at"]),
        revision=str(content["revision"]),
        server=str(content["server"]),
        tables=[TableEntry(**entry) for entry in content["tables"]],
        sequences={str(name): int(value) for name, value in content["sequences"].items()},
        files=[_checked(FileEntry(**entry)) for entry in content["files"]],
        secret_key=content.get("secret_key"),
    )


def _checked(entry: FileEntry) -> FileEntry:
    """A path must stay in its folder, whoever wrote the manifest."""
    path = PurePosixPath(entry.path)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in entry.path:
        raise BackupError(f"Недопустимое имя файла в копии: {entry.path}")
    return entry

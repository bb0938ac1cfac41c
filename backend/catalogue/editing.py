"""Changes of catalogue records: versions that refuse outdated edits, and an audit entry for each change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from backend.catalogue import codes
from backend.catalogue.models import BankProfile, Channel, Product
from backend.common import audit
from backend.common.clock import now
from backend.common.db import db
from backend.errors import Conflict, NotFound

WORDS: Mapping[type[Any], tuple[str, str, str]] = {
    Product: ("product", "Продукта", "Продукт"),
    Channel: ("channel", "Канала", "Канал"),
}
"""For each record: its name in the audit log, and in Russian in the genitive and the nominative."""

Record = TypeVar("Record", Product, Channel)


def unknown(kind: type[Any], code: str) -> str:
    """What to answer for a code that is not there, with the code that was probably meant."""
    meant = codes.advice(code[:64], db.session.scalars(select(kind.code).order_by(kind.position)))
    return f"{WORDS[kind][1]} с кодом «{code[:64]}» нет{f'; {meant}' if meant else ''}"


def create(kind: type[Record], values: Mapping[str, Any]) -> Record:
    """A new record. Raises Conflict when the code, or one that looks the same, is taken."""
    word, _, name = WORDS[kind]
    taken = list(db.session.scalars(select(kind.code)))
    if values["code"] in taken:
        raise Conflict(f"{name} с кодом «{values['code']}» уже есть")
    if near := codes.advice(values["code"], taken):
        raise Conflict(f"Код «{values['code']}» не отличить на вид от существующего; {near}")
    record: Record = kind(**values)
    db.session.add(record)
    audit.record(f"{word}.create", f"{word}:{record.code}", {"name": record.name})
    db.session.flush()
    return record


def locked(kind: type[Record], code: str, version: int) -> Record:
    """The row as it is now, locked until the commit, so that of two changes one meets a newer version."""
    record = db.session.get(kind, code, with_for_update=True, populate_existing=True)
    if record is None:
        raise NotFound(unknown(kind, code))
    check_version(record, version, f"{WORDS[kind][2]} «{code}»")
    return record


def check_version(record: Product | Channel | BankProfile, version: int, what: str) -> None:
    """Raises Conflict unless the record is the version that the caller saw."""
    if record.version != version:
        raise Conflict(
            f"{what}: вы меняли версию {version}, а сейчас версия {record.version}; откройте запись заново и повторите"
        )


def archive(record: Record) -> Record:
    """Put away; what is already in the archive stays as it is."""
    return record if record.archived_at else change(record, {"archived_at": now()}, "archive")


def change(record: Record, changes: Mapping[str, Any], action: str) -> Record:
    """Set values, with an audit entry when anything differs."""
    word = WORDS[type(record)][0]
    if difference := apply(record, changes):
        audit.record(f"{word}.{action}", f"{word}:{record.code}", difference)
        db.session.flush()
    return record


def apply(record: Product | Channel | BankProfile, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Set the values and raise the version. Returns {field: [old, new]} as JSON; empty when nothing differs."""
    difference = {name: [getattr(record, name), value] for name, value in changes.items()}
    difference = {name: pair for name, pair in difference.items() if pair[0] != pair[1]}
    for name, (_, value) in difference.items():
        setattr(record, name, value)
    if difference:
        record.version += 1
        record.updated_at = now()
    return {name: [_as_json(value) for value in pair] for name, pair in difference.items()}


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value

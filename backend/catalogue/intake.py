"""Takes a parsed catalogue file into the records: creates what is missing, renames what is there."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select

from backend.catalogue import editing, importer, seed
from backend.catalogue.models import Channel, Product
from backend.common import audit
from backend.common.db import db
from backend.compliance.service import UnknownProduct, group_of
from backend.errors import FieldError


@dataclass(frozen=True)
class ImportedRow:
    """One row of the report of an import."""

    kind: str
    code: str
    cell: str
    name: str
    previous_name: str | None = None


@dataclass
class Imported:
    """What an import did, or in a dry run would do."""

    dry_run: bool
    warnings: list[FieldError]
    created: list[ImportedRow] = field(default_factory=list)
    updated: list[ImportedRow] = field(default_factory=list)
    unchanged: list[ImportedRow] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)


def import_catalogue(content: bytes, filename: str, *, dry_run: bool = False) -> Imported:
    """Create what is missing and rename what is there, from an xlsx in the bank's layout; all or nothing.

    A new product of a standard code gets its group at once and can serve texts without conditions; with another code
    it stays a draft until an admin sets the group. The card, the benefits and the archive are never touched.
    Raises Invalid, TooLarge or UnsupportedMedia with the address of each wrong cell.
    """
    standard: Mapping[importer.Kind, set[str]] = {
        "product": set(seed.demo_products()),
        "channel": set(seed.demo_channels()),
    }
    known = {"product": _by_code(Product), "channel": _by_code(Channel)}
    sheet = importer.parse(content, {kind: {*standard[kind], *known[kind]} for kind in standard})
    report = Imported(dry_run, sheet.warnings)
    for row in sheet.rows:
        _import_row(row, known[row.kind].get(row.code), report)
    if report.created or report.updated:
        changes = {name: [asdict(row) for row in getattr(report, name)] for name in ("created", "updated")}
        if not dry_run:
            audit.record("catalogue.import", "catalogue", {"file": _printable(filename), **changes})
            db.session.flush()
    return report


def _printable(filename: str) -> str:
    """A file may be called anything; the audit log holds what can be read."""
    return "".join(char for char in filename if char.isprintable())[:200]


def _by_code(kind: type[Any]) -> dict[str, Any]:
    """All records, locked in one order, so that two imports and an editor wait for each other."""
    return {record.code: record for record in db.session.scalars(select(kind).order_by(kind.code).with_for_update())}


def _import_row(row: importer.Row, record: Product | Channel | None, report: Imported) -> None:
    if record is None:
        fresh = _draft(row)
        report.created.append(ImportedRow(row.kind, row.code, row.cell, fresh.name))
        if not report.dry_run:
            db.session.add(fresh)
    elif row.name is None or row.name == record.name:
        report.unchanged.append(ImportedRow(row.kind, row.code, row.cell, record.name))
    else:
        report.updated.append(ImportedRow(row.kind, row.code, row.cell, row.name, record.name))
        if not report.dry_run:
            editing.apply(record, {"name": row.name})


def _draft(row: importer.Row) -> Product | Channel:
    """A new record with what its code alone tells: the group of a standard product, the form of a standard channel.

    What the demo bank pays is no news of another one, so a channel comes without its price.
    """
    if row.kind == "channel":
        standard = seed.demo_channels().get(row.code, {})
        return Channel(**{**standard, "code": row.code, "name": row.name or row.code, "part_price": None})
    standard = seed.demo_products().get(row.code, {})
    name = row.name or standard.get("name", row.code)
    return Product(code=row.code, name=name, group=_group(row.code), position=standard.get("position", 1000))


def _group(code: str) -> str | None:
    try:
        return group_of(code)
    except UnknownProduct:
        return None

"""The offers of a filter as a table: csv, xlsx or ndjson, written to a file first, so that memory stays flat."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Select, func, select

from backend.clients import writers
from backend.clients.service import open_writer
from backend.common import temporary
from backend.common.db import db
from backend.errors import FieldError, Invalid
from backend.offers.answers import id_as_sent, in_words
from backend.offers.models import Offer

FORMATS: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ndjson": "application/x-ndjson; charset=utf-8",
}
"""Formats with their media types."""
COLUMNS = (
    *("offer_id", "created_at", "client_id", "product", "channel", "tone", "text", "confidence", "label"),
    *("facts", "verdict", "error", "model_version", "batch_id"),
)
_AT_ONCE = 1000
_PIECE = 64 * 1024


def refuse_too_many(matching: Select[Any], kind: str) -> None:
    """Raises Invalid when a workbook cannot hold the rows: it would show only after minutes of writing."""
    if kind != "xlsx":
        return
    most = writers.MOST_XLSX_ROWS
    counted = select(func.count()).select_from(matching.limit(most).subquery())
    if (db.session.scalar(counted) or 0) >= most:
        detail = f"в листе помещается {most} строк с заголовком: выберите csv или ndjson"
        raise Invalid("Таблица не помещается в xlsx", [FieldError("/query/format", detail)])


def write_table(statement: Select[Any], kind: str) -> IO[bytes]:
    """The file, open at its start; it is gone from the disk once it is closed."""
    with tempfile.TemporaryDirectory(prefix=temporary.EXPORT) as folder:
        path = Path(folder) / f"offers.{kind}"
        with open_writer(path, COLUMNS) as table:
            for offer in db.session.scalars(statement.execution_options(yield_per=_AT_ONCE)):
                table.write(_cells(offer))
        return path.open("rb")  # an open file outlives its name


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The content of the file, which is closed at the end."""
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _cells(offer: Offer) -> dict[str, Any]:
    return {
        "offer_id": str(offer.id),
        "created_at": offer.created_at.isoformat(),
        "client_id": id_as_sent(offer),
        "product": offer.product,
        "channel": offer.channel,
        "tone": offer.tone,
        "text": offer.text or None,
        "confidence": offer.confidence if offer.text else None,
        "label": offer.label,
        "facts": "; ".join(in_words(offer.facts)),
        "verdict": offer.verdict,
        "error": offer.error,
        "model_version": offer.model_version,
        "batch_id": str(offer.batch_id) if offer.batch_id else None,
    }

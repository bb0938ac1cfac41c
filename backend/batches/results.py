"""The texts of a batch as a table in the order of its rows, and the report of its wrong rows.

csv and ndjson are made while they are sent, from pages read one after another: memory stays flat, and no transaction
lasts as long as a slow download. A workbook has its index at the end, so it is made in a file first.
"""

import csv
import io
import json
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from flask import stream_with_context
from sqlalchemy import select

from backend.batches.links import tagged_link, with_tagged_links
from backend.batches.models import Batch, Problem
from backend.batches.validation import MOST_PROBLEMS
from backend.catalogue import service as catalogue
from backend.clients.service import open_writer
from backend.clients.writers import MOST_XLSX_ROWS, neutral
from backend.common import temporary
from backend.common.db import db
from backend.errors import FieldError, Invalid
from backend.offers import service as offers

Row = dict[str, Any]

AT_ONCE = 1000
PIECE = 64 * 1024
BEFORE = ("row", "client_id", "product", "channel", "text")
BEHIND = ("link", "confidence", "facts", "error", "error_detail", "product_reason", "model_version", "offer_id")
PROBLEM_COLUMNS = ("row", "field", "detail")


@dataclass(frozen=True)
class Sheet:
    """What the rows of a batch share."""

    batch_id: uuid.UUID
    campaign: str | None
    variants: int
    addresses: Mapping[str, str]
    site: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (*BEFORE, *(f"text_{number}" for number in range(2, self.variants + 1)), *BEHIND)


def sheet_of(batch: Batch, kind: str) -> Sheet:
    """The plan of a batch's table. Raises Invalid when a workbook cannot hold it."""
    if kind == "xlsx" and batch.total >= MOST_XLSX_ROWS:
        detail = f"в листе помещается {MOST_XLSX_ROWS} строк: выберите csv или ndjson"
        raise Invalid("Таблица не помещается в xlsx", [FieldError("/query/format", detail)])
    addresses = {product.code: product.site_section or "" for product in catalogue.offered_products()}
    return Sheet(batch.id, batch.campaign, batch.options["variants"], addresses, catalogue.bank().site)


def results(sheet: Sheet, kind: str) -> Iterator[bytes]:
    """The table piece by piece."""
    match kind:
        case "csv":
            return _streamed(_csv(sheet.columns, _pages(sheet)))
        case "ndjson":
            return _streamed(_ndjson(_pages(sheet)))
    return _file(_workbook(sheet))


def problems(batch_id: uuid.UUID) -> Iterator[bytes]:
    """The report of the wrong rows as csv."""
    return _streamed(_csv(PROBLEM_COLUMNS, _problem_pages(batch_id)))


def _pages(sheet: Sheet) -> Iterator[list[Row]]:
    after = -1
    while some := offers.texts_of_batch(sheet.batch_id, after, AT_ONCE):
        after = some[-1].position
        rows = [_cells(offer, sheet) for offer in some]
        _forget()
        yield rows


def _problem_pages(batch_id: uuid.UUID) -> Iterator[list[Row]]:
    after, told = 0, 0
    while True:
        wanted = select(Problem).where(Problem.batch_id == batch_id, Problem.id > after).order_by(Problem.id)
        some = list(db.session.scalars(wanted.limit(AT_ONCE)))
        rows = [{"row": one.row, "field": one.field, "detail": one.detail} for one in some]
        if not some:
            break
        after, told = some[-1].id, told + len(some)
        _forget()
        yield rows
    if told >= MOST_PROBLEMS:
        yield [{"row": None, "field": "", "detail": f"показаны первые {MOST_PROBLEMS} ошибок"}]


def _forget() -> None:
    """Give the connection back, and the records to nobody."""
    db.session.rollback()
    db.session.expunge_all()


def _cells(offer: Any, sheet: Sheet) -> Row:
    address = sheet.addresses.get(offer.product) or sheet.site
    tags = (address, sheet.campaign, offer.channel, offer.product)
    texts = [offer.text, *(variant["text"] for variant in offer.variants)]
    shown = [with_tagged_links(text, *tags) if text else None for text in texts]
    return {
        "row": offer.position,
        "client_id": offers.id_as_sent(offer),
        "product": offer.product,
        "channel": offer.channel,
        "text": shown[0],
        **{f"text_{number}": text for number, text in enumerate(shown[1:], 2)},
        "link": tagged_link(*tags) if offer.text else None,
        "confidence": offer.confidence if offer.text else None,
        "facts": "; ".join(offers.facts_in_words(offer.facts)),
        "error": offer.error,
        "error_detail": offer.error_detail,
        "product_reason": offer.product_reason,
        "model_version": offer.model_version,
        "offer_id": str(offer.id),
    }


def _csv(columns: Sequence[str], pages: Iterable[list[Row]]) -> Iterator[str]:
    """Semicolons and a byte order mark, as a Russian Excel wants it; nothing that it would take for a formula."""
    yield "\ufeff" + _lines([columns])
    for rows in pages:
        yield _lines([[neutral(row.get(name)) for name in columns] for row in rows])


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue()


def _ndjson(pages: Iterable[list[Row]]) -> Iterator[str]:
    for rows in pages:
        yield "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _streamed(pieces: Iterator[str]) -> Iterator[bytes]:
    encode: Callable[[str], bytes] = str.encode
    return stream_with_context(map(encode, pieces))


def _workbook(sheet: Sheet) -> IO[bytes]:
    """The file, open at its start; it is gone from the disk once it is closed."""
    with tempfile.TemporaryDirectory(prefix=temporary.RESULTS) as folder:
        path = Path(folder) / "results.xlsx"
        with open_writer(path, sheet.columns) as table:
            for rows in _pages(sheet):
                for row in rows:
                    table.write(row)
        return path.open("rb")  # an open file outlives its name


def _file(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece

"""Pages of the history: the same time whatever the filter, over hundreds of thousands of rows.

The filters are answered by indexes that hold every filtered column, so the wide rows are read for one page only.
Counting stops at `EXACT`; what lies beyond is the planner's estimate, marked as such.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, ColumnElement, Executable, Select, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import defer
from sqlalchemy.sql.compiler import SQLCompiler

from backend.common.db import db
from backend.common.pages import Page, behind, in_order, page_of
from backend.offers.filters import conditions, order
from backend.offers.models import Offer

EXACT = 100_000
"""Up to here the total is counted; a reader of more wants to know about how many."""
HEAVY = (Offer.body, Offer.candidates, Offer.features, Offer.events, Offer.brief, Offer.timings)
"""Columns that a list does not show."""


@dataclass(frozen=True)
class Total:
    """How many offers match; an estimate above `EXACT`."""

    number: int
    exact: bool


def page(filters: Mapping[str, Any], visible: list[ColumnElement[bool]]) -> tuple[Page[Offer], Total]:
    """One page of the offers that match, without the heavy columns, and how many match in all."""
    matching = select(Offer.id).where(*visible, *conditions(filters))
    keys, limit = order(filters["sort"]), filters["limit"]
    wanted = behind(matching, keys, filters.get("cursor")).limit(limit + 1).subquery()
    rows = select(Offer).join(wanted, wanted.c.id == Offer.id).order_by(*in_order(keys))
    found = list(db.session.scalars(rows.options(*(defer(column) for column in HEAVY))))
    total = count(matching)
    return page_of(found, keys, limit, total.number), total


def count(matching: Select[Any]) -> Total:
    """How many rows match: counted as far as `EXACT`, beyond it estimated."""
    few = matching.limit(EXACT + 1).subquery()
    counted = db.session.scalar(select(func.count()).select_from(few)) or 0
    if counted <= EXACT:
        return Total(counted, exact=True)
    return Total(max(counted, _estimate(matching)), exact=False)


def _estimate(matching: Select[Any]) -> int:
    """How many rows the planner expects; it has counted the usual values of every column."""
    [plan] = db.session.execute(Explained(matching)).scalar_one()
    return int(plan["Plan"]["Plan Rows"])


class Explained(Executable, ClauseElement):
    """EXPLAIN of a statement, with its parameters."""

    inherit_cache = False

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement


@compiles(Explained)
def _explain(element: Explained, compiler: SQLCompiler, **options: Any) -> str:
    return "EXPLAIN (FORMAT JSON) " + compiler.process(element.statement, **options)

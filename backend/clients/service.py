"""The door to the domain: what other domains and commands use of clients."""

from backend.clients.dictionaries import SEGMENTS, VISIT_PURPOSES, Segment, segment_of
from backend.clients.events import Event, EventType, parse_events
from backend.clients.facts import (
    DEFAULT_THRESHOLDS,
    KNOWN_FACTS,
    Thresholds,
    Window,
    derive_facts,
    thresholds_of,
    viewed_products,
)
from backend.clients.features import FIELDS, Features, Field, Kind, parse_features
from backend.clients.readers import open_table, read_table
from backend.clients.rows import ClientRow, parse_row
from backend.clients.tables import RawRow, RowProblem, Table, TableError
from backend.clients.values import EXACT
from backend.clients.writers import open_writer

__all__ = [
    "DEFAULT_THRESHOLDS",
    "EXACT",
    "FIELDS",
    "KNOWN_FACTS",
    "SEGMENTS",
    "VISIT_PURPOSES",
    "ClientRow",
    "Event",
    "EventType",
    "Features",
    "Field",
    "Kind",
    "RawRow",
    "RowProblem",
    "Segment",
    "Table",
    "TableError",
    "Thresholds",
    "Window",
    "derive_facts",
    "open_table",
    "open_writer",
    "parse_events",
    "parse_features",
    "parse_row",
    "read_table",
    "segment_of",
    "thresholds_of",
    "viewed_products",
]

"""From a raw row to a clean client: the row report that names row, column and reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from backend.clients.events import Event, parse_events
from backend.clients.features import Features, parse_features
from backend.clients.tables import RawRow, RowProblem
from backend.errors import FieldError


@dataclass(frozen=True)
class ClientRow:
    """One client, parsed. Serve it only when `problems` is empty."""

    number: int
    client_id: int | str
    features: Features
    events: tuple[Event, ...]
    product: str | None
    channel: str | None
    problems: tuple[RowProblem, ...]


def parse_row(raw: RawRow, today: date) -> ClientRow:
    """Clean one row. Never raises: whatever is wrong is in the problems of the result."""
    features, wrong_features = parse_features(raw.features, "")
    events, wrong_events = parse_events(raw.events, "/events", today)
    return ClientRow(
        number=raw.number,
        client_id=raw.client_id,
        features=features,
        events=tuple(events),
        product=raw.product,
        channel=raw.channel,
        problems=raw.problems + _problems(raw.number, [*wrong_features, *wrong_events]),
    )


def _problems(row: int, errors: Iterable[FieldError]) -> tuple[RowProblem, ...]:
    return tuple(RowProblem(row, error.pointer.removeprefix("/"), error.detail) for error in errors)

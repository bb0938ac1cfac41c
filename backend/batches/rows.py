"""From the rows of a table to clients that can be written to, and to the report of those that cannot."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from backend.clients.service import ClientRow, RawRow, parse_row

Client = dict[str, Any]
"""As POST /offers takes it, with its `row`."""
Wrong = tuple[str, str]
"""Field and what is wrong with it."""


class KnownCodes(Protocol):
    def problem(self, product: str, channel: str) -> Wrong | None: ...


class KnownClients(Protocol):
    def earlier_row(self, client_id: int | str, row: int) -> int | None: ...


@dataclass(frozen=True)
class Checked:
    """One row: a client, or what is wrong with it. `client_id` is None where nobody can tell whose row it is."""

    number: int
    client_id: str | None
    client: Client | None
    problems: tuple[Wrong, ...] = ()


def check(
    rows: Iterator[RawRow], options: Mapping[str, Any], codes: KnownCodes, seen: KnownClients, today: date
) -> Iterator[Checked]:
    """Every row of the table, one after another."""
    for raw in rows:
        row = parse_row(raw, today)
        problems = [(problem.column, problem.detail) for problem in row.problems]
        whose = None if any(column == "client_id" for column, _ in problems) else str(row.client_id)
        if wrong := codes.problem(row.product or options["product"], row.channel or options["channel"]):
            problems.append(wrong)
        if not problems and (earlier := seen.earlier_row(row.client_id, row.number)):
            problems.append(("client_id", f"этот клиент уже есть в строке {earlier}"))
        yield Checked(row.number, whose, None if problems else _client(row), tuple(problems))


def _client(row: ClientRow) -> Client:
    client: Client = {"row": row.number, "client_id": row.client_id, "features": row.features.known()}
    further = {"events": [event.as_json() for event in row.events], "product": row.product, "channel": row.channel}
    return client | {name: value for name, value in further.items() if value}

"""Sends rows of clients to a running OfferLoop, a chunk at a time, so that no row is lost or made twice."""

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from backend.clients.rows import ClientRow
from backend.clients.tables import RowProblem

PATH = "/api/v1/offers"
LONG_CHANNELS = frozenset({"EMAIL", "TMO", "KND"})
SHORT_CHUNK = 64
LONG_CHUNK = 16
MOST_TRIES = 6
BUSY_BEFORE_DIVIDING = 2
"""So many refusals in a row make a chunk smaller. One is not enough: the second try, with the key of the first, finds
out whether the first was carried out after all."""
CALLS_BEFORE_GROWING = 10
LONGEST_PAUSE_S = 30.0
LATER = frozenset({409, 429, 502, 503, 504})
"""Answers after which the same call may succeed. 409 with Retry-After: the first try of the call still runs."""


class SendError(Exception):
    """The server cannot take any row: it is away, refuses the user, or does not know the product."""


class Stopped(Exception):
    """The user asked to stop between two calls or while one was waiting for its next try."""


@dataclass(frozen=True)
class Options:
    """What is asked of the server for all rows alike; a row's own product and channel go before."""

    product: str | None
    channel: str | None
    tone: str = "neutral"
    conditions: str = "none"

    def chunk_size(self) -> int:
        """How many rows to try at first. The server's own limit is learnt from its answers."""
        return LONG_CHUNK if self.channel is None or self.channel.upper() in LONG_CHANNELS else SHORT_CHUNK


@dataclass(frozen=True)
class Answer:
    """What became of one row: an offer as the server gave it, or the problems."""

    row: ClientRow
    offer: Mapping[str, Any] | None = None
    model_version: str = ""
    problems: tuple[RowProblem, ...] = ()


@dataclass
class Sender:
    """Speaks to one server. `pause` waits between tries; both it and `check` raise Stopped when the user wants it."""

    client: httpx.Client
    options: Options
    pause: Callable[[float], None] = time.sleep
    check: Callable[[], None] = lambda: None
    run: uuid.UUID = field(default_factory=uuid.uuid4)
    size: int = 0
    """Rows in the next call: halved while the server is too busy for more, and carefully raised again."""
    limit: int = 0
    """The most rows that the server has not called too large."""
    calm: int = 0
    """Calls in a row that the server took at once."""

    def __post_init__(self) -> None:
        self.limit = self.options.chunk_size()
        self.size = self.limit

    def send(self, rows: Sequence[ClientRow]) -> Iterator[Answer]:
        """The answers to `rows`, in their order. Raises SendError or Stopped; what was yielded before holds."""
        waiting = list(rows)
        while waiting:
            self.check()
            chunk = waiting[: self.size]  # the size may change while the chunk is on its way
            yield from self._chunk(chunk)
            del waiting[: len(chunk)]

    def _chunk(self, rows: Sequence[ClientRow]) -> Iterator[Answer]:
        response = self._post(rows)
        if response.status_code == httpx.codes.OK:
            self._grow()
            yield from _paired(rows, response)
        elif response.status_code in {413, 503} and len(rows) > 1:
            self._shrink(len(rows), response.status_code)
            yield from self.send(rows)
        elif response.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            yield from self._without_wrong(rows, _row_problems(rows, response))
        else:
            raise SendError(_explain(response))

    def _shrink(self, refused: int, status: int) -> None:
        self.size = max(1, min(self.size, refused // 2))
        self.calm = 0
        if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            self.limit = self.size

    def _grow(self) -> None:
        self.calm += 1
        if self.calm >= CALLS_BEFORE_GROWING and self.size < self.limit:
            self.size = min(self.limit, 2 * self.size)
            self.calm = 0

    def _without_wrong(self, rows: Sequence[ClientRow], problems: Mapping[int, list[RowProblem]]) -> Iterator[Answer]:
        """Send the rows that the server did not complain of once more, and put the others in their places."""
        good = [row for index, row in enumerate(rows) if index not in problems]
        answers = self._chunk(good) if good else iter(())
        for index, row in enumerate(rows):
            if index in problems:
                yield Answer(row, problems=tuple(problems[index]))
            else:
                yield next(answers)

    def _post(self, rows: Sequence[ClientRow]) -> httpx.Response:
        """One call with bounded tries. The key is the same for all of them, so the server answers but never twice."""
        body = json.dumps(_body(rows, self.options), ensure_ascii=False).encode()
        headers = {"Idempotency-Key": self._key(body), "Content-Type": "application/json"}
        busy = 0
        reason = ""
        for attempt in range(1, MOST_TRIES + 1):
            response: httpx.Response | None = None
            try:
                response = self.client.post(PATH, content=body, headers=headers)
            except httpx.TransportError as error:
                reason = str(error) or type(error).__name__
            if response is not None and not _is_later(response):
                return response
            busy = busy + 1 if response is not None and response.status_code == httpx.codes.SERVICE_UNAVAILABLE else 0
            if attempt < MOST_TRIES:
                self.pause(_wait(response, attempt))
            if response is not None:
                if busy >= BUSY_BEFORE_DIVIDING and len(rows) > 1:
                    return response
                reason = _explain(response)
        raise SendError(f"сервер {self.client.base_url} не отвечает, попыток сделано {MOST_TRIES}: {reason}")

    def _key(self, body: bytes) -> str:
        """Equal for the tries of one call, different for another call or another run of the command."""
        return str(uuid.uuid5(self.run, hashlib.sha256(body).hexdigest()))


def _is_later(response: httpx.Response) -> bool:
    if response.status_code == httpx.codes.CONFLICT:
        return "Retry-After" in response.headers
    return response.status_code in LATER


def _body(rows: Sequence[ClientRow], options: Options) -> dict[str, Any]:
    body: dict[str, Any] = {"clients": [_client(row) for row in rows]}
    if options.product is not None:
        body["product"] = options.product
    if options.channel is not None:
        body["channel"] = options.channel
    return body | {"tone": options.tone, "conditions": options.conditions}


def _client(row: ClientRow) -> dict[str, Any]:
    client: dict[str, Any] = {"client_id": row.client_id, "features": row.features.known()}
    if row.events:
        client["events"] = [event.as_json() for event in row.events]
    if row.product is not None:
        client["product"] = row.product
    if row.channel is not None:
        client["channel"] = row.channel
    return client


def _wait(response: httpx.Response | None, attempt: int) -> float:
    """Seconds until the next try: what the server says, else twice as long each time."""
    asked = _retry_after(response.headers.get("Retry-After", "")) if response is not None else None
    return min(LONGEST_PAUSE_S, 0.5 * 2**attempt if asked is None else max(asked, 0.1))


def _retry_after(header: str) -> float | None:
    if header.strip().isdecimal():
        return float(header)
    try:
        return (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return None


def _paired(rows: Sequence[ClientRow], response: httpx.Response) -> Iterator[Answer]:
    answer = _json(response)
    offers = answer.get("offers")
    if not isinstance(offers, list) or len(offers) != len(rows) or not all(isinstance(o, dict) for o in offers):
        raise SendError("сервер ответил не теми предложениями, о которых его просили")
    version = str(answer.get("model_version") or "")
    for row, offer in zip(rows, offers, strict=True):
        yield Answer(row, offer, version, _refusal(row, offer))


def _refusal(row: ClientRow, offer: Mapping[str, Any]) -> tuple[RowProblem, ...]:
    error = offer.get("error")
    if not error:
        return ()
    return (RowProblem(row.number, "", str(error.get("detail") or error.get("code") or error)),)


def _row_problems(rows: Sequence[ClientRow], response: httpx.Response) -> dict[int, list[RowProblem]]:
    """The server's complaints by the index of the row. SendError when one of them is about all rows."""
    found: dict[int, list[RowProblem]] = {}
    for error in _json(response).get("errors") or [{}]:
        parts = str(error.get("pointer", "")).split("/", 3)
        if len(parts) < 3 or parts[1] != "clients" or not parts[2].isdecimal() or int(parts[2]) >= len(rows):
            raise SendError(_explain(response))
        index = int(parts[2])
        column = parts[3].removeprefix("features/") if len(parts) > 3 else ""
        found.setdefault(index, []).append(RowProblem(rows[index].number, column, str(error.get("detail", ""))))
    return found


def _explain(response: httpx.Response) -> str:
    """An error answer in one line."""
    match response.status_code:
        case 401:
            return "сервер не принял имя и пароль"
        case 403:
            return "у этого пользователя нет права создавать предложения"
    body = _json(response)
    lines = [f"{error.get('pointer', '')}: {error.get('detail', '')}" for error in body.get("errors") or []]
    return "; ".join([f"сервер ответил {response.status_code}", str(body.get("detail") or ""), *lines[:3]]).strip("; ")


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}

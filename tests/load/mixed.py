"""A mixed load as a bank's day has it: texts, labels, the history, exports, batches, the page. For `soak` and `chaos`.

Every answer is counted by kind. Calls that write carry a key or a mark of their own, so that afterwards each can be
looked for: it must be there once, and once only.
"""

import itertools
import json
import random
import signal
import statistics
import sys
import threading
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.table import Table

from tests.load.bench import FEATURES, SEGMENTS, Stack

API = "/api/v1"
CHANNELS = ("SMS", "SMS", "SMS", "PUSH", "MOB_BANNER", "MOBILE_CHAT", "EMAIL", "TMO")
PRODUCTS = ("CC", "DC", "DEPOSIT", "PK", "MORTG", "auto")
MOST_CLIENTS = 8
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"channel": "SMS"},
    {"product": "CC", "label": "none"},
    {"q": "карта"},
    {"sort": "confidence", "label": "none"},
    {"label": "success", "limit": 200},
)
EXPORTS = ("csv", "ndjson", "xlsx")
BATCH_ROWS = 1500
REMEMBERED = 20_000
"""Latest durations of each kind of call that are kept: the load may go on for days."""
MOST_TOLD = 200
SERVED, LATER = "2xx", "later"
LONGEST_WAIT_S = 5.0


@dataclass
class Seen:
    """How calls ended, by kind. `bad`: answers that nobody may get, with the end of their body."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=REMEMBERED)))
    bad: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, outcome: str, seconds: float | None = None, why: str | None = None) -> None:
        with self.lock:
            self.outcomes[kind, outcome] += 1
            if seconds is not None:
                self.seconds[kind].append(seconds)
            if why is not None and len(self.bad) < MOST_TOLD:
                self.bad.append(why)

    def table(self, title: str) -> Table:
        table = Table("call", "served", "refused for now", "anything else", "p50", "p99", title=title)
        for kind in sorted({kind for kind, _ in self.outcomes}):
            others = {
                name: n for (one, name), n in self.outcomes.items() if one == kind and name not in (SERVED, LATER)
            }
            told = ", ".join(f"{name}: {n}" for name, n in sorted(others.items())) or "0"
            counts = (str(self.outcomes[kind, SERVED]), str(self.outcomes[kind, LATER]))
            table.add_row(kind, *counts, told, _quantile(self.seconds[kind], 50), _quantile(self.seconds[kind], 99))
        return table


def _quantile(seconds: deque[float], which: int) -> str:
    if len(seconds) < 2:
        return "—"
    return f"{statistics.quantiles(seconds, n=100, method='inclusive')[which - 1] * 1000:,.0f} ms"


@dataclass
class Written:
    """What the system has confirmed: clients of answered calls, marks of labels, batches; and what was only tried."""

    clients: set[int] = field(default_factory=set)
    tried_clients: set[int] = field(default_factory=set)
    offers: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    tried_labels: dict[str, str] = field(default_factory=dict)
    batches: list[str] = field(default_factory=list)
    """Labels are offers by mark: the comment that no other label has."""


def is_deliberate(answer: httpx.Response) -> bool:
    """A refusal that was meant: it says why and when to come again."""
    refused = answer.status_code in (429, 503) or (answer.status_code == 409 and "Retry-After" in answer.headers)
    return refused and "Retry-After" in answer.headers and answer.headers["Content-Type"] == "application/problem+json"


class Load:
    """Callers of every kind, each a thread, from `start` until `stop`.

    `insist_s`: how long `stop` lets a call that has no answer yet go on asking, with its key.
    """

    def __init__(self, stack: Stack, seed: int, *, insist_s: float = 0.0, batch_rows: int = BATCH_ROWS) -> None:
        self.stack, self.seen, self.written = stack, Seen(), Written()
        self.insist_s, self.batch_rows = insist_s, batch_rows
        self.batch_id: str | None = None
        self.stopping = threading.Event()
        self._given_up = threading.Event()
        self._numbers = itertools.count(1_000_000_000)
        kinds: list[Callable[[Caller], None]] = [write, write, label, read, export, work_through, visit]
        callers = [(kind, Caller(self, random.Random(f"{seed}-{place}"))) for place, kind in enumerate(kinds)]
        self._threads = [threading.Thread(target=self._run, args=one, name=one[0].__name__) for one in callers]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin nothing new; what was begun may end."""
        self.stopping.set()
        timer = threading.Timer(self.insist_s, self._given_up.set)
        timer.start()
        for thread in self._threads:
            thread.join()
        timer.cancel()

    def _run(self, kind: "Callable[[Caller], None]", caller: "Caller") -> None:
        with caller.client:
            while not self.stopping.is_set():
                kind(caller)

    def new_clients(self, number: int) -> list[int]:
        return [next(self._numbers) for _ in range(number)]

    def may_insist(self) -> bool:
        return not (self._given_up if self.insist_s else self.stopping).is_set()


class Caller:
    """One thread's connection, chances and pauses."""

    def __init__(self, load: Load, rng: random.Random) -> None:
        self.load, self.rng, self.written = load, rng, load.written
        self.client = httpx.Client(
            base_url=load.stack.url, auth=load.stack.credentials, timeout=60.0, trust_env=False, follow_redirects=True
        )

    def ask(self, kind: str, method: str, path: str, **options: Any) -> httpx.Response | None:
        """The answer, counted; None where there is none, or a refusal."""
        try:
            answer = self.client.request(method, path, **options)
        except httpx.TransportError as error:
            self.load.seen.note(kind, "no answer", why=f"{kind}: {type(error).__name__}")
            return None
        if answer.is_success:
            self.load.seen.note(kind, SERVED, answer.elapsed.total_seconds())
            return answer
        if is_deliberate(answer):
            self.load.seen.note(kind, LATER)
            self.pause(min(float(answer.headers["Retry-After"]), LONGEST_WAIT_S))
        else:
            why = f"{kind}: {answer.status_code} {answer.headers.get('X-Request-ID', '')} {answer.text[-300:]}"
            self.load.seen.note(kind, str(answer.status_code), why=why)
        return None

    def insist(self, kind: str, method: str, path: str, **options: Any) -> httpx.Response | None:
        """Ask with a key until there is an answer."""
        options["headers"] = {"Idempotency-Key": str(uuid.UUID(int=self.rng.getrandbits(128), version=4))}
        while (answer := self.ask(kind, method, path, **options)) is None and self.load.may_insist():
            self.pause(self.rng.uniform(0.1, 0.5))
        return answer

    def pause(self, seconds: float) -> None:
        """Shorter once the load is being stopped."""
        if self.load.stopping.is_set():
            self.load._given_up.wait(min(seconds, 0.3))
        else:
            self.load.stopping.wait(seconds)


def features(rng: random.Random) -> dict[str, Any]:
    """A client of whom little is known, as in real tables."""
    known: dict[str, Any] = {rng.choice(FEATURES): rng.randrange(60), "age": rng.randrange(20, 70)}
    return known | ({"super_clust": rng.choice(SEGMENTS)} if rng.random() < 0.5 else {})


def write(caller: Caller) -> None:
    """Texts for a few clients whom nobody else has."""
    rng, written = caller.rng, caller.written
    numbers = caller.load.new_clients(rng.randrange(1, MOST_CLIENTS + 1))
    clients = [{"client_id": number, "features": features(rng)} for number in numbers]
    body = {"product": rng.choice(PRODUCTS), "channel": rng.choice(CHANNELS), "clients": clients}
    written.tried_clients.update(numbers)
    if (answer := caller.insist("POST /offers", "POST", f"{API}/offers", json=body)) is not None:
        offers = answer.json()["offers"]
        written.clients.update(offer["client_id"] for offer in offers)
        written.offers += [offer["offer_id"] for offer in offers if offer["text"] is not None]
    caller.pause(rng.uniform(0.2, 0.8))


def label(caller: Caller) -> None:
    """A judgement on a text that was just written. It is not sent twice: twice would be two judgements."""
    rng, written = caller.rng, caller.written
    if written.offers:
        offer_id, mark = rng.choice(written.offers[-500:]), uuid.UUID(int=rng.getrandbits(128), version=4).hex
        said = {"label": "failure", "reasons": ["dull"]} if rng.random() < 0.3 else {"label": "success"}
        written.tried_labels[mark] = offer_id
        body = said | {"comment": mark}
        if caller.ask("PUT /offers/…/label", "PUT", f"{API}/offers/{offer_id}/label", json=body) is not None:
            written.labels[mark] = offer_id
    caller.pause(rng.uniform(0.1, 0.4))


def read(caller: Caller) -> None:
    """Some pages of the history, a text with its details, the numbers of the quality page."""
    rng, query = caller.rng, dict(caller.rng.choice(FILTERS))
    for _ in range(rng.randrange(1, 4)):
        answer = caller.ask("GET /offers", "GET", f"{API}/offers", params=query)
        if answer is None:
            break
        page = answer.json()
        if page["items"]:
            caller.ask("GET /offers/…", "GET", f"{API}/offers/{rng.choice(page['items'])['offer_id']}")
        query["cursor"] = page["next_cursor"]
        if not query["cursor"]:
            break
    caller.pause(rng.uniform(0.2, 0.8))


def export(caller: Caller) -> None:
    """The history as a table, the latest hour of it at most."""
    query = {"format": caller.rng.choice(EXPORTS), "channel": caller.rng.choice(CHANNELS)}
    caller.ask("GET /offers/export", "GET", f"{API}/offers/export", params=query)
    caller.pause(caller.rng.uniform(3, 8))


def work_through(caller: Caller) -> None:
    """A batch from its file to its results, and the next one."""
    load = caller.load
    if load.batch_id is None:
        form = {"product": "CC", "channel": "SMS", "campaign": "load"}
        file = {"file": ("load.csv", batch_file(load.batch_rows, caller.rng))}
        answer = caller.insist("POST /batches", "POST", f"{API}/batches", data=form, files=file)
        if answer is not None:
            load.batch_id = answer.json()["batch_id"]
            caller.written.batches.append(load.batch_id)
        return
    answer = caller.ask("GET /batches/…", "GET", f"{API}/batches/{load.batch_id}")
    if answer is not None and answer.json()["status"] not in ("queued", "running"):
        query = {"format": caller.rng.choice(EXPORTS)}
        caller.ask("GET /batches/…/results", "GET", f"{API}/batches/{load.batch_id}/results", params=query)
        load.batch_id = None
    caller.pause(1.0)


def batch_file(rows: int, rng: random.Random) -> bytes:
    lines = [f"client_id;age;super_clust;{';'.join(FEATURES)}"]
    for number in range(rows):
        habit = ["40" if place == number % len(FEATURES) else "" for place in range(len(FEATURES))]
        lines.append(f"{number};{rng.randrange(20, 70)};{SEGMENTS[number % len(SEGMENTS)]};{';'.join(habit)}")
    return "\n".join(lines).encode()


def visit(caller: Caller) -> None:
    """What a browser asks for, and what watches the system."""
    for path in ("/", "/openapi.json", "/readyz", "/metrics", f"{API}/me", f"{API}/limits", f"{API}/products"):
        caller.ask("the page and probes", "GET", path)
        caller.pause(caller.rng.uniform(0.1, 0.5))


def stop_when_told() -> None:
    """SIGTERM ends the program as Ctrl-C does: the stack that it has started is stopped with it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def results(client: httpx.Client, batch_id: str) -> Iterator[dict[str, Any]]:
    """The rows of a batch, as they are streamed."""
    with client.stream("GET", f"{API}/batches/{batch_id}/results", params={"format": "ndjson"}) as answer:
        answer.raise_for_status()
        yield from (json.loads(line) for line in answer.iter_lines() if line)

"""Parts of a running system are killed at random moments, under load and with a batch at work: nothing may get lost.

Run as: python -m tests.load.chaos [--seconds 240] [--seed 7]
Starts a stack of its own, loopback only, kills its parts with SIGKILL in an order and at moments that the seed tells,
lets the supervisor bring them back, and then looks for everything that was ever confirmed: each client of a call and
of the batches exactly once, each label once. Ends with 1 when something is lost, doubled, or not back in time.
"""

import argparse
import json
import os
import random
import secrets
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import httpx
from rich.console import Console
from rich.table import Table

from tests.load.bench import Stack, command_of, descendants, describe_machine, parent_of, stack_for
from tests.load.mixed import API, LATER, SERVED, Load, results, stop_when_told

PAUSE_S = (4.0, 12.0)
"""Between the return of one part and the next kill."""
BOTH = 0.25
"""Chance that a second part is killed with the first."""
BACK_S = 90.0
"""The supervisor's longest pause between starts is 30 s; PostgreSQL replays its log, the model measures itself."""
FINISH_S = 240.0
BATCH_ROWS = 400
"""Few enough for several batches in a run: they begin, are checked and end among the kills."""
INSIST_S = 60.0
POLL_S = 0.1
PROBE_CLIENT = 999_999_999
LASTING = ("worker", "batch worker", "model component", "API worker", "Valkey", "PostgreSQL")
"""Parts of which there is always one."""

Find = Callable[[Stack], list[int]]


def processes(mark: str) -> Find:
    """The topmost processes of the stack whose command line holds `mark`."""

    def find(stack: Stack) -> list[int]:
        found = [pid for pid in descendants(stack.root_pid or 0) if pid != stack.root_pid]
        fitting = [pid for pid in found if mark in command_of(pid)]
        return [pid for pid in fitting if parent_of(pid) not in fitting]

    return find


def children(of: Find) -> Find:
    """What those processes have started: gunicorn's workers, a worker's job, PostgreSQL's backends."""

    def find(stack: Stack) -> list[int]:
        parents = of(stack)
        return [pid for pid in descendants(stack.root_pid or 0) if parent_of(pid) in parents]

    return find


API_MASTER, BATCH_WORKER, POSTGRES = processes("gunicorn"), processes("--queues batch"), processes("bin/postgres")
PARTS: Mapping[str, Find] = {
    "worker": processes("--queues interactive"),
    "batch worker": BATCH_WORKER,
    "job of the batch worker": children(BATCH_WORKER),
    "model component": processes("model.serving"),
    "API worker": children(API_MASTER),
    "API master": API_MASTER,
    "Valkey": processes("valkey-server"),
    "PostgreSQL": POSTGRES,
    "backend of PostgreSQL": children(POSTGRES),
}


@dataclass
class Chaos:
    """What was killed, after how many seconds calls and the batch went on again; what did not hold."""

    stack: Stack
    rng: random.Random
    console: Console
    back_s: list[tuple[str, float, float]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def run(self, load: Load, seconds: float) -> None:
        """Kill, wait, kill, until the time is over and each part has been killed at least once."""
        end = time.monotonic() + seconds
        order: list[str] = []
        while (time.monotonic() < end or order) and not self.broken:
            order = order or self.rng.sample(list(PARTS), len(PARTS))
            load.stopping.wait(self.rng.uniform(*PAUSE_S))
            names = [order.pop()]
            if order and self.rng.random() < BOTH:
                names.append(order.pop())
            self._kill(names, load)

    def _kill(self, names: list[str], load: Load) -> None:
        before = progress(self.stack, load.batch_id)
        killed = [name for name in names if self._kill_one(name)]
        if not killed:
            return
        started, told = time.monotonic(), " and ".join(killed)
        back: list[float] = []
        for what, works in (("calls", self._answers), ("the batch", lambda: moved(self.stack, load, before))):
            if not wait_for(works, BACK_S):
                self.broken.append(f"{told}: {what} do not go on after {BACK_S:.0f} s")
                return
            back.append(time.monotonic() - started)
        self.back_s.append((told, *back))  # type: ignore[arg-type]
        self.console.print(f"  killed {told}: calls after {back[0]:.1f} s, the batch after {back[1]:.1f} s")

    def _kill_one(self, name: str) -> bool:
        found = PARTS[name](self.stack)
        if not found:
            return False  # no job at this moment
        try:
            os.kill(self.rng.choice(sorted(found)), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def _answers(self) -> bool:
        """Every part is there again, and a text is written through all of them."""
        if not all(PARTS[name](self.stack) for name in LASTING):
            return False
        body = {"product": "CC", "channel": "SMS", "clients": [{"client_id": PROBE_CLIENT}]}
        with client_of(self.stack, 10.0) as client:
            try:
                return client.post(f"{API}/offers", json=body).status_code == httpx.codes.OK
            except httpx.TransportError:
                return False


def moved(stack: Stack, load: Load, before: tuple[str | None, int | None]) -> bool:
    """Whether the batch is further than before; when it has ended, another has begun or will."""
    now = progress(stack, load.batch_id)
    return now[1] is not None and now != before


def progress(stack: Stack, batch_id: str | None) -> tuple[str | None, int | None]:
    """Which batch, and how many of its clients are written; None where nobody knows."""
    if batch_id is None:
        return (None, 0)
    with client_of(stack, 10.0) as client:
        try:
            answer = client.get(f"{API}/batches/{batch_id}")
        except httpx.TransportError:
            return (batch_id, None)
    body = answer.json() if answer.status_code == httpx.codes.OK else None
    return (batch_id, body["done"] + body["failed"] if body else None)


def client_of(stack: Stack, timeout: float = 60.0) -> httpx.Client:
    return httpx.Client(base_url=stack.url, auth=stack.credentials, timeout=timeout, trust_env=False)


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """False when it did not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_S)
    return True


# --- afterwards -------------------------------------------------------------------------------------------------------


def check(load: Load, console: Console) -> list[str]:
    """Look for everything that was confirmed; returns what is lost or doubled."""
    with client_of(load.stack) as client:
        broken = check_batches(client, load, console)
        history = Counter(int(row["client_id"]) for row in exported(client) if row["batch_id"] is None)
        broken += compare("clients of calls", load.written.clients, load.written.tried_clients, history, console)
        found: Counter[str] = Counter()
        for offer_id in sorted(set(load.written.tried_labels.values())):
            answer = client.get(f"{API}/offers/{offer_id}/labels").raise_for_status()
            found.update(item["comment"] for item in answer.json()["items"])
        return broken + compare("labels", load.written.labels, load.written.tried_labels, found, console)


def compare(
    what: str, confirmed: Iterable[object], tried: Iterable[object], found: Mapping[object, int], console: Console
) -> list[str]:  # fmt: skip
    """What was confirmed is there once; what was only tried is there once or not at all."""
    sure, maybe = set(confirmed), set(tried)
    wrong = {
        "lost": [one for one in sure if found.get(one, 0) == 0],
        "doubled": [one for one in maybe if found.get(one, 0) > 1],
    }
    stored = sum(1 for one in maybe - sure if found.get(one, 0))
    console.print(f"  {what}: {len(sure)} confirmed, {len(maybe - sure)} without an answer ({stored} of them stored)")
    return [f"{what}: {len(ones)} {fate} ({ones[:3]})" for fate, ones in wrong.items() if ones]


def exported(client: httpx.Client) -> Iterable[dict[str, object]]:
    """The whole history."""
    with client.stream("GET", f"{API}/offers/export", params={"format": "ndjson"}) as answer:
        answer.raise_for_status()
        yield from (row for line in answer.iter_lines() if (row := json.loads(line))["client_id"] != str(PROBE_CLIENT))


def check_batches(client: httpx.Client, load: Load, console: Console) -> list[str]:
    """Each batch ends, with each of its clients exactly once."""
    broken, ids = [], load.written.batches
    expected = Counter(str(number) for number in range(load.batch_rows))
    for batch_id in ids:
        if not wait_for(lambda one=batch_id: ended(client, one), FINISH_S):  # type: ignore[misc]
            broken.append(f"batch {batch_id} does not end: {client.get(f'{API}/batches/{batch_id}').text[:300]}")
            continue
        rows = Counter(str(row["client_id"]) for row in results(client, batch_id))
        if rows != expected:
            lost, doubled = expected - rows, rows - expected
            broken.append(f"batch {batch_id}: {lost.total()} clients lost, {doubled.total()} doubled")
    known = client.get(f"{API}/batches", params={"limit": 200}).raise_for_status().json()["items"]
    console.print(f"  batches: {len(ids)} confirmed, {len(known)} known, {load.batch_rows} clients each")
    # the last one may have been made without its answer
    return (
        [*broken, f"{len(known) - len(ids)} batches more than were asked for"] if len(known) > len(ids) + 1 else broken
    )


def ended(client: httpx.Client, batch_id: str) -> bool:
    return str(client.get(f"{API}/batches/{batch_id}").json().get("status")) not in ("queued", "running", "None")


def judge(load: Load) -> list[str]:
    """While parts are away a call may fail to get through or be refused; nothing else may be answered."""
    wrong = {one: n for one, n in load.seen.outcomes.items() if one[1] not in (SERVED, LATER, "no answer")}
    told = [f"{kind}: {name} × {n}" for (kind, name), n in wrong.items()]
    return told + [f"  {why}" for why in load.seen.bad if told and not why.endswith("Error")][:10]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=240.0, help="of killing; the rest takes a minute or two")
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    stop_when_told()
    seed = arguments.seed if arguments.seed is not None else secrets.randbelow(10_000)
    console = Console(width=120)
    with stack_for(None, console) as stack:
        console.print(describe_machine())
        console.print(f"seed {seed} (again: python -m tests.load.chaos --seed {seed})")
        load = Load(stack, seed, insist_s=INSIST_S, batch_rows=BATCH_ROWS)
        chaos = Chaos(stack, random.Random(seed), console)
        load.start()
        try:
            wait_for(lambda: load.batch_id is not None, 60.0)
            chaos.run(load, arguments.seconds)
        finally:
            load.stop()
        console.print(load.seen.table("calls meanwhile"))
        broken = chaos.broken + judge(load) + check(load, console)
    table = Table("killed", "texts again after, s", "the batch goes on after, s", title="Recovery")
    for name, calls, batch in sorted(chaos.back_s):
        table.add_row(name, f"{calls:.1f}", f"{batch:.1f}")
    console.print(table)
    for line in broken:
        console.print(line, style="red", markup=False)
    console.print(f"broken, seed {seed}" if broken else "nothing lost, nothing doubled: passed")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()

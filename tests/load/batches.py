"""A batch on a running stack: how near it comes to the engine's own speed, what interactive calls feel of it, memory.

Run as: python -m tests.load.batches [--clients 5000] [--channel SMS]
Starts a stack of its own and stops it. Texts are counted by the model component, since each client gets several
candidates; "its own speed" is what the component writes for calls that keep it full, before the batch.
"""

import argparse
import asyncio
import json
import re
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from retrain.evaluation.report import crowd_briefs
from tests.load import overload
from tests.load.bench import (
    FEATURES,
    SEGMENTS,
    Stack,
    command_of,
    descendants,
    describe_machine,
    post,
    resident_bytes,
    some_clients,
    stack_for,
    warm_up,
)

PAUSE_S = 0.5
"""Between interactive calls."""
WARM_S = 5.0


@dataclass
class Felt:
    """Seconds of the interactive calls beside the batch, how many were refused, and the most memory of the API."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    memory: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=5000)
    parser.add_argument("--channel", default="SMS")
    arguments = parser.parse_args()
    console = Console(width=110)
    with stack_for(None, console) as stack:
        console.print(describe_machine())
        with httpx.Client(base_url=stack.url, auth=stack.credentials, timeout=60.0) as client:
            warm_up(client)
            console.print(measure(stack, client, arguments.clients, arguments.channel))


def measure(stack: Stack, client: httpx.Client, clients: int, channel: str) -> Table:
    model = f"http://127.0.0.1:{model_port(stack)}"
    own = asyncio.run(own_speed(model))
    alone = Felt()
    interactive(client, channel, alone, time.monotonic() + WARM_S)
    before, felt, over = memory(stack), Felt(), threading.Event()
    batch_id = send(client, clients, channel)
    wait(client, batch_id, lambda batch: batch["done"] > 0)
    started, texts, done = time.monotonic(), written(model), status(client, batch_id)["done"]
    beside = threading.Thread(target=watch, args=(stack, channel, felt, over))
    beside.start()
    batch = wait(client, batch_id, lambda one: one["status"] not in ("queued", "running"))
    seconds = time.monotonic() - started
    over.set()
    beside.join()
    speed = (written(model) - texts) / seconds
    rows = results(client, batch_id)
    table = Table(
        "", "measured", "to reach", title=f"{clients} × {channel}: {batch['status']}, {batch['failed']} failed"
    )
    table.add_row("the engine's own texts/s", f"{own:,.0f}", "")
    table.add_row("texts/s meanwhile", f"{speed:,.0f} ({speed / own:.0%})", "≥ 85 %")
    table.add_row("clients/s", f"{(batch['done'] + batch['failed'] - done) / seconds:,.1f}", "")
    table.add_row("interactive alone, p50 / p99", f"{quantile(alone, 50)} / {quantile(alone, 99)}", "")
    table.add_row("interactive meanwhile, p50 / p99", f"{quantile(felt, 50)} / {quantile(felt, 99)}", "p99 ≤ 2,000 ms")
    table.add_row("calls refused", f"{felt.refused} of {felt.refused + len(felt.seconds)}", "")
    table.add_row("memory of the API", f"{before / 2**20:.0f} → {felt.memory / 2**20:.0f} MiB", "± 50 MiB")
    table.add_row("rows of the results, clients in them", f"{len(rows)}, {len(set(rows))}", str(clients))
    return table


def model_port(stack: Stack) -> str:
    commands = [command_of(pid) for pid in descendants(stack.root_pid or 0)]
    return next(found[1] for one in commands if (found := re.search(r"model\.serving\.server.*--port (\d+)", one)))


async def own_speed(url: str) -> float:
    """Texts per second of calls that keep the component full; the second time, when it has settled."""
    briefs = crowd_briefs(400, 3)
    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as client:
        await overload._peak(client, briefs)
        return await overload._peak(client, briefs)


def written(model: str) -> float:
    """Texts that the component has finished since its start."""
    lines = httpx.get(f"{model}/metrics", timeout=10, trust_env=False).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("offerloop_model_texts_total"))


def memory(stack: Stack) -> int:
    """Resident bytes of all processes of the API."""
    return sum(resident_bytes(pid) for pid in descendants(stack.root_pid or 0) if "gunicorn" in command_of(pid))


def send(client: httpx.Client, clients: int, channel: str) -> str:
    lines = [f"client_id;age;super_clust;{';'.join(FEATURES)}"]
    for number in range(clients):
        habit = ["40" if place == number % len(FEATURES) else "" for place in range(len(FEATURES))]
        lines.append(f"{number};{20 + number % 50};{SEGMENTS[number % len(SEGMENTS)]};{';'.join(habit)}")
    form = {"product": "CC", "channel": channel, "campaign": "load"}
    answer = client.post("/api/v1/batches", data=form, files={"file": ("load.csv", "\n".join(lines).encode())})
    answer.raise_for_status()
    return str(answer.json()["batch_id"])


def status(client: httpx.Client, batch_id: str) -> dict[str, Any]:
    return dict(client.get(f"/api/v1/batches/{batch_id}").json())


def wait(client: httpx.Client, batch_id: str, ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    while not ready(batch := status(client, batch_id)):
        time.sleep(PAUSE_S)
    return batch


def watch(stack: Stack, channel: str, felt: Felt, over: threading.Event) -> None:
    with httpx.Client(base_url=stack.url, auth=stack.credentials, timeout=60.0) as client:
        while not over.is_set():
            interactive(client, channel, felt, time.monotonic() + 1.0)
            felt.memory = max(felt.memory, memory(stack))


def interactive(client: httpx.Client, channel: str, felt: Felt, until: float) -> None:
    while time.monotonic() < until:
        started = time.perf_counter()
        answer = post(client, some_clients(1), channel)
        if answer.status_code == 200:
            felt.seconds.append(time.perf_counter() - started)
        else:
            felt.refused += 1
        time.sleep(PAUSE_S)


def quantile(felt: Felt, which: int) -> str:
    if len(felt.seconds) < 2:
        return "—"
    return f"{statistics.quantiles(felt.seconds, n=100, method='inclusive')[which - 1] * 1000:,.0f} ms"


def results(client: httpx.Client, batch_id: str) -> list[str]:
    """The clients of the results, which are streamed."""
    with client.stream("GET", f"/api/v1/batches/{batch_id}/results", params={"format": "ndjson"}) as answer:
        return [str(json.loads(line)["client_id"]) for line in answer.iter_lines() if line]


if __name__ == "__main__":
    main()

"""A batch on a running stack: how near it comes to the engine's own speed, what interactive calls feel of it, memory.

Run as: python -m tests.load.batches [--clients 2500] [--channel SMS]
Starts a stack of its own and stops it. Texts are counted by the model component, since each client gets several
candidates. "Its own speed" is what the component writes for calls like those of the batch, about the same clients,
that keep it full with nothing around it: the mean of measurements before the batch, after it, and every so often in
between while the batch is stopped, since a machine that others share is not as fast an hour later.
"""

import argparse
import asyncio
import itertools
import json
import random
import re
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from backend.offers import limits
from backend.offers.writer import TEMPERATURES
from model.brief import Brief, control_prompt
from tests.load.bench import (
    FEATURES,
    SEGMENTS,
    SHORT,
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
ASKED_AGAIN_S = 2.0
"""Between looks at how far the batch is: the page is told by events, and a system that waits for hours asks seldom."""
ALONE_S = 15.0
OWN_S, SETTLE_S = 10.0, 4.0
IDLE_LOOKS = 6
PART_S = 600.0
"""After so much of the batch the engine's own speed is measured anew."""
LIKE = 200
"""Clients whose briefs stand for those of all."""
CALLERS, PROMPTS, EACH = 6, 32, 2
"""Of the measurement of the engine: calls at once, their prompts, texts for each prompt."""
SIZES = (1, 1, 1, 8, 1, 1, 1, 64)
"""Clients of the interactive calls, in turns; they want text messages, whatever the batch is."""


@dataclass
class Felt:
    """Seconds of the interactive calls by their clients, how many were refused, and bytes of the API after each few."""

    seconds: dict[int, list[float]] = field(default_factory=lambda: {size: [] for size in sorted(set(SIZES))})
    refused: int = 0
    memory: list[int] = field(default_factory=list)

    @property
    def calls(self) -> int:
        return sum(map(len, self.seconds.values()))


@dataclass(frozen=True)
class Part:
    """Texts and clients of some seconds of the batch."""

    texts: float
    seconds: float
    clients: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=2500)
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
    prompts = prompts_of(client, channel)
    own = [asyncio.run(own_speed(model, prompts, channel))]
    alone = Felt()
    interactive(client, alone, time.monotonic() + ALONE_S)
    before, felt = memory(stack), Felt()
    batch_id = send(client, clients, channel)
    texts = seconds = done = 0.0
    while not is_over(batch := status(client, batch_id)):
        part = measure_part(stack, client, batch_id, felt)
        texts, seconds, done = texts + part.texts, seconds + part.seconds, done + part.clients
        own.append(asyncio.run(own_speed(model, prompts, channel)))
        if status(client, batch_id)["status"] == "cancelled":
            client.post(f"/api/v1/batches/{batch_id}/resume").raise_for_status()
    speed, mean = texts / seconds, statistics.fmean(own)
    rows = results(client, batch_id)
    title = f"{clients} × {channel}: {batch['status']}, {batch['failed']} failed"
    table = Table("", "measured", "to reach", title=title)
    told = f"{mean:,.0f} ({len(own)} times: {min(own):,.0f} to {max(own):,.0f})"
    table.add_row("the engine's own texts/s", told, "")
    table.add_row("texts/s during the batch", f"{speed:,.0f} ({speed / mean:.0%})", "≥ 85 %")
    table.add_row("clients/s", f"{done / seconds:,.1f}", "")
    for size in felt.seconds:
        table.add_row(f"calls of {size} alone, p50 / p99", quantiles(alone, size), "")
        table.add_row(f"calls of {size} beside it, p50 / p99", quantiles(felt, size), "p99 ≤ 2,000 ms")
    table.add_row("calls refused, alone / beside it", f"{share_refused(alone)} / {share_refused(felt)}", "")
    table.add_row("memory of the API, most for a moment", told_memory(before, felt.memory), "± 50 MiB")
    table.add_row("rows of the results, clients in them", f"{len(rows)}, {len(set(rows))}", str(clients))
    return table


def measure_part(stack: Stack, client: httpx.Client, batch_id: str, felt: Felt) -> Part:
    """From the first clients of the batch that come now until it is over or PART_S have passed; then it is stopped."""
    model, begun, over = f"http://127.0.0.1:{model_port(stack)}", status(client, batch_id), threading.Event()
    first = wait(client, batch_id, lambda batch: is_over(batch) or batch["done"] > begun["done"])
    started, texts = time.monotonic(), written(model)
    beside = threading.Thread(target=watch, args=(stack, felt, over))
    beside.start()
    last = wait(client, batch_id, lambda batch: is_over(batch) or time.monotonic() - started > PART_S)
    seconds, texts = time.monotonic() - started, written(model) - texts
    over.set()
    beside.join()
    if not is_over(last):
        client.post(f"/api/v1/batches/{batch_id}/cancel")  # refused where it has just ended
    return Part(texts, seconds, sum(last[name] - first[name] for name in ("done", "failed")))


def is_over(batch: Mapping[str, Any]) -> bool:
    return batch["status"] not in ("queued", "running")


def model_port(stack: Stack) -> str:
    commands = [command_of(pid) for pid in descendants(stack.root_pid or 0)]
    return next(found[1] for one in commands if (found := re.search(r"model\.serving\.server.*--port (\d+)", one)))


def prompts_of(client: httpx.Client, channel: str) -> list[str]:
    """What the model is told about clients like those of the batch: they are written for, and their offers asked."""
    batch_id = send(client, LIKE, channel)
    wait(client, batch_id, is_over)
    ids = [row["offer_id"] for row in rows_of(client, batch_id)]
    briefs = [client.get(f"/api/v1/offers/{one}").raise_for_status().json()["brief"] for one in ids]
    return [control_prompt(Brief(**brief)) for brief in briefs if brief]


async def own_speed(url: str, prompts: Sequence[str], channel: str) -> float:
    """Texts per second of calls that keep the component full, once it has settled and nothing else is asked."""
    await asyncio.to_thread(until_idle, url)
    rng = random.Random(1)
    most = limits.max_tokens([limits.piece_of(channel, channel in SHORT, "control")])
    sampling = {"n": EACH, "temperature": TEMPERATURES[0], "top_p": 0.95, "max_tokens": most, "logprobs": 0}

    async def caller(client: httpx.AsyncClient, until: float) -> None:
        while time.monotonic() < until:
            body = {"prompt": rng.sample(prompts, PROMPTS), **sampling, "priority": "batch"}
            (await client.post("/v1/completions", json=body)).raise_for_status()

    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as client:
        over = time.monotonic() + SETTLE_S + OWN_S
        calls = [asyncio.create_task(caller(client, over + SETTLE_S)) for _ in range(CALLERS)]
        await asyncio.sleep(SETTLE_S)
        texts, started = await asyncio.to_thread(written, url), time.monotonic()
        await asyncio.sleep(max(0.0, over - started))
        speed = (await asyncio.to_thread(written, url) - texts) / (time.monotonic() - started)
        await asyncio.gather(*calls)
    return speed


def until_idle(model: str) -> None:
    """A batch that was stopped has chunks under way, and what they come to is judged and thrown away."""
    looks = 0
    while looks < IDLE_LOOKS:
        texts = metric(model, "offerloop_model_running_texts") + metric(model, "offerloop_model_queue_texts")
        looks = 0 if texts else looks + 1
        time.sleep(PAUSE_S)


def written(model: str) -> float:
    """Texts that the component has finished since its start."""
    return metric(model, "offerloop_model_texts_total")


def metric(model: str, name: str) -> float:
    """The sum over its labels."""
    lines = httpx.get(f"{model}/metrics", timeout=10, trust_env=False).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))


def memory(stack: Stack) -> int:
    """Resident bytes of all processes of the API."""
    return sum(resident_bytes(pid) for pid in descendants(stack.root_pid or 0) if "gunicorn" in command_of(pid))


def told_memory(before: int, during: list[int]) -> str:
    """Before the batch and in its last fifth; and the most, since hashing a password takes 64 MiB for a moment."""
    late = statistics.median(during[-max(1, len(during) // 5) :])
    return f"{before / 2**20:.0f} → {late / 2**20:.0f} MiB ({max(during) / 2**20:.0f})"


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
        time.sleep(ASKED_AGAIN_S)
    return batch


def watch(stack: Stack, felt: Felt, over: threading.Event) -> None:
    with httpx.Client(base_url=stack.url, auth=stack.credentials, timeout=60.0) as client:
        while not over.is_set():
            interactive(client, felt, time.monotonic() + 1.0)
            felt.memory.append(memory(stack))


def interactive(client: httpx.Client, felt: Felt, until: float) -> None:
    for size in itertools.islice(itertools.cycle(SIZES), felt.calls + felt.refused, None):
        if time.monotonic() > until:
            return
        started = time.perf_counter()
        answer = post(client, some_clients(size), "SMS")
        if answer.status_code == 200:
            felt.seconds[size].append(time.perf_counter() - started)
        else:
            felt.refused += 1
        time.sleep(PAUSE_S)


def quantiles(felt: Felt, size: int) -> str:
    """Of so few calls as a short run has, the last percentile is the slowest."""
    seconds = felt.seconds[size]
    if len(seconds) < 2:
        return "—"
    each = statistics.quantiles(seconds, n=100, method="inclusive")
    return f"{each[49] * 1000:,.0f} / {each[98] * 1000:,.0f} ms ({len(seconds)} calls)"


def share_refused(felt: Felt) -> str:
    return f"{felt.refused} of {felt.refused + felt.calls}"


def results(client: httpx.Client, batch_id: str) -> list[str]:
    """The clients of the results."""
    return [str(row["client_id"]) for row in rows_of(client, batch_id)]


def rows_of(client: httpx.Client, batch_id: str) -> Iterator[dict[str, Any]]:
    """The results, which are streamed."""
    with client.stream("GET", f"/api/v1/batches/{batch_id}/results", params={"format": "ndjson"}) as answer:
        yield from (json.loads(line) for line in answer.iter_lines() if line)


if __name__ == "__main__":
    main()

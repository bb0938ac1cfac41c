"""The model component under twice the load it can bear: what is accepted stays fast, the rest is refused at once.

Run as: python -m tests.load.overload [--model model/weights/base-7.gguf] [--seconds 60]
The peak is measured first with callers that always have a request waiting; then requests arrive at random moments at
twice that rate, each with a deadline of two seconds.
"""

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from model.brief import Brief, control_prompt
from retrain.evaluation.report import crowd_briefs, shipped
from tests.load.bench import free_port
from tests.load.rivals import running, wait_ready

PROMPTS = 16
"""Texts a request: a call of a few clients."""
MAX_TOKENS = 45
DEADLINE_MS = 2000
PEAK_SECONDS = 8.0
PEAK_CALLERS = 6


@dataclass
class Seen:
    """What became of the requests."""

    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    texts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def _body(briefs: list[Brief], rng: random.Random, **more: Any) -> dict[str, Any]:
    prompts = [control_prompt(brief) for brief in rng.sample(briefs, PROMPTS)]
    sampling = {"temperature": 0.8, "top_p": 0.95, "max_tokens": MAX_TOKENS, "logprobs": 0}
    return {"prompt": prompts, **sampling, **more}


async def _call(client: httpx.AsyncClient, body: dict[str, Any], seen: Seen) -> None:
    started = time.perf_counter()
    answer = await client.post("/v1/completions", json=body)
    seconds = time.perf_counter() - started
    if answer.status_code == 200:
        seen.accepted.append(seconds)
        seen.texts.update(choice["finish_reason"] for choice in answer.json()["choices"])
    elif answer.status_code in (429, 503):
        seen.refused.append(seconds)
    else:
        answer.raise_for_status()


async def _peak(client: httpx.AsyncClient, briefs: list[Brief]) -> float:
    """Texts a second with a request always waiting."""
    rng, seen = random.Random(1), Seen()
    until = time.perf_counter() + PEAK_SECONDS

    async def caller() -> None:
        while time.perf_counter() < until:
            await _call(client, _body(briefs, rng), seen)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(PEAK_CALLERS)))
    return sum(seen.texts.values()) / (time.perf_counter() - started)


async def _storm(client: httpx.AsyncClient, briefs: list[Brief], rate: float, seconds: float) -> Seen:
    """Requests at random moments, `rate` a second on average."""
    rng, seen = random.Random(2), Seen()
    started = time.perf_counter()
    due, calls = started, []
    while due < started + seconds:
        due += rng.expovariate(rate)
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        calls.append(asyncio.create_task(_call(client, _body(briefs, rng, deadline_ms=DEADLINE_MS), seen)))
    await asyncio.gather(*calls)
    seen.seconds = time.perf_counter() - started
    return seen


def _p99(seconds: list[float]) -> str:
    return f"{statistics.quantiles(seconds, n=100)[98] * 1000:,.0f} ms" if len(seconds) > 1 else "—"


async def measure(url: str, seconds: float, factor: float) -> Table:
    """Peak, then the storm."""
    briefs = crowd_briefs(400, 3)
    limits = httpx.Limits(max_connections=500)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits, trust_env=False) as client:
        await _peak(client, briefs)  # lengths of texts and thread counts settle
        peak = await _peak(client, briefs)
        seen = await _storm(client, briefs, factor * peak / PROMPTS, seconds)
    whole = sum(seen.texts.values()) - seen.texts["deadline"]
    speed = whole / seen.seconds
    table = Table("", "measured", "to reach", title=f"{factor:g} times the capacity for {seconds:.0f} s")
    table.add_row("peak, texts/s", f"{peak:,.0f}", "")
    table.add_row("whole texts/s under load", f"{speed:,.0f} ({speed / peak:.0%})", "≥ 90%")
    table.add_row("accepted / refused requests", f"{len(seen.accepted):,} / {len(seen.refused):,}", "")
    table.add_row("accepted, p99", _p99(seen.accepted), "≤ 2,000 ms")
    table.add_row("refused, p99", _p99(seen.refused), "at once")
    table.add_row("texts cut by the deadline", f"{seen.texts['deadline'] / max(1, sum(seen.texts.values())):.2%}", "")
    return table


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--factor", type=float, default=2.0)
    args = parser.parse_args()
    port, model = free_port(), args.model or shipped()
    with running([sys.executable, "-m", "model.serving.server", "--model", str(model), "--port", str(port)]):
        url = f"http://127.0.0.1:{port}"
        wait_ready(url)
        Console().print(asyncio.run(measure(url, args.seconds, args.factor)))


if __name__ == "__main__":
    main()

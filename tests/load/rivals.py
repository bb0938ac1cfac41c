"""Our engine beside llama.cpp's own tools on the same file, in turns, in one run.

Run as: python -m tests.load.rivals [--model model/weights/base-7.gguf] [--tools FOLDER]
The tools are `llama-batched-bench` and `llama-server`, built from the llama.cpp that llama-cpp-python vendors; they are
looked for in --tools, in LLAMA_CPP_TOOLS and on the PATH. What is not found is left out, and said.
"""

import argparse
import asyncio
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from model.serving.bench import PROMPT, engine_seconds
from model.serving.host import Settings, build_engine
from model.serving.stats import Stats
from retrain.evaluation.report import shipped
from tests.load.bench import free_port

BATCH, TOKENS = 32, 40
CONTEXT = 512
CALLERS = (1, 8, 32)
SECONDS = 3.0
LETTERS = "абвгдежзиклмнопрстуфхцчшщэюя"
START_S = 60.0
LAST_ROW = re.compile(r"^\|(?:\s*[\d.]+\s*\|){10}\s*$", re.MULTILINE)


def find_tool(name: str, folder: str | None) -> str | None:
    """Path of a tool, or None."""
    return shutil.which(name, path=folder) if folder else shutil.which(name)


def batched_bench(tool: str, model: Path, cores: int, *flags: str) -> float | None:
    """Seconds for 32 texts of 40 tokens behind prompts of 10; None where the tool fails with these flags."""
    sizes = ["-npp", str(PROMPT), "-ntg", str(TOKENS), "-npl", str(BATCH), "-c", str(CONTEXT * BATCH)]
    kinds = ["-t", str(cores), "-tb", str(cores), "-ctk", "q8_0", "-ctv", "q8_0", "-fa", "on"]
    done = subprocess.run([tool, "-m", str(model), *sizes, *kinds, *flags], capture_output=True, text=True, check=False)
    rows = LAST_ROW.findall(done.stdout)
    return float(rows[-1].split("|")[9]) if done.returncode == 0 and rows else None


def beside_batched_bench(tool: str, model: Path, rounds: int) -> Table:
    """Engine (sampling, log-probabilities, scheduling) against bare decoding steps without any of them."""
    engine = build_engine(Settings(model), model, Stats())
    cores = engine.shape.threads
    # weights repacked by llama.cpp may be faster or may not run at all on this processor: the better one counts
    variants = [flags for flags in ((), ("--no-repack",)) if batched_bench(tool, model, cores, *flags) is not None]
    if not variants:
        raise SystemExit(f"{tool} does not run on this machine")
    own, other = [], []
    try:
        engine_seconds(engine, BATCH, TOKENS)
        for _ in range(rounds):
            own.append(engine_seconds(engine, BATCH, TOKENS))
            times = [batched_bench(tool, model, cores, *flags) for flags in variants]
            other.append(min(seconds for seconds in times if seconds is not None))
    finally:
        engine.close()
    ratio = statistics.median(theirs / mine for mine, theirs in zip(own, other, strict=True))
    table = Table(
        "", "tokens/s, median", "ratio", title=f"{BATCH} texts of {TOKENS} tokens at once, {rounds} rounds in turns"
    )
    table.add_row("llama-batched-bench", f"{BATCH * TOKENS / statistics.median(other):,.0f}", "")
    table.add_row("engine", f"{BATCH * TOKENS / statistics.median(own):,.0f}", f"{ratio:.0%} (to reach: 85%)")
    return table


@contextmanager
def running(command: Sequence[str]) -> Iterator[None]:
    """A server for as long as the block lasts."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def _load(url: str, callers: int, seed: int) -> tuple[float, float]:
    """Texts a second, and the 99th percentile of a call in milliseconds."""
    body = {"max_tokens": TOKENS, "temperature": 0.8, "top_p": 0.95, "ignore_eos": True}
    rng = random.Random(seed)
    times: list[float] = []

    async def call(client: httpx.AsyncClient, until: float) -> None:
        while (started := time.perf_counter()) < until:
            # each prompt is another one, as in life: nobody's cache of earlier prompts may answer for the engine
            prompt = " ".join(rng.choices(LETTERS, k=PROMPT))
            (await client.post("/v1/completions", json={**body, "prompt": prompt})).raise_for_status()
            times.append(time.perf_counter() - started)

    limits = httpx.Limits(max_connections=callers)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60, trust_env=False) as client:
        started = time.perf_counter()
        await asyncio.gather(*(call(client, started + SECONDS) for _ in range(callers)))
        seconds = time.perf_counter() - started
    return len(times) / seconds, statistics.quantiles(times, n=100)[98] * 1000


def wait_ready(url: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"nothing answers at {url}")


def beside_server(tool: str, model: Path, rounds: int) -> Table:
    """Two HTTP servers with one text a call, the callers on the same cores."""
    ours, theirs = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    cores = str(len(os.sched_getaffinity(0)))
    flags = ["-np", "32", "-c", str(CONTEXT * 32), "-t", cores, "-tb", cores, "-ctk", "q8_0", "-ctv", "q8_0"]
    other = [tool, "-m", str(model), "--port", theirs.rsplit(":", 1)[1], *flags, "--no-repack", "-fa", "on"]
    own = [sys.executable, "-m", "model.serving.server", "--model", str(model), "--port", ours.rsplit(":", 1)[1]]
    table = Table("callers", "engine, texts/s", "p99, ms", "llama-server, texts/s", "p99, ms", "engine / llama-server")
    with running(own), running(other):
        wait_ready(ours)
        wait_ready(theirs)
        for callers in CALLERS:
            seeds = [100 * callers + round_ for round_ in range(rounds)]
            pairs = [(asyncio.run(_load(ours, callers, s)), asyncio.run(_load(theirs, callers, s))) for s in seeds]
            mine, rival = (
                [statistics.median(column) for column in zip(*side, strict=True)] for side in zip(*pairs, strict=True)
            )
            ratio = statistics.median(a[0] / b[0] for a, b in pairs)
            table.add_row(str(callers), *(f"{x:,.0f}" for x in (*mine, *rival)), f"{ratio:.1f}×")
    return table


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--tools", default=os.environ.get("LLAMA_CPP_TOOLS"), help="folder of llama.cpp's tools")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    console, model = Console(), args.model or shipped()
    for name, compare in (("llama-batched-bench", beside_batched_bench), ("llama-server", beside_server)):
        tool = find_tool(name, args.tools)
        if tool is None:
            console.print(f"{name}: not found (--tools, LLAMA_CPP_TOOLS or PATH); left out")
            continue
        console.print(compare(tool, model, args.rounds))


if __name__ == "__main__":
    main()

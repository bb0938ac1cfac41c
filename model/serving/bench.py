"""Speed and memory of the model component, with the machine's description.

Run as: python -m model.serving.bench --model model/weights/base-7.gguf
Compares the engine (sampling, logprobs and all) with plain llama_decode steps of the same batches in the same run, in
turns, so that other programs disturb both alike. Texts have a fixed length here (the end token is ignored); with
--prompts FILE (one prompt a line) whole texts are measured too.
"""

import argparse
import multiprocessing
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from model.serving.engine import Engine
from model.serving.host import Settings, build_engine
from model.serving.jobs import Choice, Request
from model.serving.llama import Context, Model, opened
from model.serving.sampling import SamplingParams
from model.serving.stats import Stats
from model.serving.waiter import Waiter

SIZES = (1, 8, 32, 64)
PROMPT = 10
SAMPLING = SamplingParams(temperature=0.8, top_p=0.95, logprobs=0)


def run_request(engine: Engine, request: Request) -> tuple[list[Choice], float]:
    """Choices and seconds."""
    waiter = Waiter()
    started = time.perf_counter()
    engine.submit(request, waiter)
    choices = waiter.wait()
    return choices, time.perf_counter() - started


def random_prompts(model: Model, count: int) -> list[list[int]]:
    rng = np.random.default_rng(7)
    ids = np.flatnonzero([bool(piece) for piece in model.vocabulary.pieces])
    return [rng.choice(ids, PROMPT).tolist() for _ in range(count)]


def engine_seconds(engine: Engine, sequences: int, tokens: int) -> float:
    request = Request(
        random_prompts(engine.model, sequences), seed=1, max_tokens=tokens, sampling=SAMPLING, ignore_end=True
    )
    return run_request(engine, request)[1]


def plain_seconds(context: Context, sequences: int, tokens: int) -> float:
    """The same work with nothing around llama_decode: read the prompts, then decode steps with fixed tokens."""
    context.clear()
    batch, count = context.batch, sequences * PROMPT
    ids = np.concatenate(random_prompts(context.model, sequences))
    started = time.perf_counter()
    for first in range(0, count, context.shape.step_tokens):
        part = np.arange(first, min(count, first + context.shape.step_tokens))
        batch.token[: len(part)], batch.pos[: len(part)] = ids[part], part % PROMPT
        batch.seq[: len(part)], batch.output[: len(part)] = part // PROMPT, part % PROMPT == PROMPT - 1
        context.decode(len(part), int(batch.output[: len(part)].sum()))
    batch.seq[:sequences], batch.output[:sequences] = np.arange(sequences), 1
    for step in range(tokens - 1):
        batch.pos[:sequences] = PROMPT + step
        context.decode(sequences, sequences)
    return time.perf_counter() - started


def _plain_worker(pipe: Connection, path: Path, extra_buffers: bool, sequences: int) -> None:
    with opened(path, extra_buffers=extra_buffers, sequences=sequences) as context:
        while order := pipe.recv():
            threads, texts, tokens = order
            context.use_threads(threads)
            pipe.send(plain_seconds(context, texts, tokens))


class Yardstick:
    """Plain decoding in a process of its own: a second team of OpenMP threads in ours would slow both down."""

    def __init__(self, path: Path, *, extra_buffers: bool, sequences: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, other = spawn.Pipe()
        self._process = spawn.Process(target=_plain_worker, args=(other, path, extra_buffers, sequences), daemon=True)
        self._process.start()

    def seconds(self, threads: int, sequences: int, tokens: int) -> float:
        """Time for `sequences` texts of `tokens` tokens."""
        self._pipe.send((threads, sequences, tokens))
        return float(self._pipe.recv())

    def close(self) -> None:
        """End the process."""
        self._pipe.send(None)
        self._process.join()


@dataclass(frozen=True)
class Row:
    """Best of several rounds, in tokens a second; the ratio is the median of the rounds'."""

    sequences: int
    engine: float
    plain: float
    ratio: float


def compare(engine: Engine, plain: Yardstick, sequences: int, tokens: int, rounds: int) -> Row:
    pairs = []
    for _ in range(rounds + 1):
        own = engine_seconds(engine, sequences, tokens)
        pairs.append((own, plain.seconds(engine.shape.threads, sequences, tokens)))
    del pairs[0]
    written = sequences * tokens
    best = [written / min(times) for times in zip(*pairs, strict=True)]
    return Row(sequences, best[0], best[1], statistics.median(bare / own for own, bare in pairs))


def latencies(call: Callable[[], object], count: int) -> tuple[float, float]:
    """Median and 99th percentile in milliseconds."""
    times = []
    for _ in range(count):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times), sorted(times)[max(0, round(0.99 * count) - 1)]


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


def measure_server(path: Path, tokens: int) -> dict[str, str]:
    """Latency over HTTP and memory of a server process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "model.serving.server", "--model", str(path), "--port", str(port)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            _wait_ready(client, server)
            body: dict[str, Any] = {"max_tokens": tokens, "ignore_eos": True, "temperature": 0.8, "logprobs": 0}
            one = latencies(lambda: client.post("/v1/completions", json={"prompt": "а", **body}).raise_for_status(), 50)
            many = {"prompt": ["а"] * 64, **body}
            all_ = latencies(lambda: client.post("/v1/completions", json=many).raise_for_status(), 5)
        memory = resident_mb(server.pid)
    finally:
        server.terminate()
        server.wait()
    return {
        "1 text over HTTP, p50 / p99": f"{one[0]:.0f} / {one[1]:.0f} ms",
        "64 texts over HTTP, p50 / worst of 5": f"{all_[0]:.0f} / {all_[1]:.0f} ms",
        "server's peak memory": f"{memory:.0f} MB",
    }


def _wait_ready(client: httpx.Client, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit("the server did not start")


def whole_texts(engine: Engine, prompts: list[str], tokens: int) -> dict[str, str]:
    """Texts that end by themselves: 1 and 64 at once."""
    ids = [engine.vocabulary.tokenize(prompt) for prompt in prompts]
    lines = {}
    for count in (1, 64):
        chosen = [ids[i % len(ids)] for i in range(count)]
        request = Request(chosen, seed=1, max_tokens=tokens, sampling=SAMPLING)
        runs = [run_request(engine, request) for _ in range(6)][1:]
        seconds = min(run[1] for run in runs)
        mean = statistics.mean(len(choice.tokens) for choice in runs[0][0])
        lines[f"{count} whole texts"] = (
            f"{seconds * 1000:.0f} ms, {count / seconds:.0f} texts/s, {mean:.0f} tokens each"
        )
    return lines


def machine() -> str:
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return f"{cpu}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GB, load {load:.1f} at start"


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def report(args: argparse.Namespace) -> None:
    say(f"machine: {machine()}")
    engine = build_engine(Settings(args.model), args.model, Stats())
    shape = engine.shape
    say(
        f"model:   {engine.model.version}, {engine.model.n_params / 1e6:.1f} M parameters, {engine.model.description},"
        f" {args.model.stat().st_size / 2**20:.1f} MB, KV {shape.kv_type}, {shape.threads} threads"
    )
    say(f"load:    {PROMPT} prompt tokens, {args.tokens} new tokens, temperature 0.8, top_p 0.95, logprobs\n")
    say("| at once | texts/s | tokens/s | plain llama_decode, tokens/s | engine / plain |")
    say("|--:|--:|--:|--:|--:|")
    plain = Yardstick(args.model, extra_buffers=engine.model.extra_buffers, sequences=shape.sequences)
    for size in (size for size in SIZES if size <= shape.sequences):
        row = compare(engine, plain, size, args.tokens, args.rounds)
        texts = row.engine / args.tokens
        say(f"| {size} | {texts:.1f} | {row.engine:.0f} | {row.plain:.0f} | {row.ratio:.0%} |")
    plain.close()
    p50, p99 = latencies(lambda: engine_seconds(engine, 1, args.tokens), 50)
    say(f"\ndecode threads in use: {engine.threads}")
    lines = {f"1 text of {args.tokens} tokens in the engine, p50 / p99": f"{p50:.0f} / {p99:.0f} ms"}
    if args.prompts:
        lines |= whole_texts(engine, args.prompts.read_text("utf-8").split("\n"), 256)
    engine.close()
    lines |= measure_server(args.model, args.tokens)
    for name, value in lines.items():
        say(f"{name}: {value}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=40, help="length of a text")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--prompts", type=Path, help="a file with one prompt a line, for whole texts")
    report(parser.parse_args())


if __name__ == "__main__":
    main()

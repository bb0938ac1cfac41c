"""A mixed load for minutes or days: every answer is right or a refusal that was meant, and no process grows.

Run as: python -m tests.load.soak [--minutes 10] [--url …]
Starts a stack of its own, loopback only, and ends with 1 when a promise is broken. With --url the load goes to a
running system (credentials from BENCH_USER and BENCH_PASSWORD), whose memory is not watched.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import theilslopes

from tests.load.bench import Stack, command_of, descendants, describe_machine, parent_of, stack_for, status_of
from tests.load.mixed import LATER, SERVED, Load, stop_when_told

WARM_SHARE = 0.4
"""Of the run: caches fill, pools grow to their size, the database's pages come into memory."""
SAMPLES = 300
"""Over the run, however long it is; not more than one a second."""
FEWEST_SAMPLES = 20
LARGEST_GROWTH_MIB = 12.0
"""Of one process after the warm-up. Below it lies the noise of allocators."""
LARGEST_TOTAL_MIB = 50.0
WORKER = "backend.worker"
ROLES: Mapping[str, str] = {
    "backend.launch": "supervisor",
    "model.serving": "model component",
    "gunicorn": "API",
    "--queues retrain": "worker of retraining",
    "--queues batch": "batch worker",
    WORKER: "worker",
    "valkey-server": "Valkey",
    "postgres": "PostgreSQL",
}
"""What a command line holds, and what the process is; the first that fits."""


@dataclass
class Watch:
    """Memory of every process over time: seconds since the start, and MiB that are the process's own.

    A job is a child of its worker and takes what its work needs until it ends, a training some hundred MiB: of `jobs`
    only the most is kept, by the worker's role.
    """

    jobs: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    samples: dict[tuple[str, int], list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    totals: list[tuple[float, float]] = field(default_factory=list)

    def take(self, root: int, at: float) -> None:
        total = 0.0
        for pid in descendants(root):
            role, own = role_of(command_of(pid)), own_mib(pid)
            if role is None or not own:
                continue
            if is_job(pid):
                self.jobs[role] = max(self.jobs[role], own)
                continue
            self.samples[role, pid].append((at, own))
            total += own
        self.totals.append((at, total))


def role_of(command: str) -> str | None:
    return next((role for mark, role in ROLES.items() if mark in command), None)


def is_job(pid: int) -> bool:
    return WORKER in command_of(pid) and WORKER in command_of(parent_of(pid))


def own_mib(pid: int) -> float:
    """Memory that is neither a file's nor shared: pages that PostgreSQL's processes share would count many times."""
    return int(status_of(pid).get("RssAnon", "0 kB").split()[0]) / 1024


@dataclass(frozen=True)
class Growth:
    """Of one series after the warm-up: MiB gained over the watched time by the robust slope, and at least so many."""

    first: float
    last: float
    gained: float
    at_least: float

    def exceeds(self, limit: float) -> bool:
        """A rise that is no chance, of more MiB than `limit`."""
        return self.at_least > 0 and self.gained > limit


def growth(series: list[tuple[float, float]], since: float) -> Growth | None:
    """Theil and Sen's slope, which a few outliers do not move, with its 95 % interval; None for a short series."""
    watched = [one for one in series if one[0] >= since]
    if len(watched) < FEWEST_SAMPLES:
        return None
    at, mib = np.array(watched).T
    slope, _, low, _ = theilslopes(mib, at)
    span = float(at[-1] - at[0])
    return Growth(float(np.median(mib[:5])), float(np.median(mib[-5:])), float(slope) * span, float(low) * span)


def soak(stack: Stack, seconds: float, console: Console, seed: int) -> list[str]:
    """Run the load, print what was seen; returns what broke a promise."""
    load, watch = Load(stack, seed), Watch()
    started = time.monotonic()
    load.start()
    try:
        while (at := time.monotonic() - started) < seconds:
            if stack.root_pid:
                watch.take(stack.root_pid, at)
            load.stopping.wait(max(1.0, seconds / SAMPLES))
    finally:
        load.stop()
    console.print(load.seen.table(f"{seconds / 60:g} minutes of mixed load"))
    broken = [f"{kind}: {name} × {n}" for (kind, name), n in load.seen.outcomes.items() if name not in (SERVED, LATER)]
    broken += [f"  {why}" for why in load.seen.bad[:10]]
    if not load.seen.outcomes["POST /offers", SERVED] or not load.written.labels:
        broken.append("no text was written or no label set: the load was none")
    return broken + (judge(watch, seconds, console) if stack.root_pid else [])


def judge(watch: Watch, seconds: float, console: Console) -> list[str]:
    since, broken = seconds * WARM_SHARE, []
    table = Table("process", "MiB after warm-up", "at the end", "growth", title="Own memory of each process")
    lasting = 0
    for (role, pid), series in sorted(watch.samples.items()):
        found = growth(series, since)
        if found is None:
            continue  # a job's child, a connection of the database: it ended long before
        lasting += 1
        table.add_row(f"{role} ({pid})", f"{found.first:.1f}", f"{found.last:.1f}", f"{found.gained:+.1f}")
        if found.exceeds(LARGEST_GROWTH_MIB):
            broken.append(f"{role} ({pid}) grew by {found.gained:.1f} MiB, {LARGEST_GROWTH_MIB:g} are allowed")
    total = growth(watch.totals, since)
    if total is None or not lasting:
        return [*broken, f"too short to judge memory: {FEWEST_SAMPLES} samples after the warm-up are the least"]
    for role, most in sorted(watch.jobs.items()):
        table.add_row(f"jobs of the {role}", "at most", f"{most:.1f}", "")
    table.add_row("all but jobs", f"{total.first:.1f}", f"{total.last:.1f}", f"{total.gained:+.1f}")
    console.print(table)
    if total.exceeds(LARGEST_TOTAL_MIB):
        broken.append(f"all processes grew by {total.gained:.1f} MiB, {LARGEST_TOTAL_MIB:g} are allowed")
    return broken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--url", help="a running stack; without it one is started")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    stop_when_told()
    console = Console(width=120)
    with stack_for(arguments.url, console) as stack:
        console.print(describe_machine())
        broken = soak(stack, arguments.minutes * 60, console, arguments.seed)
    for line in broken:
        console.print(line, style="red", markup=False)
    console.print("broken" if broken else "nothing lost, nothing grew: passed")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()

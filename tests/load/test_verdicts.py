"""The checks of `soak` and `chaos` can fail: a leak, a lost and a doubled client, a wrong answer are found."""

import math
import random

import httpx
import pytest
from rich.console import Console

from tests.load.bench import Stack
from tests.load.chaos import compare, judge
from tests.load.mixed import Load, is_deliberate
from tests.load.soak import LARGEST_GROWTH_MIB, Growth, Watch, growth
from tests.load.soak import judge as judge_memory

SILENT = Console(quiet=True)
PROBLEM = {"Content-Type": "application/problem+json", "Retry-After": "1"}


def series(leak_mib: float, seconds: float = 600.0) -> list[tuple[float, float]]:
    """A warm-up of 60 MiB, then noise and single peaks, and a leak of so many MiB over the whole time."""
    rng = random.Random(5)
    times = [5.0 * number for number in range(int(seconds / 5))]
    noise = [rng.gauss(0, 2) + 80 * (rng.random() < 0.03) for _ in times]
    warm = [160 - 60 * math.exp(-at / 30) for at in times]
    return [(at, one + two + leak_mib * at / seconds) for at, one, two in zip(times, warm, noise, strict=True)]


def grown(leak_mib: float) -> Growth:
    found = growth(series(leak_mib), 240.0)
    assert found is not None
    return found


def test_a_leak_is_found_and_noise_is_none() -> None:
    assert abs(grown(0).gained) < 3
    assert not grown(0).exceeds(LARGEST_GROWTH_MIB)
    assert not grown(-50).exceeds(LARGEST_GROWTH_MIB)
    assert grown(40).gained == pytest.approx(0.6 * 40, abs=4)
    assert grown(40).exceeds(LARGEST_GROWTH_MIB)


def test_memory_is_judged_process_by_process() -> None:
    watch = Watch()
    watch.samples["API", 1] = series(0)
    watch.samples["worker", 2] = series(60)
    watch.samples["worker", 3] = series(60)[:10]
    watch.totals = [(at, one + two) for (at, one), (_, two) in zip(series(0), series(60), strict=True)]
    (told,) = judge_memory(watch, 600.0, SILENT)
    assert told.startswith("worker (2) grew by 3")
    assert "too short" in judge_memory(Watch(), 600.0, SILENT)[0]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({1: 1, 2: 1}, []),
        ({1: 1, 2: 1, 3: 1}, []),
        ({1: 1}, ["things: 1 lost ([2])"]),
        ({1: 1, 2: 2}, ["things: 1 doubled ([2])"]),
        ({1: 1, 2: 1, 3: 2}, ["things: 1 doubled ([3])"]),
    ],
)
def test_what_was_confirmed_is_there_once(found: dict[int, int], told: list[str]) -> None:
    """1 and 2 were confirmed, 3 was only tried."""
    assert compare("things", {1, 2}, {1, 2, 3}, found, SILENT) == told


@pytest.mark.parametrize(
    ("status", "headers", "deliberate"),
    [
        (503, PROBLEM, True),
        (429, PROBLEM, True),
        (409, PROBLEM, True),
        (409, {"Content-Type": "application/problem+json"}, False),
        (503, {"Content-Type": "application/problem+json"}, False),
        (503, {"Content-Type": "text/html", "Retry-After": "1"}, False),
        (500, PROBLEM, False),
        (502, PROBLEM, False),
    ],
)
def test_only_a_refusal_that_says_when_is_meant(status: int, headers: dict[str, str], deliberate: bool) -> None:
    assert is_deliberate(httpx.Response(status, headers=headers)) == deliberate


def test_a_wrong_answer_breaks_the_promise() -> None:
    load = Load(Stack("http://127.0.0.1:9", ("a", "b")), 1)
    load.seen.note("GET /offers", "2xx", 0.1)
    load.seen.note("GET /offers", "no answer", why="GET /offers: ConnectError")
    assert judge(load) == []
    load.seen.note("GET /offers", "500", why="GET /offers: 500 broken")
    assert judge(load) == ["GET /offers: 500 × 1", "  GET /offers: 500 broken"]

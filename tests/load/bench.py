"""Speed and memory of a running stack, with the machine's description: what `make bench` prints.

Run as: python -m tests.load.bench                                    starts a stack of its own and stops it
        python -m tests.load.bench --url http://127.0.0.1:8000        uses a running one; credentials from BENCH_USER
                                                                      and BENCH_PASSWORD
Nothing is compared and nothing fails: the promises stand beside the measured numbers for the reader to judge.
"""

import argparse
import os
import platform
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[2]
START_S = 300.0
WARM_UP_CALLS = 12
SHORT = ("SMS", "PUSH", "MOB_BANNER", "OFFICE_BANNER", "MOBILE_CHAT")
LONG = ("EMAIL", "TMO", "KND")
SEGMENTS = (
    "d. Масс-ЗП без согласия БКИ (1,3)",
    "h. Бывшие зарплатники (4,9,10,11)",
    "k. Без продукта (7,13,18)",
    "j. Депозиты в оттоке (0,17)",
)
FEATURES = ("cnt_tr_oil_3m", "cnt_tr_buy_3m", "cnt_tr_on_card_3m", "cnt_tr_cash_3m", "cnt_tr_service_3m")


@dataclass(frozen=True)
class Stack:
    """A running stack: where it is, how to sign in, the process whose family it is and its folder (None: foreign)."""

    url: str
    credentials: tuple[str, str]
    root_pid: int | None = None
    folder: Path | None = None


@dataclass(frozen=True)
class Timing:
    """Seconds of the calls that were answered, and how many were refused or came without some texts."""

    seconds: list[float]
    refused: int
    texts: int
    clients: int

    def at(self, share: float) -> str:
        """The quantile as text in milliseconds (nearest rank: the value that this share of calls does not exceed)."""
        if not self.seconds:
            return "—"
        ordered = sorted(self.seconds)
        place = max(0, min(len(ordered) - 1, -int(-share * len(ordered) // 1) - 1))
        return f"{ordered[place] * 1000:.0f} мс"


def main() -> None:
    arguments = read_arguments()
    console = Console(width=110)
    with stack_for(arguments.url, console) as stack:
        console.print(describe_machine())
        with httpx.Client(base_url=stack.url, auth=stack.credentials, timeout=60.0) as client:
            describe_model(client, console)
            warm_up(client)
            console.print(measure_speed(client, arguments.calls))
            console.print(measure_channels(client))
        console.print(measure_memory(stack))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="a running stack; without it one is started")
    parser.add_argument("--calls", type=int, default=50, help="calls of each size (50)")
    return parser.parse_args()


# --- the stack ----------------------------------------------------------------------------------------------------


@contextmanager
def stack_for(url: str | None, console: Console) -> Iterator[Stack]:
    if url:
        yield Stack(url.rstrip("/"), (os.environ["BENCH_USER"], os.environ["BENCH_PASSWORD"]))
        return
    password, port = secrets.token_urlsafe(15), free_port()
    with tempfile.TemporaryDirectory(prefix="offerloop-bench-") as folder:
        environment = {**os.environ, "VAR_DIR": folder, "PORT": str(port), "ADMIN_PASSWORD": password}
        log = Path(folder) / "launch.log"
        with log.open("w", encoding="utf-8") as output:
            launcher = subprocess.Popen(
                [sys.executable, "-m", "backend.launch"], cwd=ROOT, env=environment, stdout=output, stderr=output
            )
            try:
                console.print("Запускаю отдельный экземпляр…")
                wait_ready(f"http://127.0.0.1:{port}/readyz", launcher, log)
                yield Stack(f"http://127.0.0.1:{port}", ("admin", password), launcher.pid, Path(folder))
            finally:
                launcher.send_signal(signal.SIGINT)
                launcher.wait(timeout=120)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_ready(url: str, launcher: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if launcher.poll() is not None:
            sys.exit(f"the stack did not start:\n{log.read_text(encoding='utf-8')}")
        try:
            if httpx.get(url, timeout=5.0).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    sys.exit(f"the stack was not ready after {START_S:.0f} s:\n{log.read_text(encoding='utf-8')}")


# --- the machine --------------------------------------------------------------------------------------------------


def describe_machine() -> Table:
    table = Table(title="Машина", show_header=False, title_justify="left")
    cores = len(os.sched_getaffinity(0))
    for name, value in (
        ("Процессор", processor()),
        ("Ядер доступно", str(cores)),
        ("Память", f"{memory_total() / 2**30:.1f} ГиБ"),
        ("Занятость до замера", f"{os.getloadavg()[0]:.1f} за минуту на {cores} ядра"),
        ("Система", f"{platform.system()} {platform.release()}, Python {platform.python_version()}"),
    ):
        table.add_row(name, value)
    return table


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def memory_total() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def describe_model(client: httpx.Client, console: Console) -> None:
    answer = post(client, some_clients(1), "SMS")
    version = answer.json()["model_version"] if answer.status_code == 200 else f"не ответила ({answer.status_code})"
    limits = client.get("/api/v1/limits").json()
    console.print(
        f"Модель {version}; в одном вызове клиентов: {limits['short']}, на длинных каналах {limits['long']};"
        f" срок ответа {limits['deadline_ms']} мс"
    )


# --- speed --------------------------------------------------------------------------------------------------------


def some_clients(number: int) -> list[dict[str, Any]]:
    """Clients as sparse as real ones are: a segment, an age, one habit."""
    return [
        {
            "client_id": place,
            "features": {
                "age": 20 + place % 50,
                "super_clust": SEGMENTS[place % len(SEGMENTS)],
                FEATURES[place % len(FEATURES)]: 40,
            },
        }
        for place in range(number)
    ]


def post(client: httpx.Client, clients: list[dict[str, Any]], channel: str, product: str = "CC") -> httpx.Response:
    return client.post("/api/v1/offers", json={"product": product, "channel": channel, "clients": clients})


def warm_up(client: httpx.Client) -> None:
    """Every worker process reads its dictionaries once; a service that has run for a minute has done so."""
    for place in range(WARM_UP_CALLS):
        post(client, some_clients(1 + 3 * (place % 2)), (*SHORT, *LONG)[place % 8])


def measure(client: httpx.Client, number: int, channel: str, calls: int) -> Timing:
    seconds: list[float] = []
    refused = texts = 0
    for _ in range(calls):
        started = time.perf_counter()
        response = post(client, some_clients(number), channel)
        if response.status_code == 200:
            seconds.append(time.perf_counter() - started)
            texts += sum(offer["text"] is not None for offer in response.json()["offers"])
        else:
            refused += 1
    return Timing(seconds, refused, texts, number * calls)


def measure_speed(client: httpx.Client, calls: int) -> Table:
    table = Table("Вызов", "p50", "p95", "p99", "Текстов", "Отказов", "Обещано", title_justify="left")
    table.title = f"Скорость, по {calls} вызовов"
    for number, promise in ((1, "p50 ≤ 150 мс"), (8, ""), (64, "p99 ≤ 2000 мс")):
        row(table, f"{number} × SMS", measure(client, number, "SMS", calls), promise)
    return table


def measure_channels(client: httpx.Client) -> Table:
    limits = client.get("/api/v1/limits").json()
    table = Table("Канал", "p50", "p95", "p99", "Текстов", "Отказов", "Обещано", title_justify="left")
    table.title = "Полный вызов на каждом канале, по 5 вызовов"
    for channel in (*SHORT, *LONG):
        number = limits["short"] if channel in SHORT else limits["long"]
        row(table, f"{number} × {channel}", measure(client, number, channel, 5), "≤ 2000 мс")
    return table


def row(table: Table, name: str, timing: Timing, promise: str) -> None:
    answered = timing.clients - timing.refused * (timing.clients // (len(timing.seconds) + timing.refused))
    quantiles = [timing.at(share) for share in (0.5, 0.95, 0.99)]
    table.add_row(name, *quantiles, f"{timing.texts} из {answered}", str(timing.refused), promise)


# --- memory -------------------------------------------------------------------------------------------------------


def measure_memory(stack: Stack) -> Table:
    table = Table("Процесс", "Резидентная память", "Обещано", title="Память после замера", title_justify="left")
    family = descendants(stack.root_pid) if stack.root_pid else every_process()
    for name, mark, promise in (
        ("Языковая модель", "model.serving.server", "≤ 400 МБ"),
        ("API", "gunicorn", "≤ 250 МБ"),
        ("Обработчик очередей", "backend.worker", ""),
    ):
        for pid in family:
            if mark in command_of(pid):
                table.add_row(f"{name} ({pid})", f"{resident_bytes(pid) / 1e6:.0f} МБ", promise)
    return table


def every_process() -> list[int]:
    return sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def descendants(root: int) -> list[int]:
    """The process and everything it started, directly or not."""
    parents = {pid: parent_of(pid) for pid in every_process()}
    family = [root]
    for pid in family:
        family += [child for child, parent in parents.items() if parent == pid]
    return family


def parent_of(pid: int) -> int:
    return int(status_of(pid).get("PPid", "0"))


def resident_bytes(pid: int) -> int:
    return int(status_of(pid).get("VmRSS", "0 kB").split()[0]) * 1024


def status_of(pid: int) -> dict[str, str]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def command_of(pid: int) -> str:
    try:
        parts: Sequence[bytes] = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return " ".join(part.decode(errors="replace") for part in parts)


if __name__ == "__main__":
    main()

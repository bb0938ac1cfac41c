"""The whole loop against simulated reviewers: write, label, learn, promote, write again; what became better, what not.

Run as: python -m tests.retrain.loop [--reviewers plain caring] [--labels 600] [--fresh 400] [--out var/eval-loop]
For each reviewer a stack of its own is started as `make run` does, and everything goes through its HTTP API while other
clients keep calling. The reviewer's rule is hidden: the system sees labels, of which a tenth are wrong. The clients
whose texts are compared before and after are not among those that were labelled.
"""

import argparse
import itertools
import json
import random
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from matplotlib.figure import Figure
from rich.console import Console

from backend.clients import demo
from model.brief import CHANNELS, FACTS, PRODUCTS, TONES, expresses
from retrain import score
from tests.load.bench import Stack, some_clients, stack_for, warm_up
from tests.retrain.reviewers import REVIEWERS, Read, Reviewer, tuned

SHUFFLED = "shuffled"
"""Judges as the first reviewer does, but all labels are dealt out anew at random: nothing can be learnt."""
AT_ONCE = 16
START_SHARE = 0.5
WATCH_S = 3.0
PAUSE_S = 4.0
"""Between two calls of the others: they keep the cores about a quarter busy."""
MORE_TOLD = 800
"""Texts of further clients on which the confidence is tested: bins of 40 show a gap of 6 points by chance alone."""
ENDED = ("awaiting_approval", "rejected", "failed", "cancelled", "promoted")


@dataclass(frozen=True)
class Written:
    """A text of the system: its id, confidence, and what a reviewer reads."""

    offer_id: str
    confidence: float
    calibrated: bool
    verdict: str
    read: Read


@dataclass
class Outcome:
    """What was measured for one reviewer."""

    reviewer: str
    labels: int = 0
    labelled_success: float = 0.0
    before: dict[str, float] = field(default_factory=dict)
    after: dict[str, float] = field(default_factory=dict)
    parts: dict[str, float] = field(default_factory=dict)
    """True success rate on gold clients of the champion, of the new ranking alone, and of ranking and new weights."""
    confidence: dict[str, Any] = field(default_factory=dict)
    """Of the promoted version on texts that it wrote, by fresh labels."""
    held_out: dict[str, Any] = field(default_factory=dict)
    """Of the fitted score on labels that it has not seen, as the run reports it."""
    verdict: str = ""
    summary: str = ""
    status: str = ""
    run_s: float = 0.0
    stages_s: dict[str, float] = field(default_factory=dict)
    serving: dict[str, float] = field(default_factory=dict)


class Api:
    """The HTTP API as a client and a marketer use it."""

    def __init__(self, stack: Stack) -> None:
        self.http = httpx.Client(base_url=f"{stack.url}/api/v1", auth=stack.credentials, timeout=120)

    def ask(self, method: str, path: str, **content: Any) -> Any:
        """The JSON of an answer; a deliberate 503 is tried again. Raises HTTPStatusError."""
        while (answer := self.http.request(method, path, **content)).status_code == 503:
            time.sleep(float(answer.headers.get("retry-after", 1)))
        if answer.is_error:
            raise httpx.HTTPStatusError(answer.text, request=answer.request, response=answer)
        return answer.json() if answer.content else None

    def write(self, clients: Sequence[Mapping[str, Any]], seed: int) -> list[Written]:
        """A text for each client; product and channel by the client, tone by the call."""
        found: list[Written] = []
        for number, start in enumerate(range(0, len(clients), AT_ONCE)):
            part = clients[start : start + AT_ONCE]
            body = {
                "product": "CC",
                "channel": "SMS",
                "clients": part,
                "tone": TONES[number % 3],
                "seed": seed + number,
            }
            found += [self._read(one) for one in self.ask("POST", "/offers", json=body)["offers"] if one["text"]]
        return found

    def _read(self, item: Mapping[str, Any]) -> Written:
        detail = self.ask("GET", f"/offers/{item['offer_id']}")
        facts = tuple(detail["brief"]["facts"])
        read = Read(item["text"], item["product"], item["channel"], detail["tone"], facts)
        verdict = item["compliance"]["verdict"]
        return Written(item["offer_id"], item["confidence"], item["calibrated"], verdict, read)

    def label(self, texts: Sequence[Written], labels: Sequence[str]) -> None:
        """Label each text."""
        for text, label in zip(texts, labels, strict=True):
            self.ask("PUT", f"/offers/{text.offer_id}/label", json={"label": label})


def people(count: int, seed: int) -> list[dict[str, Any]]:
    """Clients of the demo base with a product and a channel each."""
    rng = random.Random(seed)
    found = []
    for place, row in enumerate(demo.generate(count, seed)):
        features = {name: value for name, value in row.items() if name != "client_id"}
        one = {"client_id": f"{seed}-{place}", "features": features}
        found.append(one | {"product": rng.choice(PRODUCTS), "channel": rng.choice(CHANNELS)})
    return found


def describe(texts: Sequence[Written], reviewer: Reviewer) -> dict[str, float]:
    """What counts of some texts: the true success rate by the rule, and what must not get worse."""
    asked = [text.read for text in texts if any(FACTS[fact].shown for fact in text.read.facts)]
    shown = [any(expresses(read.text, fact, read.product) for fact in read.facts) for read in asked]
    return {
        "texts": len(texts),
        "success": statistics.mean(reviewer.approves(text.read) for text in texts),
        "shows the fact": statistics.mean(shown),
        "lawful": statistics.mean(text.verdict == "ok" for text in texts),
        "distinct": len({text.read.text for text in texts}) / len(texts),
        "words": statistics.mean(len(text.read.text.split()) for text in texts),
    }


@contextmanager
def others(stack: Stack, outcome: Outcome) -> Iterator[None]:
    """Other callers meanwhile: one call of 16 clients after the other, with a pause; their times are kept."""
    seconds, refused, stop = [], [0], threading.Event()

    def call() -> None:
        with httpx.Client(base_url=stack.url, auth=stack.credentials, timeout=30) as client:
            for number in itertools.count():
                if stop.wait(PAUSE_S):
                    return
                started = time.perf_counter()
                body = {"product": PRODUCTS[number % 20], "channel": "SMS", "clients": some_clients(AT_ONCE)}
                answer = client.post("/api/v1/offers", json=body)
                refused[0] += answer.status_code == 503
                if answer.status_code not in (200, 503):
                    raise RuntimeError(answer.text)
                seconds.append(time.perf_counter() - started)

    with ThreadPoolExecutor(1) as pool:
        calling = pool.submit(call)
        try:
            yield
        finally:
            stop.set()
            calling.result()
    p50, p99 = np.quantile(seconds, [0.5, 0.99])
    outcome.serving = {"calls": len(seconds), "refused": refused[0], "p50_ms": p50 * 1000, "p99_ms": p99 * 1000}
    outcome.serving["longest_ms"] = max(seconds) * 1000


def learn(api: Api, outcome: Outcome, console: Console) -> dict[str, Any]:
    """Start a run and wait for its decision."""
    started = time.monotonic()
    run_id = api.ask("POST", "/retrain-runs", json={})["run_id"]
    shown = ""
    while (run := api.ask("GET", f"/retrain-runs/{run_id}"))["status"] not in ENDED:
        line = f"{run['status']} {run['stage'] or ''} {run['progress']:.0%}"
        if line != shown:
            console.print(f"  {time.monotonic() - started:4.0f} s  {line}", style="dim")
            shown = line
        time.sleep(WATCH_S)
    outcome.run_s = time.monotonic() - started
    outcome.stages_s = {stage["name"]: stage["seconds"] for stage in run["stages"]}
    outcome.status = run["status"]
    if run["decision"]:
        outcome.verdict, outcome.summary = run["decision"]["verdict"], run["decision"]["summary"]
        console.print([d["words"] for d in run["decision"]["dimensions"]], style="dim")
    else:
        outcome.summary = run["error"] or ""
    outcome.held_out = {name: value for name, value in run["metrics"].get("score", {}).items() if name != "bins"}
    return dict(run)


def parts(stack: Stack, run_id: str, reviewer: Reviewer) -> dict[str, float]:
    """True success rates of what the sides of the contest wrote for gold clients, whose labels nobody trained on."""
    assert stack.folder is not None
    lines = (stack.folder / "retrain" / run_id / "texts.jsonl").read_text("utf-8").splitlines()
    found: dict[str, list[bool]] = {}
    for row in map(json.loads, lines):
        for side, one in row.items():
            found.setdefault(side, []).append(one["text"] is not None and reviewer.approves(_read(one)))
    return {side: statistics.mean(approved) for side, approved in found.items()}


def _read(kept: Mapping[str, Any]) -> Read:
    brief = kept["brief"]
    return Read(kept["text"], brief["product"], brief["channel"], brief["tone"], tuple(brief["facts"]))


def play(name: str, labels: int, fresh: int, seed: int, console: Console) -> Outcome:
    """One reviewer from the first text to the texts of the promoted version."""
    outcome, rng = Outcome(name), random.Random(f"{name}/{seed}")
    with stack_for(None, console) as stack:
        api = Api(stack)
        with httpx.Client(base_url=stack.url, auth=stack.credentials, timeout=60) as client:
            warm_up(client)
        rule = next((one for one in REVIEWERS if one.name == name), REVIEWERS[0])
        judged = api.write(people(labels, seed), seed)
        reviewer = tuned(rule, (text.read for text in judged), START_SHARE)
        said = [reviewer.label(text.read, rng) for text in judged]
        if name == SHUFFLED:
            rng.shuffle(said)
        api.label(judged, said)
        outcome.labels, outcome.labelled_success = len(said), said.count("success") / len(said)
        newcomers = people(fresh, seed + 1)
        outcome.before = describe(api.write(newcomers, seed + 1000), reviewer)
        console.print(f"{name}: {len(said)} labels, before {outcome.before['success']:.1%}")
        with others(stack, outcome):
            run = learn(api, outcome, console)
        if run["stages"] and any(stage["name"] == "evaluate" for stage in run["stages"]):
            outcome.parts = parts(stack, run["run_id"], reviewer)
        if run["status"] == "awaiting_approval":
            api.ask("POST", f"/model-versions/{run['challenger']}/promote", json={"share": 1.0})
            time.sleep(WATCH_S)  # API processes look for a new release every two seconds
            after = api.write(newcomers, seed + 1000)
            outcome.after = describe(after, reviewer)
            told = [*after, *api.write(people(MORE_TOLD, seed + 2), seed + 2000)]
            judged_again = np.array([reviewer.label(text.read, rng) == "success" for text in told])
            outcome.confidence = score.quality(judged_again, np.array([text.confidence for text in told]))
    console.print(json.dumps(asdict(outcome), ensure_ascii=False, indent=1, default=float), highlight=False)
    return outcome


def draw(outcomes: Sequence[Outcome], path: Path) -> None:
    """Success before and after for each reviewer, and the reliability of the confidence."""
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    sides = {"champion": "as it was", "ranked": "candidates ranked", "tuned": "ranked and tuned"}
    for shift, (side, label) in enumerate(sides.items()):
        values = [outcome.parts.get(side, np.nan) for outcome in outcomes]
        left.bar(np.arange(len(outcomes)) + (shift - 1) * 0.27, values, 0.25, label=label)
    left.set_xticks(range(len(outcomes)), [outcome.reviewer for outcome in outcomes])
    left.set(ylim=(0, 1), ylabel="share of successes by the hidden rule, gold clients")
    left.legend()
    shown = [outcome for outcome in outcomes if outcome.confidence]
    right.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    for outcome in shown:
        bins = outcome.confidence["bins"]
        right.plot([b["confidence"] for b in bins], [b["rate"] for b in bins], "o-", label=outcome.reviewer)
    right.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="labelled a success")
    if shown:
        right.legend()
    figure.savefig(path, dpi=110)


COLUMNS = (
    *("reviewer", "decision", "before", "after", "ranked only (gold)", "tuned (gold)"),
    *(
        "AUROC / ECE (by chance), cross-fitted",
        "AUROC / ECE (by chance) after",
        "fact",
        "distinct",
        "run",
        "p99 meanwhile",
    ),
)


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """The report's rows."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    for one in outcomes:
        gold = [f"{one.parts[side]:.1%}" if side in one.parts else "—" for side in ("ranked", "tuned")]
        both = [
            f"{one.before[name]:.1%} → {one.after[name]:.1%}" if one.after else "—"
            for name in ("shows the fact", "distinct")
        ]
        cells = [
            *(one.reviewer, f"{one.verdict} ({one.status})", f"{one.before['success']:.1%}"),
            f"{one.after['success']:.1%}" if one.after else "—",
            *gold,
            *(_quality(found) for found in (one.held_out, one.confidence)),
            *both,
            f"{one.run_s / 60:.1f} min",
            f"{one.serving['p99_ms']:.0f} ms",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _quality(found: Mapping[str, Any]) -> str:
    return f"{found['auroc']:.3f} / {found['ece']:.3f} ({found['ece_chance']:.3f})" if found.get("auroc") else "—"


def arguments() -> argparse.Namespace:
    """Flags."""
    names = [reviewer.name for reviewer in REVIEWERS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reviewers", nargs="+", choices=[*names, SHUFFLED], default=[*names, SHUFFLED])
    parser.add_argument("--labels", type=int, default=600)
    parser.add_argument("--fresh", type=int, default=400, help="clients whose texts are compared before and after")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("var/eval-loop"))
    return parser.parse_args()


def main() -> None:
    """Command line."""
    args, console = arguments(), Console(width=150)
    args.out.mkdir(parents=True, exist_ok=True)
    outcomes = []
    for name in args.reviewers:
        outcomes.append(play(name, args.labels, args.fresh, args.seed, console))
        report = [*table(outcomes), "", *(f"- {one.reviewer}: {one.summary}" for one in outcomes)]
        (args.out / "report.md").write_text("\n".join(report) + "\n", encoding="utf-8")
        kept = json.dumps([asdict(one) for one in outcomes], ensure_ascii=False, indent=1, default=float)
        (args.out / "report.json").write_text(kept + "\n", encoding="utf-8")
        draw(outcomes, args.out / "report.png")
    sys.stdout.write("\n".join(report) + "\n")


if __name__ == "__main__":
    main()

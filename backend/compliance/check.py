"""Judge a file of texts, one JSON object a line, and print a table of verdicts and the score.

Run as: python -m backend.compliance.check FILE.jsonl … [--bank bank.yaml] [--all] [--by-rule]
A line holds "text", "channel", "product", and for scoring "verdict" and "rules" (block rules expected among those
found). Needs neither the model nor the database.
"""

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click
import yaml

from backend.compliance.card import Bank, group_of
from backend.compliance.guard import Report, check, warm_up

DEMO_BANK = Path(__file__).parents[1] / "catalogue" / "demo" / "bank.yaml"


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled text and the guard's judgement of it."""

    case: Mapping[str, Any]
    report: Report

    @property
    def blocks(self) -> list[str]:
        return sorted({f.rule for f in self.report.findings if f.severity == "block"})

    @property
    def right(self) -> bool | None:
        """None when the line carries no label."""
        if "verdict" not in self.case:
            return None
        same = self.case["verdict"] == self.report.verdict
        return same and (self.report.verdict == "ok" or set(self.case.get("rules", ())) <= set(self.blocks))


def read_bank(path: Path) -> Bank:
    """The bank's profile from a YAML file with the fields of `Bank`."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    values = {field.name: raw[field.name] for field in fields(Bank)}
    return Bank(**{**values, "names": tuple(values["names"])})


def judge(cases: Iterator[Mapping[str, Any]], bank: Bank) -> Iterator[Judged]:
    """Judge labelled texts without a card."""
    for case in cases:
        group = group_of(case["product"])
        yield Judged(case, check(case["text"], card=None, group=group, channel=case["channel"], bank=bank))


def read_cases(path: Path) -> Iterator[Mapping[str, Any]]:
    """The lines of a jsonl file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _row(number: int, judged: Judged) -> str:
    mark = {True: "+", False: "-", None: " "}[judged.right]
    expected = ",".join(judged.case.get("rules", ()))
    return (
        f"{mark} {number:>4} {judged.report.verdict:<9} {','.join(judged.blocks) or '-':<40} {expected:<30} "
        f"{judged.case['text'][:50]!r}"
    )


@dataclass
class Score:
    """How a rule fared on labelled texts: rightly found, wrongly found, missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / found if (found := self.right + self.wrong) else 1.0

    @property
    def recall(self) -> float:
        return self.right / expected if (expected := self.right + self.missed) else 1.0


def score_rules(judged: Iterable[Judged]) -> dict[str, Score]:
    """The score of each block rule, over texts whose labels name every block rule they break."""
    scores: dict[str, Score] = {}
    for item in judged:
        expected, found = set(item.case["rules"]), set(item.blocks)
        for rule in expected | found:
            score = scores.setdefault(rule, Score())
            score.right += rule in expected & found
            score.wrong += rule in found - expected
            score.missed += rule in expected - found
    return dict(sorted(scores.items()))


def _score_table(judged: list[Judged]) -> Iterator[str]:
    near = Counter(item.case.get("near") for item in judged)
    yield f"{'rule':<18} {'texts':>5} {'near':>5} {'precision':>9} {'recall':>7}"
    for rule, score in score_rules(judged).items():
        texts = score.right + score.missed
        yield f"{rule:<18} {texts:>5} {near[rule]:>5} {score.precision:>9.0%} {score.recall:>7.0%}"


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--bank", "bank_path", type=click.Path(exists=True, path_type=Path), default=DEMO_BANK, help="YAML profile."
)
@click.option("--all", "show_all", is_flag=True, help="Show right verdicts too.")
@click.option("--by-rule", is_flag=True, help="Precision and recall of each block rule on labelled texts.")
def main(paths: tuple[Path, ...], bank_path: Path, show_all: bool, by_rule: bool) -> None:
    """Print the verdicts for PATHS."""
    bank = read_bank(bank_path)
    warm_up()
    cases = [case for path in paths for case in read_cases(path)]
    started = time.perf_counter()
    judged = list(judge(iter(cases), bank))
    seconds = time.perf_counter() - started
    for number, item in enumerate(judged, 1):
        if show_all or item.right is False or (item.right is None and not by_rule):
            click.echo(_row(number, item))
    labelled = [item for item in judged if item.right is not None]
    if by_rule and labelled:
        click.echo("\n".join(_score_table(labelled)))
    if labelled:
        right = sum(item.right is True for item in labelled)
        lawful = sum(item.case["verdict"] == "ok" for item in labelled)
        click.echo(f"right {right} of {len(labelled)} ({right / len(labelled):.1%}), {lawful} of them lawful")
    click.echo(f"{len(judged)} texts, {len(judged) / max(seconds, 1e-9):.0f} texts/s")


if __name__ == "__main__":
    main()

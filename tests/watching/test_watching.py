"""The dashboard and the rules name what the running parts expose, and nothing else."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client import REGISTRY, Metric
from prometheus_client.parser import text_string_to_metric_families

from backend.common import gauges
from backend.learning.models import ModelVersion

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "watching"
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
OF_TARGETS = {"job", "instance"}
"""What Prometheus adds to every series: a label of ours of that name would be renamed."""
NAME = re.compile(r"\b(?:offerloop_\w+|process_\w+|up)\b(?!\s*\()")
SELECTOR = re.compile(r"\b(offerloop_\w+|process_\w+|up)\{([^}]*)\}")
BY = re.compile(r"\b(?:by|on|group_left)\s*\(([^)]*)\)")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
    return read


def queries() -> Iterator[tuple[str, str]]:
    """(where, PromQL) of everything."""
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


@pytest.fixture
def scraped(app, client, model_url, db_session) -> list[str]:
    """What the API and the model component answer, with a model version at work."""
    db_session.add(ModelVersion(name="base-1", weights="base-1", status="champion"))
    db_session.commit()
    gauges.forget(app)
    return [client.get("/metrics").text, httpx.get(f"{model_url}/metrics", trust_env=False).text]


@pytest.fixture
def exposed(scraped: list[str]) -> dict[str, set[str]]:
    """Labels by name of the series, those that Prometheus adds too."""
    families: list[Metric] = [family for text in scraped for family in text_string_to_metric_families(text)]
    found = {"up": OF_TARGETS}
    for family in families:
        labels = {label for sample in family.samples for label in sample.labels} | _labels_of(family.name)
        for suffix in SUFFIXES.get(family.type, ("",)):
            assert not labels & OF_TARGETS
            found[family.name + suffix] = labels | OF_TARGETS | ({"le"} if suffix == "_bucket" else set())
    return found


def _labels_of(name: str) -> set[str]:
    """Labels of a family that has no series yet."""
    collector = REGISTRY._names_to_collectors.get(name)
    return {*getattr(collector, "_labelnames", ()), "part"}


def test_every_name_and_label_exists(exposed: dict[str, set[str]]) -> None:
    for where, query in queries():
        names = set(NAME.findall(query))
        assert names, where
        assert not names - exposed.keys(), where
        for name, inside in SELECTOR.findall(query):
            assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", inside)) <= exposed[name], (where, name)
        known = set().union(*(exposed[name] for name in names))
        for labels in BY.findall(query):
            assert {label.strip() for label in labels.split(",") if label.strip()} <= known, (where, labels)


def test_what_must_be_watched_is(exposed: dict[str, set[str]]) -> None:
    """Everything of ours that is exposed is on the dashboard or in a rule, except what is named here."""
    used = set().union(*(NAME.findall(query) for _, query in queries()))
    unused = {name for name in exposed if name.startswith("offerloop_") and not name.endswith("_created")} - used
    spare = re.compile(
        r"_(bucket|sum|count)$"  # of a histogram one is enough
        r"|^offerloop_model_(loaded|decode_threads|step_seconds_total|prompt_tokens_total|texts_total|preempted_total)$"
    )
    assert {name for name in unused if not spare.search(name)} == set()


def test_the_rate_of_errors_leaves_out_streams_of_events(app) -> None:
    """They are refused on purpose when there are some; the label of a route is its pattern."""
    [query] = [rule["expr"] for rule in rules() if rule["alert"] == "OfferLoopErrorRate"]
    left_out = set(re.findall(r'route!~"([^"]+)"', query))
    assert query.count("route!~") == query.count("offerloop_http_request_seconds_count")
    [pattern] = left_out
    routes = {rule.rule for rule in app.url_map.iter_rules()}
    assert {one for one in routes if re.fullmatch(pattern, one)} == {
        "/api/v1/batches/<uuid:batch_id>/events",
        "/api/v1/retrain-runs/<uuid:run_id>/events",
    }


def test_rules_say_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)
    for rule in rules():
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert re.search("[а-я]", rule["annotations"]["summary"])
        assert re.search("[а-я]", rule["annotations"]["description"])
        assert re.fullmatch(r"\d+[mh]", rule.get("for", "1m"))


def test_the_dashboard_is_whole() -> None:
    shown = dashboard()
    identifiers = [panel["id"] for panel in shown["panels"]]
    assert len(set(identifiers)) == len(identifiers)
    for panel in shown["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
    assert [one["name"] for one in shown["templating"]["list"]] == ["datasource"]


def test_no_client_data_in_labels(exposed: dict[str, set[str]]) -> None:
    harmless = {
        *("part", "method", "route", "status", "reason", "channel", "channels", "outcome", "step", "queue", "state"),
        *("function", "label", "version", "verdict", "dependency", "path", "le"),
    }
    ours = {name: labels - OF_TARGETS for name, labels in exposed.items() if name.startswith("offerloop_")}
    assert {label for labels in ours.values() for label in labels} <= harmless


@pytest.fixture
def promtool() -> str:
    """Prometheus' own checker (PROMTOOL, or on the path); its package is not on PyPI."""
    found = os.environ.get("PROMTOOL") or shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not here")
    return found


@pytest.mark.parametrize(
    "arguments",
    [("check", "config", "docs/watching/prometheus.yml"), ("test", "rules", "tests/watching/alerts.test.yml")],
)
def test_prometheus_agrees(promtool: str, arguments: tuple[str, ...]) -> None:
    told = subprocess.run([promtool, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    if "config" in arguments:
        assert f"{len(rules())} rules found" in told.stdout


def test_prometheus_reads_what_is_exposed(promtool: str, scraped: list[str]) -> None:
    """Names and units as its conventions want them, too."""
    for text in scraped:
        told = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stdout + told.stderr

"""The description of the API itself."""

import re
from typing import Any

import pytest

from tests.conftest import problem

ANONYMOUS = {"/healthz", "/readyz", "/metrics", "/api/v1/session"}


@pytest.fixture
def spec(client) -> dict[str, Any]:
    return client.get("/openapi.json").get_json()


def operations(spec):
    return [(path, method, item) for path, methods in spec["paths"].items() for method, item in methods.items()]


def test_every_operation_is_protected_or_public_on_purpose(spec) -> None:
    open_paths = {path for path, _, item in operations(spec) if not item.get("security") or {} in item["security"]}
    assert open_paths == ANONYMOUS


def test_every_error_is_a_problem(spec) -> None:
    for path, method, item in operations(spec):
        for status, response in item["responses"].items():
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"], (path, method, status)


def test_every_operation_has_a_summary_in_russian_and_its_own_id(spec) -> None:
    items = [item for _, _, item in operations(spec)]
    assert all(re.search("[а-я]", item["summary"]) for item in items)
    assert len({item["operationId"] for item in items}) == len(items)


def test_retry_after_is_documented(spec) -> None:
    for _, _, item in operations(spec):
        for status in {"429", "503"} & item["responses"].keys():
            assert "Retry-After" in item["responses"][status]["headers"]


def test_every_reference_leads_somewhere(spec) -> None:
    known = spec["components"]["schemas"].keys()
    used = set(re.findall(r"#/components/schemas/([^\"']+)", str(spec)))
    assert used <= known


def test_description_does_not_depend_on_who_asks_first(client) -> None:
    body = client.get("/openapi.json", headers={"Host": "evil.example"}).text
    assert "evil.example" not in body


def test_every_route_is_described(app, spec) -> None:
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    assert {re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule) for rule in rules} <= spec["paths"].keys()


def test_unknown_address_under_the_api(client) -> None:
    problem(client.get("/api/v1/nothing"), 404)

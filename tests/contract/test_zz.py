"""The whole API against its own description, fuzzed by schemathesis; and the description itself."""

import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from backend.app import create_app
from tests.conftest import problem

LIMITS: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}
ANONYMOUS = {"/healthz", "/readyz", "/metrics", "/api/v1/session"}


@schemathesis.check
def only_deliberate_failures(ctx: Any, response: Any, case: Any) -> None:
    """No input may give a 5xx other than a 503 that says when to come back."""
    assert response.status_code < 500 or response.status_code == 503, f"{response.status_code}: a defect"
    if response.status_code == 503:
        assert int(response.headers["retry-after"][0]) >= 1


CONFORMANCE = [
    only_deliberate_failures,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture
def described(app, test_settings, demo_catalogue):
    """Without the pause after wrong passwords, which the checks of sign-in would soon run into."""
    patient = create_app(test_settings.model_copy(update={"auth_failures": 10**9}))
    return schemathesis.openapi.from_wsgi("/openapi.json", patient)


def fuzz(operation, examples: int, **call: Any) -> None:
    @settings(max_examples=examples, **LIMITS)
    @given(case=operation.as_strategy())
    def run(case) -> None:
        response = case.call_and_validate(**call)
        if "headers" not in call and operation.path not in ANONYMOUS:
            assert response.status_code in {400, 401, 404}, f"{response.status_code} without credentials"

    run()


def described_operations(described) -> list[Any]:
    return [result.ok() for result in described.get_all_operations() if "quality" in result.ok().path or (result.ok().path.endswith("/offers") and result.ok().method == "get")]


def test_admin_gets_what_is_described(described, auth, subtests) -> None:
    for operation in described_operations(described):
        with subtests.test(operation.label):
            fuzz(operation, 20, headers=auth("admin"), checks=[*CONFORMANCE, ignored_auth, unsupported_method])


def test_strangers_get_nothing(described, subtests) -> None:
    """400 and 404 are about the address alone, before anybody asks who is calling."""
    for operation in described_operations(described):
        with subtests.test(operation.label):
            fuzz(operation, 4, checks=CONFORMANCE)


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

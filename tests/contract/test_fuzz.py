"""The whole API against its own description, fuzzed by schemathesis, with every role.

No input may give a 5xx but a deliberate 503, no answer may be undocumented. Half of the examples have ids that lead
somewhere. The usual run is bounded and always the same. A longer one: `pytest tests/contract/test_fuzz.py --fuzz 300`,
and another one than the last: `--fuzz-seed 7`.
"""

from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.contract.access import ACCESS, PUBLIC, ROLES

EXAMPLES = {"admin": 40, "nobody": 6}
EXAMPLES_OF_OTHERS = 20
"""For each operation; those that a role may not call get as many as a stranger."""


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
WITH_CREDENTIALS = [*CONFORMANCE, ignored_auth, unsupported_method]


@pytest.fixture
def limits(request) -> Any:
    """limits(16): settings for so many examples, or as many as the command line asks for."""
    asked, seed = request.config.getoption("--fuzz"), request.config.getoption("--fuzz-seed")

    def of(examples: int) -> Any:
        chosen = settings(
            max_examples=asked or examples,
            deadline=None,
            database=None,
            derandomize=seed is None,
            suppress_health_check=list(HealthCheck),
        )
        return chosen if seed is None else lambda test: chosen(hypothesis.seed(seed)(test))

    return of


@pytest.mark.parametrize("role", ROLES)
def test_every_answer_is_described(described, known, auth, limits, subtests, role) -> None:
    headers = {} if role == "nobody" else auth(role)
    for result in described.get_all_operations():
        operation = result.ok()
        allowed = ACCESS[operation.method.upper(), operation.path]
        examples = EXAMPLES.get(role, EXAMPLES_OF_OTHERS) if role in allowed else EXAMPLES["nobody"]
        with subtests.test(operation.label):
            fuzz(operation, limits(examples), headers, known, role, allowed)


def fuzz(operation: Any, limited: Any, headers: dict[str, str], known: dict[str, str], role: str, allowed: Any) -> None:
    checks = WITH_CREDENTIALS if role == "admin" else CONFORMANCE

    @limited
    @given(case=operation.as_strategy(), leads_somewhere=st.booleans())
    def run(case: Any, leads_somewhere: bool) -> None:
        if leads_somewhere:
            case.path_parameters.update({name: id_of(name, operation.path, known) for name in case.path_parameters})
        response = case.call_and_validate(checks=checks, **({"headers": headers} if headers else {}))
        if role not in allowed:  # 400 and 404 are about the address alone, before anybody asks who is calling
            assert response.status_code in {400, 404, 401 if role == "nobody" else 403}
        elif allowed != PUBLIC:
            assert response.status_code != 401

    run()


def id_of(name: str, path: str, known: dict[str, str]) -> str:
    if name == "code":
        return "CC" if "/products/" in path else "SMS"
    return known[name]

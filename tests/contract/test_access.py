"""Every operation with every role, by cookie and by Basic, against the table of who may do what."""

import re
import uuid
from typing import Any

import pytest

from tests.conftest import problem
from tests.contract.access import ACCESS, ALL, PUBLIC, ROLES
from tests.factories import PASSWORD

BASIC = "/api/v1/session"


def operations(spec: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method.upper(), path) for path, methods in spec["paths"].items() for method in methods}


def address(path: str) -> str:
    """The path with ids that lead nowhere: the question of who is asking comes first."""
    filled = re.sub(r"\{(?:user|offer|batch|run)_id\}", str(uuid.uuid4()), path)
    return re.sub(r"\{\w+\}", "NOBODY", filled)


def test_every_operation_is_in_the_table(client) -> None:
    described = operations(client.get("/openapi.json").get_json())
    assert described - ACCESS.keys() == set(), "new operations: say in tests/contract/access.py who may call them"
    assert ACCESS.keys() - described == set(), "operations that are gone"


def call(client, method: str, path: str, headers: dict[str, str]):
    body = {} if method in ("GET", "DELETE") else {"json": {}}
    return client.open(address(path), method=method, headers=headers, **body)


@pytest.mark.parametrize("role", ROLES)
def test_roles_may_what_the_table_says(client, auth, role, subtests) -> None:
    headers = {} if role == "nobody" else auth(role)
    for (method, path), allowed in ACCESS.items():
        with subtests.test(f"{method} {path}"):
            response = call(client, method, path, headers)
            if role in allowed:
                refused = {403} if (method, path) == ("POST", BASIC) else {401, 403}
                assert response.status_code not in refused, response.get_data(as_text=True)
                assert response.status_code < 500 or response.headers.get("Retry-After")
            else:
                problem(response, 401 if role == "nobody" else 403)


@pytest.mark.parametrize("role", sorted(ALL))
def test_a_cookie_may_no_more_than_its_role(app, auth, role, subtests) -> None:
    auth(role)
    for (method, path), allowed in ACCESS.items():
        if allowed == PUBLIC or (method, path) == ("DELETE", BASIC):
            continue
        with subtests.test(f"{method} {path}"):
            browser = app.test_client()
            answer = browser.post(BASIC, json={"username": f"{role}-user", "password": PASSWORD}).get_json()
            if role not in allowed:
                problem(call(browser, method, path, {"X-CSRF-Token": answer["csrf_token"]}), 403)
            if method != "GET":  # whatever the role may do, the cookie alone does nothing
                problem(call(browser, method, path, {}), 403)


@pytest.mark.parametrize(
    "path", [path for method, path in ACCESS if method == "GET" and ACCESS[method, path] == ALL and "{" in path]
)
def test_what_is_not_there_looks_the_same_to_every_role(client, auth, path) -> None:
    answers = {role: call(client, "GET", path, auth(role)) for role in sorted(ALL)}
    assert {answer.status_code for answer in answers.values()} == {404}

"""POST /offers with somebody else's model: a random instruct GGUF with a chat template, end to end.

Its texts are noise, so what counts is that the whole way holds: chat prompts, Russian letters only, checks, an honest
answer for each client, and a stored offer. Our own component serves it, and the server of llama-cpp-python, which knows
OpenAI's parameters only. FOREIGN_SERVER is the command of another one with {model} and {port}, for example
"llama-server -m {model} --port {port} --jinja".
"""

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from apiflask import APIFlask
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from backend.launch.processes import Child
from backend.offers.models import Offer
from tests.conftest import MODEL_START_S
from tests.load.bench import free_port
from tests.model.serving.conftest import ServerProcess
from tests.model.serving.tiny import train_tokenizer, with_chat_template, write_model
from tests.offers.bodies import call_body, some_clients
from tests.offers.conftest import PATIENCE_MS, Post

LLAMA_CPP = f"{shlex.quote(sys.executable)} -m llama_cpp.server --model {{model}} --port {{port}}"


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model."""
    folder = tmp_path_factory.mktemp("instruct")
    plain = write_model(folder / "plain.gguf", train_tokenizer(), context=2048)
    return with_chat_template(plain, folder / "noise.gguf")


@pytest.fixture(scope="module")
def instruct(noise: Path) -> Iterator[str]:
    server = ServerProcess(noise, noise.with_name("log"), "--sequences", "4")
    server.wait_ready()
    yield str(server.http.base_url)
    server.stop()


@pytest.fixture(scope="module")
def foreign(noise: Path) -> Iterator[str]:
    command = os.environ.get("FOREIGN_SERVER") or LLAMA_CPP
    port = free_port()
    parts = [part.format(model=noise, port=port) for part in shlex.split(command)]
    child = Child("foreign", parts, noise.with_name("foreign.log"))
    url = f"http://127.0.0.1:{port}"
    child.start()
    try:
        child.wait_ready(lambda: _serves(url), MODEL_START_S, "foreign server")
        yield url
    finally:
        child.stop()


def _serves(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v1/models", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@pytest.fixture
def post_to(app: APIFlask, post_without_model: Post) -> Iterator[Callable[[str], Post]]:
    """post_to(url) -> the way to POST /offers with MODEL_URL there."""
    strict = app.config["SETTINGS"]

    def turn(url: str) -> Post:
        app.config["SETTINGS"] = strict.model_copy(update={"model_url": url, "deadline_ms": PATIENCE_MS})
        return post_without_model

    yield turn
    app.config["SETTINGS"] = strict


@pytest.mark.parametrize("server", ["instruct", "foreign"])
def test_every_client_gets_an_answer(
    server: str, request: pytest.FixtureRequest, post_to: Callable[[str], Post], db_session: scoped_session
) -> None:
    response = post_to(request.getfixturevalue(server))(call_body(*some_clients(3)))
    assert response.status_code == 200, response.get_data(as_text=True)
    answer = response.get_json()
    assert "noise" in answer["model_version"]
    assert len(answer["offers"]) == 3
    for offer in answer["offers"]:
        assert (offer["text"] is None) == (offer.get("error") is not None)
    assert len(list(db_session.scalars(select(Offer)))) == 3

"""POST /offers with somebody else's model: a random instruct GGUF with a chat template, end to end.

Its texts are noise, so what counts is that the whole way holds: chat prompts, Russian letters only, checks, an honest
answer for each client, and a stored offer.
"""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from backend.offers.models import Offer
from tests.model.serving.conftest import ServerProcess
from tests.model.serving.tiny import train_tokenizer, with_chat_template, write_model
from tests.offers.bodies import call_body, some_clients
from tests.offers.conftest import PATIENCE_MS, Post


@pytest.fixture(scope="module")
def instruct(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("instruct")
    plain = write_model(folder / "plain.gguf", train_tokenizer(), context=2048)
    server = ServerProcess(with_chat_template(plain, folder / "noise.gguf"), folder / "log", "--sequences", "4")
    server.wait_ready()
    yield server
    server.stop()


@pytest.fixture
def post_to_instruct(app: APIFlask, post_without_model: Post, instruct: ServerProcess) -> Iterator[Post]:
    strict = app.config["SETTINGS"]
    changes = {"model_url": str(instruct.http.base_url), "deadline_ms": PATIENCE_MS}
    app.config["SETTINGS"] = strict.model_copy(update=changes)
    yield post_without_model
    app.config["SETTINGS"] = strict


def test_every_client_gets_an_answer(post_to_instruct: Post, db_session: scoped_session) -> None:
    response = post_to_instruct(call_body(*some_clients(3)))
    assert response.status_code == 200, response.get_data(as_text=True)
    answer = response.get_json()
    assert answer["model_version"] == "noise"
    assert len(answer["offers"]) == 3
    for offer in answer["offers"]:
        assert (offer["text"] is None) == (offer.get("error") is not None)
    assert len(list(db_session.scalars(select(Offer)))) == 3

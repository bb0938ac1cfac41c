"""A tiny model, an engine over it, and the server process."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tokenizers import Tokenizer

from model.serving.engine import Engine
from model.serving.jobs import Choice, Request
from model.serving.llama import Model, fit_shape
from model.serving.waiter import Waiter
from tests.model.serving.tiny import train_tokenizer, with_chat_template, write_model

ROOT = Path(__file__).parents[3]
START_S = 120.0


class Answer(Waiter):
    """A waiter that keeps the pieces of a stream too, and can act on the first of them."""

    def __init__(self, on_piece: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.pieces: dict[int, str] = {}
        self._on_piece = on_piece

    def piece(self, index: int, text: str) -> None:
        self.pieces[index] = self.pieces.get(index, "") + text
        if self._on_piece:
            self._on_piece()

    def wait(self, seconds: float | None = 60) -> list[Choice]:
        return super().wait(seconds)


def generate(engine: Engine, prompts: list[list[int]], **fields: Any) -> list[Choice]:
    """Run a request to its end."""
    answer = Answer()
    engine.submit(Request(prompts, **{"seed": 1, "max_tokens": 24, **fields}), answer)
    return answer.wait()


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return train_tokenizer()


@pytest.fixture(scope="session")
def tiny_model(tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("gguf") / "tiny.gguf", tokenizer)


@pytest.fixture(scope="session")
def chat_model(tiny_model: Path) -> Path:
    return with_chat_template(tiny_model, tiny_model.with_name("instruct.gguf"))


@contextmanager
def running_engine(path: Path, **settings: Any) -> Iterator[Engine]:
    """An engine of 8 sequences and 2 threads at most."""
    model = Model(path)
    shape = fit_shape(model, sequences=8, kv_type="f16")
    engine = Engine(model, shape, **settings)
    try:
        yield engine
    finally:
        engine.close()


@pytest.fixture(scope="session")
def engine(tiny_model: Path) -> Iterator[Engine]:
    with running_engine(tiny_model) as engine:
        yield engine


@pytest.fixture(scope="session")
def prompts(engine: Engine) -> list[list[int]]:
    """Prompts of different lengths."""
    return [engine.vocabulary.tokenize(f"<|p:{i % 8}|><|text|>" + "карта " * (i % 5)) for i in range(12)]


class ServerProcess:
    """A server in a process of its own."""

    def __init__(self, model: Path, log: Path, *flags: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.log = log
        command = [sys.executable, "-m", "model.serving.server", "--model", str(model), "--port", str(port), *flags]
        with log.open("wb") as out:
            self.process = subprocess.Popen(command, stderr=out, cwd=ROOT, env=dict(os.environ))
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)

    def wait_ready(self) -> None:
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if self.http.get("/health").is_success:
                    return
            except httpx.TransportError:
                pass
        pytest.fail(f"the server did not start: {self.log.read_text()}")

    def stop(self) -> int:
        self.http.close()
        self.process.terminate()
        return self.process.wait(60)


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., ServerProcess]]:
    """Starts servers that are stopped at the end of the session."""
    servers: list[ServerProcess] = []

    def start(model: Path, *flags: str) -> ServerProcess:
        server = ServerProcess(model, tmp_path_factory.mktemp("server") / "log", *flags)
        servers.append(server)
        server.wait_ready()
        return server

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="session")
def server(start_server: Callable[..., ServerProcess], tiny_model: Path) -> ServerProcess:
    return start_server(tiny_model, "--sequences", "8")

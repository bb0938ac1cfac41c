"""The server as its callers meet it: a process of its own, over HTTP."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tokenizers import Tokenizer

from tests.model.serving.conftest import ROOT, ServerProcess
from tests.model.serving.tiny import write_model

SECRET = "карта путешественника"


def _post(server: ServerProcess, path: str = "/v1/completions", **body: Any) -> httpx.Response:
    return server.http.post(path, json=body)


def _error(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    error: dict[str, Any] = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


def _metric(server: ServerProcess, name: str) -> float:
    lines = server.http.get("/metrics").text.splitlines()
    return float(next(line.split()[-1] for line in lines if line.startswith(f"offerloop_model_{name} ")))


def test_the_model_card(server: ServerProcess) -> None:
    card = server.http.get("/v1/models").json()["data"][0]
    assert card["id"] == "tiny-1"
    meta = card["meta"]
    assert (meta["prompt_format"], meta["n_ctx"], meta["max_sequences"]) == ("control", 256, 8)
    assert meta["tokens_per_s"] > 0
    assert meta["n_params"] > 10_000
    assert meta["vocab_size"] > 256
    assert (meta["calls"], meta["batch"]) == (0, 0)


def test_candidates_come_prompt_by_prompt(server: ServerProcess) -> None:
    prompts = ["<|p:1|><|text|>", "<|p:2|><|text|>карта"]
    many = _post(server, prompt=prompts, n=2, max_tokens=12, temperature=0, logprobs=0).json()
    assert [choice["index"] for choice in many["choices"]] == [0, 1, 2, 3]
    assert many["model"] == "tiny-1"
    for number, prompt in enumerate(prompts):
        alone = _post(server, prompt=prompt, max_tokens=12, temperature=0).json()["choices"][0]
        assert many["choices"][2 * number]["text"] == alone["text"]
    usage = many["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["completion_tokens"] == sum(len(c["logprobs"]["tokens"]) for c in many["choices"])


def test_a_stream_says_the_same_as_the_whole(server: ServerProcess) -> None:
    body = {"prompt": "<|text|>", "max_tokens": 30, "seed": 4, "temperature": 1.0}
    whole = _post(server, **body).json()["choices"][0]
    events = []
    options = {"stream": True, "stream_options": {"include_usage": True}}
    with server.http.stream("POST", "/v1/completions", json=body | options) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = [line.removeprefix("data: ") for line in response.iter_lines() if line]
    assert events.pop() == "[DONE]"
    chunks = [json.loads(event) for event in events]
    assert chunks.pop()["usage"]["completion_tokens"] > 0
    assert "".join(chunk["choices"][0]["text"] for chunk in chunks) == whole["text"]
    assert chunks[-1]["choices"][0]["finish_reason"] == whole["finish_reason"]


def test_chat(start_server: Callable[..., ServerProcess], chat_model: Path) -> None:
    server = start_server(chat_model, "--sequences", "4")
    assert server.http.get("/v1/models").json()["data"][0]["meta"]["prompt_format"] == "chat"
    body = {"messages": [{"role": "user", "content": "карта"}], "max_tokens": 8, "logprobs": True, "seed": 1}
    answer = _post(server, "/v1/chat/completions", **body).json()
    message = answer["choices"][0]["message"]
    assert (answer["object"], message["role"]) == ("chat.completion", "assistant")
    assert len(answer["choices"][0]["logprobs"]["content"]) == answer["usage"]["completion_tokens"]
    server.stop()


def test_chat_without_a_template(server: ServerProcess) -> None:
    response = _post(server, "/v1/chat/completions", messages=[{"role": "user", "content": "x"}])
    assert _error(response, 400)["code"] == "no_chat_template"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b'{"prompt": "a"', 400, "invalid_json"),
        (b'{"prompt": "a", "temperature": NaN}', 400, "invalid_json"),
        (b"\xff\xfe", 400, "invalid_json"),
        (b"[" * 100_000, 400, "invalid_json"),
        (b"", 400, None),
        (b'"prompt"', 400, None),
        (json.dumps({"prompt": ["a"] * 1000}).encode(), 400, "too_many_prompts"),
        (json.dumps({"prompt": "слово " * 2000}).encode(), 400, "context_length_exceeded"),
        (b" " * (5 * 2**20), 413, "body_too_large"),
    ],
)
def test_bad_bodies(server: ServerProcess, content: bytes, status: int, code: str | None) -> None:
    assert _error(server.http.post("/v1/completions", content=content), status)["code"] == code


def test_wrong_addresses_and_methods(server: ServerProcess) -> None:
    _error(server.http.get("/v1/nothing"), 404)
    _error(server.http.get("/v1/completions"), 405)


def test_request_ids(server: ServerProcess) -> None:
    given = server.http.get("/health", headers={"X-Request-ID": "call-7"})
    assert given.headers["x-request-id"] == "call-7"
    made = server.http.get("/health", headers={"X-Request-ID": "a bad id"})
    assert len(made.headers["x-request-id"]) == 32


def test_logs_join_calls_and_hold_no_addresses(server: ServerProcess) -> None:
    body = {"prompt": "<|text|>", "max_tokens": 4}
    answer = server.http.post("/v1/completions", json=body, headers={"X-Request-ID": "call-8"})
    assert answer.status_code == 200
    server.http.get(f"/v1/{SECRET}?q={SECRET}")
    lines = [json.loads(line) for line in server.log.read_text(encoding="utf-8").splitlines()]
    [told] = [line for line in lines if line.get("request_id") == "call-8"]
    assert (told["route"], told["status"], told["logger"]) == ("/v1/completions", 200, "model.serving.server")
    assert SECRET not in server.log.read_text(encoding="utf-8")


def test_an_impossible_deadline_is_refused_at_once(server: ServerProcess) -> None:
    response = _post(server, prompt=["<|text|>"] * 100, n=8, max_tokens=200, deadline_ms=1, ignore_eos=True)
    assert _error(response, 503)["code"] == "overloaded"
    assert int(response.headers["retry-after"]) >= 1


def test_a_caller_that_hangs_up_is_forgotten(server: ServerProcess) -> None:
    before = _metric(server, "cancelled_total")
    body = json.dumps({"prompt": ["<|text|>"] * 200, "n": 5, "max_tokens": 250, "ignore_eos": True}).encode()
    head = f"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection((server.http.base_url.host, server.http.base_url.port or 0)) as connection:
        connection.sendall(head + body)
        while _metric(server, "running_texts") == 0:
            pass
    while _metric(server, "queue_texts") + _metric(server, "running_texts") > 0:
        pass
    assert _metric(server, "cancelled_total") == before + 1
    assert _post(server, prompt="<|text|>", max_tokens=4).status_code == 200


def test_metrics(server: ServerProcess) -> None:
    _post(server, prompt="<|text|>", max_tokens=4)
    assert _metric(server, "ready") == 1
    assert _metric(server, "generated_tokens_total") > 0
    assert _metric(server, "capacity_tokens_per_second") > 0
    assert _metric(server, "slots") > 0
    assert _metric(server, "manifest_error") == 0
    assert "process_resident_memory_bytes " in server.http.get("/metrics").text
    assert "offerloop_model_request_seconds_bucket" in server.http.get("/metrics").text


def test_a_swap_fails_no_request(
    start_server: Callable[..., ServerProcess], tiny_model: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    server = start_server(tiny_model, "--sequences", "8")
    second = write_model(tmp_path / "second.gguf", tokenizer, seed=1, version="tiny-2")
    stop, statuses, models = threading.Event(), [], []

    def call() -> None:
        with httpx.Client(base_url=server.http.base_url, timeout=60) as http:
            while not stop.is_set():
                response = http.post("/v1/completions", json={"prompt": "<|text|>", "n": 2, "max_tokens": 20})
                statuses.append(response.status_code)
                models.append(response.json().get("model"))

    callers = [threading.Thread(target=call) for _ in range(3)]
    for caller in callers:
        caller.start()
    try:
        assert _post(server, "/admin/reload", model=str(second)).json() == {"model": "tiny-2"}
        while "tiny-2" not in models:
            assert all(caller.is_alive() for caller in callers)
    finally:
        stop.set()
        for caller in callers:
            caller.join()
    assert set(statuses) == {200}
    assert set(models) == {"tiny-1", "tiny-2"}
    assert server.http.get("/v1/models").json()["data"][0]["id"] == "tiny-2"
    server.stop()


def test_a_bad_file_is_not_swapped_in(server: ServerProcess, tiny_model: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn.gguf"
    torn.write_bytes(tiny_model.read_bytes()[:-5000])
    for path in (torn, tmp_path / "none.gguf"):
        assert _error(_post(server, "/admin/reload", model=str(path)), 422)["code"] == "model_not_loadable"
    assert _post(server, prompt="<|text|>", max_tokens=2).json()["model"] == "tiny-1"
    proxied = server.http.post("/admin/reload", headers={"X-Forwarded-For": "10.0.0.1"})
    assert _error(proxied, 403)["code"] == "forbidden"
    _error(server.http.post("/admin/reload", json={"path": "x"}), 400)


def test_sigterm_finishes_accepted_work(start_server: Callable[..., ServerProcess], tiny_model: Path) -> None:
    server = start_server(tiny_model, "--sequences", "8")
    answers: list[httpx.Response] = []
    body = {"prompt": ["<|text|>"] * 40, "max_tokens": 200, "ignore_eos": True}

    def call() -> None:
        answers.append(httpx.post(f"{server.http.base_url}/v1/completions", json=body, timeout=60))

    caller = threading.Thread(target=call)
    caller.start()
    while _metric(server, "running_texts") == 0:
        assert caller.is_alive()
    server.http.close()
    os.kill(server.process.pid, signal.SIGTERM)
    caller.join()
    assert answers[0].status_code == 200
    assert len(answers[0].json()["choices"]) == 40
    assert server.process.wait(60) in (0, -signal.SIGTERM, 128 + signal.SIGTERM)
    assert "Traceback" not in server.log.read_text()


def test_logs_hold_no_prompts(start_server: Callable[..., ServerProcess], tiny_model: Path) -> None:
    server = start_server(tiny_model, "--sequences", "4")
    text = _post(server, prompt=SECRET, max_tokens=20).json()["choices"][0]["text"]
    _post(server, prompt=SECRET, unknown=SECRET)
    server.stop()
    log = server.log.read_text()
    assert '"route": "/v1/completions", "status": 200' in log
    assert SECRET not in log
    assert text not in log


def _start(*flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "model.serving.server", *flags]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MODEL_")}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT, env=environment)


def test_start_errors_are_clear(tiny_model: Path, tmp_path: Path) -> None:
    torn, foreign = tmp_path / "torn.gguf", tmp_path / "foreign.gguf"
    torn.write_bytes(tiny_model.read_bytes()[:-5000])
    foreign.write_bytes(tiny_model.read_bytes().replace(b"llama", b"lllll"))
    for path, words in (
        (tmp_path / "none.gguf", "no model file at"),
        (torn, "not within the file bounds"),
        (foreign, "unknown model architecture"),
    ):
        done = _start("--model", str(path), "--port", "0")
        assert done.returncode == 3, done.stderr
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_wrong_arguments() -> None:
    for flags in ((), ("--model", "x", "--sequences", "0"), ("--model", "x", "--port", "http")):
        done = _start(*flags)
        assert done.returncode == 2
        assert "usage" in done.stderr


def test_a_taken_port(tiny_model: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        done = _start("--model", str(tiny_model), "--port", str(holder.getsockname()[1]))
    assert done.returncode == 4
    assert "cannot listen" in done.stderr


def test_a_crash_of_the_process_is_a_refused_connection(
    start_server: Callable[..., ServerProcess], tiny_model: Path
) -> None:
    """What a supervisor and a retrying caller build on: after kill -9 a new process on the port answers the same."""
    server = start_server(tiny_model, "--sequences", "4")
    body = {"prompt": "<|text|>", "max_tokens": 12, "seed": 3}
    before = _post(server, **body).json()["choices"][0]["text"]
    server.process.kill()
    server.process.wait(60)
    with pytest.raises(httpx.TransportError):
        _post(server, **body)
    again = start_server(tiny_model, "--sequences", "4")
    assert _post(again, **body).json()["choices"][0]["text"] == before
    again.stop()

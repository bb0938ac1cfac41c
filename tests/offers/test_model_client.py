"""The way to the model: what it says is read strictly, what goes wrong becomes a 503 within the deadline."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from backend.errors import Unavailable
from backend.offers.model_client import (
    Ask,
    Deadline,
    ModelBusy,
    ModelClient,
    ModelMeta,
    read_chat,
    read_completion,
    read_metas,
)

META = ModelMeta("base-1", "control", 5000.0, 32)
ASK = Ask(prompts=["<|p:CC|>", "<|p:DC|>"], n=2, max_tokens=40, temperature=0.8, seed=7)

Handler = Callable[[httpx.Request], httpx.Response]


def client_with(handler: Handler) -> ModelClient:
    return ModelClient("http://model.test", transport=httpx.MockTransport(handler))


def choice(index: int, text: str = "Текст") -> dict[str, Any]:
    return {
        "index": index,
        "text": text,
        "finish_reason": "stop",
        "logprobs": {"tokens": ["Те", "кст"], "token_logprobs": [-0.1, -0.2]},
    }


def completion(*choices: dict[str, Any]) -> dict[str, Any]:
    return {"model": "base-1", "choices": list(choices)}


def test_choices_are_put_into_the_order_of_the_prompts() -> None:
    body = completion(choice(3, "г"), choice(0, "а"), choice(2, "в"), choice(1, "б"))
    sampled = read_completion(body, prompts=2, n=2)
    assert [[sample.text for sample in mine] for mine in sampled.samples] == [["а", "б"], ["в", "г"]]
    assert sampled.samples[0][0].token_logprobs == (-0.1, -0.2)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"model": "base-1"},
        {"model": "base-1", "choices": None},
        completion(choice(0)),
        completion(choice(0), choice(1), choice(2), choice(2)),
        completion(choice(0), choice(1), choice(2), {**choice(3), "text": None}),
        completion(choice(0), choice(1), choice(2), "text"),  # type: ignore[arg-type]
        completion(choice(0), choice(1), choice(2), {**choice(3), "index": "x"}),
        {"choices": [choice(index) for index in range(4)]},
    ],
)
def test_a_malformed_completion_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        read_completion(body, prompts=2, n=2)


@pytest.mark.parametrize("body", [{}, {"model": "m", "choices": []}, {"model": "m", "choices": [{"message": {}}]}])
def test_a_malformed_chat_answer_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        read_chat(body, n=1)


def test_missing_probabilities_are_no_error() -> None:
    sampled = read_completion(completion({**choice(0), "logprobs": None}), prompts=1, n=1)
    assert sampled.samples[0][0].token_logprobs == ()


def test_a_server_that_says_little_gets_cautious_defaults() -> None:
    [meta] = read_metas({"data": [{"id": "qwen", "meta": {"n_params": 7}}]})
    assert meta.prompt_format == "chat"
    assert 0 < meta.tokens_per_s < 1000


@pytest.mark.parametrize("body", [{}, {"data": []}, {"data": [None]}, {"data": [{"meta": {}}]}, {"data": 3}])
def test_a_malformed_description_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        read_metas(body)


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[1]),
        httpx.Response(200, text='{"model": '),
        httpx.Response(500, text="boom"),
        httpx.Response(404, json={"error": "no model"}),
    ],
)
def test_nonsense_over_http_is_a_503(response: httpx.Response) -> None:
    with pytest.raises(Unavailable) as refusal:
        client_with(lambda _: response).sample(ASK, META, Deadline(1.0))
    assert refusal.value.retry_after >= 1


def test_a_refusal_passes_on_when_to_come_back_and_is_not_repeated() -> None:
    calls: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(503, headers={"Retry-After": "4"})

    with pytest.raises(Unavailable) as refusal:
        client_with(refuse).sample(ASK, META, Deadline(2.0))
    assert refusal.value.retry_after == 4
    assert len(calls) == 1


def test_a_lost_connection_is_tried_once_more() -> None:
    calls: list[dict[str, Any]] = []

    def lose_the_first(request: httpx.Request) -> httpx.Response:
        calls.append(json.loads(request.content))
        if len(calls) == 1:
            raise httpx.RemoteProtocolError("server disconnected")
        return httpx.Response(200, json=completion(*map(choice, range(4))))

    sampled = client_with(lose_the_first).sample(ASK, META, Deadline(2.0))
    assert [len(mine) for mine in sampled.samples] == [2, 2]
    assert len(calls) == 2
    assert calls[1]["deadline_ms"] <= 2000


def test_a_component_that_starts_again_is_waited_for() -> None:
    calls: list[httpx.Request] = []

    def start_again(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        if len(calls) < 3:
            raise httpx.ConnectError("refused")
        if len(calls) < 5:
            return httpx.Response(503, json={"error": {"code": "loading"}}, headers={"Retry-After": "2"})
        return httpx.Response(200, json=completion(*map(choice, range(4))))

    assert client_with(start_again).sample(ASK, META, Deadline(2.0)).version == "base-1"
    assert len(calls) == 5


def test_a_connection_lost_near_the_deadline_is_not_tried_again() -> None:
    calls: list[httpx.Request] = []

    def lose(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise httpx.ReadError("reset")

    with pytest.raises(Unavailable):
        client_with(lose).sample(ASK, META, Deadline(0.2))
    assert len(calls) == 1


def test_a_server_that_stays_silent_cannot_hold_the_call() -> None:
    released = threading.Event()

    def hang(_: httpx.Request) -> httpx.Response:
        released.wait(5)
        return httpx.Response(200, json=completion(*map(choice, range(4))))

    started = time.monotonic()
    with pytest.raises(Unavailable):
        client_with(hang).sample(ASK, META, Deadline(0.15))
    assert time.monotonic() - started < 1.0
    released.set()


def test_after_the_deadline_nothing_is_sent() -> None:
    calls: list[httpx.Request] = []
    client = client_with(lambda request: calls.append(request) or httpx.Response(200))  # type: ignore[func-returns-value]
    with pytest.raises(Unavailable):
        client.sample(ASK, META, Deadline(0.0))
    assert not calls


def test_the_request_says_what_the_engine_needs() -> None:
    sent: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json=completion(*map(choice, range(4))))

    client_with(answer).sample(ASK, META, Deadline(2.0), reserve=0.5)
    body = sent[0]
    assert body["prompt"] == ["<|p:CC|>", "<|p:DC|>"]
    assert (body["n"], body["max_tokens"], body["seed"], body["logprobs"]) == (2, 40, 7, 0)
    assert 1000 < body["deadline_ms"] <= 1500
    assert body["priority"] == "interactive"


def test_other_peoples_servers_are_asked_with_openais_parameters_only() -> None:
    sent: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(
            200, json={"model": "m", "choices": [{"message": {"content": "Да"}, "finish_reason": "stop"}]}
        )

    card = {"id": "qwen", "object": "model", "created": 0, "owned_by": "vllm"}
    [meta] = read_metas({"data": [card]})
    ask = Ask(prompts=[[{"role": "user", "content": "раз"}]], n=2, max_tokens=40, temperature=0.8, seed=7)
    client_with(answer).sample(ask, meta, Deadline(2.0))
    known = {"model", "messages", "n", "max_tokens", "temperature", "top_p", "seed", "logprobs", "stop"}
    assert set(sent[0]) <= known


def test_one_refused_client_of_a_chat_model_ends_the_waiting_for_the_others() -> None:
    refused = threading.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        if json.loads(request.content)["messages"][0]["content"] == "три":
            refused.set()
            return httpx.Response(503, json={}, headers={"Retry-After": "1"})
        refused.wait(5)
        time.sleep(1.5)
        return httpx.Response(500, json={})

    messages = [[{"role": "user", "content": word}] for word in ("раз", "два", "три")]
    ask = Ask(prompts=messages, n=2, max_tokens=40, temperature=0.8, seed=7)
    started = time.monotonic()
    with pytest.raises(ModelBusy):
        client_with(answer).sample(ask, ModelMeta("chat-1", "chat", 400.0, 4), Deadline(5.0))
    assert time.monotonic() - started < 1.4


def test_a_chat_model_is_asked_for_each_client_by_itself() -> None:
    sent: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        sent.append(body)
        choices = [
            {
                "index": index,
                "message": {"role": "assistant", "content": body["messages"][0]["content"]},
                "finish_reason": "stop",
                "logprobs": {"content": [{"token": "а", "logprob": -0.3}]},
            }
            for index in range(body["n"])
        ]
        return httpx.Response(200, json={"model": "chat-1", "choices": choices})

    messages = [[{"role": "user", "content": word}] for word in ("раз", "два", "три")]
    ask = Ask(prompts=messages, n=2, max_tokens=40, temperature=0.8, seed=7)
    sampled = client_with(answer).sample(ask, ModelMeta("chat-1", "chat", 400.0, 4), Deadline(2.0))
    assert [[sample.text for sample in mine] for mine in sampled.samples] == [["раз"] * 2, ["два"] * 2, ["три"] * 2]
    assert sampled.samples[0][0].token_logprobs == (-0.3,)
    assert sorted(body["seed"] for body in sent) == [7, 8, 9]


def test_the_description_is_asked_once_in_a_while_and_again_after_a_failure() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path == "/v1/models":
            return httpx.Response(200, json={"data": [{"id": "base-1", "meta": {"prompt_format": "control"}}]})
        return httpx.Response(500)

    client = client_with(answer)
    assert client.meta(Deadline(1.0)) is client.meta(Deadline(1.0))
    with pytest.raises(Unavailable):
        client.sample(ASK, META, Deadline(1.0))
    client.meta(Deadline(1.0))
    assert asked == ["/v1/models", "/v1/completions", "/v1/models"]


def test_a_model_that_has_just_come_is_found_before_the_description_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    served, asked = ["base-1"], []

    def describe(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        meta = {"prompt_format": "control", "tokens_per_s": 5000.0, "max_sequences": 32}
        return httpx.Response(200, json={"data": [{"id": name, "meta": meta} for name in served]})

    client = client_with(describe)
    assert client.meta(Deadline(2.0), "base-1.1").version == "base-1"
    served.append("base-1.1")
    assert client.meta(Deadline(2.0), "base-1.1").version == "base-1"
    assert len(asked) == 1, "who was asked a moment ago is not asked by every call"
    monkeypatch.setattr("backend.offers.model_client.MISSED_SECONDS", 0.0)
    assert client.meta(Deadline(2.0), "base-1.1").version == "base-1.1"
    assert client.meta(Deadline(2.0)).version == "base-1"
    assert len(asked) == 2

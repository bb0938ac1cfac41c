"""Request bodies and answers."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model.serving.answers import Answer
from model.serving.jobs import Choice
from model.serving.llama import Model, Shape, fit_shape
from model.serving.openai import ANSWER_SHARE, ApiError, parse_chat, parse_completion


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Iterator[Model]:
    model = Model(tiny_model)
    yield model
    model.close()


@pytest.fixture(scope="module")
def instruct(chat_model: Path) -> Iterator[Model]:
    model = Model(chat_model)
    yield model
    model.close()


@pytest.fixture(scope="module")
def shape(model: Model) -> Shape:
    return fit_shape(model, sequences=8)


@pytest.mark.parametrize(
    ("prompt", "count"),
    [("карта", 1), (["карта", "вклад"], 2), ([5, 6, 7], 1), ([[5], [6, 7]], 2), (["карта", [5]], 2)],
)
def test_forms_of_a_prompt(model: Model, shape: Shape, prompt: Any, count: int) -> None:
    assert len(parse_completion({"prompt": prompt}, model, shape).request.prompts) == count


def test_all_parameters(model: Model, shape: Shape) -> None:
    body = {
        "model": "any", "prompt": "карта", "n": 3, "max_tokens": 40, "temperature": 0.7, "top_p": 0.9, "top_k": 20,
        "min_p": 0.05, "seed": 7, "stop": ["\n\n", "<|end|>"], "logprobs": 0, "logit_bias": {"5": -100, "6": 1.5},
        "presence_penalty": 0.1, "frequency_penalty": 0.2, "repetition_penalty": 1.1, "echo": False, "best_of": 3,
        "stream": True, "stream_options": {"include_usage": True}, "suffix": None, "user": "u",
        "deadline_ms": 2000, "priority": "batch", "ignore_eos": True,
    }  # fmt: skip
    call = parse_completion(body, model, shape)
    request = call.request
    assert (request.n, request.max_tokens, request.seed, request.priority) == (3, 40, 7, "batch")
    assert (request.stop, request.stop_tokens) == (("\n\n",), {model.vocabulary.eos})
    assert request.sampling.logit_bias == {5: -100.0, 6: 1.5}
    assert (request.sampling.top_k, request.sampling.logprobs, request.sampling.min_p) == (20, 0, 0.05)
    assert request.deadline is not None
    assert request.deadline - time.monotonic() <= 2 * (1 - ANSWER_SHARE), "the answer has a way to go"
    assert request.stream
    assert request.ignore_end
    assert call.include_usage


BAD = [
    ([], None, None),
    (None, None, None),
    ({}, "prompt", "missing_required_parameter"),
    ({"prompt": []}, "prompt", "invalid_type"),
    ({"prompt": 5}, "prompt", "invalid_type"),
    ({"prompt": {"a": 1}}, "prompt", "invalid_type"),
    ({"prompt": ["a", 5]}, "prompt", "invalid_type"),
    ({"prompt": [[5, "a"]]}, "prompt", "invalid_type"),
    ({"prompt": [True, False]}, "prompt", "invalid_type"),
    ({"prompt": [10**9]}, "prompt", "invalid_value"),
    ({"prompt": [-1]}, "prompt", "invalid_value"),
    ({"prompt": ""}, "prompt", "invalid_value"),
    ({"prompt": "\ud800"}, "prompt", "invalid_value"),
    ({"prompt": ["a"] * 1000}, "prompt", "too_many_prompts"),
    ({"prompt": "слово " * 300}, "prompt", "context_length_exceeded"),
    ({"prompt": ["a"] * 100, "n": 11}, "n", "too_many_texts"),
    ({"prompt": "a", "n": 0}, "n", "invalid_value"),
    ({"prompt": "a", "n": 1.5}, "n", "invalid_type"),
    ({"prompt": "a", "n": True}, "n", "invalid_type"),
    ({"prompt": "a", "max_tokens": 0}, "max_tokens", "invalid_value"),
    ({"prompt": "a", "max_tokens": "10"}, "max_tokens", "invalid_type"),
    ({"prompt": "a", "temperature": "hot"}, "temperature", "invalid_type"),
    ({"prompt": "a", "temperature": -1}, "temperature", "invalid_value"),
    ({"prompt": "a", "temperature": float("nan")}, "temperature", "invalid_value"),
    ({"prompt": "a", "temperature": float("inf")}, "temperature", "invalid_value"),
    ({"prompt": "a", "top_p": 1.01}, "top_p", "invalid_value"),
    ({"prompt": "a", "top_k": 10**6}, "top_k", "invalid_value"),
    ({"prompt": "a", "seed": "7"}, "seed", "invalid_type"),
    ({"prompt": "a", "seed": 2**65}, "seed", "invalid_value"),
    ({"prompt": "a", "stop": 5}, "stop", "invalid_type"),
    ({"prompt": "a", "stop": [""]}, "stop", "invalid_value"),
    ({"prompt": "a", "stop": ["x"] * 17}, "stop", "invalid_value"),
    ({"prompt": "a", "logprobs": 6}, "logprobs", "invalid_value"),
    ({"prompt": "a", "logprobs": True}, "logprobs", "invalid_type"),
    ({"prompt": "a", "logit_bias": [1]}, "logit_bias", "invalid_type"),
    ({"prompt": "a", "logit_bias": {"x": 1}}, "logit_bias", "invalid_value"),
    ({"prompt": "a", "logit_bias": {"999999": 1}}, "logit_bias", "invalid_value"),
    ({"prompt": "a", "logit_bias": {"5": 1000}}, "logit_bias", "invalid_value"),
    ({"prompt": "a", "echo": True}, "echo", "unsupported_parameter"),
    ({"prompt": "a", "suffix": "b"}, "suffix", "unsupported_parameter"),
    ({"prompt": "a", "best_of": 4}, "best_of", "unsupported_parameter"),
    ({"prompt": "a", "stream": "yes"}, "stream", "invalid_type"),
    ({"prompt": "a", "stream_options": {"include_usage": True}}, "stream_options", "invalid_value"),
    ({"prompt": "a", "deadline_ms": 0}, "deadline_ms", "invalid_value"),
    ({"prompt": "a", "priority": "urgent"}, "priority", "invalid_value"),
    ({"prompt": "a", "model": 5}, "model", "invalid_type"),
    ({"prompt": "a", "temprature": 1}, "temprature", "unknown_parameter"),
    ({"prompt": "a", "\ud800": 1}, "?", "unknown_parameter"),
    ({"prompt": "a", "stop": False}, "stop", "invalid_type"),
    ({"prompt": "a", "stream": True, "stream_options": {"include_usage": "no"}}, "stream_options", "invalid_type"),
]


@pytest.mark.parametrize(("body", "param", "code"), BAD)
def test_bad_bodies_name_the_parameter(
    model: Model, shape: Shape, body: Any, param: str | None, code: str | None
) -> None:
    with pytest.raises(ApiError) as caught:
        parse_completion(body, model, shape)
    error = caught.value.body["error"]
    assert (caught.value.status, error["param"], error["code"]) == (400, param, code)
    assert error["type"] == "invalid_request_error"
    assert error["message"]


def test_chat_goes_through_the_template(instruct: Model, shape: Shape) -> None:
    messages = [{"role": "system", "content": "Пишите кратко."}, {"role": "user", "content": "карта {bank}"}]
    call = parse_chat({"messages": messages, "logprobs": True, "top_logprobs": 2}, instruct, shape)
    text = "".join(instruct.vocabulary.shown(token) for token in call.request.prompts[0])
    expected = instruct.vocabulary.tokenize("<|user|>Пишите кратко.<|end|><|user|>карта {bank}<|end|><|assistant|>")
    assert call.request.prompts[0] == expected
    assert "{bank}" in text
    assert call.request.sampling.logprobs == 2
    assert call.request.max_tokens == shape.context


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        (None, "messages"),
        ([], "messages"),
        (["hi"], "messages[0]"),
        ([{"role": "tool", "content": "x"}], "messages[0].role"),
        ([{"role": "user", "content": ["x"]}], "messages[0].content"),
        ([{"role": "user", "content": "x", "image": "y"}], "messages[0]"),
        ([{"role": "user", "content": "слово " * 300}], "messages"),
    ],
)
def test_bad_messages(instruct: Model, shape: Shape, messages: Any, param: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_chat({"messages": messages}, instruct, shape)
    assert (caught.value.status, caught.value.body["error"]["param"]) == (400, param)


def test_chat_needs_a_template(model: Model, shape: Shape) -> None:
    with pytest.raises(ApiError, match="no chat template"):
        parse_chat({"messages": [{"role": "user", "content": "x"}]}, model, shape)


def test_logprobs_of_a_completion(model: Model, shape: Shape) -> None:
    call = parse_completion({"prompt": "карта", "logprobs": 1}, model, shape)
    tokens = model.vocabulary.tokenize("карта {bank}😀")
    choice = Choice(0, "карта {bank}😀", tokens, "stop", [-0.5] * len(tokens), [[(t, -0.1)] for t in tokens])
    logprobs = Answer.to(call, model).whole([choice])["choices"][0]["logprobs"]
    assert {len(logprobs[key]) for key in logprobs} == {len(tokens)}
    assert logprobs["text_offset"][0] == 0
    assert any(name.startswith("bytes:") for name in logprobs["tokens"])
    assert "{bank}" in logprobs["tokens"]

"""The way to the language model: HTTP to MODEL_URL, an OpenAI-compatible server, under one hard deadline.

Everything that can go wrong on the way becomes `Unavailable` (503 with Retry-After): refused, down, silent, talking
nonsense. A lost connection is tried once more while time remains, since the supervisor restarts a crashed component.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, cast

import httpx

from backend.common import request_ids
from backend.errors import Unavailable

log = logging.getLogger(__name__)

META_SECONDS = 5.0
MISSED_SECONDS = 0.5
"""After so long the server is asked anew for a model that it did not have."""
"""How long the model's own description is trusted: a promoted version shows within this time."""
SPEED_OF_A_STRANGER = 400.0
"""Tokens per second assumed of a server that does not state its speed (llama-server, vLLM)."""
RETRY_PAUSE = 0.1
RETRY_NEEDS = 0.4
POOL = 64
OURS = "offerloop"
"""What our own component says of who owns its models."""
DOWN = "Языковая модель не отвечает, повторите запрос позже"
BUSY = "Очередь к языковой модели не успевает в срок, повторите запрос позже"
LATE = "Языковая модель не успела ответить в срок, повторите запрос позже"
NONSENSE = "Языковая модель ответила не по договорённости, повторите запрос позже"


class ModelBusy(Unavailable):
    """Refused at once: the queue cannot make the deadline. Fewer candidates might still fit."""


class ModelAway(Unavailable):
    """Nobody answers at this address, or the component there is still loading its model."""


class Deadline:
    """One moment by which the answer must be out; every step asks how much time is left."""

    def __init__(self, seconds: float, started: float | None = None) -> None:
        self.started = time.monotonic() if started is None else started
        self.seconds = seconds

    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def left(self) -> float:
        return self.seconds - self.elapsed()

    def check(self) -> None:
        """Refuse to go on when the time is over: no answer is better than a late one."""
        if self.left() <= 0:
            raise Unavailable(LATE, reason="deadline")


@dataclass(frozen=True)
class ModelMeta:
    """What the model component says of itself.

    `own`: a component of ours, which understands what is not OpenAI's. `calls`, `batch`: texts of interactive calls and
    of batches that it had to write when it was asked; None where a server does not tell.
    """

    version: str
    prompt_format: str
    tokens_per_s: float
    max_sequences: int
    own: bool = True
    calls: int | None = None
    batch: int | None = None


@dataclass(frozen=True)
class Sample:
    """One sampled text with the log-probability of each of its tokens."""

    text: str
    finish_reason: str
    token_logprobs: tuple[float, ...] = ()


@dataclass(frozen=True)
class Ask:
    """Several prompts sampled alike. `prompts` holds strings, or chat messages for a chat model."""

    prompts: Sequence[str] | Sequence[list[dict[str, str]]]
    n: int
    max_tokens: int
    temperature: float
    seed: int | None = None
    top_p: float = 0.95
    priority: str = "interactive"
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sampled:
    """The answer: one list of samples for each prompt, in order."""

    version: str
    samples: list[list[Sample]]


class ModelClient:
    """A pooled client of one process, safe between its threads.

    A patient one waits for a server that is away as long as an answer could still be in time.
    """

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None, *, patient: bool = True) -> None:
        self._patient = patient
        limits = httpx.Limits(max_connections=POOL, max_keepalive_connections=POOL)
        self._http = httpx.Client(base_url=url, limits=limits, transport=transport, trust_env=False)
        # requests run in threads of their own, so that a server that trickles cannot hold a call beyond its deadline
        self._threads = ThreadPoolExecutor(POOL, thread_name_prefix="model-call")
        self._metas: tuple[float, tuple[ModelMeta, ...]] | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    def meta(self, deadline: Deadline, wanted: str | None = None) -> ModelMeta:
        """The description of the model `wanted` by its version, at most a few seconds old; of the default, where the
        server has no such model or none is wanted.
        """
        metas = self._fresh(deadline)
        if wanted and not any(meta.version == wanted for meta in metas) and self._age() > MISSED_SECONDS:
            metas = self.describe(deadline)  # it may have come since
        return next((meta for meta in metas if meta.version == wanted), metas[0])

    def _age(self) -> float:
        known = self._metas
        return time.monotonic() - known[0] if known else 0.0

    def _fresh(self, deadline: Deadline) -> tuple[ModelMeta, ...]:
        known = self._metas
        if known and time.monotonic() - known[0] < META_SECONDS:
            return known[1]
        return self.describe(deadline)

    def describe(self, deadline: Deadline) -> tuple[ModelMeta, ...]:
        """Ask the server now what it serves, the default first."""
        metas = read_metas(self._await(lambda: self._get("/v1/models", deadline), deadline))
        with self._lock:
            self._metas = (time.monotonic(), metas)
        return metas

    def last_meta(self) -> ModelMeta | None:
        """The last description of the default model, however old; None before the first contact."""
        return self._metas[1][0] if self._metas else None

    def forget_meta(self) -> None:
        with self._lock:
            self._metas = None

    def sample(self, ask: Ask, meta: ModelMeta, deadline: Deadline, reserve: float = 0.0) -> Sampled:
        """Sample every prompt of `ask`; `reserve` seconds of the deadline are kept for the caller's own work."""
        try:
            if meta.prompt_format == "chat":
                return self._chat(ask, meta, deadline, reserve)
            return self._complete(ask, meta, deadline, reserve)
        except ModelBusy:
            raise
        except Unavailable:
            self.forget_meta()  # a restarted component may serve another model
            raise

    def _complete(self, ask: Ask, meta: ModelMeta, deadline: Deadline, reserve: float) -> Sampled:
        def call() -> Mapping[str, Any]:
            body = {**_common(ask, meta, deadline, reserve), "prompt": list(ask.prompts), "logprobs": 0}
            return self._post("/v1/completions", body, deadline)

        return read_completion(self._await(call, deadline), len(ask.prompts), ask.n)

    def _chat(self, ask: Ask, meta: ModelMeta, deadline: Deadline, reserve: float) -> Sampled:
        def call(index: int) -> Mapping[str, Any]:
            body = {**_common(ask, meta, deadline, reserve), "messages": ask.prompts[index], "logprobs": True}
            if ask.seed is not None:
                body["seed"] = ask.seed + index  # equal briefs of one call must not give equal texts
            return self._post("/v1/chat/completions", body, deadline)

        futures = [self._threads.submit(request_ids.carried(call), index) for index in range(len(ask.prompts))]
        answers = [read_chat(answer, ask.n) for answer in _results(futures, deadline)]
        return Sampled(answers[0].version, [answer.samples[0] for answer in answers])

    def _await(self, call: Callable[[], Mapping[str, Any]], deadline: Deadline) -> Mapping[str, Any]:
        return _results([self._threads.submit(request_ids.carried(call))], deadline)[0]

    def _get(self, path: str, deadline: Deadline) -> Mapping[str, Any]:
        return self._exchange(lambda: self._http.get(path, headers=_headers(), timeout=_timeout(deadline)), deadline)

    def _post(self, path: str, body: dict[str, Any], deadline: Deadline) -> Mapping[str, Any]:
        def send() -> httpx.Response:
            return self._http.post(path, json=body, headers=_headers(), timeout=_timeout(deadline))

        return self._exchange(send, deadline)

    def _exchange(self, send: Callable[[], httpx.Response], deadline: Deadline) -> Mapping[str, Any]:
        try:
            return _read(_with_retry(send, deadline) if self._patient else send())
        except httpx.ConnectTimeout as error:
            raise ModelAway(DOWN, retry_after=2, reason="model_away") from error
        except httpx.TimeoutException as error:
            raise Unavailable(LATE, reason="deadline") from error
        except httpx.HTTPError as error:
            raise ModelAway(DOWN, retry_after=2, reason="model_away") from error


def read_metas(body: Mapping[str, Any]) -> tuple[ModelMeta, ...]:
    """The models of GET /v1/models, the default first; servers that say little get cautious defaults."""
    try:
        metas = tuple(_meta(card) for card in body["data"])
        if not metas:
            raise ValueError("no model")
        return metas
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _nonsense("models", error) from error


def _meta(card: Mapping[str, Any]) -> ModelMeta:
    meta = card.get("meta") or {}
    return ModelMeta(
        version=str(card["id"]),
        prompt_format=str(meta.get("prompt_format") or "chat"),
        tokens_per_s=_positive(meta.get("tokens_per_s"), SPEED_OF_A_STRANGER),
        max_sequences=int(_positive(meta.get("max_sequences"), 1)),
        own=card.get("owned_by") == OURS,
        calls=_count(meta.get("calls")),
        batch=_count(meta.get("batch")),
    )


def read_completion(body: Mapping[str, Any], prompts: int, n: int) -> Sampled:
    """Choices come prompt-major: index = prompt * n + candidate."""
    try:
        choices = sorted(body["choices"], key=lambda choice: int(choice["index"]))
        if [int(choice["index"]) for choice in choices] != list(range(prompts * n)):
            raise ValueError(f"{len(choices)} choices for {prompts} prompts x {n}")
        flat = [Sample(_text(c["text"]), str(c["finish_reason"]), _plain_logprobs(c.get("logprobs"))) for c in choices]
        return Sampled(str(body["model"]), [flat[i * n : (i + 1) * n] for i in range(prompts)])
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise _nonsense("completion", error) from error


def read_chat(body: Mapping[str, Any], n: int) -> Sampled:
    """The answer to one chat prompt."""
    try:
        choices = body["choices"]
        if not 1 <= len(choices) <= n:
            raise ValueError(f"{len(choices)} choices instead of {n}")
        samples = [
            Sample(_text(c["message"]["content"]), str(c["finish_reason"]), _chat_logprobs(c.get("logprobs")))
            for c in choices
        ]
        return Sampled(str(body["model"]), [samples])
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise _nonsense("chat completion", error) from error


def _common(ask: Ask, meta: ModelMeta, deadline: Deadline, reserve: float) -> dict[str, Any]:
    deadline.check()
    body: dict[str, Any] = {
        "model": meta.version,
        "n": ask.n,
        "max_tokens": ask.max_tokens,
        "temperature": ask.temperature,
        "top_p": ask.top_p,
    }
    if meta.own:  # other servers refuse what is not OpenAI's, or mean something else by it
        body["deadline_ms"] = max(1, int((deadline.left() - reserve) * 1000))
        body["priority"] = ask.priority
    if meta.own and meta.prompt_format != "control":
        body["script"] = "ru"  # a model that was not trained here is held to Russian letters and the slots
    if ask.seed is not None:
        body["seed"] = ask.seed
    if ask.stop:
        body["stop"] = list(ask.stop)
    return body


def _results(futures: Sequence[Future[Mapping[str, Any]]], deadline: Deadline) -> list[Mapping[str, Any]]:
    """What they return, in their order. The first failure ends the waiting: the others are for nothing then."""
    done, left = wait(futures, max(deadline.left(), 0.001), FIRST_EXCEPTION)
    for future in left:
        future.cancel()
    for future in done:
        future.result()  # raises what went wrong
    if left:
        raise Unavailable(LATE, reason="deadline")
    return [future.result() for future in futures]


def _headers() -> dict[str, str]:
    request_id = request_ids.current()
    return {request_ids.HEADER: request_id} if request_id else {}


def _timeout(deadline: Deadline) -> httpx.Timeout:
    deadline.check()
    return httpx.Timeout(max(deadline.left(), 0.001), connect=max(min(deadline.left(), 0.5), 0.001))


def _with_retry(send: Callable[[], httpx.Response], deadline: Deadline) -> httpx.Response:
    """A crashed component is back within a second or two: ask again for as long as an answer could still be in time."""
    while True:
        try:
            response = send()
            if not _is_loading(response) or deadline.left() < RETRY_NEEDS:
                return response
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            if deadline.left() < RETRY_NEEDS:
                raise
        time.sleep(RETRY_PAUSE)


def _is_loading(response: httpx.Response) -> bool:
    """Whether our own component says that it has just been started."""
    return response.status_code == 503 and '"loading"' in response.text


def _read(response: httpx.Response) -> Mapping[str, Any]:
    if _is_loading(response):
        raise ModelAway(DOWN, retry_after=_retry_after(response), reason="model_away")
    if response.status_code in (429, 503):
        raise ModelBusy(BUSY, retry_after=_retry_after(response), reason="model_busy")
    if response.status_code != 200:
        raise _nonsense(f"HTTP {response.status_code}", ValueError())
    try:
        body = response.json()
    except ValueError as error:
        raise _nonsense("body", error) from error
    if not isinstance(body, dict):
        raise _nonsense("body", TypeError(type(body).__name__))
    return cast(Mapping[str, Any], body)


def _retry_after(response: httpx.Response) -> int:
    value = response.headers.get("retry-after", "")
    return int(value) if value.isascii() and value.isdigit() else 1


def _positive(value: Any, default: float) -> float:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) and value > 0 else default


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text is {type(value).__name__}")
    return value


def _plain_logprobs(value: Mapping[str, Any] | None) -> tuple[float, ...]:
    return _finite((value or {}).get("token_logprobs"))


def _chat_logprobs(value: Mapping[str, Any] | None) -> tuple[float, ...]:
    return _finite([token["logprob"] for token in (value or {}).get("content") or ()])


def _finite(values: Sequence[Any] | None) -> tuple[float, ...]:
    return tuple(float(v) for v in values or () if isinstance(v, int | float) and math.isfinite(v))


def _nonsense(what: str, error: Exception) -> Unavailable:
    # without the error's words: a foreign server's answer may quote the prompt
    log.error("the model component gave a malformed %s", what, extra={"error": type(error).__name__})
    return Unavailable(NONSENSE, retry_after=5, reason="model_nonsense")

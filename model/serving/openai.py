"""The OpenAI shapes of requests and errors: bodies are checked field by field.

Unknown and unsupported parameters are refused by name rather than ignored, so that nobody believes in a setting that
has no effect. Beyond OpenAI: top_k, min_p, repetition_penalty, ignore_eos, deadline_ms, priority, script.
"""

import math
import secrets
import time
from dataclasses import dataclass
from typing import Any

from model.serving.chat import render_chat
from model.serving.jobs import Priority, Request
from model.serving.llama import Model, Shape, Vocabulary
from model.serving.sampling import SamplingParams

MAX_PROMPTS = 256
MAX_TEXTS = 1024
MAX_CANDIDATES = 64
MAX_STOPS = 16
MAX_STOP_LENGTH = 200
MAX_MESSAGES = 256
MAX_DEADLINE_MS = 3_600_000
ANSWER_SHARE = 0.02
"""Of the time that a caller gives: left for the way of the answer, which is to be in the caller's hands by then."""
COMPLETION_LOGPROBS, CHAT_LOGPROBS = 5, 20


class ApiError(Exception):
    """An answer in OpenAI's error shape."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        kind: str = "invalid_request_error",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.retry_after_s = status, retry_after_s
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.retry_after_s is None else {"Retry-After": str(max(1, math.ceil(self.retry_after_s)))}


def invalid(param: str, message: str, code: str | None = None) -> ApiError:
    return ApiError(400, message, param=param, code=code)


class Fields:
    """Reads the members of a body once each; what is left over is unknown."""

    def __init__(self, body: object) -> None:
        if not isinstance(body, dict):
            raise ApiError(400, "the body must be a JSON object")
        self._body = dict(body)

    def take(self, name: str) -> Any:
        return self._body.pop(name, None)

    def integer(self, name: str, default: int | None, low: int, high: int) -> int | None:
        value = self.take(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            raise invalid(name, f"{name} must be an integer", "invalid_type")
        if not low <= value <= high:
            raise invalid(name, f"{name} must be between {low} and {high}, not {value}", "invalid_value")
        return value

    def number(self, name: str, default: float, low: float, high: float) -> float:
        value = self.take(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise invalid(name, f"{name} must be a number", "invalid_type")
        if not low <= value <= high:
            raise invalid(name, f"{name} must be between {low:g} and {high:g}", "invalid_value")
        return float(value)

    def flag(self, name: str) -> bool:
        value = self.take(name)
        if value is not None and not isinstance(value, bool):
            raise invalid(name, f"{name} must be true or false", "invalid_type")
        return bool(value)

    def text(self, name: str) -> str | None:
        value = self.take(name)
        if value is not None and not isinstance(value, str):
            raise invalid(name, f"{name} must be a string", "invalid_type")
        return value

    def refuse(self, name: str, *harmless: object) -> None:
        """A parameter of OpenAI's that is not carried out here, unless its value changes nothing."""
        value = self.take(name)
        if value is not None and not any(value is h or value == h for h in harmless):
            raise invalid(name, f"{name} is not supported", "unsupported_parameter")

    def end(self) -> None:
        if self._body:
            name = str(sorted(self._body)[0])[:100].encode("utf-8", "replace").decode()
            raise invalid(name, f"unrecognized request argument: {name}", "unknown_parameter")


@dataclass(frozen=True)
class Call:
    """A checked request with what the answer needs to know."""

    request: Request
    chat: bool
    include_usage: bool

    @property
    def wants_logprobs(self) -> bool:
        return self.request.sampling.logprobs is not None


def parse_completion(body: object, model: Model, shape: Shape) -> Call:
    """Check a body of POST /v1/completions."""
    fields = Fields(body)
    prompts = _prompts(fields.take("prompt"), model.vocabulary, shape)
    for name, harmless in (("echo", False), ("suffix", "")):
        fields.refuse(name, harmless)
    logprobs = fields.integer("logprobs", None, 0, COMPLETION_LOGPROBS)
    max_tokens = fields.integer("max_tokens", 16, 1, 1_000_000) or 16
    return _call(fields, prompts, max_tokens, logprobs, model, chat=False)


def parse_chat(body: object, model: Model, shape: Shape) -> Call:
    """Check a body of POST /v1/chat/completions; the messages go through the GGUF's own template."""
    fields = Fields(body)
    text = _chat_prompt(_messages(fields.take("messages")), model)
    prompt = _fitting(model.vocabulary.tokenize(text), shape, "messages")
    wants = fields.flag("logprobs")
    top = fields.integer("top_logprobs", 0, 0, CHAT_LOGPROBS)
    longest = fields.integer("max_tokens", None, 1, 1_000_000)
    max_tokens = fields.integer("max_completion_tokens", longest, 1, 1_000_000) or shape.context
    for name, harmless in (("tools", []), ("tool_choice", "none"), ("functions", []), ("response_format", None)):
        fields.refuse(name, harmless, {"type": "text"})
    return _call(fields, [prompt], max_tokens, top if wants else None, model, chat=True)


def _call(
    fields: Fields, prompts: list[list[int]], max_tokens: int, logprobs: int | None, model: Model, *, chat: bool
) -> Call:
    n = fields.integer("n", 1, 1, MAX_CANDIDATES) or 1
    if n * len(prompts) > MAX_TEXTS:
        raise invalid("n", f"prompts × n must not exceed {MAX_TEXTS}", "too_many_texts")
    fields.refuse("best_of", n)
    stop, stop_tokens = _stops(fields.take("stop"), model.vocabulary)
    deadline_ms = fields.integer("deadline_ms", None, 1, MAX_DEADLINE_MS)
    seed = fields.integer("seed", None, -(2**63), 2**64 - 1)
    request = Request(
        prompts=prompts,
        seed=secrets.randbits(64) if seed is None else seed,
        n=n,
        max_tokens=max_tokens,
        sampling=_sampling(fields, logprobs, model.vocabulary),
        stop=stop,
        stop_tokens=stop_tokens,
        deadline=None if deadline_ms is None else time.monotonic() + deadline_ms / 1000 * (1 - ANSWER_SHARE),
        priority=_priority(fields.text("priority")),
        stream=fields.flag("stream"),
        russian=_script(fields.text("script")),
        ignore_end=fields.flag("ignore_eos"),
    )
    include_usage = _stream_options(fields.take("stream_options"), stream=request.stream)
    fields.text("model")  # it has chosen `model`; any name is served, so that callers survive a swap
    fields.text("user")
    fields.end()
    return Call(request, chat, include_usage)


def _script(value: str | None) -> bool:
    """An extension: `"script": "ru"` limits the text to Russian letters, punctuation and the slots."""
    if value not in (None, "ru"):
        raise invalid("script", 'script must be "ru" or left out', "invalid_value")
    return value == "ru"


def _sampling(fields: Fields, logprobs: int | None, vocabulary: Vocabulary) -> SamplingParams:
    top_k = fields.integer("top_k", 0, -1, vocabulary.size) or 0
    return SamplingParams(
        temperature=fields.number("temperature", 1.0, 0.0, 2.0),
        top_p=fields.number("top_p", 1.0, 0.0, 1.0),
        top_k=max(0, top_k),
        min_p=fields.number("min_p", 0.0, 0.0, 1.0),
        repetition_penalty=fields.number("repetition_penalty", 1.0, 0.1, 10.0),
        presence_penalty=fields.number("presence_penalty", 0.0, -2.0, 2.0),
        frequency_penalty=fields.number("frequency_penalty", 0.0, -2.0, 2.0),
        logit_bias=_logit_bias(fields.take("logit_bias"), vocabulary),
        logprobs=logprobs,
    )


def _prompts(value: object, vocabulary: Vocabulary, shape: Shape) -> list[list[int]]:
    if value is None:
        raise invalid("prompt", "prompt is required", "missing_required_parameter")
    if isinstance(value, str) or (isinstance(value, list) and value and _is_int(value[0])):
        value = [value]
    if not isinstance(value, list) or not value:
        raise invalid("prompt", "prompt must be a string, an array of strings or token arrays", "invalid_type")
    if len(value) > MAX_PROMPTS:
        raise invalid("prompt", f"at most {MAX_PROMPTS} prompts a request, not {len(value)}", "too_many_prompts")
    return [_fitting(_tokens(item, vocabulary), shape, "prompt") for item in value]


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _tokens(item: object, vocabulary: Vocabulary) -> list[int]:
    if isinstance(item, str):
        tokens = vocabulary.tokenize(_encodable(item, "prompt"))
    elif isinstance(item, list) and all(_is_int(token) for token in item):
        tokens = item
        if not all(0 <= token < vocabulary.size for token in tokens):
            raise invalid("prompt", f"token ids must be between 0 and {vocabulary.size - 1}", "invalid_value")
    else:
        raise invalid("prompt", "each prompt must be a string or an array of token ids", "invalid_type")
    if not tokens:
        raise invalid("prompt", "a prompt must not be empty", "invalid_value")
    return tokens


def _encodable(text: str, param: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise invalid(param, f"{param} holds half of a surrogate pair", "invalid_value") from error
    return text


def _fitting(tokens: list[int], shape: Shape, param: str) -> list[int]:
    if len(tokens) >= shape.context:
        message = f"the context holds {shape.context} tokens, {param} has {len(tokens)} and leaves no room for text"
        raise invalid(param, message, "context_length_exceeded")
    return tokens


def _messages(value: object) -> list[dict[str, str]]:
    if not isinstance(value, list) or not value:
        raise invalid("messages", "messages must be an array with at least one message", "invalid_type")
    if len(value) > MAX_MESSAGES:
        raise invalid("messages", f"at most {MAX_MESSAGES} messages", "too_many_messages")
    messages = []
    for number, item in enumerate(value):
        where = f"messages[{number}]"
        if not isinstance(item, dict) or set(item) - {"role", "content", "name"}:
            raise invalid(where, "a message has role and content", "invalid_type")
        if item.get("role") not in ("system", "developer", "user", "assistant"):
            raise invalid(f"{where}.role", "role must be system, user or assistant", "invalid_value")
        if not isinstance(item.get("content"), str):
            raise invalid(f"{where}.content", "content must be a string", "invalid_type")
        role = "system" if item["role"] == "developer" else item["role"]
        messages.append({"role": role, "content": _encodable(item["content"], where)})
    return messages


def _chat_prompt(messages: list[dict[str, str]], model: Model) -> str:
    if model.chat_template is None:
        message = f"model {model.version} has no chat template; use /v1/completions"
        raise ApiError(400, message, param="messages", code="no_chat_template")
    vocabulary = model.vocabulary
    try:
        return render_chat(
            model.chat_template, messages, bos=vocabulary.shown(vocabulary.bos), eos=vocabulary.shown(vocabulary.eos)
        )
    except ValueError as error:
        message = f"the chat template refuses the messages: {error}"
        raise invalid("messages", message, "template_error") from error


def _stops(value: object, vocabulary: Vocabulary) -> tuple[tuple[str, ...], frozenset[int]]:
    """Stop strings, and those among them that are single special tokens (never printed, so never found in text)."""
    stops = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(stops, list) or not all(isinstance(stop, str) for stop in stops):
        raise invalid("stop", "stop must be a string or an array of strings", "invalid_type")
    if len(stops) > MAX_STOPS or any(not 0 < len(stop) <= MAX_STOP_LENGTH for stop in stops):
        raise invalid("stop", f"at most {MAX_STOPS} stop strings of 1–{MAX_STOP_LENGTH} characters", "invalid_value")
    strings, tokens = [], set()
    for stop in stops:
        ids = vocabulary.tokenize(_encodable(stop, "stop"), add_special=False)
        if len(ids) == 1 and not vocabulary.pieces[ids[0]]:
            tokens.add(ids[0])
        else:
            strings.append(stop)
    return tuple(strings), frozenset(tokens)


def _logit_bias(value: object, vocabulary: Vocabulary) -> dict[int, float]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid("logit_bias", "logit_bias must map token ids to numbers", "invalid_type")
    bias = {}
    for key, amount in value.items():
        if not (key.isascii() and key.isdigit() and len(key) < 10 and int(key) < vocabulary.size):
            message = f"logit_bias: {key[:40]!r} is no token id of this model"
            raise invalid("logit_bias", message, "invalid_value")
        if isinstance(amount, bool) or not isinstance(amount, (int, float)) or not -100 <= amount <= 100:
            raise invalid("logit_bias", "logit_bias values must be between -100 and 100", "invalid_value")
        bias[int(key)] = float(amount)
    return bias


def _priority(value: str | None) -> Priority:
    if value is None or value == "interactive":
        return "interactive"
    if value == "batch":
        return "batch"
    raise invalid("priority", "priority must be interactive or batch", "invalid_value")


def _stream_options(value: object, *, stream: bool) -> bool:
    if value is None:
        return False
    if not isinstance(value, dict) or not stream or set(value) - {"include_usage"}:
        raise invalid("stream_options", "stream_options takes include_usage, with stream only", "invalid_value")
    usage = value.get("include_usage")
    if usage is not None and not isinstance(usage, bool):
        raise invalid("stream_options", "include_usage must be true or false", "invalid_type")
    return bool(usage)

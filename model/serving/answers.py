"""The OpenAI shapes of answers: whole ones, chunks of a stream, logprobs; and the card of a model."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from model.serving.engine import Engine
from model.serving.jobs import Choice
from model.serving.llama import Model
from model.serving.openai import Call


@dataclass(frozen=True)
class Answer:
    """Builds the objects of one answer."""

    call: Call
    id: str
    created: int
    model: Model

    @classmethod
    def to(cls, call: Call, model: Model) -> "Answer":
        prefix = "chatcmpl" if call.chat else "cmpl"
        return cls(call, f"{prefix}-{secrets.token_hex(12)}", int(time.time()), model)

    def whole(self, choices: Sequence[Choice]) -> dict[str, Any]:
        body = self._frame("chat.completion" if self.call.chat else "text_completion")
        body["choices"] = [self._choice(choice) for choice in choices]
        body["usage"] = self.usage(choices)
        return body

    def piece(self, index: int, text: str) -> dict[str, Any]:
        """A chunk of a stream with more text."""
        body = self._frame("chat.completion.chunk" if self.call.chat else "text_completion")
        content = {"delta": {"content": text}} if self.call.chat else {"text": text}
        body["choices"] = [{"index": index, **content, "logprobs": None, "finish_reason": None}]
        return body

    def ending(self, choice: Choice) -> dict[str, Any]:
        """The last chunk of a choice: its finish reason, and the logprobs of all of it."""
        body = self.piece(choice.index, "")
        last = body["choices"][0]
        last["finish_reason"] = choice.finish_reason
        last["logprobs"] = self._logprobs(choice)
        if self.call.chat:
            last["delta"] = {}
        return body

    def usage(self, choices: Sequence[Choice]) -> dict[str, int]:
        read, written = self.call.request.prompt_tokens, sum(len(choice.tokens) for choice in choices)
        return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}

    def usage_chunk(self, choices: Sequence[Choice]) -> dict[str, Any]:
        body = self._frame("chat.completion.chunk" if self.call.chat else "text_completion")
        return {**body, "choices": [], "usage": self.usage(choices)}

    def _frame(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model.version}

    def _choice(self, choice: Choice) -> dict[str, Any]:
        message = {"role": "assistant", "content": choice.text}
        content = {"message": message} if self.call.chat else {"text": choice.text}
        ending = {"logprobs": self._logprobs(choice), "finish_reason": choice.finish_reason}
        return {"index": choice.index, **content, **ending}

    def _logprobs(self, choice: Choice) -> dict[str, Any] | None:
        if choice.logprobs is None:
            return None
        return self._chat_logprobs(choice) if self.call.chat else self._completion_logprobs(choice)

    def _completion_logprobs(self, choice: Choice) -> dict[str, Any]:
        tokens = [self._name(token) for token in choice.tokens]
        offsets, written = [], 0
        for token in choice.tokens:
            offsets.append(written)
            written += len(self.model.vocabulary.pieces[token].decode("utf-8", "ignore"))
        top = [{self._name(t): p for t, p in row} for row in choice.top_logprobs or []]
        return {
            "tokens": tokens,
            "token_logprobs": choice.logprobs,
            "top_logprobs": top or None,
            "text_offset": offsets,
        }

    def _chat_logprobs(self, choice: Choice) -> dict[str, Any]:
        rows = []
        for place, (token, logprob) in enumerate(zip(choice.tokens, choice.logprobs or [], strict=True)):
            top = choice.top_logprobs[place] if choice.top_logprobs else []
            rows.append({**self._entry(token, logprob), "top_logprobs": [self._entry(t, p) for t, p in top]})
        return {"content": rows}

    def _entry(self, token: int, logprob: float) -> dict[str, Any]:
        return {"token": self._name(token), "logprob": logprob, "bytes": list(self.model.vocabulary.pieces[token])}

    def _name(self, token: int) -> str:
        """A token as a string; one that holds half a character by its bytes, as OpenAI names them."""
        piece = self.model.vocabulary.pieces[token]
        if not piece:
            return self.model.vocabulary.shown(token)
        try:
            return piece.decode("utf-8")
        except UnicodeDecodeError:
            return "bytes:" + "".join(f"\\x{byte:02x}" for byte in piece)


def model_card(engine: Engine) -> dict[str, Any]:
    """A model as GET /v1/models lists it."""
    model, shape = engine.model, engine.shape
    meta = {
        "prompt_format": model.prompt_format,
        "n_params": model.n_params,
        "n_ctx": shape.context,
        "n_ctx_train": model.n_ctx_train,
        "vocab_size": model.vocabulary.size,
        "size_bytes": model.size_bytes,
        "description": model.description,
        "corpus_hash": model.metadata.get("offerloop.corpus_hash"),
        "weights": model.weights,
        "adapter": model.adapter_path and model.adapter_path.name,
        "tokens_per_s": round(engine.measured_tokens_per_s, 1),
        "max_sequences": shape.sequences,
        "threads": shape.threads,
        "calls": engine.interactive,
        "batch": engine.batch,
    }
    created = int(model.path.stat().st_mtime) if model.path.exists() else 0
    return {"id": model.version, "object": "model", "created": created, "owned_by": "offerloop", "meta": meta}

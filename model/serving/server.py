"""The HTTP face of the model component, OpenAI-compatible.

Run as: python -m model.serving.server --model model/weights/base-7.gguf --port 8090
Exit codes: 143 and 130 stopped by SIGTERM and SIGINT (accepted work is finished first), 2 wrong arguments, 3 the model
cannot be loaded, 4 the port cannot be used, 5 the engine stopped. Logs hold no prompts and no texts.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import socket
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NoReturn

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from model.serving import logs
from model.serving.answers import Answer, model_card
from model.serving.engine import Engine
from model.serving.host import ModelHost, Settings
from model.serving.jobs import Choice, EngineClosed, EngineError, Overloaded, Ticket
from model.serving.llama import KV_TYPES, ModelError, check_file
from model.serving.metrics import Metrics
from model.serving.openai import ApiError, Call, parse_chat, parse_completion

log = logging.getLogger("model.serving.server")  # by its name: it runs as __main__
QUIET = ("/health", "/metrics")  # asked every few seconds
LOCAL = ("127.0.0.1", "::1")
DRAIN_S = 30
GIL_SWITCH_S = 0.0005  # the engine must not wait 5 ms (the default) for the GIL after each decode


class CallListener:
    """Carries the engine's news into the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.result: asyncio.Future[list[Choice]] = loop.create_future()
        self.pieces: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue()

    def piece(self, index: int, text: str) -> None:
        self._post(self.pieces.put_nowait, (index, text))

    def done(self, choices: list[Choice]) -> None:
        self._post(self._settle, choices, None)

    def failed(self, error: EngineError) -> None:
        self._post(self._settle, None, error)

    def _post(self, call: Callable[..., object], *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to listen
            self._loop.call_soon_threadsafe(call, *args)

    def _settle(self, choices: list[Choice] | None, error: EngineError | None) -> None:
        if not self.result.done():
            if error is None:
                self.result.set_result(choices or [])
            else:
                self.result.set_exception(error)
                self.result.exception()  # a streaming caller may leave without asking
        self.pieces.put_nowait(None)


class Face:
    """The endpoints."""

    def __init__(self, host: ModelHost) -> None:
        self.host, self.metrics = host, Metrics(host)

    async def completions(self, request: Request) -> Response:
        return await self._generate(request, chat=False)

    async def chat(self, request: Request) -> Response:
        return await self._generate(request, chat=True)

    async def _generate(self, request: Request, *, chat: bool) -> Response:
        body = await self._json(request)
        engine, call, listener, ticket = self._submit(body, chat=chat)
        answer = Answer.to(call, engine.model)
        if call.request.stream:
            events = self._events(engine, ticket, listener, answer, call)
            return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        choices = await self._result(request, engine, ticket, listener)
        return JSONResponse(answer.whole(choices))

    def _submit(self, body: object, *, chat: bool) -> tuple[Engine, Call, CallListener, Ticket]:
        """Check the body against the model it names and queue it; when a swap comes between, again for the next."""
        while True:
            engine = self._engine(body.get("model") if isinstance(body, dict) else None)
            call = (parse_chat if chat else parse_completion)(body, engine.model, engine.shape)
            listener = CallListener(asyncio.get_running_loop())
            try:
                return engine, call, listener, engine.submit(call.request, listener)
            except EngineClosed:
                if engine in self.host.engines:
                    raise

    async def _result(self, request: Request, engine: Engine, ticket: Ticket, listener: CallListener) -> list[Choice]:
        """The choices; when the caller leaves first, its texts are given up."""
        leaving = asyncio.ensure_future(_disconnected(request))
        try:
            waiting: set[asyncio.Future[Any]] = {listener.result, leaving}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not listener.result.done():
                raise ClientDisconnect
            return listener.result.result()
        finally:
            leaving.cancel()
            engine.cancel(ticket)

    async def _events(
        self, engine: Engine, ticket: Ticket, listener: CallListener, answer: Answer, call: Call
    ) -> AsyncIterator[bytes]:
        try:
            while (piece := await listener.pieces.get()) is not None:
                yield _event(answer.piece(*piece))
            choices = await listener.result
            for choice in choices:
                yield _event(answer.ending(choice))
            if call.include_usage:
                yield _event(answer.usage_chunk(choices))
            yield b"data: [DONE]\n\n"
        except EngineError as error:
            yield _event(_engine_error(error).body)
        finally:
            engine.cancel(ticket)

    def _engine(self, version: object = None) -> Engine:
        engine = self.host.pick(version)
        if engine is None:
            raise ApiError(503, "the model is loading", kind="server_error", code="loading", retry_after_s=2)
        return engine

    async def _json(self, request: Request) -> object:
        limit = self.host.settings.max_body_mb * 2**20
        data = bytearray()
        async for chunk in request.stream():
            data += chunk
            if len(data) > limit:
                raise ApiError(413, f"the body is larger than {limit // 2**20} MB", code="body_too_large")
        try:
            return json.loads(data or b"null", parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise ApiError(400, f"the body is not valid JSON: {error}", code="invalid_json") from error

    async def models(self, _: Request) -> Response:
        self._engine()
        cards = [model_card(engine) for engine in self.host.engines]
        own = {"own_model": self.host.own} if self.host.settings.manifest else {}
        return JSONResponse({"object": "list", "data": cards, **self._manifest_state(), **own})

    def _manifest_state(self) -> dict[str, str | None]:
        """What is wrong with the manifest, null when nothing is; nothing at all where there is none to follow."""
        return {"manifest_error": self.host.manifest_error} if self.host.settings.manifest else {}

    async def health(self, _: Request) -> Response:
        if self.host.failure is not None:
            return JSONResponse({"status": "failed", "detail": self.host.failure}, 503, {"Retry-After": "5"})
        if self.host.engine is None:
            return JSONResponse({"status": "loading"}, 503, {"Retry-After": "2"})
        return JSONResponse({"status": "ok", "model": self.host.engine.model.version, **self._manifest_state()})

    async def prometheus(self, _: Request) -> Response:
        return Response(self.metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def reload(self, request: Request) -> Response:
        """Swap the model; for programs on this machine only, and never through a proxy."""
        local = request.client is not None and request.client.host in LOCAL
        if not local or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
            raise ApiError(403, "only for callers on this machine", code="forbidden")
        body = await self._json(request) or {}
        if not isinstance(body, dict) or set(body) - {"model"} or not isinstance(body.get("model", ""), str):
            raise ApiError(400, 'the body is {"model": "path of a GGUF"} or empty', code="invalid_value")
        path = Path(body["model"]) if body.get("model") else None
        try:
            engine = await asyncio.to_thread(self.host.reload, path)
        except ModelError as error:
            raise ApiError(422, str(error), param="model", code="model_not_loadable") from error
        return JSONResponse({"model": engine.model.version})


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _event(body: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(body, ensure_ascii=False).encode("utf-8") + b"\n\n"


def _engine_error(error: EngineError) -> ApiError:
    if isinstance(error, Overloaded):
        after = error.retry_after_s
        return ApiError(503, str(error), kind="server_error", code="overloaded", retry_after_s=after)
    return ApiError(503, str(error), kind="server_error", code="engine_error", retry_after_s=1)


async def _answer_error(_: Request, error: Exception) -> Response:
    if isinstance(error, EngineError):
        error = _engine_error(error)
    elif isinstance(error, HTTPException):
        error = ApiError(error.status_code, error.detail)
    elif isinstance(error, ClientDisconnect):
        return Response(status_code=499)  # nobody reads it; the access log says why
    if not isinstance(error, ApiError):
        log.error("unexpected error", exc_info=error)
        error = ApiError(500, "internal error", kind="server_error")
    return JSONResponse(error.body, error.status, error.headers)


class RequestLog:
    """Gives each request an id (the caller's X-Request-ID or a new one), logs it and counts its time."""

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: set[str]) -> None:
        self._app, self._metrics, self._paths = app, metrics, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        started, status = time.perf_counter(), 500

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_marked)
        finally:
            seconds = time.perf_counter() - started
            path = scope["path"] if scope["path"] in self._paths else "other"
            self._metrics.observe(path, status, seconds)
            level = logging.DEBUG if path in QUIET else logging.INFO
            told = {"method": scope["method"], "route": path, "status": status, "ms": round(seconds * 1000, 1)}
            log.log(level, "request", extra={"request_id": request_id, **told})


def _request_id(scope: Scope) -> str:
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    sane = 0 < len(given) <= 128 and all(c.isascii() and (c.isalnum() or c in "-_.:") for c in given)
    return given if sane else uuid.uuid4().hex


def create_app(host: ModelHost) -> Starlette:
    """The application; its lifespan loads the model in the background and drains the engine at the end."""
    face = Face(host)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        host.start()
        yield
        await asyncio.to_thread(host.close)

    routes = [
        Route("/v1/completions", face.completions, methods=["POST"]),
        Route("/v1/chat/completions", face.chat, methods=["POST"]),
        Route("/v1/models", face.models),
        Route("/health", face.health),
        Route("/metrics", face.prometheus),
        Route("/admin/reload", face.reload, methods=["POST"]),
    ]
    handlers = dict.fromkeys((ApiError, EngineError, HTTPException, ClientDisconnect, Exception), _answer_error)
    app = Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)
    app.add_middleware(RequestLog, metrics=face.metrics, paths={route.path for route in routes})
    return app


class Server(uvicorn.Server):
    """uvicorn with the exit code of whatever ended it."""

    def __init__(self, settings: Settings) -> None:
        self.exit_code = 0
        self.model_host = ModelHost(settings, self.end)
        app = create_app(self.model_host)
        super().__init__(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=DRAIN_S))

    def end(self, code: int) -> None:
        self.exit_code = code
        self.should_exit = True


def parse_settings(arguments: list[str] | None = None) -> Settings:
    """Settings from flags, defaults from the environment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    env = os.environ.get
    parser.add_argument("--model", type=Path, default=env("MODEL_PATH"), help="GGUF file (MODEL_PATH)")
    manifest = "file that names the models to serve in its place (MODEL_MANIFEST)"
    parser.add_argument("--manifest", type=Path, default=env("MODEL_MANIFEST") or None, help=manifest)
    parser.add_argument("--host", default=env("MODEL_HOST", "127.0.0.1"), help="address to listen on (MODEL_HOST)")
    parser.add_argument("--port", type=int, default=env("MODEL_PORT", "8090"), help="port (MODEL_PORT)")
    parser.add_argument("--threads", type=int, default=env("MODEL_THREADS"), help="decode threads; default: all cores")
    parser.add_argument("--sequences", type=int, default=env("MODEL_SEQUENCES", "64"), help="texts at once, 1 to 256")
    parser.add_argument("--context", type=int, default=env("MODEL_CONTEXT"), help="tokens of a prompt with its text")
    parser.add_argument("--kv-type", choices=sorted(KV_TYPES), default=env("MODEL_KV_TYPE", "q8_0"))
    parser.add_argument("--kv-budget-mb", type=int, default=env("MODEL_KV_BUDGET_MB", "256"))
    parser.add_argument("--max-waiting", type=int, default=env("MODEL_MAX_WAITING", "2048"), help="texts in the queue")
    parser.add_argument("--max-body-mb", type=int, default=env("MODEL_MAX_BODY_MB", "4"))
    args = parser.parse_args(arguments)
    if args.model is None:
        parser.error("--model or MODEL_PATH is required")
    if not 1 <= args.sequences <= 256:
        parser.error("--sequences must be between 1 and 256")
    for name in ("threads", "context", "kv_budget_mb", "max_waiting", "max_body_mb"):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    return Settings(**vars(args))


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # named TCP, asyncio sets TCP_NODELAY on each connection; without it an answer in two writes waits 40 ms for an ACK
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((settings.host, settings.port))
    return listener


def main() -> int:
    """Serve until a signal comes; SIGTERM and SIGINT drain."""
    settings = parse_settings()
    logs.configure(os.environ.get("LOG_LEVEL") or "INFO")
    sys.setswitchinterval(GIL_SWITCH_S)
    try:
        check_file(settings.model)
    except ModelError as error:
        return _complain(str(error), 3)
    try:
        listener = _listen(settings)
    except OSError as error:
        return _complain(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}", 4)
    server = Server(settings)
    host = server.model_host
    server.run(sockets=[listener])
    if server.exit_code and host.failure:
        _complain(host.failure, server.exit_code)
    return server.exit_code


def _complain(message: str, code: int) -> int:
    sys.stderr.write(message + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())

"""nginx.conf in a real nginx, in front of the real API."""

import io
import json
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests import factories
from tests.batches.conftest import table
from tests.conftest import ROOT
from tests.deploy.conftest import SCRIPT, Proxy, Start, free_port, replaced
from tests.launch.conftest import until

OFFERS, BATCHES = "/api/v1/offers", "/api/v1/batches"
MIB = 2**20


@pytest.fixture(scope="module")
def proxy(api: int, start_nginx: Start) -> Proxy:
    return start_nginx(api)


@pytest.fixture(scope="module")
def secure(api: int, start_nginx: Start) -> Proxy:
    return start_nginx(api, tls=True)


def problem(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert body["status"] == status
    assert {"type", "title", "detail"} <= body.keys()
    return body


def test_files_of_the_page_come_from_the_cache_and_compressed(proxy: Proxy) -> None:
    with proxy.client() as client:
        first, second = (client.get("/assets/main-abc123.js") for _ in range(2))
        assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("MISS", "HIT")
        assert first.text == second.text == SCRIPT
        for answer in (first, second):
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        missing = [client.get("/assets/none.js") for _ in range(2)]
        assert [one.status_code for one in missing] == [404, 404]
        assert missing[1].headers.get("X-Cache") != "HIT"


def test_the_page_itself_is_asked_for_each_time(proxy: Proxy) -> None:
    with proxy.client() as client:
        answer = client.get("/history")
        assert answer.status_code == 200
        assert "OfferLoop" in answer.text
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "X-Cache" not in answer.headers
        again = client.get("/history", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


def written(proxy: Proxy, request_id: str) -> str:
    """The log as soon as a line of this request stands in it: nginx writes it after the answer."""
    until(lambda: f'"request_id":"{request_id}"' in proxy.log.read_text(encoding="utf-8"))
    return proxy.log.read_text(encoding="utf-8")


def test_answers_of_the_api_pass_unchanged(proxy: Proxy) -> None:
    with proxy.client() as client:
        answer = client.get("/api/v1/me", headers={"X-Request-ID": "from-the-caller.1"})
        assert answer.status_code == 200
        assert answer.headers["X-Request-ID"] == "from-the-caller.1"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Server"] == "nginx"
        made_up = client.get("/api/v1/me", headers={"X-Request-ID": "two words"}).headers["X-Request-ID"]
        assert len(made_up) == 32
        assert problem(client.get("/api/v1/nowhere"), 404)
        assert client.get("/api/v1/me", auth=("marketer-user", "wrong")).status_code == 401
    log = [json.loads(line) for line in written(proxy, made_up).splitlines() if line.startswith("{")]
    assert {"from-the-caller.1", made_up} <= {line["request_id"] for line in log}


def test_no_words_of_a_search_in_the_log(proxy: Proxy) -> None:
    with proxy.client() as client:
        answer = client.get(OFFERS, params={"q": "Константинопольский"})
    assert answer.status_code == 200
    assert "%D0%9A" not in written(proxy, answer.headers["X-Request-ID"])


def test_words_of_a_search_that_failed_are_not_in_the_log_either(start_nginx: Start) -> None:
    """With nothing behind it: nginx's own messages about that would quote the address."""
    alone = start_nginx(free_port())
    with alone.client() as client:
        answer = client.get(OFFERS, params={"q": "Constantinople"}, headers={"X-Request-ID": "lost-1"})
    assert problem(answer, 503)["request_id"] == answer.headers["X-Request-ID"] == "lost-1"
    assert "Constantinople" not in written(alone, "lost-1")


@pytest.mark.parametrize("path", ["/metrics", "/metrics?name=x", "//metrics", "/./metrics", "/%6Detrics"])
def test_metrics_are_not_published(proxy: Proxy, path: str) -> None:
    with proxy.client() as client:
        answer = client.get(path)
    assert "offerloop_" not in answer.text
    assert "python_info" not in answer.text


def test_what_is_too_large_for_the_api_the_api_says(proxy: Proxy) -> None:
    """Its limit is 4 MiB, that of nginx a little above."""
    body = {"product": "CC", "channel": "SMS", "clients": [{"client_id": "x" * int(4.5 * MIB)}]}
    with proxy.client() as client:
        assert problem(client.post(OFFERS, json=body), 413)["type"] != "about:blank"


def test_what_is_much_too_large_nginx_refuses(proxy: Proxy) -> None:
    with proxy.client() as client:
        answer = client.post(OFFERS, content=b" " * (6 * MIB), headers={"Content-Type": "application/json"})
    assert "/api/v1/batches" in str(problem(answer, 413)["detail"])


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("GET", "/metrics", b""),
        ("POST", OFFERS, b" " * (6 * MIB)),
        ("GET", "/history", b""),
        ("GET", "/assets/main-abc123.js", b""),
        ("GET", "/api/v1/nowhere", b""),
        ("GET", f"/{'x' * 9000}", b""),
    ],
)
def test_every_answer_tells_the_browser_to_be_careful_once(
    proxy: Proxy, method: str, path: str, content: bytes
) -> None:
    """Those of the API are its own; nginx adds the same to what it answers itself."""
    with proxy.client() as client:
        answer = client.request(method, path, content=content)
    assert answer.headers.get_list("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers.get_list("Referrer-Policy") == ["no-referrer"]
    assert len(answer.headers.get_list("X-Request-ID")) == 1
    [policy] = answer.headers.get_list("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_files_of_batches_are_larger_and_pass_as_they_come(proxy: Proxy) -> None:
    """Nothing of the file may wait in nginx's own folders."""
    rows = table(3).encode()
    padded = rows + b"".join(b"%d;40;3;0%s\n" % (number, b" " * 200) for number in range(10, 50_000))
    assert len(padded) > 8 * MIB
    form = {"product": "CC", "channel": "SMS"}
    with proxy.client() as client:
        answer = client.post(BATCHES, data=form, files={"file": ("big.csv", io.BytesIO(padded))})
    assert answer.status_code == 202, answer.text
    kept = proxy.log.parent / "client_body"
    assert not [path for path in kept.rglob("*") if path.is_file()]


def test_events_arrive_one_by_one(proxy: Proxy) -> None:
    """The batch is queued and nobody works on it: its stream stays open, and still its first event is here at once."""
    with proxy.client() as client:
        form = {"product": "CC", "channel": "SMS"}
        batch = client.post(BATCHES, data=form, files={"file": ("small.csv", table(3).encode())}).json()["batch_id"]
        started = time.monotonic()
        with client.stream("GET", f"{BATCHES}/{batch}/events", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            assert "Content-Encoding" not in answer.headers
            lines = answer.iter_lines()
            first = next(line for line in lines if line.startswith("data:"))
            assert time.monotonic() - started < 3
            assert json.loads(first.removeprefix("data:"))["status"] == "queued"
            cancel = threading.Thread(target=_cancel, args=(proxy, batch))
            cancel.start()
            last = [line for line in lines if line.startswith("data:")][-1]
            cancel.join()
        assert json.loads(last.removeprefix("data:"))["status"] == "cancelled"


def _cancel(proxy: Proxy, batch: str) -> None:
    with proxy.client() as client:
        client.post(f"{BATCHES}/{batch}/cancel").raise_for_status()


class Silent(BaseHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        """Nothing of this is worth a line."""


def served(handler: type[Silent]) -> Iterator[int]:
    """The port of a server that answers so, until the test is over."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that answers with who it was told has called; its port."""

    class Answer(Silent):
        def do_GET(self) -> None:
            told = self.headers["X-Forwarded-For"].encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

    yield from served(Answer)


def test_who_calls_through_the_proxy_of_the_bank(echo: int, start_nginx: Start) -> None:
    """The API believes the last address (PROXIES=1): the caller's where the proxy is known, else whoever connects."""
    given = (ROOT / "docker" / "behind-proxy.conf").read_text(encoding="utf-8")
    behind = start_nginx(echo, more=replaced(given, {"192.0.2.1": "127.0.0.1"}))
    direct = start_nginx(echo)
    said = {"X-Forwarded-For": "198.51.100.9, 203.0.113.7"}
    with behind.client() as through, direct.client() as past:
        assert through.get("/api/v1/me", headers=said).text.split(", ")[-1] == "203.0.113.7"
        assert past.get("/api/v1/me", headers=said).text.split(", ")[-1] == "127.0.0.1"


@pytest.fixture
def slow() -> Iterator[int]:
    """A server that thinks for two seconds before it answers; its port."""

    class Answer(Silent):
        def do_GET(self) -> None:
            time.sleep(2)
            with suppress(ConnectionError):
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

    yield from served(Answer)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{OFFERS}/export?format=xlsx", 200),
        (f"{BATCHES}/01a203c8-023a-7f8f-9c80-806c7f4024c8/results?format=xlsx", 200),
        (f"{BATCHES}/01a203c8-023a-7f8f-9c80-806c7f4024c8/problems", 200),
        (f"{BATCHES}/01a203c8-023a-7f8f-9c80-806c7f4024c8", 503),
        (OFFERS, 503),
    ],
)
def test_tables_may_take_their_time_before_the_first_byte(
    start_nginx: Start, slow: int, path: str, status: int
) -> None:
    """With a usual patience of one second instead of 65, so that nobody waits for a minute here."""
    with start_nginx(slow, changes={"proxy_read_timeout 65s;": "proxy_read_timeout 1s;"}).client() as client:
        assert client.get(path).status_code == status


def test_an_address_with_too_many_connections_is_told_to_wait(proxy: Proxy) -> None:
    """Connections count while a call is at work in them, so these hold their bodies back."""
    address = httpx.URL(proxy.url)
    held = [_hold(address) for _ in range(130)]
    try:
        with proxy.client() as client:
            while client.get("/healthz").status_code != 429:
                held.append(_hold(address))
                assert len(held) < 200
            refused = client.get("/healthz")
            assert problem(refused, 429)
            assert refused.headers["Retry-After"] == "1"
    finally:
        for one in held:
            one.close()
    with proxy.client() as client:
        until(lambda: client.get("/healthz").status_code == 200, 20)


def _hold(address: httpx.URL) -> socket.socket:
    connection = socket.create_connection((address.host, address.port or 80))
    connection.sendall(b"POST /api/v1/offers HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nbegin")
    return connection


def test_without_the_api_the_answer_is_503_and_when_to_come_again(start_nginx: Start) -> None:
    with start_nginx(free_port()).client() as client:
        answer = client.get("/api/v1/me")
    assert problem(answer, 503)
    assert answer.headers["Retry-After"] == "2"


def test_a_body_for_which_there_is_no_room_is_refused_in_our_form(start_nginx: Start) -> None:
    """As when /tmp is full: a body that is too large for memory cannot be written."""
    alone = start_nginx(free_port())
    shutil.rmtree(alone.log.parent / "client_body")
    with alone.client() as client:
        answer = client.post(OFFERS, content=b" " * (2 * MIB), headers={"Content-Type": "application/json"})
    assert problem(answer, 503)
    assert answer.headers["Retry-After"] == "2"


def test_https_with_headers_and_cookies_for_it(secure: Proxy) -> None:
    with secure.client(secure=True) as client:
        answer = client.get("/api/v1/me")
        assert answer.status_code == 200
        insisted = ["max-age=31536000; includeSubDomains"]
        for one in (answer, client.get("/metrics"), client.post(OFFERS, content=b" " * (6 * MIB))):
            assert one.headers.get_list("Strict-Transport-Security") == insisted
        signed_in = client.post("/api/v1/session", json={"username": "marketer-user", "password": factories.PASSWORD})
        assert signed_in.status_code == 201, signed_in.text
        cookies = signed_in.headers.get_list("Set-Cookie")
        assert cookies
        assert all("Secure" in cookie for cookie in cookies)


def test_plain_http_only_leads_to_https(secure: Proxy) -> None:
    with secure.client() as client:
        answer = client.post(f"{OFFERS}?a=1", json={})
        assert answer.status_code == 308
        assert answer.headers["Location"] == f"https://127.0.0.1{OFFERS}?a=1"
        assert client.get("/healthz").status_code == 200, "the health check of the container"
        assert client.get("/healthz/more").status_code == 308


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions_of_tls(secure: Proxy, version: ssl.TLSVersion) -> None:
    assert _handshake(secure, version) == version.name.replace("_", ".")


def test_old_tls_is_refused(secure: Proxy) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)), pytest.warns(DeprecationWarning, match="TLSv1_1"):
        _handshake(secure, ssl.TLSVersion.TLSv1_1)


def _handshake(secure: Proxy, version: ssl.TLSVersion) -> str | None:
    context = ssl.create_default_context(cafile=str(secure.certificate))
    context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    address = httpx.URL(secure.secure_url)
    with (
        socket.create_connection((address.host, address.port or 443), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=address.host) as encrypted,
    ):
        return encrypted.version()


def test_nginx_writes_into_its_own_folder_only(proxy: Proxy) -> None:
    """The container's file system is read-only but for /tmp, which is that folder here."""
    written = {path.name for path in proxy.log.parent.iterdir()}
    assert {"nginx.pid", "assets"} <= written
    pid = int((proxy.log.parent / "nginx.pid").read_text(encoding="ascii"))
    assert Path(f"/proc/{pid}").exists()

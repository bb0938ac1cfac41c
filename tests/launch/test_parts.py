"""What a part is started with beside the environment that all share."""

import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx

from backend.launch import parts
from backend.launch.environment import ROOT
from backend.launch.processes import POLITE_STOP


class Well(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


def test_what_runs_on_this_machine_is_not_asked_through_a_proxy(monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server = HTTPServer(("127.0.0.1", 0), Well)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/health"
        assert not _through_the_proxy(url)
        assert parts._answers(url)()
    finally:
        server.shutdown()
        server.server_close()


def _through_the_proxy(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2.0).is_success
    except httpx.HTTPError:
        return False


def test_the_allocator_of_the_api_keeps_few_arenas_unless_somebody_wants_more(tmp_path) -> None:
    usual, other = ({"PORT": "1"}, {"PORT": "1", "MALLOC_ARENA_MAX": "8"})
    assert parts.api_part(usual, "http://127.0.0.1:1", tmp_path).child.env == {"PORT": "1", "MALLOC_ARENA_MAX": "2"}
    assert parts.api_part(other, "http://127.0.0.1:1", tmp_path).child.env == other


def test_the_unit_of_the_guide_gives_every_part_its_time() -> None:
    """Only the launcher is told to stop, which stops them one after the other."""
    guide = (ROOT / "docs" / "guides" / "operator.md").read_text(encoding="utf-8")
    workers = (parts.WORKER_STOP_WITH, parts.WORKER_STOP_WITH, parts.TRAINER_STOP_WITH)
    limits = (parts.API_STOP_WITH, *workers, POLITE_STOP, POLITE_STOP, parts.POSTGRES_STOP_WITH)
    longest = sum(seconds for steps in limits for _, seconds in steps)
    [told] = re.findall(r"^TimeoutStopSec=(\d+)$", guide, re.MULTILINE)
    assert int(told) > longest
    assert "\nKillMode=mixed\n" in guide

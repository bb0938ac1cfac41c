"""Several models from a manifest, as callers and operators meet them."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tokenizers import Tokenizer

from tests.model.serving.conftest import ServerProcess
from tests.model.serving.tiny import write_adapter, write_model

WAIT_S = 60.0


class Served:
    """A server that follows a manifest in a folder with the tiny model under two names."""

    def __init__(self, folder: Path, first: Path, tokenizer: Tokenizer, start: Callable[..., ServerProcess]) -> None:
        self.folder, self.manifest = folder, folder / "serving.json"
        write_model(folder / "a.gguf", tokenizer, seed=1, version="a")
        write_model(folder / "b.gguf", tokenizer, seed=2, version="b")
        write_model(folder / "astray.gguf", tokenizer, norm=float("nan"))
        (folder / "torn.gguf").write_bytes((folder / "a.gguf").read_bytes()[:-5000])
        self.start = lambda: start(first, "--sequences", "8", "--manifest", str(self.manifest))
        self.server = self.start()

    def name(self, *versions: str, **more: Any) -> None:
        """Write the manifest in one step; `more` is added to the first entry."""
        entries = [{"version": version, "path": f"{version}.gguf"} for version in versions]
        entries[0] |= more
        self.write(json.dumps({"models": entries}).encode())

    def write(self, content: bytes) -> None:
        fresh = self.manifest.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.rename(self.manifest)

    def listing(self) -> dict[str, Any]:
        body: dict[str, Any] = self.server.http.get("/v1/models").json()
        return body

    def names(self) -> list[str]:
        return [card["id"] for card in self.listing()["data"]]

    def until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + WAIT_S
        while not holds():
            assert time.monotonic() < end, f"{self.listing()}\n{self.server.log.read_text()[-2000:]}"
            time.sleep(0.05)

    def error(self, words: str) -> None:
        """Wait for a message about the manifest, which /health shows too."""
        self.until(lambda: words in (self.listing()["manifest_error"] or ""))
        assert words in self.server.http.get("/health").json()["manifest_error"]

    def write_text(self, **body: Any) -> dict[str, Any]:
        given = {"prompt": "<|text|>карта", "max_tokens": 12, "temperature": 0, "logprobs": 0} | body
        answer: dict[str, Any] = self.server.http.post("/v1/completions", json=given).raise_for_status().json()
        return answer


@pytest.fixture(scope="module")
def served(
    start_server: Callable[..., ServerProcess],
    tiny_model: Path,
    tokenizer: Tokenizer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("models"), tiny_model, tokenizer, start_server)
    yield served
    served.server.stop()


@pytest.fixture
def both(served: Served) -> Served:
    served.name("a", "b")
    served.until(lambda: served.names() == ["a", "b"] and served.listing()["manifest_error"] is None)
    return served


def test_without_a_manifest_the_model_of_the_flag_is_served(served: Served) -> None:
    served.manifest.unlink(missing_ok=True)
    served.until(lambda: served.names() == ["tiny-1"])
    assert served.listing()["manifest_error"] is None


def test_the_model_of_the_flag_is_named_where_others_are_served(both: Served) -> None:
    both.until(lambda: both.listing()["own_model"] == "tiny-1")
    assert both.names() == ["a", "b"]


def test_a_server_that_follows_no_manifest_does_not_speak_of_one(server: ServerProcess) -> None:
    assert not {"manifest_error", "own_model"} & server.http.get("/v1/models").json().keys()
    assert "manifest_error" not in server.http.get("/health").json()


def test_the_name_in_the_request_chooses(both: Served) -> None:
    texts = {}
    for name in ("a", "b"):
        answer = both.write_text(model=name)
        assert answer["model"] == name
        texts[name] = answer["choices"][0]["text"]
    assert texts["a"] != texts["b"]
    for name in ({}, {"model": None}, {"model": "base-17"}):
        answer = both.write_text(**name)
        assert (answer["model"], answer["choices"][0]["text"]) == ("a", texts["a"])
    assert both.server.http.post("/v1/completions", json={"prompt": "x", "model": ["a"]}).status_code == 400


def test_each_model_has_its_card(both: Served) -> None:
    cards = both.listing()["data"]
    assert [card["meta"]["weights"] for card in cards] == ["a", "b"]
    assert all(card["meta"]["max_sequences"] == 8 and card["meta"]["tokens_per_s"] > 0 for card in cards)
    assert "offerloop_model_loaded 2.0" in both.server.http.get("/metrics").text


def test_the_name_of_the_entry_wins(both: Served) -> None:
    both.name("b", "a", version="base-4.1")
    both.until(lambda: both.names() == ["base-4.1", "a"])
    assert both.listing()["data"][0]["meta"]["weights"] == "b"
    assert both.write_text(model="base-4.1")["model"] == "base-4.1"


def test_an_adapter(both: Served) -> None:
    plain = both.write_text(model="a")["choices"][0]["logprobs"]["token_logprobs"]
    write_adapter(both.folder / "tone.gguf", scale=0.1)
    both.name("a", "b", adapter="tone.gguf")
    both.until(lambda: both.listing()["data"][0]["meta"]["adapter"] == "tone.gguf")
    assert both.write_text(model="a")["choices"][0]["logprobs"]["token_logprobs"][0] != plain[0]
    assert both.names() == ["a", "b"]


def test_weights_written_anew_under_the_same_name(both: Served, tokenizer: Tokenizer) -> None:
    before = both.write_text(model="b")["choices"][0]["text"]
    write_model(both.folder / "new.gguf", tokenizer, seed=9, version="b").rename(both.folder / "b.gguf")
    both.until(lambda: both.write_text(model="b")["choices"][0]["text"] != before)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"models": [', "not valid JSON"),
        (b'{"models": [{"version": "b", "path": "b.gguf", "share": 1}]}', "unknown member 'share'"),
        (b'{"models": [{"version": "b", "path": "b.gguf"}, {"version": "b", "path": "a.gguf"}]}', "names b twice"),
        (b'{"models": [{"version": "c", "path": "c.gguf"}]}', "c: no model file at"),
        (b'{"models": [{"version": "c", "path": "serving.json"}]}', "is not a GGUF file"),
        (b'{"models": [{"version": "c", "path": "torn.gguf"}]}', "not within the file bounds"),
        (b'{"models": [{"version": "c", "path": "astray.gguf"}]}', "computes no numbers"),
        (b'{"models": [{"version": "b", "path": "b.gguf"}, {"version": "c", "path": "torn.gguf"}]}', "c: "),
        (b'{"models": [{"version": "c", "path": "b.gguf", "adapter": "a.gguf"}]}', "cannot apply the adapter"),
    ],
)
def test_a_bad_manifest_leaves_what_runs(both: Served, content: bytes, words: str) -> None:
    both.write(content)
    both.error(words)
    assert both.names() == ["a", "b"]
    assert both.write_text(model="b")["model"] == "b"


def test_reload_swaps_the_default_only(both: Served) -> None:
    answer = both.server.http.post("/admin/reload", json={"model": str(both.folder / "b.gguf")})
    assert answer.json() == {"model": "b"}
    assert both.names() == ["b", "b"]
    assert both.server.http.post("/admin/reload").json() == {"model": "b"}


def test_a_start_serves_what_it_can(both: Served) -> None:
    both.name("a", "c", "b")
    other = both.start()
    body = other.http.get("/v1/models").json()
    assert [card["id"] for card in body["data"]] == ["a", "b"]
    assert "c: no model file at" in body["manifest_error"]
    other.stop()
    both.write(b"{}")
    other = both.start()
    body = other.http.get("/v1/models").json()
    assert [card["id"] for card in body["data"]] == ["tiny-1"]
    assert "must be" in body["manifest_error"]
    other.stop()


def test_no_request_fails_while_the_manifest_changes(both: Served) -> None:
    stop = threading.Event()
    seen: list[tuple[int, str, str | None, str]] = []
    expected = {name: both.write_text(model=name)["choices"][0]["text"] for name in ("a", "b")}

    def call(wanted: str | None) -> None:
        body = {"prompt": "<|text|>карта", "max_tokens": 12, "temperature": 0, "model": wanted}
        with httpx.Client(base_url=both.server.http.base_url, timeout=60) as http:
            while not stop.is_set():
                response = http.post("/v1/completions", json=body)
                answer = response.json()
                text = answer["choices"][0]["text"] if response.is_success else response.text
                seen.append((response.status_code, answer.get("model"), wanted, text))

    def change(versions: list[str]) -> None:
        both.name(*versions)
        both.until(lambda: both.names() == versions)
        count = len(seen)
        both.until(lambda: len(seen) > count + 40)

    callers = [threading.Thread(target=call, args=(wanted,)) for wanted in (None, None, "a", "b")]
    for caller in callers:
        caller.start()
    try:
        for versions in (["b"], ["a"], ["b", "a"], ["a", "b"], ["b"], ["a"]):
            change(versions)
    finally:
        stop.set()
        for caller in callers:
            caller.join()
    assert {status for status, *_ in seen} == {200}
    assert {model for _, model, *_ in seen} == {"a", "b"}
    assert all(text == expected[model] for _, model, _, text in seen), "an answer names who did not write it"
    assert any(model != wanted for _, model, wanted, _ in seen if wanted)
    assert "Traceback" not in both.server.log.read_text()

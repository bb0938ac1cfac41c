"""The manifest as a file: what is refused, and when it counts as changed."""

import json
import os
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from model.serving.manifest import Entry, ManifestError, Watcher, read_manifest

GOOD = {"version": "base-4.1", "path": "base-4.1.gguf"}


def _write(path: Path, content: Any) -> None:
    """In one step, as whoever writes manifests does."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    fresh.rename(path)


def test_entries_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "serving.json"
    _write(path, {"models": [GOOD, {"version": "own", "path": "/models/own.gguf", "adapter": "tone.gguf"}]})
    assert read_manifest(path) == [
        Entry("base-4.1", tmp_path / "base-4.1.gguf"),
        Entry("own", Path("/models/own.gguf"), tmp_path / "tone.gguf"),
    ]


def test_no_manifest_is_no_error(tmp_path: Path) -> None:
    assert read_manifest(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not valid JSON"),
        (b'{"models": [', "not valid JSON"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        ([], "must be"),
        ({}, "must be"),
        ({"models": [GOOD], "default": "x"}, "nothing else"),
        ({"models": []}, "at least one"),
        ({"models": {"base": GOOD}}, "an array"),
        ({"models": ["base-4.gguf"]}, r"models\[0\] must be an object"),
        ({"models": [GOOD, {**GOOD, "weight": 1}]}, r"models\[1\]: unknown member 'weight'"),
        ({"models": [{"path": "x"}]}, r"models\[0\].version"),
        ({"models": [{"version": "x"}]}, r"models\[0\].path"),
        ({"models": [{"version": 4, "path": "x"}]}, "version must be a string"),
        ({"models": [{"version": " ", "path": "x"}]}, "not empty"),
        ({"models": [{"version": "x" * 200, "path": "x"}]}, "at most 128"),
        ({"models": [{"version": "a\nb", "path": "x"}]}, "printable"),
        ({"models": [{"version": "x", "path": "a\0b"}]}, "path must be"),
        ({"models": [{**GOOD, "adapter": ""}]}, "adapter must be"),
        ({"models": [GOOD, GOOD]}, "names base-4.1 twice"),
    ],
)
def test_bad_manifests(tmp_path: Path, content: Any, words: str) -> None:
    path = tmp_path / "serving.json"
    _write(path, content)
    with pytest.raises(ManifestError, match=words):
        read_manifest(path)


def test_a_folder_is_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="cannot read"):
        read_manifest(tmp_path)


def test_what_did_not_load_is_tried_again_ever_more_seldom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("EVERY_S", 0.005), ("AGAIN_S", 0.05), ("LONGEST_AGAIN_S", 10.0)):
        monkeypatch.setattr(f"model.serving.manifest.{name}", seconds)
    tried: list[float] = []
    watcher = Watcher(tmp_path / "serving.json", lambda: tried.append(time.monotonic()), amiss=lambda: len(tried) < 3)
    started, thread = time.monotonic(), threading.Thread(target=watcher.run)
    thread.start()
    thread.join(1.0)
    watcher.stop()
    thread.join()
    pauses = [after - before for before, after in pairwise([started, *tried])]
    assert len(tried) == 3, "and no more once nothing is amiss"
    assert [pause > least for pause, least in zip(pauses, (0.05, 0.1, 0.2), strict=True)] == [True] * 3


def test_changes_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.serving.manifest.EVERY_S", 0.01)
    path, weights = tmp_path / "serving.json", tmp_path / "base-4.1.gguf"
    changed = threading.Event()
    watcher = Watcher(path, changed.set)
    thread = threading.Thread(target=watcher.run)
    thread.start()

    def seen() -> bool:
        was = changed.wait(5)
        changed.clear()
        return was

    try:
        _write(path, {"models": [GOOD]})
        assert seen(), "a new manifest"
        weights.write_bytes(b"GGUF")
        assert seen(), "a file that it names has come"
        os.utime(weights, ns=(1, 1))
        assert seen(), "the file was written anew"
        _write(path, {"models": [GOOD]})
        assert seen(), "the same manifest, written anew"
        path.unlink()
        assert seen(), "no manifest any more"
        assert not changed.wait(0.1)
    finally:
        watcher.stop()
        thread.join()

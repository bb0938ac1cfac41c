"""What the tests of learning share."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask

from backend.common.db import db
from backend.learning import locks, manifest, release
from backend.learning.models import ModelVersion, Promotion
from backend.learning.queue import NAME
from backend.offers.service import is_gold
from tests.offers.bodies import an_id, store_offer


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """What serves is remembered for two seconds, longer than a test takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "_known", release._Known())
        yield


class Component(ThreadingHTTPServer):
    """Speaks of models as the model component does: of its own, and of those that the manifest names.

    It writes no texts. The real component takes the manifest over in `test_promotion_live.py`.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.folder = folder
        self.own = "base-4"
        self.files: dict[str, str] = {}
        self.corpora: dict[str, str] = {}
        self.reads_manifest = True
        self.refuses: str | None = None
        self.away = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def models(self) -> dict[str, Any]:
        named = [entry["version"] for entry in self.written()]
        broken = self.refuses if self.refuses and self.refuses in named else None
        names = [self.own] if broken or not named or not self.reads_manifest else named
        told = {name: {"prompt_format": "control", "weights": self.files.get(name, name)} for name in names}
        told = {name: {**meta, "corpus_hash": self.corpora.get(name)} for name, meta in told.items()}
        body: dict[str, Any] = {"data": [{"id": name, "meta": meta} for name, meta in told.items()]}
        if self.reads_manifest:
            body |= {"manifest_error": f"cannot load {broken}" if broken else None, "own_model": self.own}
        return body

    def written(self) -> list[dict[str, str]]:
        """The entries of the manifest as it lies on the disk."""
        content = manifest.read(self.folder)
        models: list[dict[str, str]] = json.loads(content)["models"] if content else []
        return models


class _Answers(BaseHTTPRequestHandler):
    server: Component

    def do_GET(self) -> None:
        body = json.dumps(self.server.models()).encode()
        self.send_response(503 if self.server.away else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def with_settings(app: APIFlask) -> Iterator[Callable[..., None]]:
    """with_settings(promotion="policy"): the application goes on with changed settings until the test ends."""
    usual = app.config["SETTINGS"]

    def change(**changes: Any) -> None:
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update=changes)

    yield change
    app.config["SETTINGS"] = usual


@pytest.fixture
def component(with_settings: Callable[..., None], tmp_path: Path) -> Iterator[Component]:
    """A component for the application, whose own model is base-4; MODELS_DIR is `component.folder`."""
    with Component(tmp_path / "models") as server:
        server.folder.mkdir()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        with_settings(model_url=server.url, models_dir=server.folder)
        yield server
        server.shutdown()
        thread.join()


def store_version(name: str, status: str = "candidate", **columns: Any) -> ModelVersion:
    """A version in the database; committed. Without more it has the weights of the installation."""
    made = {"name": name, "weights": name, "status": status, "lineage": {}, "metrics": {}}
    version = ModelVersion(**(made | columns))
    db.session.add(version)
    db.session.commit()
    return version


def store_promotion(version: str, former: str | None = None, kind: str = "full", **columns: Any) -> Promotion:
    made = {"version": version, "former": former, "kind": kind, "share": 1.0, "actor": "somebody", "reason": ""}
    promotion = Promotion(**(made | columns))
    db.session.add(promotion)
    db.session.commit()
    return promotion


GOLD_CLIENT = next(str(number) for number in itertools.count() if is_gold(str(number)))


def store_labels(success: int, failure: int, *, drawn: bool = True, **columns: Any) -> None:
    """Labelled texts, committed; drawn by lot unless said otherwise."""
    from backend.offers.models import Label

    for number in range(success + failure):
        said = "success" if number < success else "failure"
        offer = store_offer(id=an_id(drawn=drawn), label=said, **columns)
        db.session.add(Label(offer_id=offer.id, author="marketer-user", label=said))
    db.session.commit()


@contextmanager
def held(which: int) -> Iterator[None]:
    """Somebody else holds this lock."""
    with db.engine.connect() as other:
        assert locks.taken_for_connection(other, which)
        try:
            yield
        finally:
            locks.give_back(other, which)


def statuses() -> dict[str, str]:
    """What every version is, read anew."""
    db.session.rollback()
    return {row.name: row.status for row in db.session.query(ModelVersion)}


def queued(app: APIFlask) -> list[tuple[str, list[Any]]]:
    """Jobs of the queue of retraining: function and arguments."""
    from rq import Queue
    from rq.serializers import JSONSerializer

    queue = Queue(NAME, connection=app.extensions["redis"], serializer=JSONSerializer)
    return [(job.func_name, list(job.args)) for job in queue.jobs]

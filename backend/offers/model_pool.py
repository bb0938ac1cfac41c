"""Several servers behind MODEL_URL: the least loaded goes first, one that is away is left out until it answers again.

Our own component says how many texts it has to write, whoever asked for them, so any number of processes share the
servers evenly. Of others each process knows only what it asked for itself.
"""

import logging
import os
import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

import httpx

from backend.errors import Unavailable
from backend.offers.model_client import (
    DOWN,
    RETRY_NEEDS,
    RETRY_PAUSE,
    Ask,
    Deadline,
    ModelAway,
    ModelBusy,
    ModelClient,
    ModelMeta,
    Sampled,
)

log = logging.getLogger(__name__)

SAID_S = 0.25
"""How long the word of a server about its load is believed; what was asked of it since is added."""
ASK_S = 0.3
"""Who does not tell its load in this time counts as away."""
AGAIN_S = 0.5
"""So often a server that is away is asked again, while nobody waits for it."""


class Replica:
    """One server: what it last said, when, and how many texts this process has asked of it and not got yet."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None) -> None:
        self.url, self.client = url, ModelClient(url, transport, patient=False)
        self.metas: tuple[ModelMeta, ...] = ()
        self.away = False
        self.asking: Future[None] | None = None
        self._texts = self._texts_then = 0
        self._said_at = float("-inf")
        self._lock = threading.Lock()

    @property
    def stale(self) -> bool:
        """Whether it is time to ask for its load; whether it is still there, when it was away."""
        return time.monotonic() - self._said_at > (AGAIN_S if self.away else SAID_S)

    def look(self) -> None:
        """Ask what it serves and what it has to do."""
        texts = self._texts
        try:
            metas = self.client.describe(Deadline(ASK_S))
        except Unavailable:
            self.lose()
            return
        if self.away:
            log.warning("a model server is back", extra={"server": self.url})
        with self._lock:
            self.metas, self.away, self._said_at, self._texts_then = metas, False, time.monotonic(), texts

    def lose(self) -> None:
        """It did not answer."""
        if not self.away:
            log.warning("a model server is away", extra={"server": self.url})
        with self._lock:
            self.away, self._said_at = True, time.monotonic()

    @contextmanager
    def asked_for(self, texts: int) -> Iterator[None]:
        """Count texts of this process for as long as they are awaited."""
        self._add(texts)
        try:
            yield
        finally:
            self._add(-texts)

    def _add(self, texts: int) -> None:
        with self._lock:
            self._texts += texts

    def queue_s(self, priority: str) -> tuple[float, float]:
        """Roughly the seconds of work before a request of this priority, then those of all work: to be compared."""
        with self._lock:
            mine, since = self._texts, self._texts - self._texts_then
        speed = self.metas[0].tokens_per_s if self.metas else 1.0
        calls = [meta.calls for meta in self.metas if meta.calls is not None]
        if not calls:
            return mine / speed, mine / speed
        everything = max(0, sum(calls) + sum(meta.batch or 0 for meta in self.metas) + since) / speed
        return (max(0, sum(calls) + since) / speed if priority == "interactive" else everything), everything

    def holds(self, version: str) -> bool:
        return any(meta.version == version for meta in self.metas)


class ModelPool:
    """Speaks for all servers as a `ModelClient` does for one; safe between threads."""

    def __init__(self, urls: Sequence[str], transport: httpx.BaseTransport | None = None) -> None:
        self.replicas = [Replica(url, transport) for url in urls]
        self._threads = ThreadPoolExecutor(2 * len(urls), thread_name_prefix="model-look")
        self._lock = threading.Lock()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for replica in self.replicas:
            replica.client.close()

    def meta(self, deadline: Deadline, wanted: str | None = None) -> ModelMeta:
        """As `ModelClient.meta`, of the servers that answer; the least of their speeds, since any may get the call."""
        while not (there := self._there(deadline)):
            self._pause(deadline)
        metas = [meta for replica in there for meta in replica.metas]
        chosen = next((meta for meta in metas if meta.version == wanted), there[0].metas[0])
        same = [meta for meta in metas if meta.version == chosen.version]
        return min(same, key=lambda meta: meta.tokens_per_s)

    def last_meta(self) -> ModelMeta | None:
        """The last description of the default model, however old; None before the first contact."""
        return next((replica.metas[0] for replica in self.replicas if replica.metas), None)

    def sample(self, ask: Ask, meta: ModelMeta, deadline: Deadline, reserve: float = 0.0) -> Sampled:
        """As `ModelClient.sample`. Who refuses, is away or dies meanwhile is followed by the next."""
        while True:
            refusals: list[Unavailable] = []
            for replica in self._order(ask.priority, meta.version, deadline):
                try:
                    with replica.asked_for(ask.n * len(ask.prompts)):
                        return replica.client.sample(ask, meta, deadline, reserve)
                except ModelAway:
                    replica.lose()
                except Unavailable as refusal:
                    refusals.append(refusal)
                if deadline.left() <= 0:
                    break
            if refusals:
                raise _mildest(refusals)
            self._pause(deadline)

    def _order(self, priority: str, version: str, deadline: Deadline) -> list[Replica]:
        """Those that answer and hold the version, else those that answer; the least loaded first, equal ones by lot."""
        there = self._there(deadline)
        those = [replica for replica in there if replica.holds(version)] or there
        random.shuffle(those)
        return sorted(those, key=lambda replica: replica.queue_s(priority))

    def _there(self, deadline: Deadline) -> list[Replica]:
        """The servers that answer. Those whose word is old are asked; for those believed away nobody waits."""
        with self._lock:
            for replica in self.replicas:
                if replica.stale and (replica.asking is None or replica.asking.done()):
                    replica.asking = self._threads.submit(replica.look)
            awaited = [replica.asking for replica in self.replicas if replica.asking and not replica.away]
        wait(awaited, max(0.001, min(ASK_S, deadline.left())))
        return [replica for replica in self.replicas if replica.metas and not replica.away]

    @staticmethod
    def _pause(deadline: Deadline) -> None:
        """All are away: wait for one to come back, unless no answer could be in time any more."""
        if deadline.left() < RETRY_NEEDS:
            raise ModelAway(DOWN, retry_after=2, reason="model_away")
        time.sleep(RETRY_PAUSE)


def _mildest(refusals: Sequence[Unavailable]) -> Unavailable:
    """Of several refusals the one that is most worth coming back for: a busy server rather than a broken one."""
    return min(refusals, key=lambda refusal: (not isinstance(refusal, ModelBusy), refusal.retry_after))


_clients: dict[tuple[int, str], ModelClient | ModelPool] = {}
_clients_lock = threading.Lock()


def client_for(urls: str) -> ModelClient | ModelPool:
    """The client of this process for MODEL_URL: threads and sockets do not survive a fork of gunicorn or RQ."""
    key = (os.getpid(), urls)
    with _clients_lock:
        if key not in _clients:
            each = urls.split(",")
            _clients[key] = ModelPool(each) if len(each) > 1 else ModelClient(urls)
        return _clients[key]


def close_clients() -> None:
    """Close the connections of this process; the next call opens new ones."""
    with _clients_lock:
        for client in _clients.values():
            client.close()
        _clients.clear()

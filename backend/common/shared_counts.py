"""Counts of RQ workers: a job is a process that ends, so at its end it adds what it counted to a hash in Redis.

The API shows them beside its own with `part="worker"`. A Redis that is started anew begins at zero, as any counter may.
"""

import json
import os
from collections.abc import Collection, Iterator, Mapping

from prometheus_client import REGISTRY, Metric
from prometheus_client.samples import Sample
from redis import Redis, RedisError

from backend.common.redis import redis

KEY = "offerloop:counts"
OURS = "offerloop_"
ADDITIVE = ("counter", "histogram")
API, WORKER = "api", "worker"

_pushed: dict[str, float] = {}
"""What this process has added already."""


def push(connection: Redis) -> None:
    """Add what was counted since the last push. A Redis that is away costs these counts and nothing else."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        return  # they are in that folder, and the API joins them from there
    present = {_field(family.name, sample): sample.value for family in _additive() for sample in family.samples}
    added = {field: value - _pushed.get(field, 0.0) for field, value in present.items()}
    try:
        with connection.pipeline(transaction=True) as pipeline:
            for field, value in added.items():
                if value:
                    pipeline.hincrbyfloat(KEY, field, value)
            pipeline.execute()
    except RedisError:
        return
    _pushed.update(present)


def joined(own: Collection[Metric], known: Mapping[str, Metric]) -> Iterator[Metric]:
    """`own` families with the workers' samples. `known`: families by name, for those that only workers have counted."""
    theirs = _read()
    for family in own:
        if family.name.startswith(OURS) and family.type in ADDITIVE:
            mine = [_labelled(sample, API) for sample in family.samples if not sample.name.endswith("_created")]
            family.samples = mine + theirs.pop(family.name, [])
        yield family
    for name, samples in theirs.items():
        if name in known:  # else a version of the code that is gone has counted it
            family = Metric(name, known[name].documentation, known[name].type)
            family.samples = samples
            yield family


def _additive() -> Iterator[Metric]:
    for family in REGISTRY.collect():
        if family.name.startswith(OURS) and family.type in ADDITIVE:
            family.samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
            yield family


def _field(family: str, sample: Sample) -> str:
    return json.dumps([family, sample.name, sample.labels], sort_keys=True, ensure_ascii=False)


def _read() -> dict[str, list[Sample]]:
    try:
        stored = redis().hgetall(KEY)
    except RedisError:
        return {}
    found: dict[str, list[Sample]] = {}
    for field, value in stored.items():
        family, name, labels = json.loads(field)
        found.setdefault(family, []).append(_labelled(Sample(name, labels, float(value)), WORKER))
    return found


def _labelled(sample: Sample, part: str) -> Sample:
    return sample._replace(labels={**sample.labels, "part": part})

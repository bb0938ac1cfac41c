"""Prometheus metrics, read from the engine's own counters when they are scraped (nothing is added to a step)."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from model.serving.host import ModelHost

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
Family = GaugeMetricFamily | CounterMetricFamily


class EngineCollector(Collector):
    """Counters of all engines since the start, and gauges of those in use."""

    def __init__(self, host: ModelHost) -> None:
        self._host = host

    def collect(self) -> Iterator[Family]:
        stats, engines = self._host.stats, self._host.engines
        yield GaugeMetricFamily("offerloop_model_ready", "1 when a model is served", value=float(bool(engines)))
        yield GaugeMetricFamily("offerloop_model_loaded", "models that are served", value=float(len(engines)))
        wrong = float(bool(self._host.manifest_error))
        yield GaugeMetricFamily("offerloop_model_manifest_error", "1: the manifest cannot be followed", value=wrong)
        for name, help_text, value in (
            ("requests", "requests accepted", stats.requests),
            ("refused", "requests refused for a full queue or a deadline", stats.refused),
            ("cancelled", "requests whose caller left", stats.cancelled),
            ("failed", "accepted requests that failed", stats.failed),
            ("preempted", "batch texts that gave their slot to a call and go on later", stats.preempted),
            ("steps", "decode steps", stats.steps),
            ("step_seconds", "time spent in decode steps", stats.step_seconds),
            ("step_sequences", "sequences over all steps; by steps it is the mean batch size", stats.step_sequences),
            ("generated_tokens", "tokens written", stats.generated_tokens),
            ("prompt_tokens", "prompt tokens read", stats.prompt_tokens),
        ):
            yield CounterMetricFamily(f"offerloop_model_{name}", help_text, value=float(value))
        texts = CounterMetricFamily("offerloop_model_texts", "texts finished, by reason", labels=["reason"])
        for reason, count in stats.finished.items():
            texts.add_metric([reason], count)
        yield texts
        if engines:
            first, loads = engines[0], [engine.load() for engine in engines]
            for name, help_text, level in (
                ("queue_texts", "texts waiting for a slot", sum(load.waiting for load in loads)),
                ("running_texts", "texts being written: the batch size now", sum(load.running for load in loads)),
                ("slots", "texts that can be written at once", sum(engine.shape.sequences for engine in engines)),
                ("decode_threads", "threads in use for decoding by the default model", first.threads),
                ("kv_use_ratio", "share of the default model's KV cache in use", first.kv_use),
                ("capacity_tokens_per_second", "tokens a second of the default at full batch", first.pace.tokens_per_s),
            ):
                yield GaugeMetricFamily(f"offerloop_model_{name}", help_text, value=float(level))


class Metrics:
    """The registry of one server."""

    def __init__(self, host: ModelHost) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(EngineCollector(host))
        ProcessCollector(registry=self._registry)  # memory, processor time, open files
        self._latency = Histogram(
            "offerloop_model_request_seconds",
            "time from request to answer",
            ["path", "status"],
            buckets=SECONDS,
            registry=self._registry,
        )

    def observe(self, path: str, status: int, seconds: float) -> None:
        self._latency.labels(path, str(status)).observe(seconds)

    def render(self) -> bytes:
        return generate_latest(self._registry)

"""Prometheus metrics of offers: how many, how sure, how long each step took, why candidates were refused."""

from prometheus_client import Counter, Histogram

from backend.common.metrics import SECONDS

offers_total = Counter("offerloop_offers", "Offers stored", ["channel", "outcome"])
candidates_total = Counter("offerloop_candidates", "Candidates sampled", ["outcome"])
confidence = Histogram(
    "offerloop_offer_confidence", "Confidence of offers with a text", buckets=[step / 10 for step in range(1, 11)]
)
step_seconds = Histogram("offerloop_offer_step_seconds", "Time of the steps of a call", ["step"], buckets=SECONDS)
clients_per_call = Histogram("offerloop_offer_clients_per_call", "Clients of a call", buckets=[1, 2, 4, 8, 16, 32, 64])


def observe_call(clients: int, model_seconds: float, check_seconds: float, whole_seconds: float) -> None:
    """Count one answered call."""
    clients_per_call.observe(clients)
    for step, seconds in (("model", model_seconds), ("checks", check_seconds), ("whole", whole_seconds)):
        step_seconds.labels(step).observe(seconds)

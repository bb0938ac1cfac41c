"""How much a call may hold now, for Prometheus: it follows from the model's measured speed."""

from collections.abc import Iterator

from prometheus_client import Metric

from backend.common.gauges import LONG_KEPT_S, Source, gauges
from backend.offers.service import call_limits


def read() -> Iterator[Metric]:
    """Asks the model component only where it was never met before, and not for long."""
    limits = call_limits()
    counts = {"short": limits.short, "long": limits.long}
    yield gauges("call_clients_limit", "Most clients of a call, by kind of channel", "channels", counts)


SOURCE = Source(read, kept_s=LONG_KEPT_S)

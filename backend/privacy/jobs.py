"""Jobs of the worker."""

import logging
from dataclasses import asdict

from backend.privacy import service

TURN_S = 120.0
"""A base of millions takes several turns; other housekeeping gets its own between them."""

log = logging.getLogger(__name__)


def purge() -> None:
    """End the data of clients whose time is over, if there is such a time. Commits as it goes."""
    done = service.purge(TURN_S)
    if done.any:
        log.info("the time of clients' data was over", extra=asdict(done))

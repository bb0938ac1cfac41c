"""`python -m backend.worker_check`: ends with 0 when a worker of this host lives. The health check of the containers.

It runs beside each worker all day long, so it loads neither the application nor RQ, but reads RQ's entries itself.
"""

import socket
import sys
from datetime import UTC, datetime, timedelta

from redis import Redis, RedisError

from backend.redis_address import from_environment

ALIVE = timedelta(seconds=120)
"""A worker gives a sign of life every minute while it waits, and oftener while it works."""
WORKERS = "rq:workers"
WAIT_S = 3


def lives(url: str) -> bool:
    """Whether a worker of this host has renewed its entry in Redis lately."""
    with Redis.from_url(url, socket_connect_timeout=WAIT_S, socket_timeout=WAIT_S, decode_responses=True) as redis:
        entries = [redis.hmget(key, "hostname", "last_heartbeat") for key in redis.smembers(WORKERS)]
    since = datetime.now(UTC) - ALIVE
    lately = [host for host, seen in entries if isinstance(seen, str) and datetime.fromisoformat(seen) > since]
    return socket.gethostname() in lately


def main() -> int:
    try:
        return 0 if lives(from_environment()) else 1
    except (RedisError, OSError, ValueError) as error:
        sys.stderr.write(f"{type(error).__name__}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())

"""A pause after many wrong passwords of one user from one address. Counters live in Redis and expire there."""

import hashlib
import logging

from redis import RedisError

from backend.common.redis import redis
from backend.config import settings
from backend.errors import TooManyRequests

log = logging.getLogger(__name__)


def check(username: str, address: str) -> None:
    """Raise TooManyRequests while the pause lasts. Without Redis people can still sign in."""
    key = _key(username, address)
    try:
        pipeline = redis().pipeline()
        pipeline.get(key)
        pipeline.ttl(key)
        count, wait = pipeline.execute()
    except RedisError:
        log.warning("sign-in pauses are off: redis does not answer")
        return
    if int(count or 0) >= settings().auth_failures:
        raise TooManyRequests("Слишком много неверных паролей, подождите", retry_after=int(wait))


def count_failure(username: str, address: str) -> None:
    """The time runs from the first failure, so that a stream of guesses does not prolong the pause for ever."""
    key = _key(username, address)
    try:
        pipeline = redis().pipeline()
        pipeline.set(key, 0, ex=settings().auth_pause_s, nx=True)
        pipeline.incr(key)
        pipeline.execute()
    except RedisError:
        log.warning("sign-in pauses are off: redis does not answer")


def _key(username: str, address: str) -> str:
    """The name is hashed: it is input, of any length and content."""
    return "offerloop:signin:" + hashlib.sha256(f"{username}\n{address}".encode()).hexdigest()

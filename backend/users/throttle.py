"""Pauses after many wrong passwords, and the limit of calls. Counters live in Redis and expire there.

Wrong passwords are counted twice: for a user from one address, and for a user in an hour from everywhere. The second
count would let anybody lock anybody out, so it does not hold up an address from which that user has signed in lately.
Without Redis nothing is counted and people can still work.
"""

import hashlib
import logging
import time
import uuid

from redis import RedisError

from backend.common.redis import redis
from backend.config import settings
from backend.errors import TooManyRequests

HOUR_S = 3600
MINUTE_S = 60
KNOWN_S = 30 * 24 * HOUR_S
"""How long an address is known for a user."""
AWAY_S = 5.0
"""So long Redis is not asked after it did not answer: waiting for it would cost each call a second or two."""

log = logging.getLogger(__name__)


class _Away:
    """Remembers that Redis did not answer a moment ago."""

    def __init__(self) -> None:
        self._until = 0.0

    def __bool__(self) -> bool:
        return time.monotonic() < self._until

    def begin(self) -> None:
        self._until = time.monotonic() + AWAY_S


_away = _Away()


def check(username: str, address: str) -> None:
    """Raise TooManyRequests while a pause lasts."""
    if _away:
        return
    here, everywhere, known = _here(username, address), _everywhere(username), _known(username, address)
    try:
        pipeline = redis().pipeline()
        for key in (here, everywhere):
            pipeline.get(key)
            pipeline.ttl(key)
        pipeline.exists(known)
        count, wait, all_count, all_wait, is_known = pipeline.execute()
    except RedisError:
        _pauses_are_off()
        return
    if int(count or 0) >= settings().auth_failures:
        raise TooManyRequests("Слишком много неверных паролей, подождите", retry_after=int(wait), reason="sign_in")
    if int(all_count or 0) >= settings().auth_failures_hour and not is_known:
        detail = "Слишком много неверных паролей этого пользователя с разных адресов, подождите"
        raise TooManyRequests(detail, retry_after=int(all_wait), reason="sign_in")


def count_failure(username: str, address: str) -> None:
    """The time runs from the first failure, so that a stream of guesses does not prolong a pause for ever."""
    if _away:
        return
    try:
        pipeline = redis().pipeline()
        for key, seconds in ((_here(username, address), settings().auth_pause_s), (_everywhere(username), HOUR_S)):
            pipeline.set(key, 0, ex=seconds, nx=True)
            pipeline.incr(key)
        pipeline.execute()
    except RedisError:
        _pauses_are_off()


def remember(username: str, address: str) -> None:
    """This user has signed in from this address."""
    if _away:
        return
    try:
        redis().set(_known(username, address), 1, ex=KNOWN_S)
    except RedisError:
        _pauses_are_off()


def count_call(user_id: uuid.UUID) -> None:
    """Count a call of a user. Raises TooManyRequests beyond the limit of this minute."""
    most = settings().calls_per_min
    if not most or _away:
        return
    minute, gone = divmod(int(time.time()), MINUTE_S)
    try:
        pipeline = redis().pipeline(transaction=False)
        pipeline.incr(key := f"offerloop:calls:{user_id}:{minute}")
        pipeline.expire(key, 2 * MINUTE_S)
        count = pipeline.execute()[0]
    except RedisError:
        _away.begin()
        log.warning("calls are not counted: redis does not answer")
        return
    if count > most:
        detail = f"Вызовов больше {most} в минуту (CALLS_PER_MIN)"
        raise TooManyRequests(detail, retry_after=MINUTE_S - gone, reason="calls")


def _pauses_are_off() -> None:
    _away.begin()
    log.warning("sign-in pauses are off: redis does not answer")


def _here(username: str, address: str) -> str:
    return "offerloop:signin:" + _hashed(username, address)


def _everywhere(username: str) -> str:
    return "offerloop:signin-all:" + _hashed(username)


def _known(username: str, address: str) -> str:
    return "offerloop:signin-known:" + _hashed(username, address)


def _hashed(*parts: str) -> str:
    """Names are hashed: they are input, of any length and content."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()

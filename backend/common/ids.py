"""Identifiers that sort by the time they were made (UUID version 7, RFC 9562 section 5.7)."""

import os
import threading
import time
import uuid

_RANDOM_BITS = 74  # 12 bits after the version and 62 after the variant
_SECOND = 1000 << _RANDOM_BITS
_lock = threading.Lock()
_last = 0


def new_id() -> uuid.UUID:
    """A UUIDv7. Inside one process every id is greater than the one before it, also within a millisecond.

    A clock that is set back by more than a second is followed: ids stamped with a wrong future would sort wrongly
    until that future comes.
    """
    global _last  # noqa: PLW0603 - the order within a process is the state
    fresh = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | int.from_bytes(os.urandom(10)) >> 6
    with _lock:
        _last = fresh if fresh > _last or _last - fresh > _SECOND else _last + 1
        return _as_uuid(_last)


def _as_uuid(value: int) -> uuid.UUID:
    """Spread 48 bits of milliseconds and 74 further bits around the fixed version and variant bits."""
    milliseconds, tail = value >> _RANDOM_BITS, value & (1 << _RANDOM_BITS) - 1
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | tail >> 62 << 64 | 0b10 << 62 | tail & (1 << 62) - 1)

"""Password hashes (argon2id) and the short memory that saves hashing the same right password 50 times a second.

The memory holds keyed digests only, never a password, and lives in one process. A digest covers the stored hash, so
a changed password misses at once; whether the account is disabled is read from the database on every call.

What may become a password: long enough, and nothing that a guesser tries first, whatever the keyboard's layout was.
"""

import hmac
import os
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 128  # longer input only buys an attacker hashing time
LEAST_GUESSES = 10**6
"""As many as a guesser needs at least, by the lists, walks over the keyboard, rows and repeats that zxcvbn knows."""
_KEYS = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбю", "qwertyuiop[]asdfghjkl;'zxcvbnm,.")

_hasher = PasswordHasher()  # RFC 9106, low-memory profile: 64 MiB, 3 passes
_hashing = threading.BoundedSemaphore(2)  # a flood of wrong passwords must not take 64 MiB for every thread


def is_common(password: str, own: Iterable[str] = ()) -> bool:
    """Whether a guesser would come upon it early: a common password, `own` names, a row of keys, or a bit more."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take memory that only the change of a password needs

    as_typed = password.lower().translate(_KEYS)  # «пароль» is gfhjkm to a list of passwords
    words = [*own, "offerloop"]
    guesses = min(zxcvbn(each, words, MAX_LENGTH)["guesses"] for each in {password, as_typed})
    return bool(guesses < LEAST_GUESSES)


class RightPasswords:
    """Digests of passwords that were right not long ago: bounded, oldest out first, safe between threads."""

    def __init__(self, size: int = 1024) -> None:
        self._size = size
        self._secret = os.urandom(32)
        self._until: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    def holds(self, password_hash: str, password: str, seconds: int) -> bool:
        """Whether it was right not long ago; then it is held for so many seconds more."""
        key = self._key(password_hash, password)
        with self._lock:
            held = self._until.get(key, 0.0) > time.monotonic()
            if held:
                self._until[key] = time.monotonic() + seconds
                self._until.move_to_end(key)
            return held

    def add(self, password_hash: str, password: str, seconds: int) -> None:
        key = self._key(password_hash, password)
        with self._lock:
            self._until[key] = time.monotonic() + seconds
            self._until.move_to_end(key)
            while len(self._until) > self._size:
                self._until.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._until.clear()

    def __len__(self) -> int:
        return len(self._until)

    def _key(self, password_hash: str, password: str) -> bytes:
        stored = password_hash.encode()
        return hmac.digest(self._secret, len(stored).to_bytes(4) + stored + password.encode(), "sha256")


right_passwords = RightPasswords()


def hash_password(password: str) -> str:
    """The argon2id hash to store, with its own salt and parameters."""
    with _hashing:
        return _hasher.hash(password)


def matches(password_hash: str, password: str) -> bool:
    """Compare by hashing; costs tens of milliseconds on purpose."""
    if len(password) > MAX_LENGTH:
        password = ""  # same cost as any wrong password
    try:
        with _hashing:
            return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def decoy() -> str:
    """A hash that nothing matches: an unknown user must cost as much time as a wrong password."""
    return hash_password(secrets.token_urlsafe(32))


def generate() -> str:
    """A password for a person to type once: 120 bits."""
    return secrets.token_urlsafe(15)

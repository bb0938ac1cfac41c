"""Hashing and the memory of right passwords."""

from importlib.util import find_spec, module_from_spec

import pytest
from argon2 import Type

from backend.users import passwords
from backend.users.passwords import RightPasswords, hash_password, matches
from tests.factories import PASSWORD, password_hash


def test_only_the_right_password_matches() -> None:
    assert password_hash().startswith("$argon2id$")
    assert matches(password_hash(), PASSWORD)
    assert not matches(password_hash(), PASSWORD + "!")
    assert not matches(password_hash(), "x" * 100_000)
    assert not matches("no hash", PASSWORD)


def test_equal_passwords_have_different_hashes() -> None:
    assert hash_password("same password") != hash_password("same password")


def test_generated_passwords_pass_our_own_rule() -> None:
    assert passwords.MIN_LENGTH <= len(passwords.generate()) <= passwords.MAX_LENGTH


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Passw0rd12345",
        "P@ssw0rd1234",
        "qwertyuiop123",
        "1q2w3e4r5t6y",
        "123456789012",
        "aaaaaaaaaaaa",
        "administrator",
        "Admin12345678",
        "йцукенгшщзхъ",
        "Пароль123456",
        "olga.petrova1",
        "OfferLoop12345",
    ],
)
def test_what_a_guesser_tries_first_is_common(password: str) -> None:
    assert passwords.is_common(password, ["olga.petrova", "Ольга"])


@pytest.mark.parametrize(
    "password", [PASSWORD, "a long password", "тихий омут и лампа", "7k2m-dd9x-qq1z-pp4v", "x" * 5 + "Ж4ю9ы"]
)
def test_other_passwords_are_not(password: str) -> None:
    assert not passwords.is_common(password, ["olga"])


def test_generated_passwords_are_not_common() -> None:
    assert not passwords.is_common(passwords.generate())


def test_the_longest_password_can_be_judged() -> None:
    assert not passwords.is_common("correct horse battery staple " * 4 + "x" * 12)


def test_memory_knows_the_pair_and_nothing_else() -> None:
    memory = RightPasswords()
    memory.add("hash", "password", 60)
    assert memory.holds("hash", "password", 60)
    assert not memory.holds("hash", "other", 60)
    assert not memory.holds("new hash", "password", 60)
    assert not memory.holds("has", "hpassword", 60)


def test_memory_holds_no_password() -> None:
    memory = RightPasswords()
    memory.add("hash", "the-password", 60)
    assert b"the-password" not in b"".join(memory._until)


def test_memory_forgets_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, clock = RightPasswords(), [100.0]
    monkeypatch.setattr(passwords.time, "monotonic", lambda: clock[0])
    memory.add("hash", "password", 60)
    for _ in range(3):
        clock[0] += 59
        assert memory.holds("hash", "password", 60), "who works all the time is never held up"
    clock[0] += 61
    assert not memory.holds("hash", "password", 60)


def test_memory_is_bounded_and_drops_the_oldest() -> None:
    memory = RightPasswords(size=3)
    for number in range(5):
        memory.add("hash", str(number), 60)
    assert len(memory) == 3
    assert [memory.holds("hash", str(number), 60) for number in range(5)] == [False, False, True, True, True]


def test_the_cost_of_real_hashes_follows_rfc_9106() -> None:
    """Imported afresh, since the tests themselves use cheap parameters."""
    spec = find_spec("backend.users.passwords")
    fresh = module_from_spec(spec)
    spec.loader.exec_module(fresh)
    assert (fresh._hasher.memory_cost, fresh._hasher.time_cost) >= (64 * 1024, 3)
    assert fresh._hasher.type is Type.ID

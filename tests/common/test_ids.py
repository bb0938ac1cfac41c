"""UUIDv7: form and order."""

from concurrent.futures import ThreadPoolExecutor

from backend.common.clock import now
from backend.common.ids import new_id


def test_form_is_version_7_of_the_rfc() -> None:
    identifier = new_id()
    assert identifier.version == 7
    assert identifier.variant == "specified in RFC 4122"


def test_first_48_bits_are_milliseconds() -> None:
    before = int(now().timestamp() * 1000)
    stamp = new_id().int >> 80
    assert before - 1 <= stamp <= int(now().timestamp() * 1000) + 1


def test_ids_of_one_process_rise_also_within_a_millisecond() -> None:
    made = [new_id() for _ in range(10_000)]
    assert made == sorted(set(made))


def test_threads_never_share_an_id() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [found for part in pool.map(lambda _: [new_id() for _ in range(500)], range(8)) for found in part]
    assert len(set(made)) == 4000

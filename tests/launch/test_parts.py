"""What a part is started with beside the environment that all share."""

from backend.launch import parts


def test_the_allocator_of_the_api_keeps_few_arenas_unless_somebody_wants_more(tmp_path) -> None:
    usual, other = ({"PORT": "1"}, {"PORT": "1", "MALLOC_ARENA_MAX": "8"})
    assert parts.api_part(usual, "http://127.0.0.1:1", tmp_path).child.env == {"PORT": "1", "MALLOC_ARENA_MAX": "2"}
    assert parts.api_part(other, "http://127.0.0.1:1", tmp_path).child.env == other

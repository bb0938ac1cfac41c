"""A grammar for advertising texts in Russian: Cyrillic, spaces, punctuation and the slots, nothing else.

An instruct model of the user's own likes figures, Latin words and now and then Chinese. Forbidding the tokens is surer
than asking. Inside a brace only the letters of a known slot may follow, so that a slot always comes out whole.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from model.serving.sampling import Mask
from model.slots import SLOTS

LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
FREE = frozenset(LETTERS + LETTERS.upper() + " \n.,!?:;…—–-()«»„“”\"'\u00a0")
"""What may stand outside of slots."""
BEGUN = frozenset(char.encode()[:cut] for char in FREE for cut in range(1, len(char.encode())))
"""Beginnings of such characters: a token of a byte-level vocabulary may end inside a letter."""

State = tuple[str, bytes]
"""The slot begun so far («{ba», empty outside of slots) and the bytes of a letter begun (empty between letters)."""
START: State = ("", b"")


class RussianScript:
    """Which tokens may follow, for one vocabulary."""

    def __init__(self, pieces: Sequence[bytes], is_end: Mask) -> None:
        self._pieces, self._is_end = pieces, is_end
        self._masks: dict[State, Mask] = {}

    def allowed(self, state: State) -> Mask:
        """One flag a token. A text may only end outside of a slot."""
        if state not in self._masks:
            mask = np.zeros(len(self._pieces), bool)
            for token in self._possible(state):
                mask[token] = self.advance(state, token) is not None
            self._masks[state] = mask | self._is_end if state == START else mask
        return self._masks[state]

    def advance(self, state: State, token: int) -> State | None:
        """The state after a token, None where the token may not follow."""
        slot, begun = state
        if not self._pieces[token]:
            return None
        head, tail = _split(begun + self._pieces[token])
        for char in head:
            after = _step(slot, char)
            if after is None:
                return None
            slot = after
        return (slot, tail) if not tail or (not slot and tail in BEGUN) else None

    def _possible(self, state: State) -> Sequence[int]:
        """Tokens worth a look: inside a slot or a letter only few can go on."""
        slot, begun = state
        if begun:
            return self._by_first.get("inside a letter", [])
        return self._by_first.get("of a slot", []) if slot else range(len(self._pieces))

    @cached_property
    def _by_first(self) -> dict[str, list[int]]:
        of_slots = frozenset("".join(SLOTS).encode())
        found: dict[str, list[int]] = {"inside a letter": [], "of a slot": []}
        for token, piece in enumerate(self._pieces):
            if piece and 0x80 <= piece[0] < 0xC0:
                found["inside a letter"].append(token)
            elif piece and piece[0] in of_slots:
                found["of a slot"].append(token)
        return found


def _split(piece: bytes) -> tuple[str, bytes]:
    """Whole characters, and the bytes of one that is not whole; bytes that no text holds come back as the latter."""
    for cut in range(len(piece), max(-1, len(piece) - 4), -1):
        try:
            return piece[:cut].decode("utf-8"), piece[cut:]
        except UnicodeDecodeError:
            continue
    return "", piece


def _step(slot: str, char: str) -> str | None:
    if not slot:
        return "{" if char == "{" else ("" if char in FREE else None)
    slot += char
    if slot in SLOTS:
        return ""
    return slot if any(known.startswith(slot) for known in SLOTS) else None

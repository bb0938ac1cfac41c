"""How much one call may hold and how many candidates it can afford, from the model's measured speed.

A call has a hard deadline, so the number of clients and of candidates per client follow from the tokens that the model
component writes per second. Nothing here looks at a clock: equal calls get equal numbers, which keeps seeds repeatable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.errors import TooLarge

LEAST_LONG = 16
MOST_LONG = 64

CHARACTERS: Mapping[str, int] = {
    "SMS": 110,
    "PUSH": 96,
    "EMAIL": 520,
    "TMO": 382,
    "MOB_BANNER": 80,
    "OFFICE_BANNER": 144,
    "MOBILE_CHAT": 138,
    "KND": 331,
}
"""Mean length of a text in the corpus, in characters; of a mail a little more, since mails vary most."""
CHARACTERS_OF_OTHERS = {True: 120, False: 450}
"""For channels that an admin has added: short and long."""
CHARACTERS_PER_TOKEN = {"control": 4.3, "chat": 2.2}
"""The shipped tokenizer knows the domain; a general one cuts Russian finer."""
LONGEST = 1.7
"""Tokens allowed for one text, as a multiple of the mean: room for the longest good ones, an end for the runaways."""

SHARE_OF_SPEED = 0.95
"""Share of the measured speed that one candidate a client may count on: prompts and uneven lengths take the rest."""
SHARE_FOR_CANDIDATES = 0.75
"""The same for further candidates, which are a luxury: they must leave time for a second try at what failed."""
CANDIDATES_ON_LONG = 1.05
"""Candidates per client assumed when the limit of the long channels is set: one each and some second tries."""
CHECK_SECONDS = {True: 0.0006, False: 0.0015}
"""Composing and checking one candidate on a short and on a long channel."""
FIXED_SECONDS = 0.06
STORE_SECONDS = 0.0007
"""Seconds outside the model: of any call, and of each client for parsing, ranking and storing."""


@dataclass(frozen=True)
class CallLimits:
    """The most clients of one call, by kind of channel."""

    short: int
    long: int
    deadline_ms: int


def tokens_of(channel: str, short: bool, prompt_format: str) -> float:
    """Tokens that a text of the channel takes on average."""
    characters = CHARACTERS.get(channel, CHARACTERS_OF_OTHERS[short])
    return characters / CHARACTERS_PER_TOKEN.get(prompt_format, CHARACTERS_PER_TOKEN["chat"])


@dataclass(frozen=True)
class Piece:
    """What one candidate of one client costs: the model's tokens, and seconds of our own."""

    tokens: float
    check_seconds: float


def piece_of(channel: str, short: bool, prompt_format: str) -> Piece:
    """The cost of one candidate on a channel."""
    return Piece(tokens_of(channel, short, prompt_format), CHECK_SECONDS[short])


def max_tokens(pieces: Sequence[Piece]) -> int:
    """The cap for one text of a call, by the longest of its channels."""
    return round(max(piece.tokens for piece in pieces) * LONGEST) + 6


def own_seconds(clients: int) -> float:
    """Time of the deadline that goes to parsing, ranking and storing."""
    return FIXED_SECONDS + STORE_SECONDS * clients


def reserve_seconds(pieces: Sequence[Piece], n: int) -> float:
    """Time of the deadline that does not belong to the model, with `n` candidates for each piece."""
    return own_seconds(len(pieces)) + n * sum(piece.check_seconds for piece in pieces)


def planned_seconds(pieces: Sequence[Piece], n: int, tokens_per_s: float) -> float:
    """Time for `n` candidates of each client, model and checks. `pieces` holds one for each client."""
    return n * sum(piece.tokens / (tokens_per_s * SHARE_FOR_CANDIDATES) + piece.check_seconds for piece in pieces)


def candidates_for(pieces: Sequence[Piece], wanted: int, deadline_s: float, tokens_per_s: float) -> int:
    """Candidates per client, between 1 and `wanted`. `pieces` holds one for each client."""
    affordable = max(deadline_s - own_seconds(len(pieces)), 0.0) / planned_seconds(pieces, 1, tokens_per_s)
    return max(1, min(wanted, int(affordable)))


def long_limit(deadline_s: float, tokens_per_s: float, prompt_format: str) -> int:
    """Clients of one call on the long channels, by the longest of them (e-mail)."""
    piece = piece_of("EMAIL", False, prompt_format)
    seconds = CANDIDATES_ON_LONG * (piece.tokens / (tokens_per_s * SHARE_OF_SPEED) + piece.check_seconds)
    affordable = int(max(deadline_s - FIXED_SECONDS, 0.0) / (seconds + STORE_SECONDS))
    return max(LEAST_LONG, min(MOST_LONG, affordable))


def check_size(short_flags: Sequence[bool], limits: CallLimits) -> None:
    """Refuse a call that is too large. `short_flags` tells for each client whether its channel is short."""
    long = short_flags.count(False)
    if len(short_flags) > limits.short:
        raise TooLarge(
            f"Клиентов в вызове {len(short_flags)}, можно не больше {limits.short}. Больше — через POST /api/v1/batches"
        )
    if long > limits.long:
        raise TooLarge(
            f"Клиентов с длинными текстами (письмо, звонок, курьер) в вызове {long}, можно не больше {limits.long}."
            " Больше — через POST /api/v1/batches"
        )

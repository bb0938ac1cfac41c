"""Who gets the next free slot: interactive requests first and at once, batch work whatever they leave.

Batch texts have every slot that calls leave, and give them back as soon as a call comes. Slots kept free beside calls
made those hardly faster.
"""

from collections import deque
from collections.abc import Callable, Iterator

from model.serving.jobs import Priority, Ticket

LONG_PROMPT = 64  # tokens; a longer one waits until all its candidates find a slot, rather than being read twice


class Queues:
    """Requests with texts that wait for a slot. Used under the engine's lock."""

    def __init__(self) -> None:
        self._by_priority: dict[Priority, deque[Ticket]] = {"interactive": deque(), "batch": deque()}

    def __iter__(self) -> Iterator[Ticket]:
        """All of them, interactive ones first."""
        return (ticket for queue in self._by_priority.values() for ticket in tuple(queue))

    def __bool__(self) -> bool:
        return any(self._by_priority.values())

    def of(self, priority: Priority) -> list[Ticket]:
        return list(self._by_priority[priority])

    def add(self, ticket: Ticket) -> None:
        self._by_priority[ticket.request.priority].append(ticket)

    def come_back(self, ticket: Ticket) -> None:
        """The ticket has lost slots: it stands first again."""
        queue = self._by_priority[ticket.request.priority]
        if ticket not in queue:
            queue.appendleft(ticket)

    def drop(self, leaves: Callable[[Ticket], bool]) -> list[Ticket]:
        """Take such tickets out; returns them."""
        gone = [ticket for ticket in self if leaves(ticket)]
        for ticket in gone:
            self._by_priority[ticket.request.priority].remove(ticket)
        return gone

    def take(self, room: int, batch_room: int, *, idle: bool) -> tuple[Ticket, int, list[int]] | None:
        """The next ticket, the number of its prompt and the candidates that get slots now; None when nothing fits.

        `room` slots are free, of which batch texts may take `batch_room`; `idle`: nothing runs.
        """
        calls, batch = self._by_priority["interactive"], self._by_priority["batch"]
        queue, free = (calls, room) if calls else (batch, min(room, batch_room))
        if not queue or free <= 0:
            return None
        ticket = queue[0]
        number, candidates = ticket.left[0]
        if len(candidates) > free and len(ticket.request.prompts[number]) > LONG_PROMPT and not idle:
            return None
        number, candidates = ticket.take(free)
        if not ticket.waiting:
            queue.popleft()
        return ticket, number, candidates

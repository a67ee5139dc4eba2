"""The tickets with work to do, and how many of them each person has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from gateway.core.work.tickets import Ticket


class Workload:
    """Follows the tickets of the desk."""

    def __init__(self) -> None:
        self._tickets: dict[int, Ticket] = {}
        self._load: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Ticket]:
        return iter([*self._tickets.values()])

    @property
    def load(self) -> Mapping[str, int]:
        """How many of them each person has, or is asked for."""
        return self._load

    def find(self, number: int) -> Ticket | None:
        """The ticket of this number; None where it has no work to do."""
        return self._tickets.get(number)

    def note(self, ticket: Ticket) -> None:
        """A ticket as it stands now."""
        before = self._tickets.pop(ticket.number, None)
        if before is not None and before.assignee is not None:
            self._load[before.assignee] -= 1
        if ticket.is_at_work:
            self._tickets[ticket.number] = ticket
            if ticket.assignee is not None:
                self._load[ticket.assignee] += 1

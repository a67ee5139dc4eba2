"""The tickets that may go on, to be found by number, by what they are about, and by fault."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.work.tickets import Ticket


class HeldTickets:
    """Those with work to do, and those that were done so lately that they may be reopened."""

    def __init__(self) -> None:
        self._by_number: dict[int, Ticket] = {}
        self._about: dict[str, set[int]] = {}
        """The numbers of the tickets about a subject, by its text, and of those of a fault."""

    def __iter__(self) -> Iterator[Ticket]:
        return iter(self._by_number.values())

    def find(self, number: int) -> Ticket | None:
        """The ticket of this number; None where it is not held."""
        return self._by_number.get(number)

    def about(self, what: str) -> list[Ticket]:
        """The tickets about a subject, by its text, or of a fault, in the order of their numbers."""
        return [self._by_number[number] for number in sorted(self._about.get(what, ()))]

    def put(self, ticket: Ticket) -> None:
        """Hold the ticket as it is now. It may be of more faults than before, never of fewer."""
        self._by_number[ticket.number] = ticket
        for what in _topics_of(ticket):
            self._about.setdefault(what, set()).add(ticket.number)

    def forget(self, ticket: Ticket) -> None:
        """Hold it no more."""
        del self._by_number[ticket.number]
        for what in _topics_of(ticket):
            numbers = self._about[what]
            numbers.discard(ticket.number)
            if not numbers:
                del self._about[what]


def _topics_of(ticket: Ticket) -> set[str]:
    return {str(ticket.subject), *ticket.faults}

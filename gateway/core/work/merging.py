"""Merging: two tickets turn out to be the same work, and one of them goes on with all that hangs on both."""

from __future__ import annotations

from collections.abc import Callable

from gateway.core.kernel.errors import InvalidAction, TicketRefused
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.work.actions import MergeTicket
from gateway.core.work.board import Board
from gateway.core.work.lifecycle import TicketStep
from gateway.core.work.service import Service
from gateway.core.work.tickets import Follower, Ticket


class Merging:
    """Merges a ticket into another one."""

    def __init__(self, board: Board, service: Service, *, move_alarms: Callable[[int, int], None]) -> None:
        """`move_alarms` hangs the alarms of the ticket of one number on that of another."""
        self._board = board
        self._service = service
        self._move_alarms = move_alarms

    def merge(self, ticket: Ticket, action: MergeTicket, now: Micros) -> None:
        """The other becomes as urgent as the more urgent of the two.

        Raises:
            IllegalTransition, TicketRefused, InvalidAction: they cannot be merged; the text says why.
        """
        into = self._board.find(action.into)
        if action.into == ticket.number:
            raise InvalidAction(f"ticket {ticket.number} cannot be merged into itself")
        refused = f"ticket {ticket.number} cannot be merged into ticket {action.into}"
        if into is None:
            raise TicketRefused(f"{refused}: there is none, or it has ended")
        if not into.is_at_work:
            raise TicketRefused(f"{refused}, which is {into.state.value}: merge into one with work to do")
        data: dict[str, object] = {"into": into.number}
        merged = self._board.move(
            ticket, TicketStep.MERGE, now, by=action.by, note=action.note, data=data, merged_into=into.number
        )
        self._service.end(merged, now, by=action.by)
        into = self._board.enter(
            into,
            "merged",
            now,
            by=action.by,
            cause=merged.event,
            data={"ticket": ticket.number, "title": ticket.title},
            faults=tuple(dict.fromkeys((*into.faults, *ticket.faults))),
            followers=(*into.followers, *ticket.followers, *_follower(ticket)),
            raised_at=max(filter(None, (into.raised_at, ticket.raised_at)), default=None),
        )
        self._move_alarms(ticket.number, into.number)
        if ticket.priority < into.priority:
            self._board.change_priority(into, Priority(ticket.priority), now, by=action.by, cause=merged.event)


def _follower(ticket: Ticket) -> tuple[Follower, ...]:
    """Who has reported it, where that person can be told of the ticket into which it is merged."""
    reporter = ticket.reporter
    if reporter is None or reporter.contact is None:
        return ()
    return (Follower(ticket.number, ticket.title, ticket.location, reporter),)

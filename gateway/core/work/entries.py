"""What people enter in tickets: comments, photos, work, ratings, and other priorities."""

from __future__ import annotations

from gateway.core.kernel.errors import InvalidAction, TicketRefused
from gateway.core.kernel.times import Micros
from gateway.core.work.actions import AddPhoto, AddWork, ChangePriority, CommentTicket, RateTicket
from gateway.core.work.board import Board
from gateway.core.work.lifecycle import DONE
from gateway.core.work.tickets import Ticket

LONGEST_WORK = 24 * 60 * 31
"""Minutes of one entry: more is a typing error."""
BEST = 5

Entry = CommentTicket | AddPhoto | AddWork | RateTicket | ChangePriority


class Entries:
    """Makes them."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def make(self, ticket: Ticket, action: Entry, now: Micros) -> None:
        """Enter it.

        Raises:
            TicketRefused, InvalidAction: it cannot be entered; the text says why.
        """
        note, by = action.note, action.by
        match action:
            case CommentTicket():
                said = needed(note, "a comment says something")
                self._board.enter(ticket, "comment", now, by=by, data={"note": said, "public": action.is_public})
            case AddPhoto():
                data = {"photo": action.photo, "public": action.is_public} | _note(note)
                self._board.enter(ticket, "photo", now, by=by, data=data)
            case AddWork():
                self._add_work(ticket, action, now)
            case RateTicket():
                self._rate(ticket, action, now)
            case ChangePriority():
                self._change_priority(ticket, action, now)

    def _add_work(self, ticket: Ticket, action: AddWork, now: Micros) -> None:
        if not 0 <= action.minutes <= LONGEST_WORK:
            raise InvalidAction(f"minutes: write 0 to {LONGEST_WORK} of one piece of work")
        if not action.minutes and not action.parts:
            raise InvalidAction("say how many minutes it took, or which parts were used")
        parts = [{"part": name, "count": count} for name, count in action.parts]
        data = {"minutes": action.minutes, "parts": parts} | _note(action.note)
        self._board.enter(ticket, "work", now, by=action.by, data=data, minutes=ticket.minutes + action.minutes)

    def _rate(self, ticket: Ticket, action: RateTicket, now: Micros) -> None:
        if not 1 <= action.rating <= BEST:
            raise InvalidAction(f"rating: write 1 to {BEST}, the best")
        if ticket.state not in DONE:
            raise TicketRefused(f"ticket {ticket.number} is not done yet: it can be rated when it is")
        data = {"rating": action.rating, "public": True} | _note(action.note)
        self._board.enter(ticket, "rating", now, by=action.by, data=data, rating=action.rating)

    def _change_priority(self, ticket: Ticket, action: ChangePriority, now: Micros) -> None:
        why = needed(action.note, "say why its priority changes")
        if not ticket.is_at_work:
            raise TicketRefused(f"ticket {ticket.number} has no work to do: its priority matters no more")
        if action.priority.value == ticket.priority:
            raise TicketRefused(f"ticket {ticket.number} is {ticket.priority} already")
        self._board.change_priority(ticket, action.priority, now, by=action.by, note=why)


def needed(note: str | None, what: str) -> str:
    """The note; InvalidAction says what is wanted where there is none."""
    if note is None or not note.strip():
        raise InvalidAction(f"note: {what}")
    return note


def _note(note: str | None) -> dict[str, object]:
    return {} if note is None else {"note": note}

"""The tickets that people open: colleagues, and those who report something without an account."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.kernel.errors import InvalidAction
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.site.site import Site
from gateway.core.work.actions import NoteReported, OpenReported, OpenTicket
from gateway.core.work.board import Board
from gateway.core.work.lifecycle import TicketState
from gateway.core.work.tickets import Ticket, TicketSource


class Openings:
    """Opens them."""

    def __init__(self, board: Board, site: Site, seam: Seam) -> None:
        self._board = board
        self._site = site
        self._seam = seam

    def open_reported(self, request: OpenReported) -> None:
        """Open the ticket of a report, and add its photos."""
        data: dict[str, object] = {} if request.report is None else {"report": request.report}
        ticket = self.open(request.ticket, request.time, cause=request.cause, data=data)
        for photo in request.photos:
            seen = {"photo": photo, "public": True}
            ticket = self._board.enter(ticket, "photo", request.time, by=request.ticket.by, data=seen)

    def note_reported(self, request: NoteReported) -> None:
        """Enter a further report in the latest ticket of the same emergency."""
        for ticket in reversed(self._board.about(str(request.subject))):
            if _is_reported(ticket, request.category) and ticket.priority == Priority.P1.value:
                data = {"note": request.text, "public": False}
                self._board.enter(ticket, "comment", request.time, by=request.by, cause=request.cause, data=data)
                request.answer(ticket.number)
                return

    def open(
        self, action: OpenTicket, now: Micros, *, cause: int | None = None, data: Mapping[str, object] = {}
    ) -> Ticket:
        """Open the ticket of a person. Others about the same that people have opened are named in it."""
        if action.subject.device is not None and action.subject.device not in self._site.devices:
            raise InvalidAction(f"there is no device {action.subject.device!r}")
        ticket = Ticket(
            number=self._seam.counters.take("ticket"),
            source=TicketSource.PERSON,
            alarm=None,
            faults=(),
            subject=action.subject,
            state=TicketState.NEW,
            category=action.category,
            priority=action.priority.value,
            kind=action.kind,
            team=action.team,
            title=action.title,
            guidance=None,
            opened_at=now,
            raised_at=None,
            raised_count=0,
            location=self._site.location_of(action.subject),
            description=action.description,
            reporter=action.reporter,
        )
        others = [
            other.number for other in self._board.about(str(action.subject)) if _is_reported(other, ticket.category)
        ]
        data = {**data} | ({} if action.why is None else {"why": action.why}) | ({"others": others} if others else {})
        if action.answer is not None:
            action.answer(ticket.number)
        return self._board.open(ticket, now, by=action.by, cause=cause, data=data)


def _is_reported(ticket: Ticket, category: str) -> bool:
    """Whether people have reported something of this category that is not done."""
    return ticket.source is TicketSource.PERSON and ticket.is_at_work and ticket.category == category

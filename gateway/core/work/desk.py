"""The part that keeps tickets: of alarms and of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from gateway.core.alarms.events import AlarmMoved, AlarmStands, MaintenanceEnded
from gateway.core.checklists.events import ChecklistEnded
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.events import Action, Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros
from gateway.core.work.actions import (
    AcceptTicket,
    AddChecklist,
    AddPhoto,
    AddWork,
    ArriveTicket,
    AskToDo,
    AssignTicket,
    CancelTicket,
    ChangePriority,
    CloseTicket,
    CommentTicket,
    ConfirmTicket,
    DeclineTicket,
    HandOverTicket,
    HoldTicket,
    MergeTicket,
    NoteReported,
    OpenReported,
    OpenTicket,
    RateTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    TicketAction,
)
from gateway.core.work.alarm_work import AlarmWork
from gateway.core.work.board import Board
from gateway.core.work.edited_levels import restored
from gateway.core.work.events import TicketMoved, TicketsRestored
from gateway.core.work.lifecycle import ENDED, TicketState, TicketStep
from gateway.core.work.openings import Openings
from gateway.core.work.people_work import PeopleWork
from gateway.core.work.service import Service
from gateway.core.work.terms import Terms
from gateway.core.work.ticket_checklists import TicketChecklists
from gateway.core.work.tickets import Ticket


class ServiceDesk(Part):
    """Keeps the tickets that may go on: those with work to do, and those that were done of late."""

    name: ClassVar[str] = "work"
    actions: ClassVar[tuple[type[Action], ...]] = (
        OpenTicket,
        AssignTicket,
        AcceptTicket,
        DeclineTicket,
        HandOverTicket,
        ArriveTicket,
        HoldTicket,
        ResumeTicket,
        ResolveTicket,
        ConfirmTicket,
        CloseTicket,
        ReopenTicket,
        CancelTicket,
        MergeTicket,
        CommentTicket,
        AddPhoto,
        AddWork,
        AddChecklist,
        RateTicket,
        ChangePriority,
    )
    requests: ClassVar[tuple[type[Request], ...]] = (AskToDo, OpenReported, NoteReported)

    def __init__(self, terms: Terms, seam: Seam) -> None:
        self._seam = seam
        self._terms = terms
        self._board = board = Board(terms, seam, stands=self._stands)
        self._checklists = checklists = TicketChecklists(board, seam)
        self._alarms = AlarmWork(board, checklists, seam, site=terms.site, reopen_within=terms.waits.reopen_within)
        self._service = service = Service(board, checklists, seam, stands=self._stands)
        self._openings = Openings(board, terms.site, seam)
        self._people = PeopleWork(board, service, checklists, terms.site, seam, move_alarms=self._alarms.merge)

    def restore(self, rows: Sequence[Ticket], now: Micros) -> None:
        """Go on with the tickets of an earlier run."""
        made = (restored(each, now, board=self._board, terms=self._terms, seam=self._seam) for each in rows)
        self._seam.emit(TicketsRestored(tickets=tuple(made), time=now))

    def on(self, event: Event) -> None:
        """Follow alarms. Times that a wrong clock has told are corrected; until the time is known, no clock is told.

        The ticket of an alarm that is removed, because its device or rule is gone, is told so and stays open: somebody
        must decide.
        """
        match event:
            case AlarmMoved():
                self._alarms.follow(event)
            case TicketMoved() if event.ticket.state in ENDED:
                self._checklists.end(event.ticket, event.time, by=event.by)
            case ChecklistEnded():
                self._checklists.ended(event)
            case MaintenanceEnded():
                self._service.ended(event)
            case AlarmStands():
                self._alarms.restore(event)
            case ClockDoubted():
                self._board.set_trust(trusts=False)
            case ClockCorrected():
                self._board.correct(event)

    def act(self, action: Action, now: Micros) -> None:
        """Do what a person wants.

        Raises:
            UnknownTicket: no ticket of this number is known here, and the action brings none.
            IllegalTransition: its state does not allow it.
            TicketRefused, InvalidAction: something else does not; the text says what.
        """
        match action:
            case OpenTicket():
                self._openings.open(action, now)
            case TicketAction():
                self._people.act(action, now)
            case _:
                raise TypeError(f"{type(action).__name__} is no action on a ticket")

    def serve(self, request: Request) -> None:
        """Open the ticket of a report, enter it in another one, or ask somebody to do the work, or nobody any more."""
        match request:
            case OpenReported():
                self._openings.open_reported(request)
            case NoteReported():
                self._openings.note_reported(request)
            case AskToDo():
                self._ask(request)
            case _:
                raise TypeError(f"{type(request).__name__} is no request to the desk")

    def tick(self, key: int, now: Micros) -> None:
        """A clock of a ticket has run out, or its time to be confirmed or reopened."""
        self._board.tick(key, now)

    def finish(self) -> list[Ticket] | None:
        """The tickets that have changed in this step. Publishes the MQTT event of each step and entry."""
        return self._board.finish()

    def _ask(self, request: AskToDo) -> None:
        ticket = self._board.find(request.ticket)
        if ticket is None:
            return
        is_begun = ticket.state in (TicketState.ACCEPTED, TicketState.ON_SITE)
        is_left = is_begun and request.instead_of is not None and request.instead_of == ticket.assignee
        if not is_left and ticket.state not in (TicketState.NEW, TicketState.ASSIGNED):
            return
        if request.to is None and ticket.state is not TicketState.ASSIGNED:
            self._board.enter(ticket, "nobody to ask", request.time, cause=request.cause, data={"why": request.why})
            return
        step = TicketStep.ASSIGN if request.to is not None else TicketStep.DECLINE
        self._board.move(
            ticket,
            TicketStep.HAND_OVER if is_left else step,
            request.time,
            note=request.why,
            cause=request.cause,
            data={"to": request.to},
            assignee=request.to,
            why_assigned=request.why,
        )

    def _stands(self, ticket: int) -> bool:
        return self._alarms.stands(ticket)

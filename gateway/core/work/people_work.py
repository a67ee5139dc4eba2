"""What people do with tickets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.core.kernel.errors import IllegalTransition, TicketRefused, UnknownTicket
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.site.site import Site
from gateway.core.work.actions import (
    AcceptTicket,
    AddChecklist,
    AddPhoto,
    AddWork,
    ArriveTicket,
    AssignTicket,
    CancelTicket,
    ChangePriority,
    CloseTicket,
    CommentTicket,
    ConfirmTicket,
    DeclineTicket,
    FinishingAction,
    HandOverTicket,
    HoldTicket,
    MergeTicket,
    RateTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    TicketAction,
)
from gateway.core.work.board import Board
from gateway.core.work.choosing import why_given, why_taken
from gateway.core.work.entries import Entries, needed
from gateway.core.work.lifecycle import TicketState, TicketStep, checked_step, what_can_be_done
from gateway.core.work.merging import Merging
from gateway.core.work.service import Service
from gateway.core.work.ticket_checklists import TicketChecklists
from gateway.core.work.tickets import Ticket

_FINISHING: Mapping[type[FinishingAction], TicketStep] = {
    ResolveTicket: TicketStep.RESOLVE,
    ConfirmTicket: TicketStep.CONFIRM,
    CloseTicket: TicketStep.CLOSE,
}


class PeopleWork:
    """Performs the actions of people."""

    def __init__(
        self,
        board: Board,
        service: Service,
        checklists: TicketChecklists,
        site: Site,
        seam: Seam,
        *,
        move_alarms: Callable[[int, int], None],
    ) -> None:
        self._board = board
        self._entries = Entries(board)
        self._service = service
        self._checklists = checklists
        self._site = site
        self._seam = seam
        self._merging = Merging(board, service, move_alarms=move_alarms)

    def act(self, action: TicketAction, now: Micros) -> None:
        """Make a step or an entry.

        Raises:
            UnknownTicket: no ticket of this number is known here, and the action brings none.
            IllegalTransition: its state does not allow it; the text says how it stands and what can be done.
            TicketRefused, InvalidAction: something else does not; the text says what.
        """
        ticket = self._ticket(action)
        try:
            self._do(ticket, action, now)
        except IllegalTransition as error:
            raise IllegalTransition(_how_it_stands(ticket)) from error

    def _do(self, ticket: Ticket, action: TicketAction, now: Micros) -> None:
        note, by = action.note, action.by
        match action:
            case CommentTicket() | AddPhoto() | AddWork() | RateTicket() | ChangePriority():
                self._entries.make(ticket, action, now)
            case AddChecklist():
                self._add_checklist(ticket, action, now)
            case MergeTicket():
                self._merging.merge(ticket, action, now)
            case FinishingAction():
                self._finish(ticket, action, now)
            case HoldTicket():
                reason = action.reason.value
                self._board.move(
                    ticket, TicketStep.HOLD, now, by=by, note=note, data={"reason": reason}, hold_reason=reason
                )
            case ResumeTicket():
                self._board.move(ticket, TicketStep.RESUME, now, by=by, note=note)
            case ReopenTicket():
                self._check_reopening(ticket)
                self._board.move(ticket, TicketStep.REOPEN, now, by=by, note=needed(note, "say why it is not done"))
            case CancelTicket():
                why = needed(note, "say why there is no work to do")
                self._end_service(self._board.move(ticket, TicketStep.CANCEL, now, by=by, note=why), now, by)
            case _:
                self._give(ticket, action, now)

    def _give(self, ticket: Ticket, action: TicketAction, now: Micros) -> None:
        """Who has it changes, or begins."""
        by, note, person = action.by, action.note, self._site.person_called(action.by)
        match action:
            case AssignTicket() | HandOverTicket():
                to = self._site.person_called(action.to)
                step = TicketStep.ASSIGN if isinstance(action, AssignTicket) else TicketStep.HAND_OVER
                if isinstance(action, HandOverTicket):
                    note = needed(note, "say what is left to do")
                why = why_given(self._site, by, note)
                if (ticket.state, ticket.assignee, ticket.why_assigned) == (TicketState.ASSIGNED, to, why):
                    raise TicketRefused(f"ticket {ticket.number}: {by} has asked {action.to} already")
                self._board.move(ticket, step, now, by=by, note=note, data={"to": to}, assignee=to, why_assigned=why)
            case AcceptTicket():
                is_asked = person == ticket.assignee and ticket.why_assigned is not None
                taken = ticket.why_assigned if is_asked else why_taken(self._site, by)
                self._board.move(
                    ticket,
                    TicketStep.ACCEPT,
                    now,
                    by=by,
                    note=note,
                    data={"to": person},
                    assignee=person,
                    why_assigned=taken,
                )
            case DeclineTicket():
                if action.of is not None and action.of != ticket.assignee:
                    raise TicketRefused(f"ticket {ticket.number}: {action.of} is not asked to do it any more")
                self._board.move(
                    ticket,
                    TicketStep.DECLINE,
                    now,
                    by=by,
                    note=needed(note, "say why you cannot do it"),
                    data={"from": ticket.assignee},
                    assignee=None,
                    why_assigned=None,
                )
            case ArriveTicket():
                duration = action.out_of_service_for
                if duration is not None:
                    self._service.check(ticket, duration)
                ticket = self._board.move(ticket, TicketStep.ARRIVE, now, by=by, note=note, on_site_at=now)
                if duration is not None:
                    self._service.begin(ticket, duration, now, by=by)
            case _:
                raise TypeError(f"{type(action).__name__} is no action on a ticket")

    def _finish(self, ticket: Ticket, action: FinishingAction, now: Micros) -> None:
        by, despite, note = action.by, action.despite, action.note
        step = _FINISHING[type(action)]
        checked_step(ticket.state, step)  # before people are asked for a reason
        doubt = self._service.doubt(ticket)
        if doubt is not None and not despite:
            raise TicketRefused(f"ticket {ticket.number}: {doubt}; say in `despite` why it is done all the same")
        data: dict[str, object] = {} if despite is None else {"despite": despite}
        match action:
            case ResolveTicket():
                outcome = needed(note, "say what was done")
                cause = action.cause.value if action.cause else None
                ticket = self._board.move(
                    ticket,
                    step,
                    now,
                    by=by,
                    note=outcome,
                    data=data | ({"cause": cause} if cause else {}),
                    outcome=outcome,
                    cause_code=cause,
                )
                self._end_service(ticket, now, by)
            case _:
                self._board.move(ticket, step, now, by=by, note=note, data=data)

    def _add_checklist(self, ticket: Ticket, action: AddChecklist, now: Micros) -> None:
        if not ticket.is_at_work:
            raise TicketRefused(f"ticket {ticket.number} has no work to do: nobody would answer a checklist")
        self._checklists.attach(ticket, action.checklist, now, by=action.by)

    def _end_service(self, ticket: Ticket, now: Micros, by: str) -> None:
        self._service.end(ticket, now, by=by)

    def _check_reopening(self, ticket: Ticket) -> None:
        """What is wrong is repaired under one ticket at a time."""
        for fault in ticket.faults:
            for other in self._board.about(fault):
                if other.is_at_work and other.number != ticket.number:
                    raise TicketRefused(f"ticket {other.number} is open for the same fault: go on with that one")

    def _ticket(self, action: TicketAction) -> Ticket:
        ticket = self._board.find(action.ticket)
        if ticket is not None:
            return ticket
        if action.over is None:
            raise UnknownTicket(f"no ticket {action.ticket} may go on: it has ended, or never was")
        return action.over


def _how_it_stands(ticket: Ticket) -> str:
    state = ticket.state.value.replace("_", " ")
    if ticket.merged_into is not None:
        state = f"merged into ticket {ticket.merged_into}"
    return f"ticket {ticket.number} is {state}: {what_can_be_done(ticket.state)}"

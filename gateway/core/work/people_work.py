"""What people do with tickets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.core.kernel.errors import InvalidAction, TicketRefused, UnknownTicket
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Priority
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
from gateway.core.work.lifecycle import TicketStep, check_step
from gateway.core.work.service import Service
from gateway.core.work.ticket_checklists import TicketChecklists
from gateway.core.work.tickets import Follower, Ticket

_FINISHES: Mapping[type[FinishingAction], TicketStep] = {
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
        merge: Callable[[int, int], None],
    ) -> None:
        self._board = board
        self._entries = Entries(board)
        self._service = service
        self._checklists = checklists
        self._site = site
        self._seam = seam
        self._merge = merge

    def act(self, action: TicketAction, now: Micros) -> None:
        """Make a step or an entry.

        Raises:
            UnknownTicket: no ticket of this number is known here, and the action brings none.
            IllegalTransition: its state does not allow it.
            TicketRefused, InvalidAction: something else does not; the text says what.
        """
        ticket = self._ticket(action)
        note, by = action.note, action.by
        match action:
            case CommentTicket() | AddPhoto() | AddWork() | RateTicket() | ChangePriority():
                self._entries.make(ticket, action, now)
            case AddChecklist():
                self._add_checklist(ticket, action, now)
            case MergeTicket():
                self._merge_into(ticket, action, now)
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
        step = _FINISHES[type(action)]
        check_step(ticket.state, step)  # first, as what cannot be done needs no reason
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
                    resolved_at=now,
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

    def _merge_into(self, ticket: Ticket, action: MergeTicket, now: Micros) -> None:
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
        self._end_service(merged, now, action.by)
        faults = tuple(dict.fromkeys((*into.faults, *ticket.faults)))
        entered = {"ticket": ticket.number, "title": ticket.title}
        followers = (*into.followers, *ticket.followers, *_follower(ticket))
        into = self._board.enter(
            into,
            "merged",
            now,
            by=action.by,
            cause=merged.event,
            data=entered,
            faults=faults,
            followers=followers,
        )
        self._merge(ticket.number, into.number)
        if ticket.priority < into.priority:
            self._board.change_priority(into, Priority(ticket.priority), now, by=action.by, cause=merged.event)

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


def _follower(ticket: Ticket) -> tuple[Follower, ...]:
    """Who has reported it, where that person can be told of the ticket into which it is merged."""
    reporter = ticket.reporter
    if reporter is None or reporter.contact is None:
        return ()
    return (Follower(ticket.number, ticket.title, ticket.location, reporter),)

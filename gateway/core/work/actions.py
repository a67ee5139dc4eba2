"""Actions of people on tickets, and requests of other parts."""

from __future__ import annotations

from collections.abc import Callable

from gateway.core.kernel.events import Action, Request
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.work.holds import HoldReason
from gateway.core.work.level_spec import WorkKind
from gateway.core.work.tickets import CauseCode, Reporter, Ticket


class OpenTicket(Action, frozen=True, kw_only=True):
    """A person reports something that needs work."""

    subject: Subject
    """A device or a location."""
    category: str
    priority: Priority
    kind: WorkKind = WorkKind.FAULT
    team: str
    title: str
    description: str | None = None
    reporter: Reporter = Reporter()
    why: str | None = None
    """Why this category and priority, where nobody has chosen them."""
    answer: Callable[[int], None] | None = None
    """Called with its number before the action returns."""


class OpenReported(Request, frozen=True, kw_only=True):
    """Open the ticket of somebody who has no account."""

    ticket: OpenTicket
    photos: tuple[str, ...] = ()
    """Their hashes. Who reported it sees them."""
    report: str | None = None
    """The key of the report."""
    time: Micros
    cause: int | None = None


class NoteReported(Request, frozen=True, kw_only=True):
    """Enter what somebody reports in the ticket of the same emergency, where people have reported one."""

    subject: Subject
    category: str
    text: str
    by: str
    answer: Callable[[int], None]
    """Called with the number of that ticket before this returns; not called where there is none."""
    time: Micros
    cause: int | None = None


class TicketAction(Action, frozen=True, kw_only=True):
    """An action of a person on one ticket."""

    ticket: int
    """Its number."""
    note: str | None = None
    """What the person says about it. Of a step that needs a reason, the reason; of `ResolveTicket`, what was done."""
    over: Ticket | None = None
    """Of a ticket that has ended, its record in the store: here only those are known that may go on."""


class AssignTicket(TicketAction, frozen=True, kw_only=True):
    """The person asks somebody to do it."""

    to: str


class AcceptTicket(TicketAction, frozen=True, kw_only=True):
    """The person will do it, whether asked or not."""


class DeclineTicket(TicketAction, frozen=True, kw_only=True):
    """The person will not do it, and says why."""

    of: str | None = None
    """Only as long as this person is asked; None for whoever is."""


class HandOverTicket(TicketAction, frozen=True, kw_only=True):
    """The person has begun, and somebody else is to go on."""

    to: str


class ArriveTicket(TicketAction, frozen=True, kw_only=True):
    """The person is on site, and the work begins."""

    out_of_service_for: Micros | None = None
    """So long the device is under maintenance at most; None where it stays in service."""


class HoldTicket(TicketAction, frozen=True, kw_only=True):
    """The work waits for something."""

    reason: HoldReason


class ResumeTicket(TicketAction, frozen=True, kw_only=True):
    """The work goes on."""


class FinishingAction(TicketAction, frozen=True, kw_only=True):
    """An action that says that the work is done."""

    despite: str | None = None
    """Why it is done though an alarm stands, or the device has not been heard since."""


class ResolveTicket(FinishingAction, frozen=True, kw_only=True):
    """The person has done the work."""

    cause: CauseCode | None = None


class ConfirmTicket(FinishingAction, frozen=True, kw_only=True):
    """Who reported it, or the duty room, agrees that it is done."""


class CloseTicket(FinishingAction, frozen=True, kw_only=True):
    """Nothing is left to do."""


class ReopenTicket(TicketAction, frozen=True, kw_only=True):
    """It is not done, and the person says why."""


class CancelTicket(TicketAction, frozen=True, kw_only=True):
    """There is no work to do, and the person says why."""


class MergeTicket(TicketAction, frozen=True, kw_only=True):
    """It is the same work as that of another ticket."""

    into: int
    """The number of that."""


class CommentTicket(TicketAction, frozen=True, kw_only=True):
    """The person says something about it: the note."""

    is_public: bool = False
    """Whether who reported it sees it."""


class AddPhoto(TicketAction, frozen=True, kw_only=True):
    """The person adds a photo."""

    photo: str
    """Its hash."""
    is_public: bool = False


class AddWork(TicketAction, frozen=True, kw_only=True):
    """The person says what the work took."""

    minutes: int = 0
    parts: tuple[tuple[str, float], ...] = ()
    """What was used, and how much of it."""


class AddChecklist(TicketAction, frozen=True, kw_only=True):
    """The person has a checklist answered with the work."""

    checklist: str
    """The id of its definition."""


class RateTicket(TicketAction, frozen=True, kw_only=True):
    """Who reported it says how well it was done."""

    rating: int
    """From 1 to 5, the best."""


class AcknowledgeTicket(Action, frozen=True, kw_only=True):
    """The person knows that it is overdue, and nobody else needs to be told until the next target runs out."""

    ticket: int
    """Its number."""
    note: str | None = None


class ChangePriority(TicketAction, frozen=True, kw_only=True):
    """It is more or less urgent than it was said to be, and the person says why."""

    priority: Priority


class AskToDo(Request, frozen=True, kw_only=True):
    """Ask somebody to do it. Nothing happens where somebody has accepted it meanwhile."""

    ticket: int
    to: str | None
    """None where nobody is left to ask: the ticket is new again."""
    why: str
    instead_of: str | None = None
    """Somebody who has accepted it and cannot do it any more: then it is handed over, unless nobody is left to ask."""
    time: Micros
    cause: int | None = None

"""What has become of a ticket, for pages: who has done what is asked, and when."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.kernel.events import AuditRecord
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.times import Micros
from gateway.core.site.site import Site
from gateway.core.work.lifecycle import AT_WORK, TicketState, TicketStep
from gateway.core.work.tickets import Ticket
from gateway.pages.ports import Done
from gateway.store.audit.queries import ticket_steps
from gateway.store.database import Database
from gateway.store.work.escalations import is_escalated
from gateway.store.work.queries import find_ticket

_HAS_IT = frozenset({TicketState.ACCEPTED, TicketState.ON_SITE})
_GIVES = (TicketStep.ASSIGN.value, TicketStep.HAND_OVER.value)


class TicketHistory:
    """A ticket and its steps and entries, as they are on disk."""

    def __init__(self, ticket: Ticket, steps: Sequence[AuditRecord], *, is_escalated: bool) -> None:
        self.ticket = ticket
        self.steps = steps
        self.is_escalated = is_escalated
        """Whether people are being told that it is overdue, and nobody has acknowledged that."""

    @classmethod
    def read(cls, database: Database, number: int) -> TicketHistory | None:
        """That of a ticket; None where there is none. Called in a thread.

        Raises:
            StoreError: it cannot be read.
        """
        ticket = find_ticket(database, number)
        if ticket is None:
            return None
        return cls(ticket, ticket_steps(database, number), is_escalated=is_escalated(database, number))

    @property
    def is_taken(self) -> bool:
        """Whether somebody has accepted it, and the work is not done."""
        state = self.ticket.held_from if self.ticket.state is TicketState.ON_HOLD else self.ticket.state
        return state in _HAS_IT

    @property
    def since(self) -> Micros:
        """Since when it is in its state."""
        moved = (record.time for record in reversed(self.steps) if "state" in record.data)
        return next(moved, self.ticket.opened_at)

    @property
    def rating(self) -> int | None:
        """The rating of the work as it was done last."""
        return self.ticket.rating if self._after("rating", TicketStep.RESOLVE.value) is not None else None

    def done(self, purpose: LinkPurpose, person: str | None, site: Site) -> Done | None:
        """Who has done what a link asks for; None where nobody has, or where it would have to be done anew.

        Args:
            person: the one to whom the link was sent.
        """
        state = self.ticket.state
        found: AuditRecord | None = None
        match purpose:
            case LinkPurpose.ACCEPT if self.is_taken or state in (TicketState.RESOLVED, TicketState.CONFIRMED):
                found = self._latest(TicketStep.ACCEPT.value)
            case LinkPurpose.DECLINE if person is not None:
                found = self._declined(person, site)
            case LinkPurpose.CONFIRM if state in (TicketState.CONFIRMED, TicketState.CLOSED):
                found = self._after(TicketStep.CONFIRM.value, TicketStep.RESOLVE.value)
            case LinkPurpose.REOPEN if state in AT_WORK:
                found = self._latest(TicketStep.REOPEN.value)
            case LinkPurpose.RATE if state not in AT_WORK:
                found = self._after("rating", TicketStep.RESOLVE.value)
            case LinkPurpose.ACKNOWLEDGE if not self.is_escalated:
                found = self._after("acknowledge", "told")
            case _:
                pass
        return None if found is None else Done(by=found.by, at=found.time)

    def _latest(self, step: str) -> AuditRecord | None:
        return next((record for record in reversed(self.steps) if record.data.get("step") == step), None)

    def _after(self, step: str, earlier: str) -> AuditRecord | None:
        """The latest of a step, where it has followed on another."""
        for record in reversed(self.steps):
            if record.data.get("step") == step:
                return record
            if record.data.get("step") == earlier:
                return None
        return None

    def _declined(self, person: str, site: Site) -> AuditRecord | None:
        """That the person has declined it, and was not asked again since."""
        for record in reversed(self.steps):
            step = record.data.get("step")
            if step == TicketStep.DECLINE.value and record.by and site.person_called(record.by) == person:
                return record
            if step in _GIVES and record.data.get("to") == person:
                return None
        return None

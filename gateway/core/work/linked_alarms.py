"""The alarms that hang on tickets: on which each does, and which of them stand."""

from __future__ import annotations

from gateway.core.alarms.actions import LinkTicket
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.lifecycle import State
from gateway.core.kernel.part import Seam


class LinkedAlarms:
    """Those that are not back to normal."""

    def __init__(self, seam: Seam) -> None:
        self._seam = seam
        self._ticket_of: dict[int, int] = {}
        """The number of the ticket, by the alarm's number."""
        self._holding: dict[int, set[int]] = {}
        """The numbers of the alarms of a ticket whose condition holds."""

    def stands(self, ticket: int) -> bool:
        """Whether the condition of an alarm holds that hangs on this ticket."""
        return ticket in self._holding

    def ticket_of(self, alarm: AlarmRecord) -> int | None:
        """The number of the ticket on which it hangs; at the start also of one that is removed at once."""
        return self._ticket_of.get(alarm.number, alarm.ticket)

    def restore(self, alarm: AlarmRecord) -> None:
        """Go on with an alarm of an earlier run."""
        if alarm.ticket is not None:
            self._ticket_of[alarm.number] = alarm.ticket
            self.note(alarm)

    def note(self, alarm: AlarmRecord) -> None:
        """Note whether its condition holds, and whether it is back to normal."""
        ticket = self._ticket_of.get(alarm.number)
        if ticket is None:
            return
        if alarm.holds:
            self._holding.setdefault(ticket, set()).add(alarm.number)
        else:
            self._let_go(alarm.number, ticket)
        if alarm.state is State.NORMAL:
            del self._ticket_of[alarm.number]

    def link(self, alarm: AlarmRecord, ticket: int) -> int | None:
        """It hangs on this ticket from now on. Returns the number of the ticket on which it hung before, if any."""
        before = self._ticket_of.get(alarm.number)
        if before == ticket:
            return None
        if before is not None:
            self._let_go(alarm.number, before)
        self._ticket_of[alarm.number] = ticket
        self._seam.ask(LinkTicket(alarm=alarm.number, ticket=ticket))
        self.note(alarm)
        return before

    def merge(self, number: int, into: int) -> None:
        """The alarms of one ticket hang on another from now on."""
        for alarm, ticket in [*self._ticket_of.items()]:
            if ticket == number:
                self._ticket_of[alarm] = into
                self._seam.ask(LinkTicket(alarm=alarm, ticket=into))
        if holding := self._holding.pop(number, None):
            self._holding.setdefault(into, set()).update(holding)

    def _let_go(self, alarm: int, ticket: int) -> None:
        holding = self._holding.get(ticket, set())
        holding.discard(alarm)
        if not holding:
            self._holding.pop(ticket, None)

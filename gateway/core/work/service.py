"""What work has to do with the device it is about: out of service while somebody works on it, and heard afterwards."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from gateway.core.alarms.events import MaintenanceEnded
from gateway.core.alarms.maintenance_actions import (
    LONGEST,
    BeginMaintenance,
    FinishMaintenance,
)
from gateway.core.devices.requests import AskHeard, Heard
from gateway.core.kernel.errors import InvalidAction
from gateway.core.kernel.part import Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros, isoformat, written_duration
from gateway.core.work.board import Board
from gateway.core.work.ticket_checklists import TicketChecklists
from gateway.core.work.tickets import Ticket


class Service:
    """Asks the parts below for it."""

    def __init__(
        self, board: Board, checklists: TicketChecklists, seam: Seam, *, stands: Callable[[int], bool]
    ) -> None:
        """`stands` says whether the condition of an alarm holds that hangs on the ticket of this number."""
        self._board = board
        self._checklists = checklists
        self._seam = seam
        self._stands = stands

    def doubt(self, ticket: Ticket) -> str | None:
        """Why it may not be done; None where nothing says so.

        The condition of its alarm must not hold any more, its checklists must be complete, and a device that is
        expected to send must have been heard since somebody was there: one that was left switched off breaches nothing.
        """
        if self._stands(ticket.number):
            return "its alarm still stands"
        if open_titles := self._checklists.open_titles(ticket):
            return f"its checklist {open_titles[0]!r} is not complete"
        device, since = ticket.subject.device, ticket.on_site_at
        if device is None or since is None:
            return None
        heard: list[Heard] = []
        self._seam.ask(AskHeard(device=device, answer=heard.append))
        if heard and heard[0].is_expected and heard[0].at < since:
            return f"{device} has not been heard since {isoformat(since)}, when the work began"
        return None

    def check(self, ticket: Ticket, duration: Micros) -> None:
        """Raise InvalidAction where its device cannot be out of service for so long."""
        if ticket.subject.device is None:
            raise InvalidAction(f"ticket {ticket.number} is about no single device: start a maintenance of the devices")
        if not 0 < duration <= LONGEST:
            raise InvalidAction(f"a device is out of service for at most {written_duration(LONGEST)}: write such as 2h")

    def begin(self, ticket: Ticket, duration: Micros, now: Micros, *, by: str) -> None:
        """Take its device out of service: its alarms are recorded, and not told, until the work is done.

        What somebody else has begun with the same work ends with that, or it would last beyond the work.
        """
        begun: list[int] = []
        request = BeginMaintenance(
            devices=(ticket.subject.id,),
            duration=duration,
            reason=f"ticket {ticket.number}: {ticket.title}",
            by=by,
            time=now,
            cause=ticket.event,
            answer=begun.append,
        )
        self._seam.ask(request)
        self._board.keep(msgspec.structs.replace(ticket, maintenance=begun[0]))
        if ticket.maintenance is not None:
            self._finish(ticket.maintenance, ticket, now, by=by)

    def ended(self, event: MaintenanceEnded) -> None:
        """A device is back in service before the work on it is done: its ticket says so."""
        for device in event.devices:
            for ticket in self._board.about(str(Subject.of_device(device))):
                if ticket.maintenance == event.maintenance:
                    self._board.keep(msgspec.structs.replace(ticket, maintenance=None))

    def end(self, ticket: Ticket, now: Micros, *, by: str) -> None:
        """Put its device back into service, if it was taken out with the work."""
        if ticket.maintenance is not None:
            self._board.keep(msgspec.structs.replace(ticket, maintenance=None))
            self._finish(ticket.maintenance, ticket, now, by=by)

    def _finish(self, maintenance: int, ticket: Ticket, now: Micros, *, by: str) -> None:
        self._seam.ask(FinishMaintenance(maintenance=maintenance, by=by, time=now, cause=ticket.event))

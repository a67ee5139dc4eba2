"""Tickets of an earlier run whose service levels or calendars were edited since.

What a ticket was given when it was opened stays, but for what the site's files have no more: a target that no level
gives any more is due no more, and where a calendar is gone, the hours count that the levels name now.
"""

from __future__ import annotations

import msgspec

from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.work.board import Board
from gateway.core.work.terms import Terms
from gateway.core.work.ticket_clocks import TrailStep, targets_data
from gateway.core.work.tickets import Ticket


def restored(ticket: Ticket, now: Micros, *, board: Board, terms: Terms, seam: Seam) -> Ticket:
    """The ticket as it goes on, which the board holds from now on."""
    board.restore(ticket)
    if not ticket.is_at_work:
        return ticket
    edited = _without_targets(_with_hours(ticket, terms), now, terms, seam)
    kind, due = terms.next_clock(edited) or (None, None)
    is_same = edited is ticket and (kind, due) == (ticket.next_clock, ticket.next_due)  # holidays may be others
    return ticket if is_same else board.keep(edited)


def _with_hours(ticket: Ticket, terms: Terms) -> Ticket:
    """In place of a calendar that is gone, the one that counts for such a ticket now."""
    known = {None, *terms.site.calendars}
    if all(clock.calendar in known for clock in ticket.clocks):
        return ticket
    calendar = terms.level_of(ticket, ticket.opened_at).calendar
    clocks = (
        clock if clock.calendar in known else msgspec.structs.replace(clock, calendar=calendar)
        for clock in ticket.clocks
    )
    return msgspec.structs.replace(ticket, clocks=tuple(clocks))


def _without_targets(ticket: Ticket, now: Micros, terms: Terms, seam: Seam) -> Ticket:
    """Without the clocks that no level would give it any more."""
    left = [clock for clock in ticket.clocks if clock.met_at is None]
    given = {clock.kind: clock.target for clock in left if terms.may_time(clock.kind, ticket)}
    if len(given) == len(left):
        return ticket
    data: dict[str, object] = {"ticket": ticket.number, "step": "retarget", "priority": ticket.priority}
    data |= {"from": ticket.priority, **targets_data(given, left[0].calendar)}
    audit = seam.record("ticket", str(ticket.number), now, data, cause=ticket.event)
    seam.emit(Event(audit=audit))
    clocks = terms.stepped(ticket.clocks, TrailStep("retarget", now, data))
    return msgspec.structs.replace(ticket, clocks=clocks, event=audit.number)

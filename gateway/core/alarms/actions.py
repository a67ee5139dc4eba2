"""Actions of people on alarms, and requests of other parts."""

from __future__ import annotations

from gateway.core.kernel.events import Action, Request


class AlarmAction(Action, frozen=True, kw_only=True):
    """An action of a person on one alarm."""

    alarm: int
    """Its number."""


class Acknowledge(AlarmAction, frozen=True, kw_only=True):
    """The person has seen the alarm and deals with it."""


class Reset(AlarmAction, frozen=True, kw_only=True):
    """The person resets a latched alarm."""


class LinkTicket(Request, frozen=True, kw_only=True):
    """Store the number of the ticket that an alarm has opened with the alarm."""

    alarm: int
    ticket: int

"""What people and other parts do to alarms."""

from __future__ import annotations

from gateway.core.kernel.events import Action, Request


class AlarmAction(Action, frozen=True, kw_only=True):
    """What a person does to one alarm."""

    alarm: int
    """Its number."""


class Acknowledge(AlarmAction, frozen=True, kw_only=True):
    """The person has seen the alarm and sees to it."""


class Reset(AlarmAction, frozen=True, kw_only=True):
    """The person resets a latched alarm."""


class LinkTicket(Request, frozen=True, kw_only=True):
    """Name the ticket that an alarm has opened."""

    alarm: int
    ticket: int

"""Actions of people on alarms, and requests of other parts."""

from __future__ import annotations

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.kernel.events import Action, Request
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros


class AlarmAction(Action, frozen=True, kw_only=True):
    """An action of a person on one alarm."""

    alarm: int
    """Its number."""
    note: str | None = None
    """What the person says about it."""


class Acknowledge(AlarmAction, frozen=True, kw_only=True):
    """The person has seen the alarm and deals with it."""


class Reset(AlarmAction, frozen=True, kw_only=True):
    """The person resets a latched alarm."""


class Comment(AlarmAction, frozen=True, kw_only=True):
    """The person says something about an alarm: its note."""

    over: AlarmRecord | None = None
    """Of an alarm that is back to normal, its record in the store: here only standing ones are known."""


class LinkTicket(Request, frozen=True, kw_only=True):
    """Store the number of the ticket that an alarm has opened with the alarm."""

    alarm: int
    ticket: int


class MarkRaise(Request, frozen=True, kw_only=True):
    """Say in the MQTT event of a raise that it belongs to a flood."""

    raise_: int
    """The audit record of the raise."""
    since: Micros
    """When the flood began."""
    group: str | None
    """What it has in common with others, as `kind:id`; None where nothing is known."""


class RaiseAlarm(Request, frozen=True, kw_only=True):
    """Raise a built-in alarm. Where it is raised already, its detail changes."""

    rule: str
    """The id of a built-in rule."""
    subject: Subject
    detail: str
    """What has happened this time: a sentence."""
    time: Micros
    cause: int | None = None
    """The audit record that led to this."""
    is_further: bool = False
    """Whether something has joined what people know, so that they are told of an alarm that is raised already."""


class RaiseAgain(Request, frozen=True, kw_only=True):
    """Tell people again of an acknowledged alarm that stands. Nothing happens where something suppresses that."""

    alarm: int
    why: str
    time: Micros


class EndAlarm(Request, frozen=True, kw_only=True):
    """What a built-in alarm tells of is over: it returns. Nothing happens where it is not raised."""

    rule: str
    """The id of a built-in rule."""
    subject: Subject
    time: Micros
    cause: int | None = None
    """The audit record that led to this."""

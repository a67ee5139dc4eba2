"""Tickets: a ticket is one piece of maintenance work."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import Micros
from gateway.core.work.clocks import WARN_SHARE, Clock
from gateway.core.work.level_spec import WorkKind
from gateway.core.work.lifecycle import AT_WORK, TicketState


class TicketSource(StrEnum):
    """What a ticket was opened for."""

    ALARM = "alarm"
    PLAN = "plan"
    ROUND = "round"
    PERSON = "person"
    CHECKLIST = "checklist"
    """An item of a checklist that was not good."""


class CauseCode(StrEnum):
    """What was found to be the cause of a fault."""

    WEAR = "wear"
    LEAK = "leak"
    BLOCKED = "blocked"
    ELECTRICAL = "electrical"
    SENSOR = "sensor"
    SETTINGS = "settings"
    OPERATION = "operation"
    DAMAGE = "damage"
    WEATHER = "weather"
    FALSE_ALARM = "false_alarm"
    NOTHING_FOUND = "nothing_found"
    OTHER = "other"


class Reporter(msgspec.Struct, frozen=True, gc=False):
    """Who has reported something."""

    name: str | None = None
    contact: tuple[str, str] | None = None
    """How to reach that person: the kind, such as `email`, and the address."""
    language: Language | None = None
    is_colleague: bool = False
    """Whether that person belongs to the site's staff. Others see public entries only."""


class Follower(msgspec.Struct, frozen=True, gc=False):
    """Somebody whose ticket was merged into another one, and who is told when that is done."""

    ticket: int
    """The number that this person knows."""
    title: str
    location: str | None
    reporter: Reporter


class Ticket(msgspec.Struct, frozen=True, gc=False):
    """A ticket: a row of the store."""

    number: int
    """Unique in the life of the store."""
    source: TicketSource
    alarm: int | None
    """The number of the alarm that opened it, if that is the source."""
    faults: tuple[str, ...]
    """What is to be done, by the alarms that hang on it: each as rule/subject, such as `pump-dry-run/device:p1`.

    Of a failed item of a checklist it is as `pump-weekly.seal/device:p1`.
    """
    subject: Subject
    state: TicketState
    category: str
    priority: str
    team: str
    title: str
    guidance: str | None
    opened_at: Micros
    raised_at: Micros | None
    """When one of its alarms was last raised; None where it has none."""
    raised_count: int
    """How often its alarm had been raised when people were last told of a raise; 0 where no alarm is the source."""
    event: int = 0
    """The audit record of its latest step or entry."""
    kind: WorkKind = WorkKind.FAULT
    clocks: tuple[Clock, ...] = ()
    warn_share: float = WARN_SHARE
    """Once this share of a target has counted, people are warned."""
    next_clock: str | None = None
    """The clock that runs out next, or the first that has and was not met; None where none runs."""
    next_due: Micros | None = None
    """When it runs out, or did."""
    location: str | None = None
    """Where the work is, by id: of a group, where all members are that count. None where that is not known."""
    description: str | None = None
    """What the person has written who reported it."""
    reporter: Reporter | None = None
    parent: int | None = None
    """The number of the ticket whose checklist has opened it."""
    assignee: str | None = None
    """Who has it or is asked to: the id of a person of the site's files, else a name."""
    why_assigned: str | None = None
    """Why it is that person."""
    held_from: TicketState | None = None
    """While it is on hold, the state before."""
    hold_reason: str | None = None
    maintenance: int | None = None
    """The number of the maintenance that began with the work and lasts."""
    reopened_count: int = 0
    on_site_at: Micros | None = None
    """When somebody was last on site."""
    resolved_at: Micros | None = None
    """When the work was done; None while there is work to do, and of one that was cancelled or merged."""
    ended_at: Micros | None = None
    """When it was closed, cancelled or merged."""
    cause_code: str | None = None
    outcome: str | None = None
    """What was done."""
    minutes: int = 0
    """So long people have worked on it, as they say."""
    rating: int | None = None
    """From 1 to 5, by who reported it."""
    merged_into: int | None = None
    followers: tuple[Follower, ...] = ()
    """Who has reported the tickets that were merged into it, and can be reached."""

    @property
    def is_at_work(self) -> bool:
        """Whether there is work to do."""
        return self.state in AT_WORK

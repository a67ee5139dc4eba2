"""Events of rules."""

from __future__ import annotations

from gateway.core.kernel.events import Event
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.rule import Rule

OUTSIDE_HOURS = "its rule is outside its active hours"
"""Why an alarm returns whose condition may hold."""


class Breached(Event, frozen=True, kw_only=True):
    """The condition of a rule has held for its on-delay."""

    rule: Rule
    subject: Subject
    time: Micros
    """When the on-delay ended."""
    evidence: Evidence
    """The message and reading with which the condition began to hold."""
    detail: str | None = None
    """What is wrong, of the built-in rule `trouble`; of a group, which members count; None where the values of the
    evidence say it."""
    members: tuple[str, ...] = ()
    """Of a group: the members that count, by id."""


class StillActive(Event, frozen=True, kw_only=True):
    """An earlier run has left an active evaluation. Its alarm stands, unless the store has lost it."""

    rule: Rule
    subject: Subject
    time: Micros
    """The start of this run."""
    evidence: Evidence
    detail: str | None = None
    """As of `Breached`."""
    members: tuple[str, ...] = ()
    """As of `Breached`."""


class Cleared(Event, frozen=True, kw_only=True):
    """The condition of a rule has been cleared for its off-delay."""

    rule: Rule
    subject: Subject
    time: Micros
    """When the off-delay ended."""
    evidence: Evidence | None = None
    """The message and reading with which clearing began; None where nothing was read, or it was not stored."""
    why: str | None = None
    """Where no reading cleared it: what did."""

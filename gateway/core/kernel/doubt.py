"""Doubt about the wall clock: a machine without a battery for its clock starts in the past."""

from __future__ import annotations

from gateway.core.kernel.events import Event
from gateway.core.kernel.times import Micros


class ClockDoubted(Event, frozen=True, kw_only=True):
    """The gateway starts, and its clock may still be set right."""

    since: Micros
    """When it started, by this clock."""


class ClockCorrected(Event, frozen=True, kw_only=True):
    """The clock was set right, or nearer to it: times from `since` on were too early."""

    since: Micros
    by: Micros
    """By how much, below 0 for too late; 0 if it was right."""
    is_certain: bool
    """Whether the time is known now. Otherwise the clock may be set once more."""

    def corrected(self, time: Micros) -> Micros:
        """The time as it should have been; one of before the doubt is right."""
        return time + self.by if time >= self.since else time

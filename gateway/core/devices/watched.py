"""One device that is expected to send, and how long it may be silent."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gateway.core.devices.hearing import Position
from gateway.core.kernel.times import MINUTE, Micros

MISSED = 3
"""So many messages must be missing: one may be lost, and two are late after a reconnection."""
MOST_GAPS = 3
"""Blind gaps in each of which a message may have been lost. More would let frequent restarts hide a dead detector."""
LONGEST_WAIT: Micros = 5 * MINUTE
"""For so long a device that sends more often waits for what it depends on. It covers what sends every 100 s or more
often: three of its messages are missing by then."""


class Presence(StrEnum):
    """Whether a device is heard."""

    HEARD = "heard"
    WAITING = "waiting"
    """It is silent for long enough, and what powers or carries it has not been heard since. That is waited for."""
    SILENT = "silent"
    """It is silent, and people are told."""
    UNREACHABLE = "unreachable"
    """It is silent, and people know that what powers or carries it is silent or down."""
    NEVER_HEARD = "never_heard"
    """It was not heard yet, and is not silent for long enough."""
    UNWATCHED = "unwatched"
    """It is not known how often it sends."""


class WatchedRecord(msgspec.Struct, frozen=True, gc=False):
    """A device that is expected to send: a row of the store."""

    device: str
    state: Presence
    since: Micros
    """When it was last heard before its silence; before the first message, when the gateway first knew of it."""
    counts_from: tuple[Micros, int]
    """No silence before this position in hearing time counts: its enrolment, or its last word, later by the time in
    which it could not be heard since, as what it depends on was down."""
    asked: Micros | None = None
    """Of one that waits: at which hearing time its silence was long enough."""
    turn_until: Micros | None = None
    """Of one that waits: until which hearing time it has its turn, as what it depends on was heard; None before."""
    cut_off_since: tuple[Micros, int] | None = None
    """From which position in hearing time on it cannot be heard, as something on which it depends is down; None while
    it can."""


class Watched(msgspec.Struct, gc=False):
    """The run-time state of one device that is expected to send."""

    device: str
    every: Micros
    """How often it sends at least."""
    parents: tuple[str, ...]
    """The nearest devices that power or carry it and are expected to send."""
    since: Micros
    counts_from: Position
    state: Presence = Presence.HEARD
    asked: Micros | None = None
    turn_until: Micros | None = None
    cut_off_since: Position | None = None
    """From where in hearing time on it cannot be heard, as something on which it depends is down; None while it can."""

    @property
    def turn(self) -> Micros:
        """How long it takes at most to be heard after a gap, or after the return of what it depends on.

        A device starts within a minute, and sends then, or by its interval.
        """
        return max(self.every, MINUTE)

    def due(self, heard: Position | None, gaps: int) -> Micros:
        """From which hearing time on its silence is long enough.

        Args:
            heard: when it was last heard; None if it never was.
            gaps: how often the gateway has begun to hear.
        """
        start = self.start(heard)
        return start.heard + MISSED * self.every + min(gaps - start.gaps, MOST_GAPS) * self.turn

    def start(self, heard: Position | None) -> Position:
        """From where on its silence counts; `heard` as above."""
        return self.counts_from if heard is None else max(heard, self.counts_from)

    @property
    def waits_until(self) -> Micros:
        """Of one that waits: until which hearing time, at most. Then it is silent by itself."""
        return (self.asked or 0) + longest_wait(self.every)

    def look_again_at(self, reached: Micros) -> Micros:
        """Of one that waits: at which hearing time to look at it again, whatever is heard before."""
        turn_until = self.turn_until or 0
        return turn_until if turn_until > reached else self.waits_until

    def begin(self, state: Presence) -> None:
        """Enter a state in which no turn runs."""
        self.state, self.asked, self.turn_until = state, None, None

    def record(self) -> WatchedRecord:
        """The row to store."""
        return WatchedRecord(
            self.device,
            self.state,
            self.since,
            self.counts_from,
            self.asked,
            self.turn_until,
            self.cut_off_since,
        )

    def restore(self, record: WatchedRecord) -> None:
        """Go on with the state of an earlier run."""
        self.state, self.since, self.counts_from = record.state, record.since, Position(*record.counts_from)
        self.asked, self.turn_until = record.asked, record.turn_until
        self.cut_off_since = None if record.cut_off_since is None else Position(*record.cut_off_since)


def longest_wait(every: Micros) -> Micros:
    """For how long a device that sends so often waits at most whether what it depends on is silent as well."""
    return max(MISSED * every, LONGEST_WAIT)

"""The part that raises an alarm when the gateway cannot hear its devices for long, or has lost what they sent."""

from __future__ import annotations

from typing import ClassVar

from gateway.core.alarms.actions import EndAlarm, RaiseAlarm
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.kernel.blindness import BecameBlind, HearsAgain, SessionLost
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import GATEWAY
from gateway.core.kernel.times import MINUTE, Micros, isoformat

BLIND_FOR: Micros = MINUTE
"""Blindness that lasts so long is an alarm. A broker is back from a restart in 20 s, and the gateway's next try comes
within 30 s; on the other hand, a fire alarm panel has to report a broken line within 100 s (GB 4717, EN 54-2)."""


class BlindnessWatch(Part):
    """Counts from when this run knew that it is blind: nobody is paged because the machine was off or stood still."""

    name: ClassVar[str] = "blindness"

    def __init__(self, seam: Seam, blind_for: Micros = BLIND_FOR) -> None:
        self._seam = seam
        self._blind_for = blind_for
        self._since: Micros = 0
        self._due: Micros | None = None

    def on(self, event: Event) -> None:
        """Begin to count with blindness, tell of a lost session, and end the alarms of blindness with hearing."""
        match event:
            case SessionLost():
                self._tell_of_gap(event)
            case BecameBlind():
                self._since = event.since
                self._wake(event.noticed + self._blind_for)
            case HearsAgain():
                self._sleep()
                for rule in (BuiltinRule.GATEWAY_BLIND, BuiltinRule.SESSION_LOST):
                    self._seam.ask(EndAlarm(rule=rule, subject=GATEWAY, time=event.time))

    def _tell_of_gap(self, lost: SessionLost) -> None:
        since, until = isoformat(lost.since), isoformat(lost.until)
        audit = self._seam.record("session", GATEWAY.level, lost.until, {"lost_from": since, "lost_to": until})
        self._seam.emit(Event(audit=audit))
        detail, rule = f"what devices sent from {since} to {until} is lost", BuiltinRule.SESSION_LOST
        self._seam.ask(RaiseAlarm(rule=rule, subject=GATEWAY, detail=detail, time=lost.until, cause=audit.number))

    def tick(self, key: str, now: Micros) -> None:
        """It has lasted for long."""
        self._due = None
        detail = f"no message of any device has been received since {isoformat(self._since)}"
        self._seam.ask(RaiseAlarm(rule=BuiltinRule.GATEWAY_BLIND, subject=GATEWAY, detail=detail, time=now))

    def clock_set(self, by: Micros) -> None:
        """What is left of the delay stays the same."""
        self._since += by
        if self._due is not None:
            self._wake(self._due + by)

    def _wake(self, due: Micros) -> None:
        self._due = due
        self._seam.wake(self.name, due)

    def _sleep(self) -> None:
        self._due = None
        self._seam.let_sleep(self.name)

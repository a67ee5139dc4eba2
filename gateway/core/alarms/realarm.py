"""The part that reminds people of alarms that were acknowledged long ago and still stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from gateway.core.alarms.actions import RaiseAgain
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.events import AlarmMoved, AlarmStands
from gateway.core.alarms.lifecycle import State
from gateway.core.kernel.blindness import BecameBlind, HearsAgain
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros, written_duration


class Realarm(Part):
    """Has an alarm raised again when its rule's `realarm` has passed since the acknowledgement.

    While the gateway is blind it waits: the alarm may be over. While something keeps people from being told, such as
    maintenance, it waits for the same time again.
    """

    name: ClassVar[str] = "realarm"

    def __init__(self, seam: Seam) -> None:
        self._seam = seam
        self._waiting: dict[int, tuple[Micros, Micros, str]] = {}
        """Of each acknowledged alarm, by number: when it is due, after how long, and who has acknowledged it."""
        self._stored: Mapping[int, Micros] = {}
        """When alarms of an earlier run are due: the clock may have been set since their acknowledgement."""
        self._changed: dict[int, Micros | None] = {}
        self._is_blind = False

    def restore(self, rows: Mapping[int, Micros], now: Micros) -> None:
        """Take over when alarms are due, by number. Those that do not wait any more are deleted."""
        self._stored = rows
        self._changed = dict.fromkeys(rows)

    def on(self, event: Event) -> None:
        """Begin to wait with an acknowledgement, and cease with any other state."""
        match event:
            case AlarmStands():
                self._follow(event.alarm, event.definition)
            case AlarmMoved():
                self._follow(event.alarm, event.definition)
            case BecameBlind():
                self._is_blind, self._stored = True, {}
                for number in self._waiting:
                    self._seam.let_sleep(number)
            case HearsAgain():
                self._is_blind = False
                for number, (due, after, by) in self._waiting.items():
                    self._wait(number, max(due, event.time), after, by)

    def tick(self, key: int, now: Micros) -> None:
        """It is time to remind."""
        _, after, by = self._waiting[key]
        self._wait(key, now + after, after, by)
        why = f"still stands {written_duration(after)} after {by} acknowledged it"
        self._seam.ask(RaiseAgain(alarm=key, why=why, time=now))

    def clock_set(self, by: Micros) -> None:
        """What is left stays the same."""
        for number, (due, after, person) in self._waiting.items():
            self._wait(number, due + by, after, person)

    def finish(self) -> dict[int, Micros | None] | None:
        """When alarms are due, by number; None for one that does not wait any more."""
        if not self._changed:
            return None
        changed, self._changed = self._changed, {}
        return changed

    def _follow(self, alarm: AlarmRecord, definition: AlarmDefinition | None) -> None:
        after = definition.realarm if definition is not None else None
        acknowledged_at = alarm.acknowledged_at
        if after is not None and alarm.state is State.ACKNOWLEDGED and acknowledged_at is not None:
            if alarm.number not in self._waiting:
                due = self._stored.get(alarm.number, acknowledged_at + after)
                self._wait(alarm.number, due, after, alarm.acknowledged_by or "somebody")
        elif self._waiting.pop(alarm.number, None) is not None:
            self._changed[alarm.number] = None
            self._seam.let_sleep(alarm.number)

    def _wait(self, number: int, due: Micros, after: Micros, by: str) -> None:
        self._waiting[number] = (due, after, by)
        self._changed[number] = due
        if not self._is_blind:
            self._seam.wake(number, due)

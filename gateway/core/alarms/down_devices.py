"""The part that says which devices are down, by the alarms of rules with `device_down`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.events import AlarmMoved, AlarmStands, ReasonsChanged
from gateway.core.alarms.inhibition import is_cause
from gateway.core.devices.requests import SetDown
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros
from gateway.core.rules.rule import Rule


class DownDevices(Part):
    """A device is down while an alarm of such a rule stands: what it powers or carries is unreachable, not silent."""

    name: ClassVar[str] = "down"

    def __init__(self, rules: Iterable[Rule], seam: Seam) -> None:
        self._seam = seam
        self._rules = frozenset(rule.id for rule in rules if rule.spec.device_down)
        self._down: dict[str, set[str]] = {}
        """The rules whose alarms say so, by device."""

    def on(self, event: Event) -> None:
        """Follow the alarms of these rules."""
        match event:
            case AlarmStands() if event.alarm.rule in self._rules:
                self._follow(event.alarm, event.alarm.raised_at)
            case AlarmMoved() | ReasonsChanged() if event.alarm.rule in self._rules:
                self._follow(event.alarm, event.time)

    def _follow(self, alarm: AlarmRecord, time: Micros) -> None:
        device = alarm.subject.device
        if device is None:
            return
        before = self._down.get(device, set())
        after = before | {alarm.rule} if is_cause(alarm) else before - {alarm.rule}
        if after:
            self._down[device] = after
        else:
            self._down.pop(device, None)
        if bool(before) != bool(after):
            self._seam.ask(SetDown(device=device, is_down=bool(after), time=time, cause=alarm.event))

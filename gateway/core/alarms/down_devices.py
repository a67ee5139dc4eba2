"""The part that says which devices are down, by their alarms `silent` and those of rules with `device_down`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.events import AlarmMoved, AlarmStands, EndHeldBack, ReasonsChanged
from gateway.core.alarms.inhibition import is_cause
from gateway.core.devices.requests import SetDown
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros
from gateway.core.rules.rule import Rule
from gateway.core.rules.silence import SILENT


class DownDevices(Part):
    """A device is down while such an alarm stands of which people know: what it powers or carries is unreachable.

    Behind an alarm of which they do not know nothing is kept back; nor behind one that only chatters, while it does not
    hold.
    """

    name: ClassVar[str] = "down"

    def __init__(self, rules: Iterable[Rule], seam: Seam) -> None:
        self._seam = seam
        self._rules = frozenset({SILENT, *(rule.id for rule in rules if rule.spec.device_down)})

    def on(self, event: Event) -> None:
        """Follow the alarms of these rules."""
        match event:
            case AlarmStands() if event.alarm.rule in self._rules:
                self._follow(event.alarm, event.alarm.raised_at)
            case AlarmMoved() | ReasonsChanged() | EndHeldBack() if event.alarm.rule in self._rules:
                self._follow(event.alarm, event.time)

    def _follow(self, alarm: AlarmRecord, time: Micros) -> None:
        device = alarm.subject.device
        if device is not None:
            is_down = is_cause(alarm) and not alarm.is_held_back
            self._seam.ask(SetDown(device=device, source=alarm.rule, is_down=is_down, time=time, cause=alarm.event))

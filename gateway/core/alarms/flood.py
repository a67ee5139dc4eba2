"""The part that knows when more alarms are raised than people can deal with."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import msgspec

from gateway.core.alarms.actions import MarkRaise
from gateway.core.alarms.events import AlarmMoved
from gateway.core.alarms.grouping import common_cause, group_of
from gateway.core.alarms.lifecycle import Step
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import MINUTE, Micros, isoformat
from gateway.core.site.site import Site

WINDOW: Micros = 10 * MINUTE
BEGINS_ABOVE = 10
ENDS_BELOW = 5
"""Raises in ten minutes, for one operator: more than ten are a flood, and it lasts until there are fewer than five
(ISA-18.2, IEC 62682)."""
_MOST_GROUPS = 50
MOST_RAISES = 500
"""Raises that are counted: of more, the latest. They are written with each further one."""


class Raise(msgspec.Struct, frozen=True, gc=False):
    """One raise of which people were told."""

    time: Micros
    rule: str
    location: str | None
    life_safety: bool
    device: str | None = None
    """None of another subject, and in rows of earlier versions."""


class FloodRecord(msgspec.Struct, frozen=True, gc=False):
    """The row of the store."""

    raises: tuple[Raise, ...]
    """Of the last ten minutes, the earliest first; at most the latest 500."""
    since: Micros | None
    """When the flood began; None where there is none."""

    def raises_until(self, now: Micros) -> int:
        """How many there were in the ten minutes until now."""
        return sum(now - each.time < WINDOW for each in self.raises)


class Flood(Part):
    """Counts raises, and tells other systems when a flood begins and ends. Each alarm is told all the same.

    What is raised meanwhile is marked with the group to which it belongs, so that receivers can bundle it. A
    life-safety raise is never marked.
    """

    name: ClassVar[str] = "flood"

    def __init__(self, site: Site, seam: Seam) -> None:
        self._site = site
        self._seam = seam
        self._raises: list[Raise] = []
        self._since: Micros | None = None
        self._has_changed = False

    def restore(self, rows: FloodRecord | None, now: Micros) -> None:
        """Continue to count."""
        if rows is not None:
            self._raises, self._since = [*rows.raises], rows.since
            self._wake()

    def on(self, event: Event) -> None:
        """Count a raise; a reminder is none. Mark what is told during a flood."""
        if not isinstance(event, AlarmMoved) or event.step is not Step.RAISE:
            return
        if not event.is_reminder:
            self._count(event)
        if self._since is not None and not event.alarm.life_safety:
            group = group_of(self._site, event.alarm.subject, self._alarmed())
            self._seam.ask(MarkRaise(raise_=event.alarm.event, since=self._since, group=group))

    def _count(self, event: AlarmMoved) -> None:
        alarm = event.alarm
        location = self._site.location_of(alarm.subject, alarm.members)
        self._raises.append(Raise(event.time, alarm.rule, location, alarm.life_safety, alarm.subject.device))
        self._forget(event.time)
        self._has_changed = True
        if self._since is None and len(self._raises) > BEGINS_ABOVE:
            self._since = event.time
            self._tell("begin", event.time, alarm.event)
        self._wake()

    def tick(self, key: str, now: Micros) -> None:
        """There may be few enough by now."""
        self._forget(now)
        if self._since is not None and len(self._raises) < ENDS_BELOW:
            self._tell("end", now, None)
            self._since = None
            self._has_changed = True
        self._wake()

    def clock_set(self, by: Micros) -> None:
        """Times between raises stay the same."""
        if self._raises or self._since is not None:
            self._raises = [msgspec.structs.replace(each, time=each.time + by) for each in self._raises]
            self._since = None if self._since is None else self._since + by
            self._has_changed = True
            self._wake()

    def finish(self) -> FloodRecord | None:
        """The row, if it has changed."""
        if not self._has_changed:
            return None
        self._has_changed = False
        return FloodRecord(tuple(self._raises), self._since)

    def _alarmed(self) -> set[str]:
        """The devices of which an alarm was raised in the last ten minutes."""
        return {each.device for each in self._raises if each.device is not None}

    def _forget(self, now: Micros) -> None:
        self._raises = [each for each in self._raises[-MOST_RAISES:] if now - each.time < WINDOW]

    def _wake(self) -> None:
        """A flood ends when the fifth latest raise is ten minutes ago."""
        if self._since is None:
            self._seam.let_sleep(self.name)
        else:
            fifth = self._raises[-ENDS_BELOW:][:1]
            self._seam.wake(self.name, fifth[0].time + WINDOW if fifth else self._since)

    def _tell(self, step: str, time: Micros, cause: int | None) -> None:
        """Record it, and publish what was raised, by rule and place, and by common cause.

        Each life-safety raise stands first, and by itself.
        """
        data: dict[str, object] = {"step": step, "raises": len(self._raises)}
        audit = self._seam.record("flood", self._site.header.id, time, data, cause=cause)
        self._seam.emit(Event(audit=audit))
        danger = [(each.rule, each.location) for each in self._raises if each.life_safety]
        groups = Counter((each.rule, each.location) for each in self._raises if not each.life_safety)
        shown = [*((key, 1, True) for key in danger)]
        shown += [(key, count, False) for key, count in groups.most_common(_MOST_GROUPS)]
        alarmed, topology = self._alarmed(), self._site.topology
        devices = [each.device for each in self._raises if each.device is not None and not each.life_safety]
        found = (common_cause(topology, device, alarmed) for device in devices)
        causes = Counter(cause for cause in found if cause is not None)
        content = {
            "site": self._site.header.id,
            "step": step,
            "time": isoformat(time),
            "since": None if self._since is None else isoformat(self._since),
            "raises": len(self._raises),
            "groups": [
                {"rule": rule, "location": location, "raises": count, "danger": is_danger}
                for (rule, location), count, is_danger in shown
            ],
            "causes": [
                {"device": device, "raises": count} for device, count in causes.most_common(_MOST_GROUPS) if count > 1
            ],
        }
        self._seam.publish(f"gateway/{self._site.header.id}/flood", msgspec.json.encode(content))

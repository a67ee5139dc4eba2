"""Events of alarms."""

from __future__ import annotations

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.lifecycle import Step
from gateway.core.kernel.events import Event
from gateway.core.kernel.times import Micros


class AlarmMoved(Event, frozen=True, kw_only=True):
    """An alarm has made a step."""

    step: Step
    alarm: AlarmRecord
    """The alarm after the step."""
    definition: AlarmDefinition | None
    """Of its rule; None when that no longer exists."""
    time: Micros
    by: str | None
    """The person who acted; None for the gateway itself."""
    note: str | None = None
    """What that person says about it; of a removal or a suppression, why."""

    is_further: bool = False
    """Of a raise: whether only further members of a group have joined what people were told of."""
    is_reminder: bool = False
    """Of a raise: whether nothing has happened: the alarm stands for long, or was put aside after people were told."""

    @property
    def is_new(self) -> bool:
        """Whether this is the first raise of the alarm."""
        return self.step is Step.RAISE and self.alarm.raised_count == 1 and not self.is_reminder


class AlarmStands(Event, frozen=True, kw_only=True):
    """An alarm of an earlier run stands. Parts above rebuild what they derive from alarms."""

    alarm: AlarmRecord
    definition: AlarmDefinition


class MaintenanceEnded(Event, frozen=True, kw_only=True):
    """What a person has begun is over: somebody has ended it, or its time is over."""

    maintenance: int
    """Its number."""
    devices: tuple[str, ...]


class ReasonsChanged(Event, frozen=True, kw_only=True):
    """What suppresses an alarm has changed without a step of it, so that it may have become a cause of others, or not
    be one any more."""

    alarm: AlarmRecord
    time: Micros


class EndHeldBack(Event, frozen=True, kw_only=True):
    """The end of an alarm that chatters, or of its worst level, is held back from now on; or it was none, as the alarm
    comes again."""

    alarm: AlarmRecord
    time: Micros

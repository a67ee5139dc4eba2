"""The standing alarms of a site: in any state but normal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from gateway.core.alarms.alarm import Alarm, AlarmView
from gateway.core.alarms.lifecycle import State
from gateway.core.kernel.subjects import Subject


class StandingAlarms:
    """In the order of their latest raises, the latest last. There is at most one of a rule and a subject."""

    def __init__(self) -> None:
        self._by_number: dict[int, Alarm] = {}
        self._by_cause: dict[tuple[str, Subject], Alarm] = {}
        """By rule and subject."""
        self._by_device: dict[str | None, dict[int, Alarm]] = {}
        """Under None those of other subjects."""

    def __iter__(self) -> Iterator[Alarm]:
        return iter(self._by_number.values())

    def __getitem__(self, number: int) -> Alarm:
        return self._by_number[number]

    def get(self, number: int) -> Alarm | None:
        """The alarm of this number."""
        return self._by_number.get(number)

    def find(self, rule: str, subject: Subject) -> Alarm | None:
        """The alarm of this rule about the subject."""
        return self._by_cause.get((rule, subject))

    def concerning(self, devices: Iterable[str | None]) -> list[Alarm]:
        """Those about one of the devices, or about anything else than a device, as it may be about a group of them."""
        return [alarm for device in {*devices, None} for alarm in self._by_device.get(device, {}).values()]

    def put_on_top(self, alarm: Alarm) -> None:
        """Add the alarm, or move it: it has the latest raise of all."""
        self._by_cause[alarm.rule, alarm.subject] = alarm
        for alarms in (self._by_number, self._by_device.setdefault(alarm.subject.device, {})):
            alarms.pop(alarm.number, None)
            alarms[alarm.number] = alarm

    def remove(self, alarm: Alarm) -> None:
        """The alarm is back to normal."""
        del self._by_number[alarm.number]
        del self._by_device[alarm.subject.device][alarm.number]
        del self._by_cause[alarm.rule, alarm.subject]

    def views(self) -> list[AlarmView]:
        """All of them, the latest raise first."""
        return [alarm.view() for alarm in reversed(self._by_number.values())]

    def views_on(self, device: str) -> list[AlarmView]:
        """Those of a device, the latest raise first."""
        return [alarm.view() for alarm in reversed(self._by_device.get(device, {}).values())]

    def severities(self) -> Counter[str]:
        """How many have each severity, without those that are suppressed."""
        return Counter(alarm.severity for alarm in self if alarm.state is not State.SUPPRESSED)

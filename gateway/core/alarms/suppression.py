"""Suppression: who keeps an alarm from people, and why. While a reason holds, its alarms are shown and not told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

import msgspec

from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.kernel.events import Request
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros


class SuppressionKind(StrEnum):
    """The kinds of reasons."""

    SHELVED = "shelved"
    """A person has put it aside for a time."""
    OUT_OF_SERVICE = "out_of_service"
    """A person has taken the device, or a rule on it, out of service."""
    MAINTENANCE = "maintenance"
    """A maintenance window of the site's files covers it."""
    INHIBITED = "inhibited"
    """An alarm that stands is its cause."""
    UNREACHABLE = "unreachable"
    """What feeds or connects its device has failed."""
    BLIND = "blind"
    """Nothing suppresses it any more, but the gateway cannot hear whether it still stands."""

    @property
    def takes_off_list(self) -> bool:
        """Whether it also suppresses an alarm of which people were told before: a person wants just that."""
        return self in (SuppressionKind.SHELVED, SuppressionKind.OUT_OF_SERVICE)


class SuppressedBy(msgspec.Struct, frozen=True, gc=False):
    """One reason, as people see it."""

    source: str
    """Names the reason, such as `shelf:12`."""
    kind: SuppressionKind
    why: str
    """A sentence, or what the person wrote."""
    until: Micros | None
    """When it ends; None where only an event ends it."""
    by: str | None
    """The person; None where it is no person's decision."""


UNTIL_HEARD = SuppressedBy(
    source="blindness",
    kind=SuppressionKind.BLIND,
    why="the gateway cannot hear whether it still stands; people are told when it hears again, unless it is over",
    until=None,
    by=None,
)
"""Why an alarm is suppressed whose last reason has ended in blindness."""


class Suppress(Request, frozen=True, kw_only=True):
    """Suppress alarms for a reason, until `Release`. The same source asked again is replaced.

    The reason is not stored here: whoever asks does so again after a restart, in its `restore` or when it is told of
    the alarms that stand (`AlarmStands`). Alarms whose reason is not given again are told.
    """

    source: str
    """Names the reason, such as `shelf:12`, `maintenance:3` or `inhibition:pump-dry-run/p1`."""
    kind: SuppressionKind
    devices: frozenset[str] | None
    """Alarms about these devices; None for any subject."""
    rules: frozenset[str] | None
    """Alarms of these rules, by id; None for any."""
    subject: Subject | None
    """Alarms about this subject; None for any."""
    why: str
    until: Micros | None
    """When whoever asks will release it, to show to people; nothing ends by it here."""
    by: str | None
    time: Micros
    cause: int | None
    """The audit record that led to this."""
    two_people: bool = False
    """Whether two people have decided it. Only that suppresses a `life_safety` alarm."""

    def covers(self, definition: AlarmDefinition, subject: Subject) -> bool:
        """Whether it suppresses the alarms of this definition about the subject."""
        return (
            (self.devices is None or subject.device in self.devices)
            and (self.subject is None or subject == self.subject)
            and self.fits(definition)
        )

    def fits(self, definition: AlarmDefinition) -> bool:
        """Whether it suppresses alarms of this definition, if they are about what it names."""
        of_rule = self.rules is None or definition.id in self.rules
        return of_rule and (self.two_people or not definition.life_safety)

    @property
    def is_general(self) -> bool:
        """Whether it names neither devices nor a subject."""
        return self.devices is None and self.subject is None

    @property
    def near(self) -> Iterable[str | None]:
        """The devices that it names, or under None something else, or nothing."""
        if self.devices is not None:
            return self.devices
        return (self.subject.device if self.subject is not None else None,)

    @property
    def reason(self) -> SuppressedBy:
        """What people see of it."""
        return SuppressedBy(self.source, self.kind, self.why, self.until, self.by)


class Release(Request, frozen=True, kw_only=True):
    """The reason is over: what it alone suppressed and still stands is told. Nothing happens where there is none."""

    source: str
    time: Micros
    cause: int | None
    """The audit record that led to this."""


class Suppressions:
    """The reasons that hold."""

    def __init__(self) -> None:
        self._by_source: dict[str, Suppress] = {}
        self._by_device: dict[str | None, dict[str, Suppress]] = {}
        """By the devices that they name, then by source; under None those that name no device."""

    def put(self, suppression: Suppress) -> None:
        """Add a reason, in place of an earlier one of its source."""
        self.drop(suppression.source)
        self._by_source[suppression.source] = suppression
        for device in suppression.near:
            self._by_device.setdefault(device, {})[suppression.source] = suppression

    def drop(self, source: str) -> Suppress | None:
        """Remove the reason of this source, and return it; None where there is none."""
        suppression = self._by_source.pop(source, None)
        for device in suppression.near if suppression is not None else ():
            del self._by_device[device][source]
            if not self._by_device[device]:
                del self._by_device[device]
        return suppression

    def reasons(
        self, definition: AlarmDefinition, subject: Subject, members: Collection[str] = ()
    ) -> tuple[SuppressedBy, ...]:
        """What suppresses the alarms of this definition about the subject, in the order of the sources.

        Args:
            members: of a group, those that count. What names devices suppresses its alarm only if it covers, with other
                such reasons, all of them.
        """
        if not self._by_source:
            return ()
        found = self._by_device.get(None, {})
        if subject.device is not None:
            found = found | self._by_device.get(subject.device, {})
        covering = {source: each for source, each in found.items() if each.covers(definition, subject)}
        if members:
            covering |= self._of_members(definition, members)
        return tuple(covering[source].reason for source in sorted(covering))

    def take_off_list(self, definition: AlarmDefinition, subject: Subject, members: Collection[str] = ()) -> bool:
        """Whether people want such an alarm off the list though it was told: of a group, for each of these members."""
        near = self._by_device.get(None, {}) | self._by_device.get(subject.device, {})
        if any(each.kind.takes_off_list and each.covers(definition, subject) for each in near.values()):
            return True
        named = [self._by_device.get(member, {}).values() for member in members]
        return bool(named) and all(
            any(each.kind.takes_off_list and each.fits(definition) for each in found) for found in named
        )

    def _of_members(self, definition: AlarmDefinition, members: Collection[str]) -> dict[str, Suppress]:
        """What suppresses the members one by one; nothing where one of them is left."""
        covering: dict[str, Suppress] = {}
        for member in members:
            named = self._by_device.get(member, {})
            fitting = {source: each for source, each in named.items() if each.fits(definition)}
            if not fitting:
                return {}
            covering |= fitting
        return covering

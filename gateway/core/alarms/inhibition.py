"""The part that keeps consequences from people while the alarm of their cause stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar, Self

import msgspec

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.events import AlarmMoved, AlarmStands, ReasonsChanged
from gateway.core.alarms.suppression import Release, Suppress, SuppressionKind
from gateway.core.devices.watched import MISSED
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import MINUTE, Micros
from gateway.core.rules.rule import Rule
from gateway.core.rules.silence import SILENT

_INHIBITED, _UNREACHABLE = "inhibition:", "unreachable:"
"""How the sources begin: of the consequences that rules name, and of devices that depend on one that is down."""


STARTS_WITHIN: Micros = MINUTE
"""A device that is no longer down has three of its intervals to be heard, as any, before people are told that it is
silent as well; and so long at least, as it starts."""
_OF_CAUSES = (SuppressionKind.INHIBITED, SuppressionKind.UNREACHABLE)
_NO_EFFECTS: Mapping[str, Micros] = {}


class Lingering(msgspec.Struct, frozen=True, gc=False):
    """Alarms that are still suppressed after their cause: a row of the store."""

    source: str
    """As which they are suppressed: cause, its device, and their rule."""
    rule: str
    devices: tuple[str, ...]
    why: str
    until: Micros

    @classmethod
    def of(cls, held: Suppress, until: Micros) -> Self:
        """The row for a suppression that ends then."""
        (rule,) = held.rules or ("",)
        return cls(held.source, rule, tuple(sorted(held.devices or ())), held.why, until)

    def suppression(self, time: Micros) -> Suppress:
        """The request to alarms."""
        is_unreachable = self.source.startswith(_UNREACHABLE)
        return Suppress(
            source=self.source,
            kind=SuppressionKind.UNREACHABLE if is_unreachable else SuppressionKind.INHIBITED,
            devices=frozenset(self.devices),
            rules=frozenset({self.rule}),
            subject=None,
            why=self.why,
            until=self.until,
            by=None,
            time=time,
            cause=None,
        )


class Inhibition(Part):
    """Suppresses the alarms of rules that name another rule in `inhibited_by`, while an alarm of that one stands.

    It covers the device of the cause, and what that powers or carries. While a device is down (`device_down`) or
    silent, the alarms of `device_down` rules of what it powers or carries are suppressed as well; and while it is down,
    its own alarm `silent`. The cause must have been told, before it was put aside at the latest, or be inhibited
    itself: behind an alarm of which nobody was told nothing is kept back.

    When the cause is over, a consequence has both delays of its rule to end as well: within the first it may just
    begin, and the second keeps it for so long after it is over. Then it is told. Where it has none it has the rest of
    the step: one message may end both.
    """

    name: ClassVar[str] = "inhibition"

    def __init__(
        self,
        rules: Sequence[Rule],
        below: Callable[[str], Iterable[str]],
        seam: Seam,
        *,
        every: Callable[[str], Micros | None] = lambda _device: None,
    ) -> None:
        """
        Args:
            below: gives the devices that a device powers or carries, and what those do, and so on.
            every: gives how often a device sends at least; None where that is not known.
        """
        self._seam = seam
        self._every = every
        self._below = below
        self._effects: dict[str, dict[str, Micros]] = {}
        """The rules that a rule inhibits, by its id, each with how long it takes to end after its cause."""
        self._down: dict[str, Micros] = {}
        """The rules with `device_down`, by id, each with how long it takes to end after its cause."""
        for rule in rules:
            for cause in rule.spec.inhibited_by:
                effects = self._effects.setdefault(cause, {})
                effects[rule.id] = max(_settles_within(rule), effects.get(rule.id, 0))
            if rule.spec.device_down:
                self._down[rule.id] = max(_settles_within(rule), self._down.get(rule.id, 0))
        self._holding: dict[str, Suppress] = {}
        """What is suppressed, by its source. What ends has its end as `until`."""
        self._changed: dict[str, Lingering | None] = {}

    def restore(self, rows: Sequence[Lingering], now: Micros) -> None:
        """Go on giving consequences their time to end. Which causes stand, their alarms say."""
        for each in rows:
            self._hold(each.suppression(now))

    def on(self, event: Event) -> None:
        """Follow the alarms that are causes."""
        match event:
            case AlarmStands():
                self._follow(event.alarm, event.alarm.raised_at)
            case AlarmMoved() | ReasonsChanged():
                self._follow(event.alarm, event.time)

    def tick(self, key: str, now: Micros) -> None:
        """The consequence of a cause that is over has had its time."""
        del self._holding[key]
        self._changed[key] = None
        self._seam.ask(Release(source=key, time=now, cause=None))

    def clock_set(self, by: Micros) -> None:
        """What is left of the time after a cause stays the same."""
        for held in [*self._holding.values()]:
            if held.until is not None:
                self._hold(msgspec.structs.replace(held, until=held.until + by, time=held.time + by))

    def finish(self) -> dict[str, Lingering | None] | None:
        """What goes on after its cause, by its source; None for what does not any more."""
        if not self._changed:
            return None
        changed, self._changed = self._changed, {}
        return changed

    def _follow(self, alarm: AlarmRecord, time: Micros) -> None:
        """The alarm has begun or ceased to be a cause, or neither."""
        device = alarm.subject.device
        if device is None:
            return
        for effect, settled in self._effects.get(alarm.rule, _NO_EFFECTS).items():
            self._apply(alarm, effect, settled, f"{_INHIBITED}{alarm.rule}/{device}/{effect}", time)
        if alarm.rule in self._down:
            within = max(STARTS_WITHIN, MISSED * (self._every(device) or 0))
            self._apply(alarm, SILENT, within, f"{_INHIBITED}{alarm.rule}/{device}/{SILENT}", time)
        if alarm.rule in self._down or alarm.rule == SILENT:
            for effect, settled in self._down.items():
                self._apply(alarm, effect, settled, f"{_UNREACHABLE}{alarm.rule}/{device}/{effect}", time)

    def _apply(self, alarm: AlarmRecord, effect: str, settled: Micros, source: str, time: Micros) -> None:
        """Suppress an effect as long as the alarm is its cause, and for as long afterwards as it takes to end."""
        held = self._holding.get(source)
        if is_cause(alarm):
            devices = self._covered(alarm, effect, source)
            if devices and (held is None or held.until is not None):
                self._hold(self._suppression(source, alarm, devices, effect, time))
        elif held is not None and held.until is None:
            self._hold(msgspec.structs.replace(held, until=time + settled, time=time, cause=alarm.event))

    def _covered(self, cause: AlarmRecord, effect: str, source: str) -> frozenset[str]:
        device = cause.subject.device or ""
        below = frozenset(self._below(device))
        if source.startswith(_UNREACHABLE):
            return below - {device}
        return frozenset({device}) if effect == SILENT and cause.rule in self._down else below | {device}

    def _suppression(
        self, source: str, cause: AlarmRecord, devices: frozenset[str], effect: str, time: Micros
    ) -> Suppress:
        why = f"{cause.title} ({cause.subject.level}, alarm {cause.number})"
        held = Lingering(source, effect, tuple(sorted(devices)), why, until=0).suppression(time)
        return msgspec.structs.replace(held, until=None, cause=cause.event)

    def _hold(self, suppression: Suppress) -> None:
        source, until = suppression.source, suppression.until
        before = self._holding.get(source)
        self._holding[source] = suppression
        if until is not None:
            self._changed[source] = Lingering.of(suppression, until)
            self._seam.wake(source, until)
        elif before is not None and before.until is not None:
            self._changed[source] = None
            self._seam.let_sleep(source)
        self._seam.ask(suppression)


def _settles_within(rule: Rule) -> Micros:
    """How long after its cause a consequence may still begin, and then end. Members of a group count for a time after
    their condition has ended."""
    within = max((each.within for each in rule.functions.values()), default=0)
    return rule.on_delay + rule.off_delay + within


def cause_behind(alarm: AlarmRecord) -> str | None:
    """The device whose alarm, or silence, keeps this one from people; None where none does."""
    for reason in alarm.suppressed_by:
        if reason.kind in _OF_CAUSES:
            _, _, rest = reason.source.partition("/")
            device, slash, _ = rest.partition("/")
            if slash:
                return device
    return None


def is_cause(alarm: AlarmRecord) -> bool:
    """Whether the alarm holds, and people know of it or of its own cause.

    It stays a cause when it is put aside: whoever has shelved it knows of it. One of which nobody was told is none.
    """
    is_inhibited = bool(alarm.suppressed_by) and all(reason.kind in _OF_CAUSES for reason in alarm.suppressed_by)
    return alarm.holds and (alarm.is_known or is_inhibited)

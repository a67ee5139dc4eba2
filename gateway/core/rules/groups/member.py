"""One device as a member of one group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.core.devices.device import Device
from gateway.core.kernel.times import Micros
from gateway.core.rules.conditions import Condition
from gateway.core.rules.following import RESTLESS, Calm
from gateway.core.rules.groups.functions import SILENT, GroupFunction
from gateway.core.rules.groups.news import News
from gateway.core.rules.groups.novelty import Limit, Reader, has_past, limit_of, may_have_limit, reader_of
from gateway.core.rules.groups.requests import SetOutOfService
from gateway.core.rules.groups.stretch import Key, Word
from gateway.core.rules.groups.tallies import CountTally, ValueTally
from gateway.core.rules.groups.watch import GroupWatch
from gateway.core.rules.judging import Judge
from gateway.core.telemetry.readings import STAMPED, Message, Reading


class UnknownBecause(StrEnum):
    """Why nothing is known of a member."""

    SILENT = "silent"
    """It is silent, and has not said last that its condition holds."""
    TOO_OLD = "too_old"
    """What it has said is too old, or of the past."""
    NEVER_REPORTED = "never_reported"
    """It has never reported a metric that decides."""
    OUT_OF_SERVICE = "out_of_service"
    """Two people have taken it out of service, and the rule is of life safety."""


_UNSURE = object()
"""In place of what is known by the facts alone, where more than these decides."""


@dataclass(slots=True, eq=False)
class Membership:
    """Passes what a device says on to the group, where that changes what the rule knows of it."""

    device: Device
    group: GroupWatch
    news: News
    calms: dict[Limit, Calm]
    """Those of all members of the group: they share them, so that they stay in the processor's cache."""
    metrics: frozenset[str] = field(init=False)
    """The metrics of which a reading may change that."""
    calm: Calm = field(init=False, default=RESTLESS)
    """Within which limits nothing is new that the device says."""
    has_settled: Callable[[], None] = field(init=False, default=lambda: None)
    """Called where `calm` is another."""
    is_silent: bool = False
    _out: set[str] = field(init=False, default_factory=set)
    """The decisions by which it is out of service for this rule."""
    _read: Reader = field(init=False)
    """What the functions read of the facts: nearly every reading leaves it as it was."""
    _known: object = field(init=False, default=_UNSURE)
    """What was read last."""
    _awaited: frozenset[str] = field(init=False, default=frozenset())
    """The metrics of which the first word is news."""
    _has_past: bool = field(init=False)
    _conditions: Sequence[Condition] = field(init=False)
    """All that the rule reads of it, where there may be a limit; else none."""

    def __post_init__(self) -> None:
        profile = self.device.profile.profile
        functions = [tally.function for tally in self.group.tallies.values()]
        self.metrics = frozenset[str]().union(*(each.moved_by(profile) for each in functions))
        self._read, self._has_past = reader_of(functions, profile), has_past(functions)
        is_limited = may_have_limit(functions, profile)
        self._conditions = [each.conditions[profile] for each in functions] if is_limited else []

    def evaluate(self, judge: Judge, reading: Reading, message: Message, number: int) -> None:
        """Evaluate the rule with a reading, which the device's facts already include.

        A reading that changes nothing is one more word of the group all the same, where an evaluation waits for one.
        """
        group = self.group
        if self.metrics.isdisjoint(reading.values) and self._awaited.isdisjoint(reading.values):
            return
        is_new = self._read(self.device.facts) != self._known or self._is_awaited(reading)
        if not group.evaluations and not is_new:
            if group.clock.blindness.since is not None:
                group.clock.read(reading)  # in blindness each stamp moves it on
            return
        self._take(judge, reading, message, number, is_new=is_new, looks=is_new or bool(self.device.earlier))

    def _take(
        self, judge: Judge, reading: Reading, message: Message, number: int, *, is_new: bool, looks: bool
    ) -> None:
        """Take a reading as a word of the group; `looks` where it may have changed something."""
        group = self.group
        was_sure = group.is_sure() if is_new and group.evaluations else None
        word = Word(group.clock.read(reading), reading.received, reading.origin == STAMPED)
        has_changed = has_joined = False
        if looks:
            has_changed, has_joined = self.look(word, reading)
        if has_changed or group.evaluations:
            group.evaluate(judge, reading, message, number)
            if has_joined and word.time < group.clock.at(reading.received):
                group.evaluate_then(judge, word.time, reading, message, number)
        if has_changed:
            device = self.device.spec.id
            self.news.follow(was_sure, reading, message, number, changed=device, has_joined=has_joined)
            group.wake()

    @property
    def counts(self) -> list[tuple[str, CountTally]]:
        """What counts members, by the name of the function."""
        return [(name, tally) for name, tally in self.group.tallies.items() if isinstance(tally, CountTally)]

    @property
    def latest_time(self) -> Micros:
        """The latest time of what the rule reads of it; 0 where there is nothing."""
        times = self.device.times
        return max((times[name] for name in self.metrics if name in times), default=0)

    @property
    def latest_stamp(self) -> Micros:
        """The latest time of its own clock at which it has said what the rule reads; 0 where there is none. What would
        have been sent after it was heard was told before the gateway's clock was set back."""
        times, unstamped = self.device.times, self.device.unstamped
        found = (times[name] for name in self.metrics if name in times and name not in unstamped)
        return min(max(found, default=0), self.device.received)

    def look(self, word: Word, reading: Reading | None = None) -> tuple[bool, bool]:
        """Know of the device what its facts are, as it was told.

        Returns:
            Whether something has changed, and whether a condition holds that did not before.
        """
        has_changed = has_joined = False
        awaited = frozenset[str]()
        for name, tally in self.group.tallies.items():
            if isinstance(tally, ValueTally):
                value = None if self.is_silent or self._out else self.device.facts.get(tally.function.metric)
                has_changed |= tally.set(self.device.spec.id, float(value) if isinstance(value, int | float) else None)
                continue
            awaited |= self._awaited_by(tally.function)
            changed, joined = self._look_at(name, tally, word, reading)
            has_changed, has_joined = has_changed or changed, has_joined or joined
        is_sure = not self.is_silent and not ((self._out or awaited) and self._has_past)
        self._known = self._read(self.device.facts) if is_sure else _UNSURE
        self._awaited = awaited
        self._settle(is_sure=is_sure)
        return has_changed, has_joined

    def forget_what_no_longer_holds(self) -> list[Key]:
        """After a restart: stretches that lasted, of conditions that an edit of the site's files has made untrue. That
        the device is silent is told later."""
        device, profile = self.device.spec.id, self.device.profile.profile
        found = []
        for name, tally in self.counts:
            stretch = tally.stretches.get(device)
            lasts = stretch is not None and stretch.ended is None
            if lasts and tally.verdicts[device] is not True and not tally.function.reads_silence(profile):
                del tally.stretches[device]
                found.append((self.group.rule_id, name, device))
        return found

    def set_out_of_service(self, request: SetOutOfService) -> None:
        """Out of service it confirms no danger to life: where its condition holds, and of its value, nothing is known.
        Other rules go on with what it says, as what is out of service suppresses their alarms."""
        if self.group.rules[0].spec.life_safety:
            (self._out.add if request.is_out else self._out.discard)(request.source)

    def unknown_because(self, function: GroupFunction) -> UnknownBecause:
        """Why nothing is known of the device for a function."""
        if self._out:
            return UnknownBecause.OUT_OF_SERVICE
        if self.is_silent:
            return UnknownBecause.SILENT
        metrics = function.metrics_of(self.device.profile.profile)
        is_old = any(name in self.device.earlier for name in metrics)
        return UnknownBecause.TOO_OLD if is_old else UnknownBecause.NEVER_REPORTED

    def _settle(self, *, is_sure: bool) -> None:
        """Know within which limits the device says nothing new."""
        calm, device = RESTLESS, self.device
        if self._conditions and is_sure and not self._awaited:
            limit = limit_of(self._conditions, device.profile, device.facts)
            calm = RESTLESS if limit is None else self.calms.setdefault(limit, ((*limit, self.group.evaluations),))
        if calm is not self.calm:
            self.calm = calm
            self.has_settled()

    def _awaited_by(self, function: GroupFunction) -> frozenset[str]:
        """The metrics of which the first word is news to a function: all, where it knows nothing yet; of one that reads
        events those without a value, as with one missing no event could be told to count."""
        profile, device = self.device.profile.profile, self.device
        metrics = function.metrics_of(profile)
        if events := function.events.get(profile):
            return frozenset(name for name in metrics - events if name not in device.facts)
        return frozenset() if self._has_reported(function) else metrics

    def _is_awaited(self, reading: Reading) -> bool:
        """Whether a reading may be the first word for a function, or what is of the past may have become so since."""
        return bool(self._awaited) and (bool(self.device.earlier) or not self._awaited.isdisjoint(reading.values))

    def _look_at(self, name: str, tally: CountTally, word: Word, reading: Reading | None) -> tuple[bool, bool]:
        member, function = self.device.spec.id, tally.function
        stretch, occurs = tally.stretches.get(member), False
        if (events := function.events.get(self.device.profile.profile)) is not None:
            verdict = None if self._may_have_missed(function, events) else False
            occurs = reading is not None and not events.isdisjoint(reading.values) and self._verdict(function) is True
        else:
            verdict, before = self._verdict(function), tally.verdicts[member]
            if verdict is None and before is True and self._is_only_silent(function):
                verdict = True
        if self._out:
            verdict, occurs = None if verdict else verdict, False
        has_changed = tally.set(member, verdict, word)
        if occurs:
            tally.touch(member, word)
        elif self._out:
            has_changed |= tally.forget(member)
        if (now := tally.stretches.get(member)) is not stretch:
            self.group.keep((self.group.rule_id, name, member), now)
        return has_changed or occurs, occurs or (has_changed and verdict is True)

    def _may_have_missed(self, function: GroupFunction, events: frozenset[str]) -> bool:
        """Whether an event of the device may have been missed, or what else its condition reads is not known. One that
        never came does not hold."""
        others = function.metrics_of(self.device.profile.profile) - events
        return self.is_silent or any(name not in self.device.facts for name in others)

    def _verdict(self, function: GroupFunction) -> bool | None:
        """Whether the condition holds by what is known: of a device that has reported nothing of it, or is silent and
        did not say that it does, that is unknown."""
        profile, facts = self.device.profile.profile, self.device.facts
        condition = function.conditions[profile]
        if function.reads_silence(profile):
            return condition({**facts, SILENT: self.is_silent})
        verdict = condition(facts) if self._has_reported(function) else None
        return None if verdict is False and self.is_silent else verdict

    def _has_reported(self, function: GroupFunction) -> bool:
        metrics, times = function.metrics_of(self.device.profile.profile), self.device.times
        return any(name in times and name not in self.device.earlier for name in metrics)

    def _is_only_silent(self, function: GroupFunction) -> bool:
        """Whether the values are unknown as the device is silent, and none is older than its highest age."""
        metrics = function.metrics_of(self.device.profile.profile)
        return not metrics.isdisjoint(self.device.aged) and metrics.isdisjoint(self.device.outdated)

"""The engine: messages, people's actions and passing time go in, changes come out.

It has no await, no I/O and no clock, so production, tests and the accelerated demo run the same code. It composes
parts in one fixed order and knows only their verbs. Readings go through the first five parts, which the engine makes
itself: intake, devices, windows, groups, rules. A reading that causes no event reaches no other part.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from itertools import islice

from gateway.core.alarms.actions import EndAlarm, RaiseAlarm
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.configuration import Configuration
from gateway.core.devices.latest import Devices
from gateway.core.devices.presence import Presences
from gateway.core.kernel.assembly import Assembly, P
from gateway.core.kernel.blindness import BecameBlind, Blindness, HearsAgain, SessionLost
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.counters import Counters
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.events import Action
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import GATEWAY
from gateway.core.kernel.times import Micros
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.groups.part import Groups
from gateway.core.rules.windows.part import Windows
from gateway.core.telemetry.intake import Intake
from gateway.core.telemetry.quarantine import OVERSIZED_AFTER
from gateway.core.telemetry.readings import Message, Reading

MakePart = Callable[[Configuration, Seam], Part]
"""Makes a part for a site."""
_NOTHING = Checkpoint()


class Engine:
    """The state of a site, and everything that can happen to it."""

    def __init__(
        self,
        configuration: Configuration,
        parts: Mapping[str, MakePart],
        checkpoint: Checkpoint = _NOTHING,
        *,
        now: Micros = 0,
        knows_time: bool = True,
        largest_payload: int = OVERSIZED_AFTER,
    ) -> None:
        """Restore the checkpoint. `beginning` holds what restoring changed: commit it first.

        Args:
            parts: how to make the parts above rules, by name, the lowest first.
            knows_time: False where the clock may still be set right.
            largest_payload: bytes; a message with a larger payload is rejected unread.
        """
        self._assembly = Assembly(Counters(checkpoint.counters))
        seam = self._assembly.seam
        self._events, self._timers = self._assembly.events, self._assembly.timers
        self._blindness = Blindness()
        site, profiles, troubles = configuration.site, configuration.profiles, configuration.troubles
        self.devices = Devices(site, profiles, seam(Devices.name))
        given = site, configuration.rules, self.devices, self._blindness
        windows = self._windows = Windows(*given, seam(Windows.name))
        groups = Groups(*given, seam(Groups.name))
        self._evaluator = Evaluator(*given, seam(Evaluator.name), windows=windows, groups=groups, troubles=troubles)
        self._intake = Intake(
            site,
            profiles,
            self._blindness,
            seam(Intake.name),
            latest=self.devices.__getitem__,
            troubles=self._evaluator,
            largest_payload=largest_payload,
        )
        self.presences = Presences(site, self.devices, seam(Presences.name))
        above = [self.presences, *(make(configuration, seam(name)) for name, make in parts.items())]
        self.taken = 0
        """Messages of the latest batch that were read."""
        rows = {Groups.name: {}, **checkpoint.rows}  # groups look at the latest values of a first run as well
        for part in self._assembly.join((self._intake, self.devices, windows, groups, self._evaluator), above):
            if part.name in rows:
                part.restore(rows[part.name], now)
        if not self._blindness.since:
            self._blindness.since = now
            self._intake.heard(now)
        self._windows.begin(now)
        self._doubted_since = None if knows_time else now
        if not knows_time:  # told first: at the start parts look at the time, and must know whether to trust it
            self._events.append(ClockDoubted(since=now))
        since, reached = self._blindness.since or now, self._blindness.reached
        self._events.append(BecameBlind(since=since, noticed=now, heard_until=reached))
        self.beginning = self._assembly.finish()

    def step(self, batch: Iterable[Message], *, most_events: int | None = None) -> Changes:
        """Read a batch of messages, in the order in which they were received: each when those before it were read.

        With `most_events` it stops after the message with which there were so many: alarms take much longer than
        readings, and others wait. `taken` says how many messages were read.
        """
        self._assembly.begin()
        read, update, evaluate = self._intake.read, self.devices.update, self._evaluator.evaluate
        events, deliver = self._events, self._assembly.deliver
        first = number = self._intake.begin()
        left = most_events or sys.maxsize
        for message in batch:
            readings = read(message, number)
            if events:
                deliver()  # what was rejected is known before the readings are evaluated
            for reading in readings:
                fresh = update(reading, message, number)
                if fresh is not None:
                    evaluate(fresh, message, number)
                if events:
                    left -= deliver()  # before the next reading changes the facts
            number += 1
            if left <= 0:
                break
        self.taken = number - first
        if self.taken:
            self._intake.end(self.taken, message.received)
        return self._assembly.finish()

    def act(self, action: Action, now: Micros) -> Changes:
        """A person acts.

        Raises:
            GatewayError: it cannot be done; nothing has changed.
        """
        self._assembly.begin()
        self._assembly.act(action, now)
        return self._assembly.finish()

    def tick(self, now: Micros, *, most: int | None = None) -> Changes:
        """Time has passed: end what is due by `now`, or so much of it. `next_due` says whether something is left."""
        self._assembly.begin()
        for name, key in islice(self._timers.due(now), most):
            self._assembly.tick(name, key, now)
        return self._assembly.finish()

    def clock_set(self, by: Micros, *, knows_time: bool = True) -> Changes:
        """The gateway's own clock was set forward or, with `by` below 0, back: delays keep their remaining time.

        If the time was not known, times since the start are corrected. They are once more, unless it is known now.
        """
        self._assembly.begin()
        if by:
            self._assembly.clock_set(by)
        if self._doubted_since is not None:
            self._events.append(ClockCorrected(since=self._doubted_since, by=by, is_certain=knows_time))
            self._doubted_since = None if knows_time else self._doubted_since + by
        return self._assembly.finish()

    @property
    def knows_time(self) -> bool:
        """Whether the clock is not expected to be set right any more: only then hours and planned windows count."""
        return self._doubted_since is None

    @property
    def blind_since(self) -> Micros | None:
        """Since when the gateway cannot hear its devices; None while it hears."""
        return self._blindness.since

    def set_blind(self, since: Micros, now: Micros | None = None) -> Changes:
        """The gateway cannot hear from `since` on, and knows it from `now` on, which is the same unless given.

        No alarm of a rule is raised or returned by time alone.
        """
        self._assembly.begin()
        if self._blindness.since is None:
            self._intake.heard(since)
            self._blindness.since = since
            self._evaluator.set_blind(since)
            self._events.append(BecameBlind(since=since, noticed=since if now is None else now))
        self._intake.set_blind()
        return self._assembly.finish()

    def set_hearing(self, now: Micros) -> Changes:
        """The gateway hears again, and has read what the broker had kept for it."""
        self._assembly.begin()
        if self._blindness.since is not None:
            self._blindness.since = None
            self._evaluator.set_hearing(now)
            self._intake.heard(now)
            self._events.append(HearsAgain(time=now))
        return self._assembly.finish()

    def session_lost(self, since: Micros, now: Micros) -> Changes:
        """The broker has dropped what it kept for the gateway from `since` on."""
        self._assembly.begin()
        self._events.append(SessionLost(since=since, until=now))
        return self._assembly.finish()

    def settle(self, messages: int) -> Changes:
        """The broker does not send the first so many messages of this run again: it has their acknowledgements."""
        self._assembly.begin()
        self._intake.settle(messages)
        return self._assembly.finish()

    def report(self, rule: BuiltinRule, detail: str | None, now: Micros) -> Changes:
        """Raise an alarm about the gateway itself: `detail` is a sentence, or None when what it tells of is over.

        Either may be said again. Whoever reports waits until a trouble has lasted for long enough to tell people.
        """
        self._assembly.begin()
        if detail is None:
            self._assembly.ask(EndAlarm(rule=rule, subject=GATEWAY, time=now))
        else:
            self._assembly.ask(RaiseAlarm(rule=rule, subject=GATEWAY, detail=detail, time=now))
        return self._assembly.finish()

    def snapshot(self, now: Micros) -> Changes:
        """Save some of the latest values that have changed, and until when running delays counted.

        Call it again while `has_unsaved`: a snapshot of all devices at once would hold up everything else.
        """
        self._assembly.begin()
        self.devices.snapshot()
        self._windows.snapshot(now)
        if self._timers.next_due() is not None and self._blindness.since is None:
            self._intake.heard(now)
        return self._assembly.finish()

    @property
    def has_unsaved(self) -> bool:
        """Whether the snapshot that has begun needs another step."""
        return self.devices.has_unsaved or self._windows.has_unsaved

    def quarantine(self, reading: Reading, metric: str, detail: str, now: Micros) -> Changes:
        """The series store has rejected a reading, or one metric of it (`metric` not empty), for good."""
        self._assembly.begin()
        self._intake.quarantine(reading, metric, detail, now)
        return self._assembly.finish()

    def next_due(self) -> Micros | None:
        """When the next tick is due, as far as is known now."""
        return self._timers.next_due()

    def counts(self) -> dict[str, int]:
        """The number of messages since this run began (`received`), and how many had each outcome."""
        return asdict(self._intake.totals) | {"late": self.devices.late, "window_overflows": self._windows.lost}

    def part(self, kind: type[P]) -> P:
        """The part of this class, to read from in the event loop's thread. Raises KeyError where there is none."""
        return self._assembly.part(kind)

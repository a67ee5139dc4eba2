"""The monitor: batches of messages, operators' commands and passing time go in, outcomes come out.

It is the same code in production, in a test and in an accelerated demo: no await, no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.lifecycle import AlarmRecord, Pending
from gateway.core.audit import Chronicle
from gateway.core.configuration import Site
from gateway.core.devices.device import build
from gateway.core.kernel.times import Micros
from gateway.core.outcomes import Counts, DeviceSnapshot, Outcome, RejectedKind
from gateway.core.telemetry.intake import OVERSIZED_AFTER, Intake
from gateway.core.telemetry.quarantine import Reason
from gateway.core.telemetry.readings import PAST, STAMPED, Message, Reading
from gateway.core.telemetry.routing import Router


class Acknowledge(msgspec.Struct, frozen=True):
    """An operator has seen the alarm and takes it on."""

    alarm: int
    by: str


class Reset(msgspec.Struct, frozen=True):
    """An operator resets a latched alarm."""

    alarm: int
    by: str


Command = Acknowledge | Reset


@dataclass(frozen=True, slots=True)
class Memory:
    """What the store remembers of earlier runs."""

    next_message: int = 1
    next_alarm: int = 1
    next_ticket: int = 1
    next_event: int = 1
    reached: Micros = 0
    """The event time of the last reading, 0 when there was none: from then on the gateway was away."""
    snapshots: Sequence[DeviceSnapshot] = ()
    readings: Iterable[Reading] = ()
    """The journal since the snapshots, oldest first."""
    digests: Iterable[bytes] = ()
    """Of the latest messages, oldest first."""
    alarms: Sequence[AlarmRecord] = ()
    """Those not back to normal."""
    pending: Sequence[Pending] = ()


_NOTHING = Memory()


class Monitor:
    """The state of a site, and everything that can happen to it."""

    def __init__(
        self, site: Site, memory: Memory = _NOTHING, *, now: Micros = 0, largest_payload: int = OVERSIZED_AFTER
    ) -> None:
        """Take up where the memory ends. `beginning` holds what that alone changed: commit it first."""
        self.site = site
        self.devices = build(site)
        self.totals = Counts()
        """What came since this monitor began."""
        self._next_message = memory.next_message
        self._snapshot_at = 0
        chronicle = Chronicle(site, next_ticket=memory.next_ticket, next_event=memory.next_event)
        self._annunciator = Annunciator(self.devices, chronicle, next_alarm=memory.next_alarm)
        self._intake = Intake(Router(site, self.devices), reached=memory.reached, largest_payload=largest_payload)
        self.beginning = self._outcome()
        self._restore(memory, now)

    def step(self, batch: Sequence[Message]) -> Outcome:
        """Take a batch of messages, in the order in which they were received."""
        outcome = self._outcome()
        number = self._next_message
        take, look = self._intake.take, self._annunciator.look
        for message in batch:
            for device, reading in take(message, outcome):
                look(device, reading, message, number, outcome)
            number += 1
        self._next_message = number
        outcome.reached = self._intake.reached
        self.totals.add(outcome.counts)
        return outcome

    def tick(self, now: Micros) -> Outcome:
        """Time has passed."""
        outcome = self._outcome()
        self._annunciator.tick(now, outcome)
        return outcome

    def clock_set(self, by: Micros) -> Outcome:
        """The gateway's own clock was set forward or, with `by` below 0, back: delays keep what is left of them."""
        outcome = self._outcome()
        self._annunciator.shift(by, outcome)
        return outcome

    def command(self, command: Command, now: Micros) -> Outcome:
        """An operator acts.

        Raises:
            UnknownAlarm: no alarm of this number stands.
            IllegalTransition: its state does not allow it.
        """
        outcome = self._outcome()
        match command:
            case Acknowledge(alarm, by):
                self._annunciator.acknowledge(alarm, by, now, outcome)
            case Reset(alarm, by):
                self._annunciator.reset(alarm, by, now, outcome)
        return outcome

    def set_aside(self, reading: Reading, metric: str, detail: str, now: Micros) -> Outcome:
        """The series store refuses a reading, or one metric of it (`metric` not empty), for good."""
        outcome = self._outcome()
        kind = RejectedKind(f"{reading.profile}/{reading.device}", Reason.REFUSED_BY_SERIES, metric)
        outcome.reject(kind, detail, msgspec.json.encode(reading.values), now)
        return outcome

    def reconnected(self) -> None:
        """The broker was out of reach; it may hand over old messages now."""
        self._intake.reconnected()

    def next_due(self) -> Micros | None:
        """When a tick will be needed next, unless messages come before."""
        return self._annunciator.next_due()

    def snapshot(self) -> Outcome:
        """The latest values that have changed since the last snapshot; empty when no message has come since."""
        outcome = self._outcome()
        if self._next_message == self._snapshot_at:
            return outcome
        self._snapshot_at = self._next_message
        changed = [device for device in self.devices.values() if device.changed]
        outcome.snapshots = [device.snapshot() for device in changed]
        for device in changed:
            device.changed = False
        return outcome

    def _outcome(self) -> Outcome:
        return Outcome(first_message=self._next_message)

    def _restore(self, memory: Memory, now: Micros) -> None:
        for snapshot in memory.snapshots:
            if device := self.devices.get(snapshot.device):
                device.restore(snapshot)
        for reading in memory.readings:
            device = self.devices.get(reading.device)
            if device is not None and (values := device.fitting(reading.values)):
                fitting = msgspec.structs.replace(reading, values=values)
                if reading.origin == PAST:
                    device.recall(fitting)
                else:
                    device.take(fitting, stamped=_is_stamped(reading))
        self._intake.restore(memory.digests)
        for record in memory.alarms:
            self._annunciator.restore(record, now, self.beginning)
        for pending in memory.pending:
            self._annunciator.restore_pending(pending, now, self.beginning)


def _is_stamped(reading: Reading) -> bool:
    return reading.origin == STAMPED or (not reading.origin and reading.time != reading.received)

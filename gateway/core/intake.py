"""From a message to a fresh reading of a device, or to the count and reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from gateway.core.decoding.messages import Decoded
from gateway.core.devices import Device
from gateway.core.duplicates import RecentMessages, digest_of, hash_of
from gateway.core.listening import Readout
from gateway.core.outcomes import Notice, Outcome, RejectedKind
from gateway.core.profiles import Clock
from gateway.core.readings import Message, Reading, Reason, Rejected
from gateway.core.routing import Router
from gateway.core.times import LATEST, Micros

RECENT_MESSAGES = 20_000
"""How far back a repeated message is surely recognised. A broker repeats what it has in flight when a connection ends
(`deploy/mosquitto` allows 1,000), a publisher what was not acknowledged to it; up to 40,000 digests cost 6 MB."""

OVERSIZED_AFTER = 256 * 1024
"""Bytes of payload beyond which a message is not looked into, unless the settings say otherwise."""


_CAUGHT_UP_AFTER = 100
"""Messages in a row with a stamp within the bounds of their clocks: then what the broker kept has been taken, and an
old stamp is a wrong clock again."""


class Intake:
    """Routes, decodes, dates and counts messages. What it lets through is fresh: evaluate it."""

    def __init__(self, router: Router, *, reached: Micros, largest_payload: int) -> None:
        self._router = router
        self._recent = RecentMessages(RECENT_MESSAGES)
        self.reached = reached
        """The last stamp that was believed: where in the stream the gateway is, also while it catches up."""
        self._away_since = reached
        self._in_bounds = 0
        self._largest_payload = largest_payload

    def restore(self, digests: Iterable[bytes]) -> None:
        """Recognise the messages of an earlier run, oldest first."""
        self._recent.restore(digests)

    def reconnected(self) -> None:
        """The broker was out of reach: what it kept since the last reading comes late now, but is not wrong."""
        self._away_since = self.reached
        self._in_bounds = 0
        self._router.reconnected()

    def take(self, message: Message, outcome: Outcome) -> Sequence[tuple[Device, Reading]]:
        """The fresh readings in `message`. Where there is nothing to evaluate, `outcome` says why."""
        outcome.counts.received += 1
        route = self._router.find(message.topic)
        if route is None:
            self._refuse(message, self._router.unknown(message.topic), outcome)
            return ()
        if len(message.payload) > self._largest_payload:
            detail = f"{len(message.payload)} bytes; at most {self._largest_payload} are looked into"
            self._refuse(message, Rejected(Reason.OVERSIZED, detail), outcome)
            return ()
        readout = route.read(message)
        if len(readout.readings) == 1 and not readout.refused and not readout.replies:
            device, decoded = readout.readings[0]
            believed = self._believes(decoded, message.received, device.clock)
            if self._is_duplicate(message, outcome, believed=believed):
                return ()
            fresh = self._settle(message, device, decoded, outcome, believed=believed)
            return () if fresh is None else (fresh,)
        return self._take_several(message, readout, outcome)

    def _take_several(self, message: Message, readout: Readout, outcome: Outcome) -> Sequence[tuple[Device, Reading]]:
        outcome.notices.extend([Notice(topic, payload) for topic, payload in readout.replies])
        if not readout.readings:
            if readout.refused:
                self._refuse(message, readout.refused[0], outcome)
            return ()
        readings, believed = self._judged(message, readout.readings)
        if self._is_duplicate(message, outcome, believed=all(believed)):
            return ()
        for rejected in readout.refused:
            self._keep_aside(message, rejected, outcome)
        taken = [
            self._settle(message, device, decoded, outcome, believed=is_believed)
            for (device, decoded), is_believed in zip(readings, believed, strict=True)
        ]
        return [fresh for fresh in taken if fresh is not None]

    def _settle(
        self, message: Message, device: Device, decoded: Decoded, outcome: Outcome, *, believed: bool
    ) -> tuple[Device, Reading] | None:
        for rejected in decoded.rejected:
            self._keep_aside(message, rejected, outcome)
        if decoded.timed:
            self._count_belief(decoded, message.received, device.clock, outcome, believed=believed)
        return self._date(message, device, decoded, decoded.time if believed else None, outcome)

    def _judged(
        self, message: Message, readings: Sequence[tuple[Device, Decoded]]
    ) -> tuple[Sequence[tuple[Device, Decoded]], list[bool]]:
        """The readings of one message in the order of their times, and whether each time is to be believed.

        The clock of a device is judged by the newest of its stamps. What is older than a clock may be off is history.
        """
        received = message.received
        newest: dict[str, Decoded] = {}
        for device, decoded in readings:
            if decoded.time is not None and not decoded.historical:
                known = newest.get(device.spec.id)
                if known is None or (known.time or 0) < decoded.time:
                    newest[device.spec.id] = decoded
        clocks = {device.spec.id: device.clock for device, _ in readings}
        right = {name for name, decoded in newest.items() if self._believes(decoded, received, clocks[name])}
        for device, decoded in readings:
            if device.spec.id in right and decoded is not newest[device.spec.id] and decoded.time is not None:
                decoded.historical |= decoded.time < received - device.clock.behind
        readings = sorted(readings, key=_in_time)
        return readings, [
            decoded.time is not None
            and (self._believes(decoded, received, device.clock) if decoded.historical else device.spec.id in right)
            for device, decoded in readings
        ]

    def _date(
        self, message: Message, device: Device, decoded: Decoded, stamp: Micros | None, outcome: Outcome
    ) -> tuple[Device, Reading] | None:
        counts, received = outcome.counts, message.received
        if message.retained:
            counts.retained += 1
        if stamp is None and (message.retained or decoded.historical):
            # An old state without a believable time of its own cannot be placed.
            if decoded.historical and decoded.values:
                detail = f"what {device.spec.id} says of earlier has no time that can be believed"
                self._keep_aside(message, Rejected(Reason.OUT_OF_RANGE, detail), outcome)
            return None
        if not decoded.values:
            return None
        reading = Reading(
            device.spec.id, device.spec.profile, received if stamp is None else stamp, received, decoded.values
        )
        outcome.readings.append(reading)
        counts.stored += 1
        device.received = received
        if stamp is not None and not decoded.historical:
            self.reached = min(stamp, received)
        if decoded.historical:
            if not device.recall(reading):
                counts.late += 1
            return None
        fresh = device.take(reading, stamped=stamp is not None)
        if not fresh:
            counts.late += 1
            return None
        if message.retained:
            return None
        if len(fresh) < len(reading.values):
            reading = msgspec.structs.replace(reading, values=fresh)
        return device, reading

    def _believes(self, decoded: Decoded, received: Micros, clock: Clock) -> bool:
        stamp = decoded.time
        if stamp is None:
            return False
        if decoded.historical:
            return stamp <= received + clock.ahead
        if received - clock.behind <= stamp <= received + clock.ahead:
            if self._away_since:
                self._in_bounds += 1
                if self._in_bounds >= _CAUGHT_UP_AFTER:
                    self._away_since = 0
            return True
        if self._away_since and self._away_since - clock.behind <= stamp < received:
            self._in_bounds = 0
            return True
        return False

    @staticmethod
    def _count_belief(decoded: Decoded, received: Micros, clock: Clock, outcome: Outcome, *, believed: bool) -> None:
        if not believed:
            outcome.counts.clock_replaced += 1
        elif decoded.time is not None and not decoded.historical and decoded.time < received - clock.behind:
            outcome.counts.delayed += 1

    def _is_duplicate(self, message: Message, outcome: Outcome, *, believed: bool) -> bool:
        hashed = hash_of(message.topic, message.payload)
        digest = digest_of(hashed, 0 if believed else message.packet_id)
        known = (believed or message.redelivered) and digest in self._recent
        if message.redelivered and not known:  # it may have been believed the first time and not now, or the reverse
            known = digest_of(hashed, message.packet_id if believed else 0) in self._recent
        if known:
            outcome.counts.duplicate += 1
            return True
        if believed or message.packet_id:
            self._recent.add(digest)
            outcome.digests.append(digest)
        return False

    def _refuse(self, message: Message, rejected: Rejected, outcome: Outcome) -> None:
        if not self._is_duplicate(message, outcome, believed=False):
            outcome.counts.rejected += 1
            kind = RejectedKind(message.topic, rejected.reason, "")
            outcome.reject(kind, rejected.detail, message.payload, message.received)

    @staticmethod
    def _keep_aside(message: Message, rejected: Rejected, outcome: Outcome) -> None:
        outcome.counts.rejected_metrics += 1
        kind = RejectedKind(message.topic, rejected.reason, rejected.metric)
        outcome.reject(kind, rejected.detail, message.payload, message.received)


def _in_time(reading: tuple[Device, Decoded]) -> Micros:
    """Readings without a time are of the present, and come last."""
    time = reading[1].time
    return LATEST if time is None else time

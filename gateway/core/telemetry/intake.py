"""From a message to a fresh reading of a device, or to the count and reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from gateway.core.devices.device import Device
from gateway.core.kernel.times import Micros
from gateway.core.outcomes import Notice, Outcome, RejectedKind, Scan
from gateway.core.profiles.profile import Clock
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.duplicates import RecentMessages, digest_of, hash_of
from gateway.core.telemetry.placing import Moment, placed
from gateway.core.telemetry.quarantine import Reason, Rejected
from gateway.core.telemetry.readings import PAST, RECEIVED, STAMPED, Message, Reading
from gateway.core.telemetry.routes import Readout
from gateway.core.telemetry.routing import Router

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

    def take(self, message: Message, outcome: Outcome) -> Iterable[tuple[Device, Reading]]:
        """The fresh readings in `message`, each to be evaluated before the next is asked for.

        Where there is nothing to evaluate, `outcome` says why.
        """
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
            if not decoded.historical:
                return self._take_one(message, device, decoded, outcome)
        return self._take_several(message, readout, outcome)

    def _take_one(
        self, message: Message, device: Device, decoded: Decoded, outcome: Outcome
    ) -> Iterable[tuple[Device, Reading]]:
        stamp = decoded.time
        believed = stamp is not None and self._believes(stamp, message.received, device.clock)
        if self._is_duplicate(message, outcome, believed=believed):
            return ()
        time, origin = (stamp, STAMPED) if believed else (message.received, RECEIVED)
        fresh = self._settle(message, Moment(device, decoded, time, origin), outcome)
        return () if fresh is None else (fresh,)

    def _take_several(self, message: Message, readout: Readout, outcome: Outcome) -> Iterator[tuple[Device, Reading]]:
        outcome.notices.extend([Notice(topic, payload) for topic, payload in readout.replies])
        if not readout.readings:
            if readout.refused:
                self._refuse(message, readout.refused[0], outcome)
            return
        received = message.received
        moments = placed(
            readout.readings, received, lambda device, stamp: self._believes(stamp, received, device.clock)
        )
        believed = all(moment.origin != RECEIVED and moment.time is not None for moment in moments)
        if self._is_duplicate(message, outcome, believed=believed):
            return
        for rejected in readout.refused:
            self._keep_aside(message, rejected, outcome)
        for moment in moments:
            fresh = self._settle(message, moment, outcome)
            if fresh is not None:
                yield fresh  # what it breaches is seen before the next reading says otherwise

    def _settle(self, message: Message, moment: Moment, outcome: Outcome) -> tuple[Device, Reading] | None:
        device, decoded, time, origin = moment.device, moment.decoded, moment.time, moment.origin
        counts, received = outcome.counts, message.received
        for rejected in decoded.rejected:
            self._keep_aside(message, rejected, outcome)
        if decoded.timed and time is not None and time != decoded.time:
            counts.clock_replaced += 1
        elif origin == STAMPED and time is not None and time < received - device.clock.behind:
            counts.delayed += 1
        if message.retained:
            counts.retained += 1
            if origin == RECEIVED:
                return None  # an old state without a believable time of its own cannot be placed
        if time is None:
            detail = f"what {device.spec.id} says of earlier has no time that can be believed"
            self._keep_aside(message, Rejected(Reason.OUT_OF_RANGE, detail), outcome)
            return None
        if not decoded.values:
            return None
        reading = Reading(device.spec.id, device.spec.profile, time, received, decoded.values, origin)
        outcome.readings.append(reading)
        counts.stored += 1
        device.received = received
        if device.tags and not message.retained:
            _record_scans(device.tags, reading, outcome)
        if origin == PAST:
            counts.late += not device.recall(reading)
            return None
        if origin == STAMPED:
            self.reached = min(time, received)
        fresh = device.take(reading, stamped=origin == STAMPED)
        if not fresh:
            counts.late += 1
            return None
        if message.retained:
            return None
        if len(fresh) < len(reading.values):
            reading = msgspec.structs.replace(reading, values=fresh)
        return device, reading

    def _believes(self, stamp: Micros, received: Micros, clock: Clock) -> bool:
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


def _record_scans(tags: tuple[str, ...], reading: Reading, outcome: Outcome) -> None:
    for metric in tags:
        uid = reading.values.get(metric)
        if isinstance(uid, str):
            outcome.scans.append(Scan(reading.device, uid, reading.time, reading.received))

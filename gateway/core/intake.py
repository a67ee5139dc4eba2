"""From a message to a fresh reading of a device, or to the count and reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from gateway.core.decoding import Decoded
from gateway.core.devices import Device, Route
from gateway.core.duplicates import RecentMessages, digest_of, hash_of
from gateway.core.outcomes import Outcome, RejectedKind
from gateway.core.profiles import Clock
from gateway.core.readings import Message, Reading, Reason, Rejected
from gateway.core.registry import Strangers
from gateway.core.times import Micros, parse_device_time

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

    def __init__(
        self, routes: Mapping[str, Route], strangers: Strangers, *, reached: Micros, largest_payload: int
    ) -> None:
        self._routes = routes
        self._strangers = strangers
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

    def take(self, message: Message, outcome: Outcome) -> tuple[Device, Reading] | None:
        """The fresh reading in `message`. None when there is nothing to evaluate; `outcome` then says why."""
        counts = outcome.counts
        counts.received += 1
        route = self._routes.get(message.topic)
        if route is None:
            self._refuse(message, Rejected(*self._strangers.reason(message.topic)), outcome)
            return None
        if len(message.payload) > self._largest_payload:
            detail = f"{len(message.payload)} bytes; at most {self._largest_payload} are looked into"
            self._refuse(message, Rejected(Reason.OVERSIZED, detail), outcome)
            return None
        decoded = route.decoder.decode(message.payload)
        if isinstance(decoded, Rejected):
            self._refuse(message, decoded, outcome)
            return None
        stamp = parse_device_time(decoded.time) if route.has_time else None
        believed = stamp is not None and self._believes(stamp, message.received, route.device.profile.clock)
        if self._is_duplicate(message, outcome, believed=believed):
            return None
        if decoded.rejected:
            self._keep_aside(message, decoded, outcome)
        if route.has_time:
            self._count_belief(stamp, believed, message.received, route.device.profile.clock, outcome)
        return self._date(message, route.device, decoded, stamp if believed else None, outcome)

    def _date(
        self, message: Message, device: Device, decoded: Decoded, stamp: Micros | None, outcome: Outcome
    ) -> tuple[Device, Reading] | None:
        counts, received = outcome.counts, message.received
        if message.retained:
            counts.retained += 1
            if stamp is None:
                return None  # an old state without a believable time of its own cannot be placed
        if not decoded.values:
            return None
        reading = Reading(
            device.spec.id, device.spec.profile, received if stamp is None else stamp, received, decoded.values
        )
        outcome.readings.append(reading)
        counts.stored += 1
        device.received = received
        if stamp is not None:
            self.reached = min(stamp, received)
        fresh = device.take(reading, stamped=stamp is not None)
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

    @staticmethod
    def _count_belief(stamp: Micros | None, believed: bool, received: Micros, clock: Clock, outcome: Outcome) -> None:
        if not believed:
            outcome.counts.clock_replaced += 1
        elif stamp is not None and stamp < received - clock.behind:
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

    def _keep_aside(self, message: Message, decoded: Decoded, outcome: Outcome) -> None:
        for rejected in decoded.rejected:
            outcome.counts.rejected_metrics += 1
            kind = RejectedKind(message.topic, rejected.reason, rejected.metric)
            outcome.reject(kind, rejected.detail, message.payload, message.received)

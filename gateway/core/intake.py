"""From a message to a fresh reading of a device, or to the count and reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.core.decoding import Decoded
from gateway.core.devices import Device, Route
from gateway.core.duplicates import RecentMessages, digest_of
from gateway.core.outcomes import Outcome, RejectedKind
from gateway.core.profiles import Clock
from gateway.core.readings import Message, Reading, Reason, Rejected
from gateway.core.registry import Strangers
from gateway.core.times import SECOND, Micros, parse_device_time

RECENT_MESSAGES = 20_000
"""How far back a repeated message is surely recognised. A broker repeats what it has in flight when a connection ends
(`deploy/mosquitto` allows 1,000), a publisher what was not acknowledged to it; 20,000 cost 4 MB."""

LATE_AFTER: Micros = SECOND
"""A reading older than one already taken is late only when it took this long too: a clock set back is heard at once."""

OVERSIZED_AFTER = 256 * 1024
"""Bytes of payload beyond which a message is not looked into, unless the settings say otherwise."""


class Intake:
    """Routes, decodes, dates and counts messages. What it lets through is fresh: evaluate it."""

    def __init__(
        self, routes: Mapping[str, Route], strangers: Strangers, *, reached: Micros, largest_payload: int
    ) -> None:
        self._routes = routes
        self._strangers = strangers
        self._recent = RecentMessages(RECENT_MESSAGES)
        self.reached = reached
        """The event time of the last reading: where in the stream the gateway is, also while it catches up."""
        self._away_since = reached
        self._largest_payload = largest_payload

    def restore(self, digests: Iterable[bytes]) -> None:
        """Recognise the messages of an earlier run, oldest first."""
        self._recent.restore(digests)

    def reconnected(self) -> None:
        """The broker was out of reach: what it kept since the last reading comes late now, but is not wrong."""
        self._away_since = self.reached

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
        if self._is_duplicate(message, outcome, stamped=stamp is not None):
            return None
        if decoded.rejected:
            self._keep_aside(message, decoded, outcome)
        return self._date(message, route, decoded, stamp, outcome)

    def _date(
        self, message: Message, route: Route, decoded: Decoded, stamp: Micros | None, outcome: Outcome
    ) -> tuple[Device, Reading] | None:
        counts, device, received = outcome.counts, route.device, message.received
        clock = device.profile.clock
        time = self._event_time(stamp, received, clock, outcome) if route.has_time else received
        if message.retained:
            counts.retained += 1
            if time != stamp:
                return None  # an old state without a believable time of its own cannot be placed
        if not decoded.values:
            return None
        reading = Reading(device.spec.id, device.spec.profile, time, received, decoded.values)
        outcome.readings.append(reading)
        self.reached = min(time, received)
        counts.stored += 1
        device.received = received
        if time < device.newest and received - time > LATE_AFTER:
            counts.late += 1
            return None
        device.lay_over(reading)
        return None if message.retained else (device, reading)

    def _event_time(self, stamp: Micros | None, received: Micros, clock: Clock, outcome: Outcome) -> Micros:
        if stamp is not None:
            if received - clock.behind <= stamp <= received + clock.ahead:
                return stamp
            if self._away_since and self._away_since - clock.behind <= stamp < received:
                outcome.counts.delayed += 1
                return stamp
        outcome.counts.clock_replaced += 1
        return received

    def _is_duplicate(self, message: Message, outcome: Outcome, *, stamped: bool) -> bool:
        digest = digest_of(message.topic, message.payload, None if stamped else message.packet_id)
        if (stamped or message.redelivered) and digest in self._recent:
            outcome.counts.duplicate += 1
            return True
        self._recent.add(digest)
        outcome.digests.append(digest)
        return False

    def _refuse(self, message: Message, rejected: Rejected, outcome: Outcome) -> None:
        if not self._is_duplicate(message, outcome, stamped=False):
            outcome.counts.rejected += 1
            kind = RejectedKind(message.topic, rejected.reason, "")
            outcome.reject(kind, rejected.detail, message.payload, message.received)

    def _keep_aside(self, message: Message, decoded: Decoded, outcome: Outcome) -> None:
        for rejected in decoded.rejected:
            outcome.counts.rejected_metrics += 1
            kind = RejectedKind(message.topic, rejected.reason, rejected.metric)
            outcome.reject(kind, rejected.detail, message.payload, message.received)

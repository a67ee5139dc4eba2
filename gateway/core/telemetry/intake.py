"""The part that turns messages into readings, or counts and quarantines them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import msgspec

from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import Site
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.duplicates import RecentMessages
from gateway.core.telemetry.placing import place
from gateway.core.telemetry.quarantine import Quarantine, Reason, Rejected, RejectedKind, Rejection
from gateway.core.telemetry.readings import RECEIVED, STAMPED, Message, Reading
from gateway.core.telemetry.routes import FlatRoute, Readout
from gateway.core.telemetry.routing import Router
from gateway.core.telemetry.senders import Sender, senders_of
from gateway.core.telemetry.stamps import Stamps
from gateway.core.telemetry.unknown_topics import UnknownTopics

RECENT_MESSAGES = 20_000
"""The number of latest messages among which a duplicate is certainly recognised. A broker repeats what is in flight
when a connection ends (`deploy/mosquitto` allows 1,000), a publisher what was not acknowledged to it. At most 40,000
digests are held, which cost 6 MB."""

OVERSIZED_AFTER = 256 * 1024
"""Bytes; the default of the largest payload that is read."""


class IntakeRows(msgspec.Struct, frozen=True):
    """What an earlier run has stored."""

    reached: Micros = 0
    """The event time of its last reading, 0 if there was none. From then on the gateway was down."""
    digests: Iterable[bytes] = ()
    """The digests of its latest messages, oldest first."""


class Batch(msgspec.Struct):
    """The result of a batch of messages."""

    first_message: int
    """The number of the first message; the others follow."""
    counts: Counts
    reached: Micros = 0
    """The event time of the last stamped reading: the gateway's position in the stream, also while it catches up."""
    readings: list[Reading] = []
    digests: list[bytes] = []
    rejections: dict[RejectedKind, Rejection] = {}


_NO_BATCH = Batch(0, Counts())


class Intake(Part):
    """Routes, decodes, orders in time, counts and quarantines messages."""

    name: ClassVar[str] = "telemetry"

    def __init__(
        self, site: Site, profiles: Mapping[str, Profile], seam: Seam, *, largest_payload: int = OVERSIZED_AFTER
    ) -> None:
        self._seam = seam
        self._router = Router(site.header, senders_of(site, profiles))
        self._unknown_topics = UnknownTopics(site.header.id, profiles)
        self._largest_payload = largest_payload
        self._recent = RecentMessages(RECENT_MESSAGES)
        self._stamps = Stamps()
        self._quarantine = Quarantine()
        self._batch = _NO_BATCH
        self.totals = Counts()
        """The counts since this run began."""

    def restore(self, rows: IntakeRows, now: Micros) -> None:
        """Restore the digests and the position of an earlier run."""
        self._stamps.restore(rows.reached)
        self._recent.restore(rows.digests)

    def reconnected(self) -> None:
        """The connection to the broker was lost and is back; it may deliver old messages now."""
        self._stamps.reconnected()
        self._router.reconnected()

    def begin(self, messages: int) -> int:
        """Begin a batch of so many messages; returns the number of the first."""
        first = self._seam.counters.take("message", messages)
        self._batch = Batch(first, Counts())
        return first

    def read(self, message: Message) -> Sequence[Reading]:
        """The readings of the message, including those of the past, in the order of their times."""
        self._batch.counts.received += 1
        route = self._router.find(message.topic)
        if route is None:
            self._quarantine_message(message, self._unknown_topics.explain(message.topic))
            return ()
        if len(message.payload) > self._largest_payload:
            detail = f"{len(message.payload)} bytes; at most {self._largest_payload} are looked into"
            self._quarantine_message(message, Rejected(Reason.OVERSIZED, detail))
            return ()
        if type(route) is FlatRoute:  # the hot path, in fewer steps
            flat = route.decoder.decode(message.payload)
            if type(flat) is Rejected:
                self._quarantine_message(message, flat)
                return ()
            return self._read_one(message, route.sender, flat)
        readout = route.read(message)
        if len(readout.readings) == 1 and not readout.rejected and not readout.replies:
            sender, decoded = readout.readings[0]
            if not decoded.historical:
                return self._read_one(message, sender, decoded)
        return self._read_several(message, readout)

    def quarantine(self, reading: Reading, metric: str, detail: str, now: Micros) -> None:
        """Quarantine a reading, or one metric of it (`metric` not empty), that the series store has rejected."""
        kind = RejectedKind(f"{reading.profile}/{reading.device}", Reason.REFUSED_BY_SERIES, metric)
        self._quarantine.add(kind, detail, msgspec.json.encode(reading.values), now)

    def finish(self) -> Batch | None:
        """The batch since `begin`."""
        batch, rejections = self._batch, self._quarantine.drain()
        if batch is _NO_BATCH:
            return Batch(0, Counts(), rejections=rejections) if rejections else None
        batch.rejections = rejections
        batch.reached = self._stamps.reached
        self.totals.add(batch.counts)
        self._batch = _NO_BATCH
        return batch

    def _read_one(self, message: Message, sender: Sender, decoded: Decoded) -> Sequence[Reading]:
        stamp, received = decoded.time, message.received
        believed = stamp is not None and self._stamps.believes(stamp, received, sender.tolerance)
        if self._is_repeated(message, believed):
            return ()
        if believed:
            reading = self._keep(message, sender, decoded, stamp, STAMPED)
        else:
            reading = self._keep(message, sender, decoded, received, RECEIVED)
        return () if reading is None else (reading,)

    def _read_several(self, message: Message, readout: Readout) -> Sequence[Reading]:
        for topic, payload in readout.replies:
            self._seam.publish(topic, payload)
        if not readout.readings:
            if readout.rejected:
                self._quarantine_message(message, readout.rejected[0])
            return ()
        received = message.received
        placed = place(
            readout.readings,
            received,
            lambda sender, stamp: self._stamps.believes(stamp, received, sender.tolerance),
        )
        believed = all(each.origin != RECEIVED and each.time is not None for each in placed)
        if self._is_repeated(message, believed):
            return ()
        for rejected in readout.rejected:
            self._quarantine_part(message, rejected)
        readings = [self._keep(message, each.sender, each.decoded, each.time, each.origin) for each in placed]
        return [reading for reading in readings if reading is not None]

    def _keep(
        self, message: Message, sender: Sender, decoded: Decoded, time: Micros | None, origin: int
    ) -> Reading | None:
        """Count one reading and add it to the batch; None if there is nothing to store."""
        counts, received = self._batch.counts, message.received
        for rejected in decoded.rejected:
            self._quarantine_part(message, rejected)
        if decoded.timed and time is not None and time != decoded.time:
            counts.clock_replaced += 1
        elif origin == STAMPED and time is not None and time < received - sender.tolerance.behind:
            counts.delayed += 1
        if message.retained:
            counts.retained += 1
            if origin == RECEIVED:
                return None  # an old state without a believable time of its own cannot be placed
        if time is None:
            detail = f"what {sender.id} says of earlier has no time that can be believed"
            self._quarantine_part(message, Rejected(Reason.OUT_OF_RANGE, detail))
            return None
        if not decoded.values:
            return None
        reading = Reading(sender.id, sender.profile_name, time, received, decoded.values, origin)
        self._batch.readings.append(reading)
        counts.stored += 1
        if origin == STAMPED:
            self._stamps.reached = min(time, received)
        return reading

    def _is_repeated(self, message: Message, believed: bool) -> bool:
        batch = self._batch
        if not self._recent.is_repeated(message, batch.digests, believed):
            return False
        batch.counts.duplicate += 1
        return True

    def _quarantine_message(self, message: Message, rejected: Rejected) -> None:
        """Quarantine a whole message."""
        if not self._is_repeated(message, False):
            self._batch.counts.rejected += 1
            kind = RejectedKind(message.topic, rejected.reason, "")
            self._quarantine.add(kind, rejected.detail, message.payload, message.received)

    def _quarantine_part(self, message: Message, rejected: Rejected) -> None:
        """Quarantine a part of a message: a metric, or the reading of a device."""
        self._batch.counts.rejected_metrics += 1
        kind = RejectedKind(message.topic, rejected.reason, rejected.metric)
        self._quarantine.add(kind, rejected.detail, message.payload, message.received)

"""The part that turns messages into readings, or counts and quarantines them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from gateway.core.kernel.blindness import Blindness, SessionLost
from gateway.core.kernel.events import Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import Site
from gateway.core.telemetry.batch import NO_BATCH, Batch, IntakeRows
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.duplicates import RecentMessages
from gateway.core.telemetry.events import RejectReport
from gateway.core.telemetry.heard import Heard
from gateway.core.telemetry.placing import Placed, place
from gateway.core.telemetry.quarantine import OVERSIZED_AFTER, Quarantine, Reason, Rejected
from gateway.core.telemetry.readings import OF_EARLIER, RECEIVED, STAMPED, Message, Reading
from gateway.core.telemetry.readout import Readout
from gateway.core.telemetry.rejections import Carried, Rejections, failure_of
from gateway.core.telemetry.repetition import Repetition, Troubles
from gateway.core.telemetry.routes import FlatRoute
from gateway.core.telemetry.routing import Router
from gateway.core.telemetry.senders import Latest, Sender, senders_of
from gateway.core.telemetry.stamps import Stamps
from gateway.core.telemetry.unknown_topics import UnknownTopics


class Intake(Part):
    """Routes, decodes, orders in time, counts and quarantines messages."""

    name: ClassVar[str] = "telemetry"
    requests: ClassVar[tuple[type[Request], ...]] = (RejectReport,)

    def __init__(
        self,
        site: Site,
        profiles: Mapping[str, Profile],
        blindness: Blindness,
        seam: Seam,
        *,
        latest: Callable[[str], Latest],
        troubles: Troubles,
        largest_payload: int = OVERSIZED_AFTER,
    ) -> None:
        """`latest` gives what the device of an id has said last."""
        self._seam = seam
        self._blindness = blindness
        self._router = Router(site.header, senders_of(site, profiles, latest), reports_of=site)
        self._flat = self._router.flat.get
        self._unknown_topics = UnknownTopics(site.header.id, profiles)
        self._largest_payload = largest_payload
        self._recent, self._quarantine = RecentMessages(), Quarantine()
        self._first = seam.counters.peek("message")
        self._stamps, self._heard = Stamps(blindness), Heard(blindness)
        self._rejections = Rejections(troubles.life_safety, self._stamps, seam.emit)
        self._repetition = Repetition(troubles, self._rejections)
        self._batch, self._number = NO_BATCH, 0  # the number is that of the message that is being read
        self.totals = Counts()
        """The counts since this run began."""

    def restore(self, rows: IntakeRows, now: Micros) -> None:
        """Restore the digests of an earlier run, and until when it heard."""
        self._heard.restore(rows.reached, now)
        self._recent.restore(rows.digests)

    def set_blind(self) -> None:
        """The gateway cannot hear."""
        self._router.reconnected()

    def heard(self, now: Micros) -> None:
        """Save that the gateway has heard until now."""
        self._begun().reached = self._blindness.heard_until(now)

    def on(self, event: Event) -> None:
        """Know whether the gateway knows the time, and whether what the broker sends again is of another session."""
        self._heard.on(event)
        if isinstance(event, SessionLost):
            self.settle(self._seam.counters.peek("message") - self._first)  # all: its identifiers begin anew

    def serve(self, request: Request) -> None:
        """Quarantine a report that is one too many."""
        if isinstance(request, RejectReport):
            self._batch.counts.rejected += 1
            self._quarantine.add_part(request.message, Rejected(Reason.TOO_MANY_REPORTS, request.detail))

    def settle(self, messages: int) -> None:
        """The broker does not send the first so many messages of this run again, nor those of an earlier one."""
        self._begun().recent_from = self._recent.forget_before(self._first + messages)

    def clock_set(self, by: Micros) -> None:
        """Move along since when the gateway is blind, and until when it has heard."""
        if self._heard.clock_set(by):
            self._begun().reached = self._heard.saved + by

    def begin(self) -> int:
        """Begin a batch; returns the number of its first message."""
        self._batch = Batch(self._seam.counters.peek("message"), Counts())
        return self._batch.first_message

    def end(self, messages: int, received: Micros) -> None:
        """So many messages were read, the last of them `received` then: count them, and what is stored of them."""
        self._seam.counters.take("message", messages)
        self._batch.counts.received, self._batch.counts.stored = messages, len(self._batch.readings)
        self._batch.reached = self._blindness.heard_until(received)

    def read(self, message: Message, number: int) -> Sequence[Reading]:
        """The readings of the message of this number, also those of the past, in the order of their times."""
        self._number = number
        if (route := self._flat(message.topic) or self._router.find(message.topic)) is None:
            self._quarantine_message(message, self._unknown_topics.explain(message.topic))
            return ()
        if len(message.payload) > self._largest_payload:
            detail = f"{len(message.payload)} bytes; at most {self._largest_payload} are looked into"
            self._quarantine_message(message, Rejected(Reason.OVERSIZED, detail), route.carried(message.topic))
            return ()
        read: Decoded | Rejected | Readout
        try:
            read = route.decoder.decode(message.payload) if type(route) is FlatRoute else route.read(message)
        except Exception as error:  # a MemoryError too: after each restart the broker would send its message again
            self._batch.counts.decoder_failed += 1
            read = failure_of(error)
        if type(read) is Decoded and type(route) is FlatRoute:  # the hot path, in fewer steps
            return self._read_one(message, route.sender, read)
        if type(read) is Readout:
            return self._read_one(message, *read.only) if read.only else self._read_several(message, read)
        if type(read) is Rejected:
            is_unread = read.reason is not Reason.NO_METRICS
            self._quarantine_message(message, read, route.carried(message.topic) if is_unread else ())
        return ()

    def quarantine(self, reading: Reading, metric: str, detail: str, now: Micros) -> None:
        """Quarantine a reading, or one metric of it (`metric` not empty), that the series store has rejected."""
        self._quarantine.add_reading(reading, Rejected(Reason.REFUSED_BY_SERIES, detail, metric), now)

    def finish(self) -> Batch | None:
        """The batch since `begin`."""
        rejections = self._quarantine.drain()
        batch, self._batch = self._batch, NO_BATCH
        if batch is NO_BATCH:
            return Batch(0, Counts(), rejections=rejections) if rejections else None
        batch.rejections = rejections
        self._heard.saved = batch.reached or self._heard.saved
        self.totals.add(batch.counts)
        return batch

    def _begun(self) -> Batch:
        """The present batch, or one without messages."""
        if self._batch is NO_BATCH:
            self._batch = Batch(self._seam.counters.peek("message"), Counts())
        return self._batch

    def _read_one(self, message: Message, sender: Sender, decoded: Decoded) -> Sequence[Reading]:
        batch = self._batch
        if message.packet_id and self._recent.is_repeated(message, self._number, batch.digests):
            batch.counts.duplicate += 1
            return ()
        stamp, values, received, latest = decoded.time, decoded.values, message.received, sender.latest
        if (  # nearly always
            stamp is not None
            and received - sender.behind <= stamp <= received + sender.ahead
            and values
            and not (decoded.rejected or message.retained or (stamp == latest.newest and latest.repeats(stamp, values)))
        ):
            reading = Reading(sender.id, sender.profile_name, stamp, received, values, STAMPED)
            batch.readings.append(reading)
            return (reading,)
        if stamp is not None and self._stamps.believes(stamp, received, sender):
            if self._repetition.is_repeated(sender, stamp, decoded):
                batch.counts.duplicate += 1
                return ()
            time, origin = stamp, STAMPED
        else:
            origin = self._stamps.origin_of(sender, decoded, received) if decoded.by_server else RECEIVED
            time = received if origin == RECEIVED or stamp is None else stamp
        kept = self._keep(message, sender, decoded, time, origin)
        if decoded.rejected:
            self._rejections.tell_of_readings(message, self._number, [Placed(sender, decoded, time, origin)])
        return () if kept is None else (kept,)

    def _read_several(self, message: Message, readout: Readout) -> Sequence[Reading]:
        for topic, payload in readout.replies:
            self._seam.publish(topic, payload)
        if not readout.readings:
            if readout.rejected:
                self._quarantine_message(message, readout.rejected[0], readout.unread)
            elif readout.report is not None and not self._is_repeated(message):
                self._seam.emit(readout.report)
            return ()
        placed = place(readout.readings, message.received, self._stamps.origin_of)
        if self._is_repeated(message):
            return ()
        if self._repetition.are_repeated(placed):
            self._batch.counts.duplicate += 1
            return ()
        self._quarantine_parts(message, readout.rejected)
        readings = [self._keep(message, each.sender, each.decoded, each.time, each.origin) for each in placed]
        if any(each.decoded.rejected for each in placed):
            self._rejections.tell_of_readings(message, self._number, placed)
        if readout.unread:
            self._rejections.tell_of_message(message, self._number, readout.unread, readout.rejected[-1].detail)
        return [reading for reading in readings if reading is not None]

    def _keep(
        self, message: Message, sender: Sender, decoded: Decoded, time: Micros | None, origin: int
    ) -> Reading | None:
        """Count one reading and add it to the batch; None if there is nothing to store."""
        counts, received = self._batch.counts, message.received
        self._quarantine_parts(message, decoded.rejected)
        if decoded.timed and time is not None and time != decoded.time:
            counts.clock_replaced += 1
        elif origin == STAMPED and time is not None and time < received - sender.behind:
            counts.delayed += 1
        elif decoded.by_server and origin in OF_EARLIER:
            counts.stale += 1
        values = decoded.values
        if message.retained:
            counts.retained += 1
            time, origin = self._stamps.place_retained(sender, decoded, time, origin, received)
            values = {name: value for name, value in values.items() if name not in sender.events}
        if time is None:
            detail = f"what {sender.id} says of earlier has no time that can be believed"
            self._quarantine_parts(message, [Rejected(Reason.OUT_OF_RANGE, detail)])
        if time is None or not values:
            return None
        reading = Reading(sender.id, sender.profile_name, time, received, values, origin)
        self._batch.readings.append(reading)
        return reading

    def _is_repeated(self, message: Message) -> bool:
        is_repeated = self._recent.is_repeated(message, self._number, self._batch.digests)
        self._batch.counts.duplicate += is_repeated
        return is_repeated

    def _quarantine_message(self, message: Message, rejected: Rejected, unread: Carried = ()) -> None:
        """Quarantine a whole message; with it these metrics of devices are lost."""
        if not self._is_repeated(message):
            self._rejections.tell_of_message(message, self._number, unread, rejected.detail)
            self._batch.counts.rejected += 1
            self._quarantine.add_part(message, Rejected(rejected.reason, rejected.detail))

    def _quarantine_parts(self, message: Message, parts: Sequence[Rejected]) -> None:
        """Quarantine parts of a message: metrics, or the readings of devices."""
        for rejected in parts:
            self._batch.counts.rejected_metrics += 1
            self._quarantine.add_part(message, rejected)

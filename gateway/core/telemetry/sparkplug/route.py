"""The route of all Sparkplug B topics: turns their messages into readings of the site's devices."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.kernel.times import LATEST, MILLISECOND, Micros
from gateway.core.telemetry.decoding.fields import FieldMapping
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.decoding.parsers import Fragment
from gateway.core.telemetry.quarantine import Reason, Rejected
from gateway.core.telemetry.readers import unknown_device
from gateway.core.telemetry.readings import Message
from gateway.core.telemetry.readout import Readout
from gateway.core.telemetry.senders import Sender
from gateway.core.telemetry.sparkplug.session import Sessions, Update


class SparkplugRoute:
    """All topics of Sparkplug B. The meaning of a message depends on the earlier messages of its edge node."""

    def __init__(self, directory: Mapping[str, list[tuple[Sender, list[FieldMapping]]]]) -> None:
        """`directory` holds the devices by `group/edge` or `group/edge/device`, each with its mappings in order."""
        self._sessions = Sessions(frozenset(directory))
        self._directory = directory
        self._nodes = {"/".join(address.split("/")[:2]) for address in directory}
        self._wanted = frozenset(
            path
            for senders in directory.values()
            for _, mappings in senders
            for mapping in mappings
            for path in mapping.paths
        )

    def reconnected(self) -> None:
        """Births may have been lost with the connection."""
        self._sessions.reconnected()

    def read(self, message: Message) -> Readout:
        """The readings of the site's devices in a birth, data or death."""
        found = self._sessions.interpret(
            message.topic, message.payload, message.received, redelivered=message.redelivered
        )
        readout = Readout([])
        if found is None:
            readout.rejected.append(Rejected(Reason.UNKNOWN_TOPIC, "this is no topic of Sparkplug B"))
            return readout
        readout.replies.extend(found.commands)
        for update in found.updates:
            senders = self._directory.get(update.address)
            if senders is not None:
                for sender, mappings in senders:
                    self._read_update(update, sender, mappings, readout)
            elif update.address not in self._nodes:  # a node need not be a device of the site
                readout.rejected.append(unknown_device(update.address, ""))
        readout.add_computed()
        unusable = {*found.names, *found.historical}
        if found.problem and (not unusable or not self._wanted.isdisjoint(unusable)):
            readout.rejected.append(Rejected(Reason.MALFORMED, found.problem))
            if found.is_malformed:
                readout.unread = self.carried(message.topic)
            elif found.names:
                readout.unread = [
                    (sender, sender.with_computed(*(mapping.metrics_at(found.names) for mapping in mappings)))
                    for sender, mappings in self._directory.get(_address_in(message.topic), ())
                ]
        return readout

    def carried(self, topic: str) -> list[tuple[Sender, frozenset[str]]]:
        """The devices at the address in the topic, each with all that its mappings read."""
        return [
            (sender, sender.with_computed(*(mapping.metrics for mapping in mappings)))
            for sender, mappings in self._directory.get(_address_in(topic), ())
        ]

    @staticmethod
    def _read_update(update: Update, sender: Sender, mappings: list[FieldMapping], readout: Readout) -> None:
        decoded = None
        for mapping in mappings:
            decoded = mapping.decode(Fragment(update.values, update.values))
            if decoded is not None:
                break
        readings = decoded if isinstance(decoded, list) else []
        online = sender.profile.metrics.get("online")
        if update.online is not None and online is not None and online.type == "bool":
            readings = readings or [Decoded({}, [])]
            readings[0].values["online"] = update.online
        elif isinstance(decoded, Rejected) and update.online:
            # Only a birth has all metrics. Later messages have those that changed, and these may all be unmapped.
            readout.rejected.append(decoded)
        for reading in readings:
            # An edge node reads the device itself, so its stamp counts as the device's: it says when it measured.
            reading.timed, reading.historical = update.time_ms is not None, update.historical
            reading.time = _stamp(update.time_ms)
            readout.readings.append((sender, reading))


def _address_in(topic: str) -> str:
    """`group/edge`, or `group/edge/device`."""
    levels = topic.split("/")
    return "/".join((*levels[1:2], *levels[3:]))


def _stamp(time_ms: int | None) -> Micros | None:
    """None if there is none, or if it is beyond the year 9999."""
    if time_ms is None or not 0 < time_ms <= LATEST // MILLISECOND:
        return None
    return time_ms * MILLISECOND

"""The messages of a test, in the order of time: its series in the native format, and those written out."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

import msgspec

from gateway.authoring.histories.spec import SentMessage
from gateway.authoring.histories.values import Stretch, merged
from gateway.core.kernel.times import MILLISECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.telemetry.readings import Message

_PACKETS = 60_000
"""Packet identifiers of series; those above are of messages that are written out."""


@dataclass(frozen=True, slots=True)
class Track:
    """The values that one metric of one device is said to have."""

    device: str
    metric: str
    topic: str
    """On which the device sends native messages."""
    stretches: tuple[Stretch, ...]

    @property
    def length(self) -> int:
        """How many values it has, also those that are not sent."""
        return sum(each.count for each in self.stretches)

    def at(self, index: int) -> tuple[Value | None, bool]:
        """The value of this index, and whether it is sent."""
        for each in self.stretches:
            if index < each.count:
                return each.at(index), each.is_sent
            index -= each.count
        return None, False


def native(tracks: Sequence[Track], *, start: Micros, every: Micros) -> Iterator[Message]:
    """The messages of the series, stamped by the devices, and received at once.

    A message is put together from its stamp and the rest, which is the same as long as the values are.
    """
    topics = dict.fromkeys(track.topic for track in tracks)
    of_topic = {topic: [place for place, track in enumerate(tracks) if track.topic == topic] for topic in topics}
    names = [track.metric for track in tracks]
    index = number = 0
    for count, values in merged([track.stretches for track in tracks]):
        said = []
        for topic, places in of_topic.items():
            sent = {names[place]: values[place][0] for place in places if values[place][1]}
            if sent:
                said.append((topic, b"," + msgspec.json.encode(sent)[1:]))
        for time in range(start + index * every, start + (index + count) * every, every):
            for topic, rest in said:
                number += 1
                yield Message(topic, b'{"ts":%d' % (time // MILLISECOND) + rest, time, number % _PACKETS + 1)
        index += count


def written_out(messages: Iterable[SentMessage], *, start: Micros) -> list[Message]:
    """The messages that are written out, each as often as the broker delivers it."""
    found = []
    for index, each in enumerate(messages):
        packet_id = _PACKETS + 1 + index % 5_000
        message = Message(each.topic, payload_of(each), start + each.at, packet_id, retained=each.retained)
        again = Message(
            each.topic, message.payload, message.received, packet_id, retained=each.retained, redelivered=True
        )
        found += [message, *[again] * each.again]
    return sorted(found, key=attrgetter("received"))


def payload_of(message: SentMessage) -> bytes:
    """The bytes of the payload."""
    if message.payload_hex is not None:
        return bytes.fromhex(message.payload_hex)
    if message.payload is not None:
        return message.payload.encode()
    return json.dumps(message.json_, ensure_ascii=False).encode()


def timeline(
    tracks: Sequence[Track], messages: Sequence[SentMessage], *, start: Micros, every: Micros
) -> Iterator[Message]:
    """All messages in the order of time; at one moment those of the series first."""
    of_series = native(tracks, start=start, every=every)
    if not messages:
        return of_series
    return heapq.merge(of_series, written_out(messages, start=start), key=attrgetter("received"))

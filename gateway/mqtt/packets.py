"""Takes PUBLISH packets out of what was read from the socket: the first step of the hot path.

https://docs.oasis-open.org/mqtt/mqtt/v3.1.1 and v5.0, section 3.3, say how such a packet is made.
"""

from __future__ import annotations

from gateway.core.kernel.times import Micros
from gateway.core.telemetry.readings import Message

_KIND, _PUBLISH = 0xF4, 0x30
"""The bits of a packet's first byte that tell a PUBLISH of QoS 0 or 1 from all else."""
_DUP, _QOS_1, _RETAIN = 0x08, 0x02, 0x01
_MORE, _DIGIT = 0x80, 0x7F
"""A length has seven bits in each byte, the lowest first. The eighth says that another byte follows."""
_MOST_DIGITS = 4
_SHORTEST = 5
"""Bytes of the shortest PUBLISH: a topic of one character, and nothing else."""


def take_messages(
    data: bytes,
    start: int,
    messages: list[Message],
    *,
    five: bool,
    without: str,
    received: Micros,
    connection: int,
    steady: Micros,
) -> int:
    """Append the messages at the beginning of `data[start:]` to `messages`.

    It ends at the first packet that is no whole and well-formed PUBLISH of QoS 0 or 1, and leaves that to others.

    Args:
        start: where a packet begins.
        five: whether the packets are of MQTT 5. The properties of a message are skipped unread.
        without: a topic whose messages are left to others.
        received: when the first message was received. Each is received a microsecond after the one before.
        connection, steady: as in each `Message`.

    Returns:
        Where the first packet begins that was left.
    """
    size = len(data)
    while start + _SHORTEST <= size:
        head, length, begin = data[start], data[start + 1], start + 2
        if head & _KIND != _PUBLISH:
            break
        if length & _MORE:
            if data[begin] & _MORE:
                length, begin = _length(data, start + 1, size)
            else:
                length, begin = length & _DIGIT | data[begin] << 7, begin + 1
        end = begin + length
        if end > size or length < 2:
            break
        topic_at = begin + 2
        topic_end = at = topic_at + (data[begin] << 8 | data[begin + 1])
        packet_id = 0
        if head & _QOS_1:
            at += 2
            if at > end:
                break
            packet_id = data[topic_end] << 8 | data[topic_end + 1]
            if not packet_id:
                break
        if five:
            if at >= end:
                break
            skipped, at = _length(data, at, end) if data[at] & _MORE else (data[at], at + 1)
            at += skipped
        if at > end or topic_at == topic_end:
            break
        try:
            topic = data[topic_at:topic_end].decode()
        except UnicodeDecodeError:
            break
        if topic == without:
            break
        dup, retain = head & _DUP != 0, head & _RETAIN != 0
        messages.append(Message(topic, data[at:end], received, packet_id, connection, dup, retain, steady))
        received += 1
        start = end
    return start


def _length(data: bytes, start: int, size: int) -> tuple[int, int]:
    """The length at `start`, and where it ends; one beyond `size` if it is incomplete or malformed."""
    length = 0
    for place, digit in enumerate(data[start : min(size, start + _MOST_DIGITS)]):
        length |= (digit & _DIGIT) << 7 * place
        if not digit & _MORE:
            return length, start + place + 1
    return size, size
